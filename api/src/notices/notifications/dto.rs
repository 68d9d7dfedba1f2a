use chrono::{DateTime, NaiveDate, Utc};
use insula_domain::{
    identifier::HospitalNumber,
    names::{Language, MailRoute, MailSubject, RecipientOutcome},
    nomenclature::Counter,
    notices::mail::MailState,
    registry::counter::CounterId,
};
use insula_persistence::notices::mails::{self, About};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{http::caller::Caller, notices::mail::Letter};

/// A recipient of an e-mail.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotificationRecipient {
    /// The address.
    pub address: String,
    /// Whether it reached them.
    pub outcome: RecipientOutcome,
}

/// An e-mail.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// Its identifier.
    pub id: Uuid,
    /// Its address.
    #[schema(format = "uri")]
    pub href: String,
    /// What it is about.
    pub about: MailSubject,
    /// For a threshold: the counter.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub counter: Option<Counter>,
    /// The calendar year, for counter B.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub counter_year: Option<i32>,
    /// The counter with its year.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub counter_id: Option<CounterId>,
    /// The threshold that was reached (NOT-01).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub threshold: Option<u32>,
    /// The figure after the night.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub figure: Option<u32>,
    /// The limit of the counter.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub limit: Option<u32>,
    /// For prescribers: the version of the list with the changes (CON-08).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub list_version: Option<i32>,
    /// The day whose night reached the threshold, or on which the list was stated.
    pub day: NaiveDate,
    /// The hospital it is addressed to, or whose list it is about.
    #[schema(value_type = HospitalNumber)]
    pub hospital_number: String,
    /// The language of the e-mail.
    pub language: Language,
    /// Its state.
    pub state: MailState,
    /// How many times it was tried since it was last queued.
    pub attempts: u32,
    /// When it was written. Also the date of the e-mail.
    pub written_at: DateTime<Utc>,
    /// When it is tried next; only while it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// When it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub sent_at: Option<DateTime<Utc>>,
    /// How it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub via: Option<MailRoute>,
    /// The last error, in the mail server's words. Recipients are named by position, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_error: Option<String>,
    /// Its Message-ID, the same in every attempt; present after the first attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub message_id: Option<String>,
    /// The recipients, in the order of the header.
    pub recipients: Vec<NotificationRecipient>,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
}

impl Notification {
    pub fn of(caller: &Caller, mail: mails::Notification) -> Notification {
        // Before the first attempt: the text it would be sent with now.
        let letter = Letter::of(&mail.facts);
        let (subject, text) = mail.written.unwrap_or((letter.subject, letter.body));
        let (reached, list_version) = match &mail.facts.about {
            About::Threshold { counter, threshold, figure } => (Some((*counter, *threshold, *figure)), None),
            About::Prescribers { version, .. } => (None, Some(*version)),
        };
        let outcome = |address: &String| match () {
            () if mail.accepted.contains(address) => RecipientOutcome::Accepted,
            () if mail.refused.contains(address) => RecipientOutcome::Refused,
            () => RecipientOutcome::Pending,
        };
        let recipients = mail
            .recipients
            .iter()
            .map(|address| NotificationRecipient { outcome: outcome(address), address: address.clone() });
        Notification {
            id: mail.id,
            href: caller.href(&format!("/notifications/{}", mail.id)),
            about: if reached.is_some() { MailSubject::Threshold } else { MailSubject::Prescribers },
            counter: reached.map(|(counter, ..)| counter.counter),
            counter_year: reached.and_then(|(counter, ..)| counter.year),
            counter_id: reached.map(|(counter, ..)| counter),
            threshold: reached.map(|(_, threshold, _)| threshold),
            figure: reached.map(|(.., figure)| figure),
            limit: reached.map(|(counter, ..)| counter.limit()),
            list_version,
            day: mail.facts.day,
            hospital_number: mail.facts.hospital.clone(),
            language: mail.facts.language,
            state: mail.state,
            attempts: mail.attempts,
            written_at: mail.facts.written_at,
            next_attempt_at: (mail.state == MailState::Waiting).then_some(mail.available_at),
            sent_at: mail.sent_at,
            via: mail.via,
            last_error: mail.last_error.clone(),
            message_id: mail.message_id.clone(),
            recipients: recipients.collect(),
            subject,
            text,
        }
    }
}
