//! `listWebhookSubscriptions` and `getWebhookSubscription`.

use actix_web::{HttpResponse, get, web};
use insula_persistence::notices::webhooks;
use serde::Serialize;
use utoipa::ToSchema;

use super::dto::WebhookSubscription;
use crate::http::{
    caller::{Caller, tagged},
    input::path_uuid,
    parameters::OfSubscription,
    problem::ApiError,
};

/// The subscriptions of a hospital.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
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

/// Get a webhook subscription.
///
/// As it is now, without its secret.
#[utoipa::path(
    tag = "Webhooks",
    operation_id = "getWebhookSubscription",
    params(OfSubscription),
    responses((status = 200, description = "The subscription.", body = WebhookSubscription))
)]
#[get("/webhookSubscriptions/{subscriptionId}")]
pub async fn get_webhook_subscription(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let id = path_uuid(&path)?;
    let (subscription, now) = caller.run(move |tx| Ok((webhooks::subscription(tx, id)?, tx.now))).await?;
    let shown = WebhookSubscription::of(&caller, subscription, now);
    Ok(tagged(shown.version, shown))
}
