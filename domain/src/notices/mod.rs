//! Notifications: e-mails and webhooks.

pub mod mail;
pub mod webhook;
