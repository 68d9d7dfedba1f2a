//! A merger or demerger, as INAMI states it, and what it leads to (CON-03, CON-04).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    demerger::{Demerger, DemergerPlan, Wish},
    holder::Convention,
    merger::{Merger, MergerPlan},
};
pub use crate::names::MergerKind;
use crate::{identifier::HospitalNumber, refusal::Fault};

/// A stated merger or demerger (CON-03, CON-04).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum StatedMerger {
    /// Two hospitals merge.
    Merger(Merger),
    /// One hospital is split.
    Demerger(Demerger),
}

/// The consequences of a merger or demerger (CON-03, CON-04).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Plan {
    /// Two hospitals merge.
    Merger(MergerPlan),
    /// One hospital is split.
    Demerger(DemergerPlan),
}

impl StatedMerger {
    /// Whether it is a merger or a demerger (CON-03, CON-04).
    #[must_use]
    pub const fn kind(&self) -> MergerKind {
        match self {
            StatedMerger::Merger(_) => MergerKind::Merger,
            StatedMerger::Demerger(_) => MergerKind::Demerger,
        }
    }

    /// The day on which it takes effect (CON-03, CON-04).
    #[must_use]
    pub const fn effective(&self) -> NaiveDate {
        match self {
            StatedMerger::Merger(merger) => merger.effective,
            StatedMerger::Demerger(demerger) => demerger.effective,
        }
    }

    /// The two hospitals that merge or result, then the merged hospital or the one that is split (CON-03, CON-04).
    #[must_use]
    pub const fn hospitals(&self) -> [HospitalNumber; 3] {
        let ([first, second], one) = match self {
            StatedMerger::Merger(merger) => (merger.hospitals, merger.hospital),
            StatedMerger::Demerger(demerger) => (demerger.successors, demerger.hospital),
        };
        [first, second, one]
    }

    /// Whether the successors of a demerger need new conventions (CON-04).
    #[must_use]
    pub const fn is_anew(&self) -> bool {
        matches!(self, StatedMerger::Demerger(Demerger { wish: Wish::Both { .. }, .. }))
    }

    /// CON-03, CON-04: what it leads to. `conventions` are those of all hospitals.
    ///
    /// # Errors
    /// Every fault of it.
    pub fn plan(&self, conventions: &[Convention]) -> Result<Plan, Vec<Fault>> {
        match self {
            StatedMerger::Merger(merger) => merger.plan(conventions).map(Plan::Merger),
            StatedMerger::Demerger(demerger) => demerger.plan(conventions).map(Plan::Demerger),
        }
    }
}

impl Plan {
    /// CON-03, CON-04: the conventions that it changes, as it leaves them.
    #[must_use]
    pub fn outcome(&self, merger: Uuid, conventions: &[Convention]) -> Vec<Convention> {
        match self {
            Plan::Merger(plan) => plan.outcome(merger, conventions),
            Plan::Demerger(plan) => plan.outcome(merger, conventions),
        }
    }
}
