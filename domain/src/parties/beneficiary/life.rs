//! From when to when a beneficiary lives.

use chrono::NaiveDate;

use super::Identity;
use crate::refusal::Reason;

/// The first and last day of a beneficiary's life, as far as they are known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Life {
    /// When they were born.
    pub birth: Option<NaiveDate>,
    /// When they died.
    pub death: Option<NaiveDate>,
}

impl Life {
    /// BEN-01, CGM-13: the life of a known identity.
    #[must_use]
    pub fn of(identity: &Identity) -> Life {
        Life { birth: identity.known_birth(), death: identity.death_date }
    }

    /// PMP-03, PMP-04, PMP-07, REG-01, REG-02: why nothing can have happened to them on a day.
    #[must_use]
    pub fn reason(self, on: NaiveDate) -> Option<Reason> {
        if self.birth.is_some_and(|birth| on < birth) {
            Some(Reason::BeforeBirth)
        } else if self.death.is_some_and(|death| on > death) {
            Some(Reason::AfterDeath)
        } else {
            None
        }
    }
}
