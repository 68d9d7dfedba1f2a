//! `createCoverageApplication`.

use actix_web::{HttpResponse, http::StatusCode, post};
use insula_domain::ids::BeneficiaryId;
use insula_persistence::convention::coverage::applications;

use super::dto::{CoverageApplication, NewCoverageApplication, draft, path};
use crate::http::{
    caller::Caller,
    input::{Body, Reader},
    parameters::IdempotencyKey,
    problem::ApiError,
};

/// Create a coverage application.
///
/// A draft, however incomplete, for a beneficiary of the hospital (COV-01). `…/check` says at any time what is missing,
/// which days could be granted and which are lost.
#[utoipa::path(
    tag = "Coverage",
    operation_id = "createCoverageApplication",
    params(IdempotencyKey),
    request_body = NewCoverageApplication,
    responses((status = 201, description = "The draft.", body = CoverageApplication))
)]
#[post("/coverageApplications")]
pub async fn create_coverage_application(caller: Caller, body: Body) -> Result<HttpResponse, ApiError> {
    let caller = caller.keyed(&body.bytes)?;
    let mut reader = Reader::new(&body.members);
    let beneficiary = reader.required_uuid("beneficiaryId");
    let content = draft(&mut reader);
    let done = reader.finish()?;
    let (beneficiary, content) = (BeneficiaryId(done.take(beneficiary)), done.take(content));
    caller
        .run_keyed(move |caller, tx| {
            let created = applications::create(tx, beneficiary, &content)?;
            let shown = CoverageApplication::of(caller, &created, &[]);
            let location = caller.href(&path(created.id));
            let answer = caller.answer(StatusCode::CREATED, Some(created.version), Some(location), &shown);
            Ok((applications::subject(created.id), answer))
        })
        .await
}
