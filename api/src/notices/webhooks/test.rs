//! `testWebhookSubscription`.

use actix_web::{HttpResponse, http::StatusCode, post, web};
use insula_persistence::notices::webhooks;

use super::dto::WebhookDelivery;
use crate::http::{
    caller::Caller,
    input::path_uuid,
    parameters::{IdempotencyKey, OfSubscription},
    problem::ApiError,
};

/// Send a test event.
///
/// Sends an event of type `be.insula.webhook.test` like any other, signed and retried, whatever types are subscribed
/// to. Its outcome is at the address in `Location`.
#[utoipa::path(
    tag = "Webhooks",
    operation_id = "testWebhookSubscription",
    params(OfSubscription, IdempotencyKey),
    responses(
        (status = 201, description = "The delivery, waiting.", body = WebhookDelivery, headers(("Location" = String, description = "Its address."))),
    )
)]
#[post("/webhookSubscriptions/{subscriptionId}/test")]
pub async fn test_webhook_subscription(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let caller = caller.keyed(&[])?;
    let id = path_uuid(&path)?;
    let response = caller
        .run_keyed(move |caller, tx| {
            let shown = WebhookDelivery::of(caller, id, webhooks::test(tx, id)?);
            Ok((webhooks::subject(id), caller.answer(StatusCode::CREATED, None, Some(shown.href.clone()), &shown)))
        })
        .await?;
    caller.state.nudge.changed();
    Ok(response)
}
