//! E-mails and webhooks.

mod mail_recipients;
mod notifications;
mod webhooks;
