//! `replaceWebhookSubscription`.

use actix_web::{HttpResponse, put, web};
use insula_persistence::notices::webhooks;

use super::dto::{WebhookSubscription, WebhookSubscriptionEntry, wanted};
use crate::http::{
    caller::{Caller, tagged},
    input::{Body, path_uuid},
    parameters::{IfMatch, OfSubscription},
    problem::ApiError,
};

/// Replace a webhook subscription.
///
/// Replaces it as a whole; a member that is left out gets its default. The secret stays. Waiting events go to the new
/// address, at once when the address changes or the subscription becomes active again.
#[utoipa::path(
    tag = "Webhooks",
    operation_id = "replaceWebhookSubscription",
    params(OfSubscription, IfMatch),
    request_body = WebhookSubscriptionEntry,
    responses((status = 200, description = "The subscription.", body = WebhookSubscription))
)]
#[put("/webhookSubscriptions/{subscriptionId}")]
pub async fn replace_webhook_subscription(
    caller: Caller,
    path: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let id = path_uuid(&path)?;
    let if_match = caller.if_match()?;
    let wanted = wanted(&body, &caller.state.webhook_addresses)?;
    let (subscription, now) = caller.run(move |tx| Ok((webhooks::replace(tx, id, if_match, &wanted)?, tx.now))).await?;
    caller.state.nudge.changed();
    let shown = WebhookSubscription::of(&caller, subscription, now);
    Ok(tagged(shown.version, shown))
}
