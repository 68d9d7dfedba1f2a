//! `createWebhookSubscription`.

use actix_web::{HttpResponse, http::StatusCode, post};
use insula_persistence::notices::webhooks;

use super::dto::{WebhookSubscription, WebhookSubscriptionEntry, wanted};
use crate::http::{caller::Caller, input::Body, parameters::IdempotencyKey, problem::ApiError};

/// Subscribe to events.
///
/// Insula then tells this address about changes of all the hospital's registrations and of the national counters.
/// Each event is a CloudEvent without any data about a beneficiary, signed according to Standard Webhooks with the
/// `secret` in this answer. The secret is shown only here; a retry with the same `Idempotency-Key` shows it again.
#[utoipa::path(
    tag = "Webhooks",
    operation_id = "createWebhookSubscription",
    params(IdempotencyKey),
    request_body = WebhookSubscriptionEntry,
    responses((status = 201, description = "The subscription, with its secret.", body = WebhookSubscription))
)]
#[post("/webhookSubscriptions")]
pub async fn create_webhook_subscription(caller: Caller, body: Body) -> Result<HttpResponse, ApiError> {
    let caller = caller.keyed(&body.bytes)?;
    let wanted = wanted(&body, &caller.state.webhook_addresses)?;
    caller
        .run_keyed(move |caller, tx| {
            let (made, secret) = webhooks::create(tx, &wanted)?;
            let subject = webhooks::subject(made.id);
            let shown = WebhookSubscription::of(caller, made, tx.now);
            Ok((subject, shown.with_secret(caller, StatusCode::CREATED, &secret)))
        })
        .await
}
