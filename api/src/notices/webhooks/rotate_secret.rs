//! `rotateWebhookSecret`.

use actix_web::{HttpResponse, http::StatusCode, post, web};
use insula_persistence::notices::webhooks;

use super::dto::WebhookSubscription;
use crate::http::{
    caller::Caller,
    input::path_uuid,
    parameters::{IdempotencyKey, OfSubscription},
    problem::ApiError,
};

/// Rotate the secret of a webhook subscription.
///
/// The new `secret` is shown only in this answer. For 24 hours every event is also signed with the previous one, so
/// that receivers can switch at any time. A second rotation within 24 hours ends the oldest secret at once. A retry
/// with the same `Idempotency-Key` rotates nothing and shows the same secret.
#[utoipa::path(
    tag = "Webhooks",
    operation_id = "rotateWebhookSecret",
    params(
        OfSubscription,
        ("If-Match" = String, Header, description = "The ETag of the version whose secret is rotated."),
        IdempotencyKey
    ),
    responses((status = 200, description = "The subscription, with its new secret.", body = WebhookSubscription))
)]
#[post("/webhookSubscriptions/{subscriptionId}/rotateSecret")]
pub async fn rotate_webhook_secret(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let caller = caller.keyed(&[])?;
    let id = path_uuid(&path)?;
    let if_match = caller.if_match()?;
    caller
        .run_keyed(move |caller, tx| {
            let (after, secret) = webhooks::rotate_secret(tx, id, if_match)?;
            let shown = WebhookSubscription::of(caller, after, tx.now);
            Ok((webhooks::subject(id), shown.with_secret(caller, StatusCode::OK, &secret)))
        })
        .await
}
