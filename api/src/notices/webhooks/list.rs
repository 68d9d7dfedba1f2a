//! `listWebhookSubscriptions`.

use actix_web::{HttpResponse, get};
use insula_persistence::notices::webhooks;
use serde::Serialize;
use utoipa::ToSchema;

use super::dto::WebhookSubscription;
use crate::http::{caller::Caller, problem::ApiError};

/// The subscriptions of a hospital.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"items": [], "total": 0}))]
pub struct WebhookSubscriptionCollection {
    /// The subscriptions, the oldest first.
    pub items: Vec<WebhookSubscription>,
    /// How many there are; at most 20.
    pub total: i64,
}

/// List webhook subscriptions.
///
/// Those of the caller's hospital, including inactive ones.
#[utoipa::path(
    tag = "Webhooks",
    operation_id = "listWebhookSubscriptions",
    responses((status = 200, description = "The subscriptions.", body = WebhookSubscriptionCollection))
)]
#[get("/webhookSubscriptions")]
pub async fn list_webhook_subscriptions(caller: Caller) -> Result<HttpResponse, ApiError> {
    let (subscriptions, now) = caller.run(|tx| Ok((webhooks::subscriptions(tx)?, tx.now))).await?;
    Ok(HttpResponse::Ok().json(WebhookSubscriptionCollection {
        total: i64::try_from(subscriptions.len()).unwrap_or(i64::MAX),
        items: subscriptions.into_iter().map(|one| WebhookSubscription::of(&caller, one, now)).collect(),
    }))
}
