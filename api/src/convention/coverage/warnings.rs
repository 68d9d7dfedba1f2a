//! `listCoverageWarnings`.

use actix_web::{HttpResponse, get};
use chrono::NaiveDate;
use insula_persistence::convention::coverage::warnings;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::{
    caller::Caller,
    collection::Page,
    input::{Query, identifier},
    parameters::{After, PageSize},
    problem::ApiError,
};

/// An application for a beneficiary was introduced at another establishment (COV-08).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoverageWarning {
    /// Who applies, as the hospital knows them.
    pub beneficiary_id: Uuid,
    /// The day on which it was introduced.
    pub introduced_on: NaiveDate,
}

/// Warnings.
pub type CoverageWarningCollection = Page<CoverageWarning>;

/// List coverage warnings.
///
/// Which of the establishment's beneficiaries an application was introduced for elsewhere, and on which day, while a
/// period runs here or until two months after its end (COV-08); the latest first. Not where.
#[utoipa::path(
    tag = "Coverage",
    operation_id = "listCoverageWarnings",
    params(After, PageSize),
    responses((status = 200, description = "The warnings.", body = CoverageWarningCollection))
)]
#[get("/coverageWarnings")]
pub async fn list_coverage_warnings(caller: Caller, mut query: Query) -> Result<HttpResponse, ApiError> {
    let page = query.page(identifier);
    let (after, page_size) = query.finish()?.take(page);
    let page = caller.run(move |tx| warnings::list(tx, after, page_size)).await?;
    let next = page.last().map(|last| caller.next_page("after", last.id, page_size));
    let shown = |one: &warnings::Warning| CoverageWarning {
        beneficiary_id: one.beneficiary_id,
        introduced_on: one.introduced_on,
    };
    let items = page.items.iter().map(shown).collect();
    Ok(HttpResponse::Ok().json(CoverageWarningCollection { items, page_size, next }))
}
