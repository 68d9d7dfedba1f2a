//! Notifications that Insula sends: e-mails and webhooks.

pub mod mail;
pub mod notifications;
pub mod webhooks;
