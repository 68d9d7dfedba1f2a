//! `meetCoverageCondition`.

use actix_web::{HttpResponse, http::StatusCode, post, web};
use insula_domain::convention::coverage::condition::Met;
use insula_persistence::{Stop, convention::coverage::periods};

use super::periods::GrantedPeriod;
use crate::http::{
    caller::Caller,
    input::{Body, Reader, path_number, path_uuid},
    parameters::{IdempotencyKey, IfMatch, OfGrantedPeriod},
    problem::ApiError,
};

/// Note that a condition was met.
///
/// By the adviser of the insurer that granted the period (COV-11). The days from `effectiveFrom` on are reimbursed, which
/// may begin before the condition was met, even on the day on which it stopped them. Noted once more, the last note
/// stands.
#[utoipa::path(
    tag = "Coverage",
    operation_id = "meetCoverageCondition",
    params(
        OfGrantedPeriod,
        ("conditionNumber" = i32, Path, minimum = 1, maximum = 2147483647, description = "The place of the condition in the decision."),
        IfMatch,
        IdempotencyKey
    ),
    request_body = Met,
    responses((status = 200, description = "The period, with its conditions.", body = GrantedPeriod))
)]
#[post("/grantedPeriods/{grantedPeriodId}/conditions/{conditionNumber}/meet")]
pub async fn meet_coverage_condition(
    caller: Caller,
    path: web::Path<(String, String)>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let caller = caller.keyed(&body.bytes)?;
    let (period, number) = path.into_inner();
    let id = path_uuid(&period)?;
    let number = path_number("conditionNumber", &number, 1..=i32::MAX)?;
    let mut reader = Reader::new(&body.members);
    let (met_on, effective_from) = (reader.required_date("metOn"), reader.required_date("effectiveFrom"));
    let done = reader.finish()?;
    let met = Met { met_on: done.take(met_on), effective_from: done.take(effective_from) };
    let if_match = caller.if_match()?;
    let today = caller.today();
    caller
        .run_keyed(move |caller, tx| {
            let present = periods::find_for_update(tx, id, if_match)?;
            if !(1..).zip(&present.conditions).any(|(known, _)| known == number) {
                return Err(Stop::NotFound);
            }
            let faults = met.faults(&present.period, today);
            if !faults.is_empty() {
                return Err(faults.into());
            }
            let noted = periods::meet(tx, &present, number, met)?;
            let shown = GrantedPeriod::of(caller, &noted, today);
            Ok((periods::subject(id), caller.answer(StatusCode::OK, Some(noted.version), None, &shown)))
        })
        .await
}
