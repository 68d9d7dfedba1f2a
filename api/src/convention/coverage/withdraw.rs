//! `withdrawCoverageApplication`.

use actix_web::{HttpResponse, http::StatusCode, post, web};
use insula_domain::convention::coverage::status::{ApplicationCommand, after};
use insula_persistence::convention::coverage::applications;

use super::dto::CoverageApplication;
use crate::http::{
    caller::Caller,
    input::path_uuid,
    parameters::{IdempotencyKey, IfMatch, OfCoverageApplication},
    problem::ApiError,
};

/// Withdraw a coverage application.
///
/// While it waits for a decision. It stays readable as it was submitted, and a new one can be introduced.
#[utoipa::path(
    tag = "Coverage",
    operation_id = "withdrawCoverageApplication",
    params(OfCoverageApplication, IfMatch, IdempotencyKey),
    responses((status = 200, description = "The application, withdrawn.", body = CoverageApplication))
)]
#[post("/coverageApplications/{coverageApplicationId}/withdraw")]
pub async fn withdraw_coverage_application(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let caller = caller.keyed(&[])?;
    let id = path_uuid(&path)?;
    let if_match = caller.if_match()?;
    caller
        .run_keyed(move |caller, tx| {
            let present = applications::find_for_update(tx, id, if_match)?;
            let next = after(present.status, ApplicationCommand::Withdraw)?;
            let withdrawn = applications::withdraw(tx, &present, next)?;
            let shown = CoverageApplication::of(caller, &withdrawn, &[]);
            Ok((applications::subject(id), caller.answer(StatusCode::OK, Some(withdrawn.version), None, &shown)))
        })
        .await
}
