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
/// At once, with the same `webhook-id`, and from then on retried like a new one: whether it arrived before, was parked, or
/// still waits for its next attempt. One that is being sent at this moment is left alone: the answer shows it as it stands, and
/// what comes of that attempt counts.
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
