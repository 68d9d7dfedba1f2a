//! `deleteCoverageApplication`.

use actix_web::{HttpResponse, delete, web};
use insula_domain::convention::coverage::status::{ApplicationCommand, after};
use insula_persistence::convention::coverage::applications;

use crate::http::{
    caller::Caller,
    input::path_uuid,
    parameters::{IfMatch, OfCoverageApplication},
    problem::ApiError,
};

/// Delete a draft.
///
/// With all its versions. What was submitted is withdrawn instead.
#[utoipa::path(
    tag = "Coverage",
    operation_id = "deleteCoverageApplication",
    params(OfCoverageApplication, IfMatch),
    responses(
        (status = 204, description = "The draft is gone.")
    )
)]
#[delete("/coverageApplications/{coverageApplicationId}")]
pub async fn delete_coverage_application(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let id = path_uuid(&path)?;
    let if_match = caller.if_match()?;
    caller
        .run(move |tx| {
            let present = applications::find_for_update(tx, id, if_match)?;
            after(present.status, ApplicationCommand::Delete)?;
            applications::delete(tx, &present)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
