//! Webhooks for EHRs: subscriptions, deliveries and events.

pub mod create;
pub mod delete;
pub mod deliveries;
pub mod dto;
pub mod events;
pub mod list;
pub mod replace;
pub mod rotate_secret;
pub mod test;

pub use events::{WebhookCounterEvent, WebhookCoverageEvent, WebhookRegistrationEvent, WebhookTestEvent};
