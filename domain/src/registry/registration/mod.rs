//! A registration: what it is, the states it goes through and the commands that move it (CGM-03 to CGM-12).

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

/// Why a registration needs correction, and the way out (CGM-08, CNT-03).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "because", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Corrections {
    /// The night found the counter exceeded.
    CounterExceeded {
        /// Which counter.
        counter: Counter,
        /// Its year, for counter B.
        #[serde(skip_serializing_if = "Option::is_none")]
        year: Option<i32>,
        /// Its limit.
        limit: u32,
        /// The pair that can be chosen instead; without one the registration has to be deleted.
        #[serde(skip_serializing_if = "Option::is_none")]
        other_pair: Option<String>,
    },
    /// Healthdata refused it, with its reasons.
    RefusedByHealthdata {
        /// As Healthdata gave them.
        reasons: Vec<String>,
    },
}

/// When a registration was last validated, and its place in the order of all validations (CNT-04).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validation {
    /// The instant of the submit.
    pub at: DateTime<Utc>,
    /// A number drawn when it was validated; the order over all hospitals.
    pub number: i64,
}

/// A place in a counter (CNT-03, CNT-04).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// In which counter.
    pub counter: Counter,
    /// Of which year, for counter B.
    pub year: Option<i32>,
    /// Which place, from 1 to the limit.
    pub position: u32,
}

impl Place {
    /// CNT-04: whether a registration that is validated again keeps it: as long as it feeds the same counter, and for B of the
    /// same year. Another pair, another year or a sensor less frees it.
    pub fn is_kept(self, fed: Option<(Counter, Option<i32>)>) -> bool {
        fed == Some((self.counter, self.year))
    }
}

/// Where a registration stands, with what belongs to that state only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// A draft, or a correction in progress.
    Open {
        /// Of the last validation, if there ever was one.
        validation: Option<Validation>,
        /// What the last validation was answered with; decides whether deletion is free (CGM-11).
        corrections: Option<Corrections>,
    },
    /// Validated, on its way.
    Sending {
        /// Of this sending.
        validation: Validation,
    },
    /// Acknowledged.
    Submitted {
        /// Of the acknowledged sending.
        validation: Validation,
        /// When Healthdata acknowledged it; the night takes arrivals by this instant (CNT-02).
        acknowledged_at: DateTime<Utc>,
    },
    /// To be corrected.
    CorrectionsNeeded {
        /// Of the sending that was answered with the corrections.
        validation: Validation,
        /// When Healthdata had acknowledged it; absent when Healthdata refused it.
        acknowledged_at: Option<DateTime<Utc>>,
        /// Why, and the way out.
        corrections: Corrections,
    },
    /// A tombstone.
    Deleted {
        /// Of the last validation, if there ever was one.
        validation: Option<Validation>,
        /// When it was deleted.
        at: DateTime<Utc>,
        /// Why, when a validated one was entered in error.
        reason: Option<String>,
    },
}

impl State {
    /// The status the state shows.
    pub const fn status(&self) -> Status {
        match self {
            State::Open { .. } => Status::Open,
            State::Sending { .. } => Status::Sending,
            State::Submitted { .. } => Status::Submitted,
            State::CorrectionsNeeded { .. } => Status::CorrectionsNeeded,
            State::Deleted { .. } => Status::Deleted,
        }
    }

    /// The last validation, if there ever was one.
    pub const fn validation(&self) -> Option<Validation> {
        match self {
            State::Open { validation, .. } | State::Deleted { validation, .. } => *validation,
            State::Sending { validation }
            | State::Submitted { validation, .. }
            | State::CorrectionsNeeded { validation, .. } => Some(*validation),
        }
    }

    /// When Healthdata acknowledged the present content.
    pub const fn acknowledged_at(&self) -> Option<DateTime<Utc>> {
        match self {
            State::Submitted { acknowledged_at, .. } => Some(*acknowledged_at),
            State::CorrectionsNeeded { acknowledged_at, .. } => *acknowledged_at,
            _ => None,
        }
    }

    /// What has to be corrected, also while it is being corrected.
    pub const fn corrections(&self) -> Option<&Corrections> {
        match self {
            State::Open { corrections, .. } => corrections.as_ref(),
            State::CorrectionsNeeded { corrections, .. } => Some(corrections),
            _ => None,
        }
    }
}

/// One registration of one hospital.
#[derive(Debug, Clone, PartialEq)]
pub struct Registration {
    /// Its identifier, from the first draft on.
    pub id: RegistrationId,
    /// The hospital's INAMI number.
    pub hospital: String,
    /// Fixed at creation (CGM-03).
    pub registration_type: RegistrationType,
    /// Whom it is about; a draft may not know yet (CGM-04).
    pub beneficiary: Option<BeneficiaryId>,
    /// The person who answers for it.
    pub author: String,
    /// Counts every change, from 1; the ETag.
    pub version: i32,
    /// The version of the dictionary its content follows.
    pub dictionary_version: i32,
    /// The fields of the dictionary that are filled in.
    pub content: Map<String, Value>,
    /// From the first validation on, the same for ever (CGM-06, CGM-09).
    pub code: Option<RegistrationCode>,
    /// Where it stands.
    pub state: State,
    /// The place it holds in its counter, since a night gave it one (CNT-03); kept while it is reopened (CNT-04).
    pub place: Option<Place>,
    /// When the draft was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}
