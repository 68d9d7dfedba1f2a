//! A registration, its states and the commands that change them (CGM-03 to CGM-12).

pub mod code;
pub mod content;
pub mod dictionary;
pub mod import;
pub mod spreadsheet;
pub mod submit;
pub mod transition;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use crate::names::{Command, DeviceKind, RegistrationType, Status};
use crate::{
    ids::{BeneficiaryId, RegistrationId},
    nomenclature::Counter,
};
use code::RegistrationCode;

/// Why a registration needs corrections, and the way out (CGM-08, CNT-03).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "because", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Corrections {
    /// The nightly run found the counter exceeded.
    CounterExceeded {
        /// Which counter.
        counter: Counter,
        /// Its year, for counter B.
        #[serde(skip_serializing_if = "Option::is_none")]
        year: Option<i32>,
        /// Its limit.
        limit: u32,
        /// The pair that can be chosen instead; without one the registration must be deleted.
        #[serde(skip_serializing_if = "Option::is_none")]
        other_pair: Option<String>,
    },
    /// Healthdata refused it, with its reasons.
    RefusedByHealthdata {
        /// The reasons, as given by Healthdata.
        reasons: Vec<String>,
    },
}

/// A registration's last validation: its time and its rank among all validations (CNT-04).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validation {
    /// When it was submitted.
    pub at: DateTime<Utc>,
    /// A sequence number that orders validations over all hospitals.
    pub number: i64,
}

/// A place in a counter (CNT-03, CNT-04).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The counter.
    pub counter: Counter,
    /// The year, for counter B.
    pub year: Option<i32>,
    /// The position, from 1 to the limit.
    pub position: u32,
}

impl Place {
    /// CNT-04: whether a registration keeps the place when validated again: it does while it feeds the same counter,
    /// for B in the same year. Another pair, another year or the removal of the sensor frees the place.
    pub fn is_kept(self, fed: Option<(Counter, Option<i32>)>) -> bool {
        fed == Some((self.counter, self.year))
    }
}

/// A registration's state, with the data of that state only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// A draft, or a correction in progress.
    Open {
        /// The last validation, if any.
        validation: Option<Validation>,
        /// The corrections that followed the last validation; they decide who can delete it (CGM-11).
        corrections: Option<Corrections>,
    },
    /// Validated and being sent.
    Sending {
        /// The validation being sent.
        validation: Validation,
    },
    /// Acknowledged.
    Submitted {
        /// The acknowledged validation.
        validation: Validation,
        /// When Healthdata acknowledged it; this decides which night takes it (CNT-02).
        acknowledged_at: DateTime<Utc>,
    },
    /// To be corrected.
    CorrectionsNeeded {
        /// The validation that led to the corrections.
        validation: Validation,
        /// When Healthdata acknowledged it; absent if Healthdata refused it.
        acknowledged_at: Option<DateTime<Utc>>,
        /// The corrections needed.
        corrections: Corrections,
    },
    /// A tombstone.
    Deleted {
        /// The last validation, if any.
        validation: Option<Validation>,
        /// When it was deleted.
        at: DateTime<Utc>,
        /// The reason, if a validated registration was entered in error.
        reason: Option<String>,
    },
}

impl State {
    /// The status of this state.
    pub const fn status(&self) -> Status {
        match self {
            State::Open { .. } => Status::Open,
            State::Sending { .. } => Status::Sending,
            State::Submitted { .. } => Status::Submitted,
            State::CorrectionsNeeded { .. } => Status::CorrectionsNeeded,
            State::Deleted { .. } => Status::Deleted,
        }
    }

    /// The last validation, if any.
    pub const fn validation(&self) -> Option<Validation> {
        match self {
            State::Open { validation, .. } | State::Deleted { validation, .. } => *validation,
            State::Sending { validation }
            | State::Submitted { validation, .. }
            | State::CorrectionsNeeded { validation, .. } => Some(*validation),
        }
    }

    /// When Healthdata acknowledged the current content.
    pub const fn acknowledged_at(&self) -> Option<DateTime<Utc>> {
        match self {
            State::Submitted { acknowledged_at, .. } => Some(*acknowledged_at),
            State::CorrectionsNeeded { acknowledged_at, .. } => *acknowledged_at,
            _ => None,
        }
    }

    /// The corrections needed, also while they are being made.
    pub const fn corrections(&self) -> Option<&Corrections> {
        match self {
            State::Open { corrections, .. } => corrections.as_ref(),
            State::CorrectionsNeeded { corrections, .. } => Some(corrections),
            _ => None,
        }
    }
}

/// A registration of one hospital.
#[derive(Debug, Clone, PartialEq)]
pub struct Registration {
    /// Its identifier, from the first draft on.
    pub id: RegistrationId,
    /// The hospital's INAMI number.
    pub hospital: String,
    /// Fixed at creation (CGM-03).
    pub registration_type: RegistrationType,
    /// The beneficiary; a draft may not have one yet (CGM-04).
    pub beneficiary: Option<BeneficiaryId>,
    /// The person responsible for it.
    pub author: String,
    /// Incremented by every change, from 1; the ETag.
    pub version: i32,
    /// The version of the dictionary its content follows.
    pub dictionary_version: i32,
    /// The fields of the dictionary that are filled in.
    pub content: Map<String, Value>,
    /// The code, assigned by the first validation and permanent (CGM-06, CGM-09).
    pub code: Option<RegistrationCode>,
    /// Its state.
    pub state: State,
    /// The place in its counter, once a night has assigned one (CNT-03); kept while it is reopened (CNT-04).
    pub place: Option<Place>,
    /// When the draft was created.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}
