//! `submitRegistration`.

use actix_web::{HttpResponse, post, web};
use insula_domain::{
    ids::RegistrationId,
    registry::registration::{
        Command, code::RegistrationCode, content::Content, dictionary::CURRENT, submit::Submission,
    },
};
use insula_persistence::{
    Stop, Tx,
    idempotency::Answer,
    registry::registrations::{self, Effects},
};

use super::{dto::Registration, id};
use crate::http::{
    caller::Caller,
    parameters::{IdempotencyKey, IfMatch, OfRegistration},
    problem::ApiError,
};

/// Submit a registration.
///
/// Validates the registration (CGM-05, CGM-06). Either every fault is reported and nothing changes, or it gets a
/// registration code and is sent to Healthdata. The first validation assigns the code, later ones keep it (CGM-09).
/// Refused when the hospital has not adhered (CGM-14), when it already has a first implantation for the beneficiary
/// (CGM-15), or when the counter is closed (CNT-06).
#[utoipa::path(
    tag = "Registrations",
    operation_id = "submitRegistration",
    params(OfRegistration, IfMatch, IdempotencyKey),
    responses(
        (status = 200, description = "The registration with its code, in status `sending`.", body = Registration),
    )
)]
#[post("/registrations/{registrationId}/submit")]
pub async fn submit_registration(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let caller = caller.keyed(&[])?;
    let id = id(&path)?;
    let if_match = caller.if_match()?;
    let response = caller
        .run_answered(move |caller, tx| {
            let answer = |made: &Submission| Registration::answer(caller, &made.registration, &made.warnings);
            submit(tx, id, if_match, answer).map(|(_, answer)| answer)
        })
        .await?;
    caller.state.nudge.changed();
    Ok(response)
}

/// CGM-05, CGM-06: validates the registration in this version and writes everything that follows from it, together
/// with the answer that `answer` builds.
pub fn submit(
    tx: &mut Tx,
    id: RegistrationId,
    if_match: i32,
    answer: impl Fn(&Submission) -> Answer,
) -> Result<(Submission, Answer), Stop> {
    let found = registrations::facts_for_update(tx, id, if_match)?;
    let code = RegistrationCode::from_digits(tx.ids.registration_digits());
    let code = code.ok_or_else(|| registrations::unknown_person(id))?;
    let explants = Content::of(&found.registration.content).earlier_registration_id;
    let place = found.registration.place;
    let submission = found.registration.submit(&CURRENT, &found.facts, found.number, code, tx.now)?;
    let validated = found.validated.ok_or_else(|| registrations::unknown_person(id))?;
    let next = &submission.registration;
    let effects = Effects {
        validated: Some(validated),
        transmit: true,
        explants: registrations::explants(next, explants),
        why: None,
        freed: place.filter(|_| next.place.is_none()),
    };
    let answer = answer(&submission);
    registrations::store(tx, next, Command::Submit, &effects, &answer)?;
    Ok((submission, answer))
}
