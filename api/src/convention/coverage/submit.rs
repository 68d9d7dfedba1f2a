//! `submitCoverageApplication`.

use actix_web::{HttpResponse, http::StatusCode, post, web};
use insula_domain::convention::coverage::check;
use insula_persistence::convention::coverage::{
    applications::{self, Submitted},
    facts, warnings,
};

use super::dto::CoverageApplication;
use crate::http::{
    caller::Caller,
    input::path_uuid,
    parameters::{IdempotencyKey, IfMatch, OfCoverageApplication},
    problem::ApiError,
};

/// Submit a coverage application.
///
/// Introduces it with the adviser of the beneficiary's insurer of that day. Either every fault is reported and nothing
/// changes (COV-01, COV-02, COV-04, COV-09, PMP-02, PMP-03, CON-03, CON-04), or it stays as it was submitted. Somebody
/// below 16 years of age is a warning (PMP-01), and so are the other points that do not keep it from being decided.
#[utoipa::path(
    tag = "Coverage",
    operation_id = "submitCoverageApplication",
    params(OfCoverageApplication, IfMatch, IdempotencyKey),
    responses((status = 200, description = "The application, submitted.", body = CoverageApplication))
)]
#[post("/coverageApplications/{coverageApplicationId}/submit")]
pub async fn submit_coverage_application(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let caller = caller.keyed(&[])?;
    let id = path_uuid(&path)?;
    let if_match = caller.if_match()?;
    caller
        .run_keyed(move |caller, tx| {
            let present = applications::find_for_update(tx, id, if_match)?;
            let (facts, known) = facts::facts(tx, &present)?;
            let (next, check) = check::submit(present.status, &present.content, &facts)?;
            let submitted = applications::submit(tx, &present, next, &Submitted::of(&present.content)?, &known)?;
            warnings::warn(tx, &submitted, &facts.periods)?;
            let shown = CoverageApplication::of(caller, &submitted, &check.warnings);
            Ok((applications::subject(id), caller.answer(StatusCode::OK, Some(submitted.version), None, &shown)))
        })
        .await
}
