//! The changes of a beneficiary's therapy (REG-04).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{convention::entry::Entry, ids::BeneficiaryId, rule::RuleId};

/// A change of a beneficiary's therapy (REG-04).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TherapyChangeEntry, example = json!({"beneficiaryId": "0198c1de-7b20-7d05-8f00-5b1f7a9e2c44",
    "day": "2026-05-06", "change": "other basal rates, other insulin", "important": true}))]
pub struct TherapyChange {
    /// Whose therapy: a beneficiary of the hospital.
    #[schema(value_type = Uuid)]
    pub beneficiary_id: BeneficiaryId,
    /// When: today or earlier.
    pub day: NaiveDate,
    /// What changed; never a national number.
    #[schema(max_length = 2000)]
    pub change: String,
    /// Whether it is important, so that the general practitioner gets a report of it.
    pub important: bool,
}

impl Entry for TherapyChange {
    const RULE: RuleId = RuleId::Reg04;
    const BENEFICIARY: Option<fn(&Self) -> BeneficiaryId> = Some(|entry| entry.beneficiary_id);

    fn days(&self) -> Vec<(&'static str, NaiveDate)> {
        vec![("day", self.day)]
    }
}
