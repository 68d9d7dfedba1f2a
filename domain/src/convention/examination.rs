//! The preventive examinations of a beneficiary (PMP-03).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::entry::Entry;
use crate::{ids::BeneficiaryId, rule::RuleId};

/// Preventive examinations of one day (PMP-03). The convention names no kinds: those of the self-management convention
/// are meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PreventiveExaminationEntry, example = json!({"beneficiaryId": "0198c1de-7b20-7d05-8f00-5b1f7a9e2c44",
    "day": "2026-05-06", "examined": "eyes, kidneys, feet"}))]
pub struct PreventiveExamination {
    /// Who was examined: a beneficiary of the hospital.
    #[schema(value_type = Uuid)]
    pub beneficiary_id: BeneficiaryId,
    /// When: today or earlier.
    pub day: NaiveDate,
    /// What was examined, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 200)]
    pub examined: Option<String>,
}

impl Entry for PreventiveExamination {
    const RULE: RuleId = RuleId::Pmp03;
    const BENEFICIARY: Option<fn(&Self) -> BeneficiaryId> = Some(|entry| entry.beneficiary_id);

    fn days(&self) -> Vec<(&'static str, NaiveDate)> {
        vec![("day", self.day)]
    }
}
