//! `checkRegistration`.

use actix_web::{HttpResponse, get, web};
use insula_domain::{
    names::VerdictName,
    nomenclature::Counter,
    registry::{
        counter::CounterId,
        registration::{State, Status, dictionary::CURRENT, submit::judge},
    },
    rule::RuleId,
};
use insula_persistence::registry::{counters, registrations};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::id;
use crate::http::{
    caller::Caller,
    issue::{InputValidationIssue, shown_faults},
    parameters::OfRegistration,
    problem::ApiError,
};

/// What submitting the registration now would result in.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegistrationCheck {
    /// Whether submitting would succeed.
    pub submittable: bool,
    /// Every fault of the registration (CGM-05).
    pub issues: Vec<InputValidationIssue>,
    /// The problems that submitting would be refused with.
    #[schema(value_type = Vec<crate::reference::documents::Problem>)]
    pub refusals: Vec<Value>,
    /// Points to check; they do not prevent submitting.
    pub warnings: Vec<InputValidationIssue>,
    /// The counter it would feed (CNT-01); absent when it feeds none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub counter: Option<Counter>,
    /// The year of counter B: the year of the implantation (CNT-05).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub counter_year: Option<i32>,
    /// What tonight's run would decide about it if nothing else arrived (CNT-09); absent when it feeds no counter.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub tonight: Option<Tonight>,
}

/// The coming night's decision about a registration; an open one counts as if submitted now.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Tonight {
    /// The counter (CNT-05).
    pub counter_id: CounterId,
    /// The decision.
    pub verdict: VerdictName,
    /// The number of the place.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 400)]
    pub place: Option<u32>,
    /// How many places are held now.
    pub figure: u32,
    /// How many places there are.
    pub limit: u32,
    /// How many registrations without a place come before it in the order of validation.
    pub ahead: u32,
    /// The rule behind the decision.
    pub rule: RuleId,
}

impl Tonight {
    fn of(tonight: &counters::Tonight, own_place: bool) -> Tonight {
        let (verdict, place, rule) = tonight.verdict.told();
        Tonight {
            counter_id: tonight.counter,
            verdict,
            place,
            figure: tonight.held + u32::from(own_place),
            limit: tonight.counter.limit(),
            ahead: tonight.ahead,
            rule,
        }
    }
}

/// Check a registration.
///
/// Everything that submitting would report, at once, and what tonight's run over the counters would decide (CNT-09).
/// Nothing is stored.
#[utoipa::path(
    tag = "Registrations",
    operation_id = "checkRegistration",
    params(OfRegistration),
    responses((status = 200, description = "The check.", body = RegistrationCheck))
)]
#[get("/registrations/{registrationId}/check")]
pub async fn check_registration(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let id = id(&path)?;
    let (registration, judgement, tonight) = caller
        .run(move |tx| {
            let found = registrations::facts(tx, id)?;
            let judgement = judge(&found.registration, &CURRENT, &found.facts);
            let registration = found.registration;
            let place = registration.place.filter(|place| place.is_kept(judgement.counter));
            // An open registration would be validated after all others.
            let number = match registration.state {
                State::Sending { validation } | State::Submitted { validation, .. } => Some(validation.number),
                _ => None,
            };
            let counter = judgement.counter.filter(|_| registration.state.status() != Status::Deleted);
            let tonight = match counter {
                Some(fed) => {
                    let position = place.map(|place| place.position);
                    let tonight = counters::tonight(tx, registration.id, fed.into(), position, number)?;
                    Some(Tonight::of(&tonight, place.is_some()))
                }
                None => None,
            };
            Ok((registration, judgement, tonight))
        })
        .await?;
    let is_open = matches!(registration.state, State::Open { .. });
    let refusals = judgement.refusals.iter().map(|refusal| {
        let refused = ApiError::Refused(Box::new(refusal.clone()));
        refused.document(caller.language, caller.call.trace_id, &caller.state.public_url)
    });
    Ok(HttpResponse::Ok().json(RegistrationCheck {
        submittable: is_open && judgement.faults.is_empty() && judgement.refusals.is_empty(),
        issues: shown_faults(&judgement.faults, caller.language),
        refusals: refusals.collect(),
        warnings: shown_faults(&judgement.warnings, caller.language),
        counter: judgement.counter.map(|(counter, _)| counter),
        counter_year: judgement.counter.and_then(|(_, year)| year),
        tonight,
    }))
}
