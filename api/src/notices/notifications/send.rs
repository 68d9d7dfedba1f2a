//! `sendNotification`.

use actix_web::{HttpResponse, http::StatusCode, post, web};
use insula_persistence::notices::mails;

use super::dto::Notification;
use crate::http::{caller::Caller, input::path_uuid, parameters::IdempotencyKey, problem::ApiError};

/// Send a parked e-mail again.
///
/// Queues it again, for the present recipients: the hospital's, or INAMI's when it is about prescribers. A recipient
/// who already has it does not get it again. Message-ID and date stay (NOT-03, NOT-04). Only a parked e-mail can be
/// sent again; a waiting one is retried anyway.
#[utoipa::path(
    tag = "Notifications",
    operation_id = "sendNotification",
    params(
        ("notificationId" = uuid::Uuid, Path, description = "Its identifier."),
        IdempotencyKey
    ),
    responses((status = 200, description = "The e-mail, waiting to be sent.", body = Notification))
)]
#[post("/notifications/{notificationId}/send")]
pub async fn send_notification(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let caller = caller.keyed(&[])?;
    let id = path_uuid(&path)?;
    caller
        .run_keyed(move |caller, tx| {
            let mail = Notification::of(caller, mails::send_again(tx, id, &caller.state.inami_mail)?);
            Ok((format!("notification:{id}"), caller.answer(StatusCode::OK, None, None, &mail)))
        })
        .await
}
