//! `reopenRegistration`.

use actix_web::{HttpResponse, post, web};
use insula_domain::registry::registration::Command;
use insula_persistence::registry::registrations::{self, Effects};

use super::{dto::Registration, id};
use crate::http::{
    caller::Caller,
    parameters::{IdempotencyKey, IfMatch, OfRegistration},
    problem::ApiError,
};

/// Reopen a registration.
///
/// Opens a registration that is submitted or needs correction; its code stays (CGM-09). While it is open, its code
/// cannot be billed (TRA-02).
#[utoipa::path(
    tag = "Registrations",
    operation_id = "reopenRegistration",
    params(OfRegistration, IfMatch, IdempotencyKey),
    responses((status = 200, description = "The registration, open.", body = Registration))
)]
#[post("/registrations/{registrationId}/reopen")]
pub async fn reopen_registration(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let caller = caller.keyed(&[])?;
    let id = id(&path)?;
    let if_match = caller.if_match()?;
    caller
        .run_answered(move |caller, tx| {
            let next = registrations::find_for_update(tx, id, if_match)?.reopen(tx.now)?;
            let answer = Registration::answer(caller, &next, &[]);
            registrations::store(tx, &next, Command::Reopen, &Effects::default(), &answer)?;
            Ok(answer)
        })
        .await
}
