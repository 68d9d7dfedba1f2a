//! `listCoverageApplications` and `getCoverageApplication`.

use actix_web::{HttpResponse, get, http::header, web};
use chrono::NaiveDate;
use insula_domain::{
    convention::{coverage::status::ApplicationStatus, site::IdentifiedSite},
    identifier::HospitalNumber,
};
use insula_persistence::{
    Stop, Tx,
    convention::{
        coverage::{
            applications::{self, Application, Filter},
            decisions, forms,
        },
        sheets,
    },
    parties::{beneficiaries, organisations},
    trail::Action,
};

use super::{
    dto::CoverageApplication,
    paper::{self, Around},
};
use crate::http::{
    caller::{Caller, etag, tagged},
    collection::Page,
    input::{Query, identifier, path_uuid},
    parameters::{After, OfCoverageApplication, PageSize},
    problem::ApiError,
};

/// Coverage applications.
pub type CoverageApplicationCollection = Page<CoverageApplication>;

/// List coverage applications.
///
/// A hospital's own, the latest created first; for an adviser those submitted about the insurer's members, the oldest
/// submitted first (COV-10).
#[utoipa::path(
    tag = "Coverage",
    operation_id = "listCoverageApplications",
    params(
        ("status" = Option<Vec<ApplicationStatus>>, Query, style = Form, explode, nullable = false, description = "Any of these statuses."),
        ("beneficiaryId" = Option<uuid::Uuid>, Query, nullable = false, description = "Only those for this beneficiary."),
        After,
        PageSize
    ),
    responses((status = 200, description = "The applications.", body = CoverageApplicationCollection))
)]
#[get("/coverageApplications")]
pub async fn list_coverage_applications(caller: Caller, mut query: Query) -> Result<HttpResponse, ApiError> {
    let status = query.any_of("status", ApplicationStatus::ALL, ApplicationStatus::name);
    let beneficiary = query.uuid("beneficiaryId");
    let page = query.page(identifier);
    let done = query.finish()?;
    let (after, page_size) = done.take(page);
    let filter = Filter { status: done.take(status), beneficiary: done.take(beneficiary), after, page_size };
    let page = caller.run(move |tx| applications::list(tx, &filter)).await?;
    let next = page.last().map(|last| caller.next_page("after", last.id, page_size));
    let items = page.items.iter().map(|one| CoverageApplication::of(&caller, one, &[])).collect();
    Ok(HttpResponse::Ok().json(CoverageApplicationCollection { items, page_size, next }))
}

/// The form of annex 1.
#[derive(utoipa::ToSchema)]
#[schema(value_type = String, format = Binary)]
pub struct CoverageForm(pub Vec<u8>);

/// Get a coverage application.
///
/// A hospital's own; for an adviser one that was submitted about a member of the insurer (COV-10). With `Accept:
/// application/pdf` it is the form of annex 1, filled in, to be signed: in French as the convention has it, in the other
/// languages translated and marked so (COV-01, COV-14). What was decided last stands on it too.
#[utoipa::path(
    tag = "Coverage",
    operation_id = "getCoverageApplication",
    params(OfCoverageApplication),
    responses((status = 200, description = "The application.", content(
        (CoverageApplication = "application/json"),
        (inline(CoverageForm) = "application/pdf", example = json!("%PDF-1.7…"))
    )))
)]
#[get("/coverageApplications/{coverageApplicationId}")]
pub async fn get_coverage_application(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let id = path_uuid(&path)?;
    let prints = caller.media.as_deref() == Some("application/pdf");
    let found = caller.run(move |tx| {
        let application = applications::read(tx, id, Action::Get)?;
        let around = if prints { Some(around(tx, &application)?) } else { None };
        Ok((application, around))
    });
    let (application, around) = found.await?;
    let version = etag(application.version);
    let Some(mut around) = around else {
        let mut response = tagged(application.version, CoverageApplication::of(&caller, &application, &[]));
        response.headers_mut().insert(header::VARY, header::HeaderValue::from_static("Accept"));
        return Ok(response);
    };
    // Insurers read neither hospitals nor sites; the form names those of the application.
    let (hospital, dated) = (application.hospital, application.content.application_date.unwrap_or(caller.today()));
    (around.hospital, around.addresses) = caller.run_as_insula(move |tx| establishment(tx, hospital, dated)).await?;
    // Printing takes milliseconds and would block the HTTP thread.
    let language = caller.language;
    let printed = web::block(move || paper::pdf(language, &application, &around)).await;
    let pdf = printed.map_err(|_| ApiError::Internal)?.map_err(|error| {
        tracing::error!(%error, "a form was not printed");
        ApiError::Internal
    })?;
    let name = format!("inline; filename=\"coverageApplication-{id}.pdf\"");
    let mut response = HttpResponse::Ok();
    response.insert_header((header::ETAG, version)).insert_header((header::CONTENT_DISPOSITION, name));
    response.insert_header((header::VARY, "Accept, Accept-Language")).content_type("application/pdf");
    Ok(response.body(pdf))
}

/// What the form says beside the application.
fn around(tx: &mut Tx, application: &Application) -> Result<Around, Stop> {
    let identity = match &application.known {
        Some(known) => known.identity.clone(),
        None => beneficiaries::find(tx, application.beneficiary)?.identity,
    };
    Ok(Around {
        identity,
        hospital: String::new(),
        addresses: Vec::new(),
        prescribers: sheets::lines(tx, application.hospital)?,
        forms: forms::all(tx)?.iter().map(forms::Form::version).collect(),
        decisions: decisions::of_application(tx, application.id)?,
    })
}

/// The name of a hospital, and the addresses of its sites on a day.
fn establishment(tx: &mut Tx, hospital: HospitalNumber, on: NaiveDate) -> Result<(String, Vec<String>), Stop> {
    let sites: Vec<IdentifiedSite> = sheets::lines(tx, hospital)?;
    let sites = sites.into_iter().map(|one| one.site).filter(|site| site.span.holds(on));
    let addresses = sites.map(|site| format!("{}, {}", site.name, site.address)).collect();
    Ok((organisations::hospital(tx, hospital)?.name, addresses))
}
