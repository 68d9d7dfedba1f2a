//! `checkRegistration`.

use actix_web::{HttpResponse, get, web};
use insula_domain::registration::{State, dictionary::CURRENT, submit::judge};
use insula_persistence::registrations;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{dto::shown_faults, id};
use crate::{caller::Caller, problem::ApiError};

/// What submitting would say now.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"submittable": false, "issues": [{"type": "urn:problem-type:belgif-ext:input-validation:requiredInput",
    "title": "Input isn't valid", "in": "body", "name": "content.eventDate", "code": "required", "detail": "This field is mandatory.",
    "rule": "CGM-05", "source": "M 2"}], "refusals": [], "warnings": []}))]
pub struct RegistrationCheck {
    /// Whether submitting would succeed.
    pub submittable: bool,
    /// Every fault of the registration (CGM-05).
    #[schema(value_type = Vec<crate::documents::InputValidationIssue>)]
    pub issues: Vec<Value>,
    /// What else stands against it: the problems that submitting would be refused with.
    #[schema(value_type = Vec<crate::documents::Problem>)]
    pub refusals: Vec<Value>,
    /// What is worth a second look.
    #[schema(value_type = Vec<crate::documents::InputValidationIssue>)]
    pub warnings: Vec<Value>,
    /// The counter it would feed, `A` or `B` (CNT-01); absent when none counts it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub counter: Option<String>,
    /// The year of counter B: that of the implantation (CNT-05).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub counter_year: Option<i32>,
}

/// Check a registration.
///
/// Everything that submitting would say, at once, and nothing stored.
#[utoipa::path(
    tag = "Registrations",
    operation_id = "checkRegistration",
    params(("registrationId" = uuid::Uuid, Path, description = "Its identifier.")),
    responses(
        (status = 200, description = "What submitting would say.", body = RegistrationCheck),
        (status = 404, response = crate::documents::ProblemResponse),
    ),
    security(("Bearer" = []))
)]
#[get("/registrations/{registrationId}/check")]
pub async fn check_registration(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let id = id(&path)?;
    let (registration, judgement) = caller
        .run(move |tx| {
            let found = registrations::facts(tx, id)?;
            let judgement = judge(&found.registration, &CURRENT, &found.facts);
            Ok((found.registration, judgement))
        })
        .await?;
    let is_open = matches!(registration.state, State::Open { .. });
    let refusals = judgement
        .refusals
        .iter()
        .map(|refusal| ApiError::Refused(Box::new(refusal.clone())).document(caller.language, caller.call.trace_id));
    Ok(HttpResponse::Ok().json(RegistrationCheck {
        submittable: is_open && judgement.faults.is_empty() && judgement.refusals.is_empty(),
        issues: shown_faults(&judgement.faults, caller.language),
        refusals: refusals.collect(),
        warnings: shown_faults(&judgement.warnings, caller.language),
        counter: judgement.counter.and_then(|(counter, _)| json!(counter).as_str().map(str::to_owned)),
        counter_year: judgement.counter.and_then(|(_, year)| year),
    }))
}
