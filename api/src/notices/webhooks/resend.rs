//! `resendWebhookDelivery`.

use actix_web::{HttpResponse, http::StatusCode, post, web};
use insula_persistence::notices::webhooks;

use super::dto::WebhookDelivery;
use crate::http::{
    caller::Caller,
    input::path_uuid,
    parameters::{IdempotencyKey, OfDelivery, OfSubscription},
    problem::ApiError,
};

/// Send an event again.
///
/// Sends it at once with the same `webhook-id` and then retries it like a new one, whether it was delivered, parked
/// or is waiting for its next attempt. If an attempt is running, nothing changes: the answer shows the delivery as it
/// is, and the outcome of that attempt counts.
#[utoipa::path(
    tag = "Webhooks",
    operation_id = "resendWebhookDelivery",
    params(OfSubscription, OfDelivery, IdempotencyKey),
    responses(
        (status = 200, description = "The delivery, waiting or being sent.", body = WebhookDelivery),
    )
)]
#[post("/webhookSubscriptions/{subscriptionId}/deliveries/{deliveryId}/resend")]
pub async fn resend_webhook_delivery(
    caller: Caller,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let caller = caller.keyed(&[])?;
    let (id, event) = (path_uuid(&path.0)?, path_uuid(&path.1)?);
    let context = caller.clone();
    let response = caller
        .run_keyed(move |tx| {
            let shown = WebhookDelivery::of(&context, id, webhooks::resend(tx, id, event)?);
            Ok((webhooks::subject(id), context.answer(StatusCode::OK, None, None, &shown)))
        })
        .await?;
    caller.state.nudge.changed();
    Ok(response)
}
