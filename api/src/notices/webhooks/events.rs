//! The schemas of events. [`crate::worker::webhook`] builds the events. OpenAPI 3.0 has no webhooks, so the contract
//! describes them as callbacks of `createWebhookSubscription`.

use chrono::{DateTime, Utc};
use insula_domain::{
    names::Status,
    notices::webhook::EventType,
    registry::{counter::CounterId, registration::code::RegistrationCode},
};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::registry::registrations::dto::Corrections;

/// The status of a registration changed.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"specversion": "1.0", "id": "3d0f6b2a-8f40-51c1-9a55-2f8e6a1c7d90",
    "source": "https://insula.example", "type": "be.insula.registration.correctionsNeeded",
    "subject": "0198c1de-7f2a-7bb1-9d2e-0a4f7c1b2d3e", "time": "2026-03-02T23:30:01.000000Z", "datacontenttype": "application/json",
    "data": {"registrationId": "0198c1de-7f2a-7bb1-9d2e-0a4f7c1b2d3e",
        "href": "https://insula.example/insula/v1/registrations/0198c1de-7f2a-7bb1-9d2e-0a4f7c1b2d3e", "version": 4,
        "status": "correctionsNeeded", "code": "20240000004241",
        "corrections": {"because": "counterExceeded", "counter": "A", "limit": 400, "otherPair": "174495-174506"}}}))]
pub struct WebhookRegistrationEvent {
    /// `1.0`.
    pub specversion: String,
    /// Identifies the event; the same as `webhook-id` in every attempt and for every subscription.
    pub id: Uuid,
    /// This Insula service.
    #[schema(format = "uri")]
    pub source: String,
    /// `be.insula.registration.submitted`, `.correctionsNeeded`, `.reopened` or `.deleted`.
    #[schema(rename = "type")]
    pub event_type: EventType,
    /// The registration.
    pub subject: Uuid,
    /// When it changed.
    pub time: DateTime<Utc>,
    /// `application/json`.
    pub datacontenttype: String,
    /// What changed.
    pub data: WebhookRegistrationChange,
}

/// A change of a registration: where to read it, and nothing about its beneficiary.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct WebhookRegistrationChange {
    /// The registration.
    pub registration_id: Uuid,
    /// Its address, for callers who may read it.
    #[schema(format = "uri")]
    pub href: String,
    /// The new version. A receiver that knows a higher version ignores the event.
    pub version: i32,
    /// The new status.
    pub status: Status,
    /// Its code, if it was ever validated.
    #[schema(nullable = false)]
    pub code: Option<RegistrationCode>,
    /// Why it needs correction. Healthdata's reasons are only in the registration itself.
    #[schema(nullable = false)]
    pub corrections: Option<Corrections>,
}

/// After a night, a national counter is at or above a threshold (NOT-01).
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"specversion": "1.0", "id": "9be1a2f0-51d4-6c11-9a55-2f8e6a1c7d90",
    "source": "https://insula.example", "type": "be.insula.counter.thresholdReached", "subject": "B-2026",
    "time": "2026-03-02T23:30:01.000000Z", "datacontenttype": "application/json",
    "data": {"counterId": "B-2026", "figure": 57, "threshold": 55, "limit": 60}}))]
pub struct WebhookCounterEvent {
    /// `1.0`.
    pub specversion: String,
    /// Identifies the event; the same as `webhook-id` in every attempt and for every subscription.
    pub id: Uuid,
    /// This Insula service.
    #[schema(format = "uri")]
    pub source: String,
    /// `be.insula.counter.thresholdReached`.
    #[schema(rename = "type")]
    pub event_type: EventType,
    /// The counter.
    pub subject: CounterId,
    /// When the night ran.
    pub time: DateTime<Utc>,
    /// `application/json`.
    pub datacontenttype: String,
    /// The threshold.
    pub data: WebhookThreshold,
}

/// A threshold that was reached.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct WebhookThreshold {
    /// The counter.
    pub counter_id: CounterId,
    /// How many places are held after the night.
    pub figure: i32,
    /// The threshold.
    pub threshold: i32,
    /// How many places there are.
    pub limit: i32,
}

/// Something happened to an application for coverage or to a granted period.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"specversion": "1.0", "id": "5f1c7d90-8f40-51c1-9a55-2f8e6a1c3d0f",
    "source": "https://insula.example", "type": "be.insula.coverage.decided", "subject": "0198c1de-7f2a-7bb1-9d2e-0a4f7c1b2d3e",
    "time": "2026-03-02T14:05:11.000000Z", "datacontenttype": "application/json",
    "data": {"coverageApplicationId": "0198c1de-7f2a-7bb1-9d2e-0a4f7c1b2d3e",
        "href": "https://insula.example/insula/v1/coverageApplications/0198c1de-7f2a-7bb1-9d2e-0a4f7c1b2d3e", "version": 3}}))]
