//! The message to Healthdata: a registration under a pseudonym, without identity (TRA-01, TRA-04).

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::names::RegistrationType;

/// Makes the pseudonym of a person for a recipient. It is permanent at one recipient; without the key, pseudonyms at
/// different recipients cannot be linked (TRA-01).
pub trait Pseudonymiser: Send + Sync {
    /// The pseudonym at `destination`. `seed` is the person's secret seed, which never leaves the vault otherwise.
    fn pseudonym(&self, destination: &str, seed: &[u8]) -> String;
}

/// A delivery to Healthdata: a validated registration, or its deletion. It holds no identity and no identifier known to
/// a hospital (TRA-01).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CodedMessage {
    /// Healthdata's identifier of the registration; with the version, the idempotency key (TRA-04).
    pub technical_id: Uuid,
    /// The registration's version; a later one replaces an earlier one.
    pub version: i32,
    /// The person's pseudonym at this recipient.
    pub pseudonym: String,
    /// The hospital's number.
    pub hospital: String,
    /// The type of registration.
    pub registration_type: RegistrationType,
    /// The date of the event.
    pub event_date: Option<NaiveDate>,
    /// The reimbursed pair.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nomenclature_pair: Option<String>,
    /// The version of the dictionary the content follows.
    pub dictionary_version: i32,
    /// The transmitted fields; empty for a deletion.
    pub content: Map<String, Value>,
    /// Whether the registration was deleted (TRA-04).
    pub deleted: bool,
}

/// A recipient's answer to a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It has the message, now or from before.
    Acknowledged,
    /// It refuses the message, with reasons (CGM-07).
    Refused(Vec<String>),
    /// No usable answer: retry, and count a failure.
    Failed(String),
    /// It answered but asks for a retry: retry without counting a failure.
    Again(String),
    /// Not tried, for lack of time or because the breaker is open: the delivery counts as never claimed.
    NotTried,
}

/// A recipient's acknowledgement of a message it has stored (CGM-07).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Acknowledgement {
    /// The registration.
    pub technical_id: Uuid,
    /// Its version.
    pub version: i32,
    /// The recipient's identifier of the acknowledgement.
    pub acknowledgement_id: String,
    /// When it received the message, according to the recipient.
    pub received_at: DateTime<Utc>,
}

impl Acknowledgement {
    /// Whether it acknowledges exactly this message (INV-T1).
    pub fn is_of(&self, message: &CodedMessage) -> bool {
        (self.technical_id, self.version) == (message.technical_id, message.version)
    }
}

/// The pause in seconds before a failed delivery is retried: 1 s, doubled each time, at most an hour (CGM-07).
pub const fn retry_after_seconds(attempts: u32) -> u64 {
    if attempts >= 12 { 3600 } else { 1 << attempts }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CGM-07: a failed delivery is retried with growing pauses and never given up.
    #[test]
    fn retries_grow_to_an_hour() {
        assert_eq!([0, 1, 5, 11].map(retry_after_seconds), [1, 2, 32, 2048]);
        assert_eq!([12, 40, u32::MAX].map(retry_after_seconds), [3600; 3]);
    }
}
