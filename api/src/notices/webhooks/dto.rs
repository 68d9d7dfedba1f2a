//! Schemas of subscriptions and deliveries, and the reading of what a hospital states.

use actix_web::http::StatusCode;
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use insula_domain::{
    notices::webhook::{DeliveryState, EventType, Failure, InactiveBecause},
    refusal::{Fault, Reason},
    rule::RuleId,
};
use insula_persistence::{
    idempotency::Answer,
    notices::webhooks::{Delivery, StatedSubscription, Subscription},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    addresses::{Addresses, MAX_URL},
    http::{
        caller::Caller,
        input::{Body, Reader},
        problem::ApiError,
    },
};

/// Where events are sent, and which.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookSubscription {
    /// Its identifier.
    pub id: Uuid,
    /// Its address.
    #[schema(format = "uri")]
    pub href: String,
    /// Where events are sent, in normalised form.
    #[schema(format = "uri")]
    pub url: String,
    /// The types of event that are sent.
    pub event_types: Vec<EventType>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub description: Option<String>,
    /// Whether events are sent.
    pub active: bool,
    /// Why no events are sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub inactive_because: Option<InactiveBecause>,
    /// The key that signs its events: `whsec_` and 32 bytes in base64. Only in the answers of creation and secret
    /// rotation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, pattern = "^whsec_[A-Za-z0-9+/]{43}=$")]
    pub secret: Option<String>,
    /// Until when events are also signed with the previous secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub earlier_secret_until: Option<DateTime<Utc>>,
    /// Counts every change, from 1; also the ETag.
    pub version: i32,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// The path of a subscription.
pub fn path(id: Uuid) -> String {
    format!("/webhookSubscriptions/{id}")
}

impl WebhookSubscription {
    /// Shows a subscription as it is at an instant.
    pub fn of(caller: &Caller, subscription: Subscription, now: DateTime<Utc>) -> WebhookSubscription {
        WebhookSubscription {
            href: caller.href(&path(subscription.id)),
            id: subscription.id,
            url: subscription.url,
            event_types: subscription.event_types,
            description: subscription.description,
            active: subscription.active,
            inactive_because: subscription.inactive_because,
            secret: None,
            earlier_secret_until: subscription.earlier_secret_until.filter(|until| *until > now),
            version: subscription.version,
            created_at: subscription.created_at,
            updated_at: subscription.updated_at,
        }
    }

    /// The answer that shows the secret once.
    pub fn with_secret(mut self, caller: &Caller, status: StatusCode, secret: &[u8]) -> Answer {
        self.secret = Some(format!("whsec_{}", STANDARD.encode(secret)));
        let location = (status == StatusCode::CREATED).then(|| self.href.clone());
        caller.answer(status, Some(self.version), location, &self)
    }
}

/// A subscription as a hospital enters it.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"url": "https://ehr.hopital.example/insula",
    "eventTypes": ["be.insula.registration.submitted", "be.insula.registration.correctionsNeeded"], "description": "EHR, production"}))]
pub struct WebhookSubscriptionEntry {
    /// Where events are sent: an absolute `https` address on the public Internet, without user name, password or
    /// fragment.
    #[schema(format = "uri", max_length = 2000)]
    pub url: String,
    /// The types of event that are sent; a test needs no subscription.
    #[schema(min_items = 1)]
    pub event_types: Vec<EventType>,
    /// What it is for. Must not contain anything about a beneficiary.
    #[schema(nullable = false, max_length = 200)]
    pub description: Option<String>,
    /// Whether events are sent; `true` by default. Events that occur while it is `false` are not sent later.
    #[schema(nullable = false, default = true)]
    pub active: Option<bool>,
}

/// Reads a subscription from a body and collects every fault (SYS-04).
pub fn wanted(body: &Body, addresses: &Addresses) -> Result<StatedSubscription, ApiError> {
    let mut reader = Reader::new(&body.members);
    let url = reader.required_text("url", MAX_URL);
    let url = reader.then(url, |url| {
        let fault = |reason, rule| Fault::new("url", reason, rule);
        match addresses.check(&url) {
            Ok(url) => Ok(String::from(url)),
            Err(Reason::AddressNotAllowed) => Err(vec![fault(Reason::AddressNotAllowed, RuleId::Sys02)]),
            Err(reason) => Err(vec![fault(reason, RuleId::Sys04).with("max", MAX_URL)]),
        }
    });
    let types: Vec<_> = EventType::subscribable().map(|one| (one.name(), one)).collect();
    let event_types = reader.some_of("eventTypes", &types);
    let description = reader.text("description", 200);
    let active = reader.boolean("active").or(true);
    let done = reader.finish()?;
    Ok(StatedSubscription {
        url: done.take(url),
        event_types: done.take(event_types),
        description: done.take(description),
        active: done.take(active),
    })
}

/// One event for one subscription, and its outcome.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookDelivery {
    /// The event: `id` of the CloudEvent and `webhook-id` of every attempt.
    pub id: Uuid,
    /// Its address.
    #[schema(format = "uri")]
    pub href: String,
    /// The subscription.
    pub subscription_id: Uuid,
    /// The type of event.
    #[serde(rename = "type")]
    pub event_type: EventType,
    /// The subject: a registration, a counter, or for a test the subscription itself.
    pub subject: String,
    /// When the event occurred.
    pub time: DateTime<Utc>,
    /// Its state.
    pub state: DeliveryState,
    /// How many times it was sent.
    pub attempts: i32,
    /// When it was last sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_attempt_at: Option<DateTime<Utc>>,
    /// The HTTP status of the last answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub status_code: Option<i32>,
    /// Why the last attempt failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub failure: Option<Failure>,
    /// When it is sent next; only while it waits, no attempt is running and the subscription is active.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// When it was delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub delivered_at: Option<DateTime<Utc>>,
    /// When it was parked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub parked_at: Option<DateTime<Utc>>,
}

impl WebhookDelivery {
    /// Shows a delivery as this caller sees it.
    pub fn of(caller: &Caller, subscription: Uuid, delivery: Delivery) -> WebhookDelivery {
        WebhookDelivery {
            href: caller.href(&format!("{}/deliveries/{}", path(subscription), delivery.event_id)),
            id: delivery.event_id,
            subscription_id: subscription,
            event_type: delivery.event_type,
            subject: delivery.subject,
            time: delivery.occurred_at,
            attempts: delivery.attempts,
            last_attempt_at: delivery.last_attempt_at,
            status_code: delivery.last_status,
            failure: delivery.last_failure,
            next_attempt_at: delivery.next_attempt_at,
            delivered_at: delivery.settled_at.filter(|_| delivery.state == DeliveryState::Delivered),
            parked_at: delivery.settled_at.filter(|_| delivery.state == DeliveryState::Parked),
            state: delivery.state,
        }
    }
}
