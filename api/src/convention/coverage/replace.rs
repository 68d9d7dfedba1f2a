//! `replaceCoverageApplication`.

use actix_web::{HttpResponse, put, web};
use insula_domain::convention::coverage::status::{ApplicationCommand, after};
use insula_persistence::convention::coverage::applications;

use super::dto::{CoverageApplication, CoverageApplicationDraft, draft};
use crate::http::{
    caller::{Caller, tagged},
    input::{Body, Reader, path_uuid},
    parameters::{IfMatch, OfCoverageApplication},
    problem::ApiError,
};

/// Replace a draft.
///
/// Replaces what a draft holds as a whole. What was submitted stays as it is (COV-01).
#[utoipa::path(
    tag = "Coverage",
    operation_id = "replaceCoverageApplication",
    params(OfCoverageApplication, IfMatch),
    request_body = CoverageApplicationDraft,
    responses(
        (status = 200, description = "The draft.", body = CoverageApplication)
    )
)]
#[put("/coverageApplications/{coverageApplicationId}")]
pub async fn replace_coverage_application(
    caller: Caller,
    path: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let id = path_uuid(&path)?;
    let mut reader = Reader::new(&body.members);
    let content = draft(&mut reader);
    let content = reader.finish()?.take(content);
    let if_match = caller.if_match()?;
    let saved = caller
        .run(move |tx| {
            let present = applications::find_for_update(tx, id, if_match)?;
            after(present.status, ApplicationCommand::Save)?;
            applications::replace(tx, &present, &content)
        })
        .await?;
    Ok(tagged(saved.version, CoverageApplication::of(&caller, &saved, &[])))
}
