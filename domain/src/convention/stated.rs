//! A merger or a demerger, as INAMI states it, and what either leads to (CON-03, CON-04).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    demerger::{Demerger, DemergerPlan, Wish},
    granted::Granted,
    holder::Convention,
    merger::{Merger, MergerPlan},
};
pub use crate::names::MergerKind;
use crate::{identifier::HospitalNumber, refusal::Fault};

/// What is stated (CON-03, CON-04).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Stated {
    /// Two hospitals merge.
    Merger(Merger),
    /// One hospital is split.
    Demerger(Demerger),
}

/// What it leads to (CON-03, CON-04).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Plan {
    /// Two hospitals merge.
    Merger(MergerPlan),
    /// One hospital is split.
    Demerger(DemergerPlan),
}

impl Stated {
    /// Which of the two it is (CON-03, CON-04).
    #[must_use]
    pub const fn kind(&self) -> MergerKind {
        match self {
            Stated::Merger(_) => MergerKind::Merger,
            Stated::Demerger(_) => MergerKind::Demerger,
        }
    }

    /// The day on which it takes effect (CON-03, CON-04).
    #[must_use]
    pub const fn effective(&self) -> NaiveDate {
        match self {
            Stated::Merger(merger) => merger.effective,
            Stated::Demerger(demerger) => demerger.effective,
        }
    }

    /// The two that merge or come of it, then the merged hospital or the one that is split (CON-03, CON-04).
    #[must_use]
    pub const fn hospitals(&self) -> [HospitalNumber; 3] {
        let ([first, second], one) = match self {
            Stated::Merger(merger) => (merger.hospitals, merger.hospital),
            Stated::Demerger(demerger) => (demerger.successors, demerger.hospital),
        };
        [first, second, one]
    }

    /// Whether the successors of a demerger begin anew (CON-04).
    #[must_use]
    pub const fn is_anew(&self) -> bool {
        matches!(self, Stated::Demerger(Demerger { wish: Wish::Both { .. }, .. }))
    }

    /// CON-03, CON-04: what it leads to, beside all conventions of all hospitals.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn plan(&self, conventions: &[Convention], granted: &[Granted]) -> Result<Plan, Vec<Fault>> {
        match self {
            Stated::Merger(merger) => merger.plan(conventions, granted).map(Plan::Merger),
            Stated::Demerger(demerger) => demerger.plan(conventions, granted).map(Plan::Demerger),
        }
    }
}

impl Plan {
    /// CON-03, CON-04: the conventions as it leaves them; those alone that change.
    #[must_use]
    pub fn outcome(&self, merger: Uuid, conventions: &[Convention]) -> Vec<Convention> {
        match self {
            Plan::Merger(plan) => plan.outcome(merger, conventions),
            Plan::Demerger(plan) => plan.outcome(merger, conventions),
        }
    }
}
