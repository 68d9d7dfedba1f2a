//! What Healthdata gets: the registration without the person, under a pseudonym (TRA-01, TRA-04).

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::names::RegistrationType;

/// Makes a recipient's own name for a person. The same person has the same pseudonym at one recipient for ever, and
/// another one, not to be linked without the key, at every other (TRA-01).
pub trait Pseudonymiser: Send + Sync {
    /// The pseudonym at `destination`. `seed` is the person's secret seed; it never leaves the vault otherwise.
    fn pseudonym(&self, destination: &str, seed: &[u8]) -> String;
}

/// One delivery to Healthdata: a registration as validated, or its deletion. It holds no identity and no identifier that
/// a hospital knows (TRA-01).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CodedMessage {
    /// What Healthdata knows the registration by, and with the version the key by which it drops repetitions (TRA-04).
    pub technical_id: Uuid,
    /// Of the registration; a later one replaces an earlier one.
    pub version: i32,
    /// The person, at this recipient.
    pub pseudonym: String,
    /// The hospital's number.
    pub hospital: String,
    /// What is registered.
    pub registration_type: RegistrationType,
    /// When it happened.
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

/// What a recipient answered to a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It has it, now or already before.
    Acknowledged,
    /// It refuses it, with its reasons (CGM-07).
    Refused(Vec<String>),
    /// No answer that means anything: to be tried again.
    Failed(String),
    /// It answered, and must be asked again all the same: to be tried again, though it is not away.
    Again(String),
    /// It was not asked, for want of time or to spare it: as if the delivery had not been claimed.
    NotTried,
}

/// What a recipient says of a message that it keeps (CGM-07).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Acknowledgement {
    /// Of which registration.
    pub technical_id: Uuid,
    /// In which version.
    pub version: i32,
    /// The recipient's own name for the acknowledgement.
    pub acknowledgement_id: String,
    /// When it got the message, at its word.
    pub received_at: DateTime<Utc>,
}

impl Acknowledgement {
    /// Whether it is about exactly this message (INV-T1).
    pub fn is_of(&self, message: &CodedMessage) -> bool {
        (self.technical_id, self.version) == (message.technical_id, message.version)
    }
}

/// How long to wait before a delivery that failed is tried again: 1 s doubled each time, at most an hour (CGM-07).
pub const fn retry_after_seconds(attempts: u32) -> u64 {
    if attempts >= 12 { 3600 } else { 1 << attempts }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CGM-07: a failed delivery is retried, less and less often, and never given up.
    #[test]
    fn retries_grow_to_an_hour() {
        assert_eq!([0, 1, 5, 11].map(retry_after_seconds), [1, 2, 32, 2048]);
        assert_eq!([12, 40, u32::MAX].map(retry_after_seconds), [3600; 3]);
    }
}
