//! `getNotification`.

use actix_web::{HttpResponse, get, web};
use insula_persistence::notices::mails;

use super::dto::Notification;
use crate::http::{caller::Caller, input::path_uuid, problem::ApiError};

/// Get an e-mail.
///
/// Its subject and text, its recipients, and the outcome for each (NOT-02, NOT-04).
#[utoipa::path(
    tag = "Notifications",
    operation_id = "getNotification",
    params(("notificationId" = uuid::Uuid, Path, description = "Its identifier.")),
    responses(
        (status = 200, description = "The e-mail.", body = Notification),
    )
)]
#[get("/notifications/{notificationId}")]
pub async fn get_notification(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let id = path_uuid(&path)?;
    let mail = caller.run(move |tx| mails::get(tx, id)).await?;
    Ok(HttpResponse::Ok().json(Notification::of(&caller, mail)))
}
