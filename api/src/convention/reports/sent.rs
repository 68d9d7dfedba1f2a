//! The versions of the yearly report that were sent (REG-06).

use actix_web::{
    HttpResponse, get,
    http::{StatusCode, header},
    post, web,
};
use chrono::{DateTime, NaiveDate, Utc};
use insula_domain::{
    convention::reports::sent::{self, Sent, table},
    identifier::HospitalNumber,
};
use insula_persistence::{
    DbError,
    convention::{
        conventions,
        reports::annual::{self, Frozen, Kept},
    },
    parties::organisations,
    trail::{self, Action},
};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::annual::Known;
use crate::{
    convention::staffing::statements::year as year_of,
    http::{
        caller::{Caller, csv},
        collection::List,
        input::{path_hospital, path_number},
        parameters::{IdempotencyKey, OfHospital, OfYear},
        problem::ApiError,
    },
};

/// A version of a yearly report as it was sent: it never changes (REG-06).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AnnualReportVersion {
    /// The establishment.
    pub hospital_number: HospitalNumber,
    /// What was sent.
    #[serde(flatten)]
    pub sent: Sent,
    /// When it was sent.
    pub sent_at: DateTime<Utc>,
    /// By whom.
    pub sent_by: String,
}

/// That a version of a yearly report was sent (REG-06).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AnnualReportSending {
    /// The version.
    pub version: i32,
    /// The address of what was sent.
    #[schema(format = "uri")]
    pub href: String,
    /// The version of the model that it follows.
    pub model: i32,
    /// The Brussels day on which it was sent.
    pub sent_on: NaiveDate,
    /// When it was sent.
    pub sent_at: DateTime<Utc>,
    /// By whom.
    pub sent_by: String,
    /// How many beneficiaries it counts in all.
    pub beneficiaries: i64,
}

/// The versions that were sent, the latest first.
pub type AnnualReportSendingCollection = List<AnnualReportSending>;

fn href(caller: &Caller, hospital: HospitalNumber, year: i32, version: i32) -> String {
    caller.href(&format!("/establishments/{hospital}/annualReports/{year}/versions/{version}"))
}

impl AnnualReportSending {
    fn of(caller: &Caller, hospital: HospitalNumber, year: i32, kept: &Kept) -> AnnualReportSending {
        let Kept { sent, sent_at, sent_by } = kept;
        AnnualReportSending {
            version: sent.version,
            href: href(caller, hospital, year, sent.version),
            model: sent.model,
            sent_on: sent.sent_on,
            sent_at: *sent_at,
            sent_by: sent_by.clone(),
            beneficiaries: sent.report.figures.beneficiaries,
        }
    }
}

/// Send a year's report.
///
/// Keeps what is computed now as the next version, which never changes, with the model that it follows, when and by
/// whom it was sent (REG-06). Refused while days that it covers are not over, and when it says what the last version
/// says already. A later correction differs from what was sent, and can be sent as another version.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "sendAnnualReport",
    params(OfHospital, OfYear, IdempotencyKey),
    responses((status = 201, description = "What was sent.", body = AnnualReportVersion))
)]
#[post("/establishments/{hospitalNumber}/annualReports/{year}/versions")]
pub async fn send_annual_report(caller: Caller, path: web::Path<(String, String)>) -> Result<HttpResponse, ApiError> {
    let (hospital, year) = (path_hospital(&path.0)?, year_of(&path.1)?);
    let caller = caller.keyed(&[])?;
    let conventions = caller.run_as_insula(conventions::all).await?;
    caller
        .run_keyed(move |caller, tx| {
            organisations::hospital(tx, hospital)?;
            annual::lock(tx, hospital)?;
            let known = Known::read(tx, &conventions, (hospital, year), None)?;
            let sent = sent::send(known.report(year), &known.covered, &known.versions(), &known.model, caller.today())?;
            let (sent_at, sent_by) = (tx.now, caller.call.actor.person.clone());
            let shown = AnnualReportVersion { hospital_number: hospital, sent, sent_at, sent_by };
            let document = serde_json::to_string(&shown).map_err(|error| DbError::Other(error.to_string()))?;
            let sent = &shown.sent;
            let frozen = Frozen { document, csv: table(&sent.report, sent.model, Some((sent.version, sent.sent_on))) };
            annual::keep(tx, hospital, sent, &frozen)?;
            let location = href(caller, hospital, year, sent.version);
            let answer = caller.answer(StatusCode::CREATED, None, Some(location), &shown);
            Ok((annual::subject(hospital, year), answer))
        })
        .await
}

/// List the versions of a year's report that were sent.
///
/// The latest first, each with its model, when and by whom it was sent (REG-06). Each read is recorded in the trail.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listAnnualReportVersions",
    params(OfHospital, OfYear),
    responses((status = 200, description = "The versions, the latest first.", body = AnnualReportSendingCollection))
)]
#[get("/establishments/{hospitalNumber}/annualReports/{year}/versions")]
pub async fn list_annual_report_versions(
    caller: Caller,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (hospital, year) = (path_hospital(&path.0)?, year_of(&path.1)?);
    let found = caller
        .run(move |tx| {
            organisations::hospital(tx, hospital)?;
            let found = annual::sent(tx, hospital, year, None)?;
            let details = json!({"versions": found.len()});
            trail::record(tx, Action::List, &annual::subject(hospital, year), &details)?;
            Ok(found)
        })
        .await?;
    let items = found.iter().map(|kept| AnnualReportSending::of(&caller, hospital, year, kept)).collect();
    Ok(HttpResponse::Ok().json(List::of(items)))
}

/// Get a version of a year's report that was sent.
///
/// As JSON or as CSV, the same bytes for ever (REG-06). Each read is recorded in the trail.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getAnnualReportVersion",
    params(
        OfHospital,
        OfYear,
        ("version" = i32, Path, minimum = 1, maximum = 2147483647, description = "The number of the version.")
    ),
    responses((status = 200, description = "What was sent.", content(
        (AnnualReportVersion = "application/json"),
        (String = "text/csv", example = json!("year,model,version,sentOn,conventionNumber,from,to,manufacturer,pumpModel,beneficiaries\r\n2025,1,1,2026-03-30,,,,Invented Devices,Mini 7,2\r\n2025,1,1,2026-03-30,,,,,,2\r\n"))
    )))
)]
#[get("/establishments/{hospitalNumber}/annualReports/{year}/versions/{version}")]
pub async fn get_annual_report_version(
    caller: Caller,
    path: web::Path<(String, String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (hospital, year) = (path_hospital(&path.0)?, year_of(&path.1)?);
    let version = path_number("version", &path.2, 1..=i32::MAX)?;
    let frozen = caller.run(move |tx| annual::read_frozen(tx, hospital, year, version)).await?;
    if caller.media.as_deref() == Some("text/csv") {
        return Ok(csv(&format!("annualReport-{hospital}-{year}"), frozen.csv));
    }
    let mut response = HttpResponse::Ok();
    response.content_type("application/json").insert_header((header::VARY, "Accept"));
    Ok(response.body(frozen.document))
}
