//! `sendNotification`.

use actix_web::{HttpResponse, http::StatusCode, post, web};
use insula_persistence::notices::mails;

use super::dto::Notification;
use crate::http::{caller::Caller, input::path_uuid, parameters::IdempotencyKey, problem::ApiError};

/// Send a parked e-mail again.
///
/// It is put in line again, to the hospital's recipients as they are now, or to INAMI's when it is about prescribers; whoever has it already does not get it again. Its
/// Message-ID and date stay (NOT-03, NOT-04). Only a parked one can be sent again: one that waits is tried by itself.
#[utoipa::path(
    tag = "Notifications",
    operation_id = "sendNotification",
    params(
        ("notificationId" = uuid::Uuid, Path, description = "Its identifier."),
        IdempotencyKey
    ),
    responses(
        (status = 200, description = "The e-mail, waiting to be sent.", body = Notification),
    )
)]
#[post("/notifications/{notificationId}/send")]
pub async fn send_notification(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let caller = caller.keyed(&[])?;
    let id = path_uuid(&path)?;
    let context = caller.clone();
    caller
        .run_keyed(move |tx| {
            let mail = Notification::of(&context, mails::send_again(tx, id, &context.state.inami_mail)?);
            Ok((format!("notification:{id}"), context.answer(StatusCode::OK, None, None, &mail)))
        })
        .await
}
