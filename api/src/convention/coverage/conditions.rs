//! `meetCoverageCondition`.

use actix_web::{HttpResponse, http::StatusCode, post, web};
use chrono::{DateTime, NaiveDate, Utc};
use insula_domain::convention::coverage::condition::Met;
use insula_persistence::{
    Stop,
    convention::coverage::periods::{self, PeriodCondition},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::periods::GrantedPeriod;
use crate::http::{
    caller::Caller,
    input::{Body, Reader, path_number, path_uuid},
    parameters::{IdempotencyKey, IfMatch, OfGrantedPeriod},
    problem::ApiError,
};

/// A further condition of the decision that granted a period, and when it was met (COV-11).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GrantedPeriodCondition {
    /// Its place in the decision, from 1.
    #[schema(minimum = 1)]
    pub number: i32,
    /// What is asked.
    #[schema(max_length = 2000)]
    pub text: String,
    /// The day by which it must be met.
    pub due_on: NaiveDate,
    /// The first day that is not reimbursed while it is not met.
    pub stops_on: NaiveDate,
    /// Whether it keeps `on`, or today, from being reimbursed.
    pub stops: bool,
    /// The day on which it was met.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub met_on: Option<NaiveDate>,
    /// The first day on which it no longer keeps anything from being reimbursed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub effective_from: Option<NaiveDate>,
    /// The adviser who noted that it was met.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub noted_by: Option<String>,
    /// When that was noted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub noted_at: Option<DateTime<Utc>>,
}

impl GrantedPeriodCondition {
    /// Shows the condition of that number, as it is on a day.
    pub fn of((number, one): (i32, &PeriodCondition), on: NaiveDate) -> GrantedPeriodCondition {
        let noted = one.noted.as_ref();
        GrantedPeriodCondition {
            number,
            text: one.condition.text.clone(),
            due_on: one.condition.due_on,
            stops_on: one.condition.stops_on,
            stops: one.stops(on),
            met_on: noted.map(|noted| noted.met.met_on),
            effective_from: noted.map(|noted| noted.met.effective_from),
            noted_by: noted.map(|noted| noted.by.clone()),
            noted_at: noted.map(|noted| noted.at),
        }
    }
}

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