pub struct WebhookCoverageEvent {
    /// `1.0`.
    pub specversion: String,
    /// Identifies the event; the same as `webhook-id` in every attempt and for every subscription.
    pub id: Uuid,
    /// This Insula service.
    #[schema(format = "uri")]
    pub source: String,
    /// `be.insula.coverage.submitted`, `.questionAsked`, `.answered`, `.decided`, `.withdrawn`, `.closed`, `.warned`,
    /// `.periodEnding`, `.periodEnded` or `.periodRestored`.
    #[schema(rename = "type")]
    pub event_type: EventType,
    /// The application or the period; for a warning the event itself.
    pub subject: Uuid,
    /// When it happened.
    pub time: DateTime<Utc>,
    /// `application/json`.
    pub datacontenttype: String,
    /// What it is about; nothing for a warning, which `listCoverageWarnings` tells.
    pub data: WebhookCoverageData,
}

/// Where to read what happened, and nothing about the beneficiary.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct WebhookCoverageData {
    /// The application.
    #[schema(nullable = false)]
    pub coverage_application_id: Option<Uuid>,
    /// The granted period.
    #[schema(nullable = false)]
    pub granted_period_id: Option<Uuid>,
    /// Its address, for callers who may read it.
    #[schema(nullable = false, format = "uri")]
    pub href: Option<String>,
    /// The new version, if the event made one.
    #[schema(nullable = false)]
    pub version: Option<i32>,
}

/// A test event, sent on request.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"specversion": "1.0", "id": "0198c1de-9a44-7bb1-9d2e-0a4f7c1b2d3e",
    "source": "https://insula.example", "type": "be.insula.webhook.test", "subject": "0198c1de-9a10-7bb1-9d2e-0a4f7c1b2d3e",
    "time": "2026-03-02T14:05:11.000000Z", "datacontenttype": "application/json",
    "data": {"subscriptionId": "0198c1de-9a10-7bb1-9d2e-0a4f7c1b2d3e"}}))]
pub struct WebhookTestEvent {
    /// `1.0`.
    pub specversion: String,
    /// Identifies the event; the same as `webhook-id` in every attempt.
    pub id: Uuid,
    /// This Insula service.
    #[schema(format = "uri")]
    pub source: String,
    /// `be.insula.webhook.test`.
    #[schema(rename = "type")]
    pub event_type: EventType,
    /// The subscription.
    pub subject: Uuid,
    /// When the test was requested.
    pub time: DateTime<Utc>,
    /// `application/json`.
    pub datacontenttype: String,
    /// The subscription that is tested.
    pub data: WebhookTestData,
}

/// The subscription that a test event belongs to.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct WebhookTestData {
    /// The subscription.
    pub subscription_id: Uuid,
}

/// The callbacks of `createWebhookSubscription`.
pub fn callbacks() -> Value {
    let one = |name: &str, summary: &str, schema: &str| {
        let header = |name: &str, description: &str| {
            json!({"name": name, "in": "header", "required": true, "description": description,
                "schema": {"type": "string"}})
        };
        json!({"{$request.body#/url}": {"post": {
            "operationId": name, "summary": summary,
            "description": "Any answer of 2xx says that it arrived. 410 ends the subscription; everything else is tried again \
                for three days.",
            "parameters": [
                header("webhook-id", "Identifies the event; the same in every attempt."),
                header("webhook-timestamp", "When this attempt was made, in seconds since 1970-01-01T00:00:00Z."),
                header("webhook-signature", "`v1,` and the HMAC-SHA256, in base64, of `webhook-id`, `webhook-timestamp` and \
                    the body, joined by full stops; two of them, with a space between, while two secrets sign."),
            ],
            "requestBody": {"required": true, "content": {"application/cloudevents+json": {
                "schema": {"$ref": format!("#/components/schemas/{schema}")}}}},
            "responses": {"2XX": {"description": "Delivered."}, "410": {"description": "The receiver is gone; no more events are sent."}},
        }}})
    };
    let mut callbacks = Map::new();
    for (name, summary, schema) in [
        ("registrationChanged", "The status of a registration changed", "WebhookRegistrationEvent"),
        ("counterThresholdReached", "A counter reached a threshold", "WebhookCounterEvent"),
        (
            "coverageChanged",
            "Something happened to an application for coverage or a granted period",
            "WebhookCoverageEvent",
        ),
        ("webhookTested", "A test", "WebhookTestEvent"),
    ] {
        callbacks.insert(name.to_owned(), one(name, summary, schema));
    }
    Value::Object(callbacks)
}
