//! `deleteWebhookSubscription`.

use actix_web::{HttpResponse, delete, web};
use insula_persistence::notices::webhooks;

use crate::http::{
    caller::Caller,
    input::path_uuid,
    parameters::{IfMatch, OfSubscription},
    problem::ApiError,
};

/// Delete a webhook subscription.
///
/// No event is sent after the current attempt, not even one that was waiting.
#[utoipa::path(
    tag = "Webhooks",
    operation_id = "deleteWebhookSubscription",
    params(OfSubscription, IfMatch),
    responses(
        (status = 204, description = "Deleted."),
    )
)]
#[delete("/webhookSubscriptions/{subscriptionId}")]
pub async fn delete_webhook_subscription(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let id = path_uuid(&path)?;
    let if_match = caller.if_match()?;
    caller.run(move |tx| webhooks::delete(tx, id, if_match)).await?;
    Ok(HttpResponse::NoContent().finish())
}
