//! `deleteRegistration`.

use actix_web::{HttpResponse, delete, http::StatusCode, web};
use insula_domain::{
    names::DeletionReason,
    refusal::{Fault, Reason, Refusal},
    registry::registration::Command,
    rule::RuleId,
};
use insula_persistence::{
    Stop,
    idempotency::Answer,
    registry::registrations::{self, Effects},
};

use super::id;
use crate::http::{
    caller::{Caller, respond},
    input::Query,
    parameters::{IfMatch, OfRegistration},
    problem::{ApiError, InputPlace},
};

/// Delete a registration.
///
/// Only an open registration can be deleted. If it was ever validated, only the study lead can delete it, with a
/// reason, unless its counter was exceeded (CGM-11). A tombstone stays, and the code is never issued again.
#[utoipa::path(
    tag = "Registrations",
    operation_id = "deleteRegistration",
    params(
        OfRegistration,
        ("reason" = Option<DeletionReason>, Query, nullable = false, description = "Why a validated registration was entered in error."),
        IfMatch
    ),
    responses(
        (status = 204, description = "Deleted."),
    )
)]
#[delete("/registrations/{registrationId}")]
pub async fn delete_registration(
    caller: Caller,
    path: web::Path<String>,
    mut query: Query,
) -> Result<HttpResponse, ApiError> {
    // A code, because free text in a URL could name a person.
    let reason = query.one_of("reason", DeletionReason::ALL, DeletionReason::name);
    let reason = query.finish()?.take(reason).map(|reason| reason.name().to_owned());
    let id = id(&path)?;
    let if_match = caller.if_match()?;
    let answer = caller
        .run(move |tx| -> Result<Answer, Stop> {
            let present = registrations::find_for_update(tx, id, if_match)?;
            let was_validated = present.code.is_some();
            let freed = present.place;
            let next = present.delete(&tx.call.actor, reason.clone(), tx.now)?;
            let effects = Effects {
                // Healthdata need not delete what it never received (TRA-04).
                transmit: was_validated,
                explants: registrations::explants(&next, None),
                why: reason.clone(),
                freed,
                ..Effects::default()
            };
            let answer = Answer { status: StatusCode::NO_CONTENT.as_u16(), version: None, location: None, body: None };
            registrations::store(tx, &next, Command::Delete, &effects, &answer)?;
            Ok(answer)
        })
        .await
        .map_err(asked_for_reason)?;
    caller.state.nudge.changed();
    Ok(respond(&answer))
}

/// A missing reason is a fault in the query.
fn asked_for_reason(error: ApiError) -> ApiError {
    match error {
        ApiError::Refused(refusal) if *refusal == Refusal::DeletionReasonMissing => {
            ApiError::Faulty(vec![(InputPlace::Query, Fault::new("reason", Reason::Required, RuleId::Cgm11))])
        }
        other => other,
    }
}
