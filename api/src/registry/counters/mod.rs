//! The national counters and the nights that fill them (CNT-01 to CNT-09).

pub mod list;
pub mod nights;
pub mod plot;
pub mod preview;

use chrono::Datelike;
use insula_domain::{
    identifier::HospitalNumber,
    names::VerdictName,
    nomenclature::JoinedPair,
    registry::counter::{CounterId, Verdict},
    rule::RuleId,
};
use insula_persistence::registry::counters::Decided;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::{caller::Caller, problem::ApiError};

/// The counter in a path: A, or B of a year that can have implantations.
fn counter(caller: &Caller, path: &str) -> Result<CounterId, ApiError> {
    let id: CounterId = path.parse().map_err(|_| ApiError::NotFound)?;
    let this_year = caller.today().year();
    match id.year {
        // The pairs are reimbursed since 2020, and an implantation is never in the future (CGM-13).
        Some(year) if !(2020..=this_year).contains(&year) => Err(ApiError::NotFound),
        _ => Ok(id),
    }
}

/// What a night decided, or would decide, about one registration.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NightDecision {
    /// The registration.
    pub registration_id: Uuid,
    /// The hospital of the registration.
    #[schema(value_type = HospitalNumber)]
    pub hospital_number: String,
    /// The version of the registration that the night decided about.
    pub version: i32,
    /// Its number in the order of validation over all hospitals (CNT-04).
    pub validation_number: i64,
    /// The counter it feeds (CNT-05).
    pub counter_id: CounterId,
    /// The decision.
    pub verdict: VerdictName,
    /// The number of the place.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 400)]
    pub place: Option<u32>,
    /// The limit that was reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub limit: Option<u32>,
    /// The pair that can be chosen instead. Absent: the registration has to be deleted (CNT-03).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<JoinedPair>)]
    pub other_pair: Option<&'static str>,
    /// The rule behind the decision.
    pub rule: RuleId,
    /// The rule's source.
    pub source: &'static str,
}

impl NightDecision {
    fn of(decided: &Decided) -> NightDecision {
        let exceeded = decided.verdict == Verdict::Exceeded;
        let (verdict, place, rule) = decided.verdict.told();
        NightDecision {
            registration_id: decided.registration.0,
            hospital_number: decided.hospital.clone(),
            version: decided.version,
            validation_number: decided.number,
            counter_id: decided.counter,
            verdict,
            place,
            limit: exceeded.then(|| decided.counter.limit()),
            other_pair: decided.counter.counter.other_pair().filter(|_| exceeded),
            rule,
            source: rule.source(),
        }
    }
}
