//! `listCoverageApplications` and `getCoverageApplication`.

use actix_web::{HttpResponse, get, web};
use insula_domain::convention::coverage::status::ApplicationStatus;
use insula_persistence::{
    convention::coverage::applications::{self, Filter},
    trail::Action,
};

use super::dto::CoverageApplication;
use crate::http::{
    caller::{Caller, tagged},
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

/// Get a coverage application.
///
/// A hospital's own; for an adviser one that was submitted about a member of the insurer (COV-10).
#[utoipa::path(
    tag = "Coverage",
    operation_id = "getCoverageApplication",
    params(OfCoverageApplication),
    responses((status = 200, description = "The application.", body = CoverageApplication))
)]
#[get("/coverageApplications/{coverageApplicationId}")]
pub async fn get_coverage_application(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let id = path_uuid(&path)?;
    let found = caller.run(move |tx| applications::read(tx, id, Action::Get)).await?;
    Ok(tagged(found.version, CoverageApplication::of(&caller, &found, &[])))
}
