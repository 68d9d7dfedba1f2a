//! What is told to others without their asking: e-mails and webhooks.

pub mod mails;
pub mod webhooks;
