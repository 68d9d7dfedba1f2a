//! `getWebhookSubscription`.

use actix_web::{HttpResponse, get, web};
use insula_persistence::notices::webhooks;

use super::dto::WebhookSubscription;
use crate::http::{
    caller::{Caller, tagged},
    input::path_uuid,
    parameters::OfSubscription,
    problem::ApiError,
};

/// Get a webhook subscription.
///
/// As it is now, without its secret.
#[utoipa::path(
    tag = "Webhooks",
    operation_id = "getWebhookSubscription",
    params(OfSubscription),
    responses(
        (status = 200, description = "The subscription.", body = WebhookSubscription, headers(("ETag" = String, description = "Its version."))),
    )
)]
#[get("/webhookSubscriptions/{subscriptionId}")]
pub async fn get_webhook_subscription(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let id = path_uuid(&path)?;
    let (subscription, now) = caller.run(move |tx| Ok((webhooks::subscription(tx, id)?, tx.now))).await?;
    let shown = WebhookSubscription::of(&caller, subscription, now);
    Ok(tagged(shown.version, shown))
}
