//! `listWebhookDeliveries`, `getWebhookDelivery` and `resendWebhookDelivery`.

use actix_web::{HttpResponse, get, http::StatusCode, post, web};
use insula_domain::notices::webhook::DeliveryState;
use insula_persistence::notices::webhooks;

use super::dto::WebhookDelivery;
use crate::http::{
    caller::Caller,
    collection::Page,
    input::{Query, identifier, path_uuid},
    parameters::{After, IdempotencyKey, OfDelivery, OfSubscription, PageSize},
    problem::ApiError,
};

/// The deliveries, the newest event first.
pub type WebhookDeliveryCollection = Page<WebhookDelivery>;

/// List deliveries.
///
/// The events sent to a subscription and those waiting, with the outcome of the last attempt. Delivered events are
/// kept for 90 days.
#[utoipa::path(
    tag = "Webhooks",
    operation_id = "listWebhookDeliveries",
    params(
        OfSubscription,
        ("state" = Option<Vec<DeliveryState>>, Query, style = Form, explode, nullable = false, description = "Any of these states."),
        After,
        PageSize
    ),
    responses(
        (status = 200, description = "The deliveries, the newest event first.", body = WebhookDeliveryCollection),
    )
)]
#[get("/webhookSubscriptions/{subscriptionId}/deliveries")]
pub async fn list_webhook_deliveries(
    caller: Caller,
    path: web::Path<String>,
    mut query: Query,
) -> Result<HttpResponse, ApiError> {
    let states = query.any_of("state", DeliveryState::ALL, DeliveryState::name);
    let page = query.page(identifier);
    let done = query.finish()?;
    let (states, (after, page_size)) = (done.take(states), done.take(page));
    let id = path_uuid(&path)?;
    let page = caller.run(move |tx| webhooks::list(tx, id, &states, after, page_size)).await?;
    let next = page.last().map(|last| caller.next_page("after", last.event_id, page_size));
    Ok(HttpResponse::Ok().json(WebhookDeliveryCollection {
        items: page.items.into_iter().map(|delivery| WebhookDelivery::of(&caller, id, delivery)).collect(),
        page_size,
        next,
    }))
}

/// Get a delivery.
///
/// One event for one subscription, and its outcome.
#[utoipa::path(
    tag = "Webhooks",
    operation_id = "getWebhookDelivery",
    params(OfSubscription, OfDelivery),
    responses((status = 200, description = "The delivery.", body = WebhookDelivery))
)]
#[get("/webhookSubscriptions/{subscriptionId}/deliveries/{deliveryId}")]
pub async fn get_webhook_delivery(caller: Caller, path: web::Path<(String, String)>) -> Result<HttpResponse, ApiError> {
    let (id, event) = (path_uuid(&path.0)?, path_uuid(&path.1)?);
    let delivery = caller.run(move |tx| webhooks::delivery(tx, id, event)).await?;
    Ok(HttpResponse::Ok().json(WebhookDelivery::of(&caller, id, delivery)))
}

/// Send an event again.
///
/// Sends it at once with the same `webhook-id` and then retries it like a new one, whether it was delivered, parked
/// or is waiting for its next attempt. If an attempt is running, nothing changes: the answer shows the delivery as it
/// is, and the outcome of that attempt counts.
#[utoipa::path(
    tag = "Webhooks",
    operation_id = "resendWebhookDelivery",
    params(OfSubscription, OfDelivery, IdempotencyKey),
    responses((status = 200, description = "The delivery, waiting or being sent.", body = WebhookDelivery))
)]
#[post("/webhookSubscriptions/{subscriptionId}/deliveries/{deliveryId}/resend")]
pub async fn resend_webhook_delivery(
    caller: Caller,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let caller = caller.keyed(&[])?;
    let (id, event) = (path_uuid(&path.0)?, path_uuid(&path.1)?);
    let response = caller
        .run_keyed(move |caller, tx| {
            let shown = WebhookDelivery::of(caller, id, webhooks::resend(tx, id, event)?);
            Ok((webhooks::subject(id), caller.answer(StatusCode::OK, None, None, &shown)))
        })
        .await?;
    caller.state.nudge.changed();
    Ok(response)
}
