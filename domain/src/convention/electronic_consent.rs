//! Whether a beneficiary is told electronically what was billed (BIL-06).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::entry::{Entry, from_to};
use crate::{ids::BeneficiaryId, rule::RuleId};

/// A beneficiary's consent to get the yearly summaries electronically (BIL-06).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ElectronicConsentEntry, example = json!({"beneficiaryId": "0198c1de-7b20-7d05-8f00-5b1f7a9e2c44",
    "from": "2026-05-06"}))]
pub struct ElectronicConsent {
    /// Who consents: a beneficiary of the hospital.
    #[schema(value_type = Uuid)]
    pub beneficiary_id: BeneficiaryId,
    /// The first day on which it holds: today or earlier.
    pub from: NaiveDate,
    /// The last day on which it holds: the eve of the day on which it is withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub to: Option<NaiveDate>,
}

impl Entry for ElectronicConsent {
    const RULE: RuleId = RuleId::Bil06;
    const BENEFICIARY: Option<fn(&Self) -> BeneficiaryId> = Some(|entry| entry.beneficiary_id);

    fn days(&self) -> Vec<(&'static str, NaiveDate)> {
        from_to(self.from, self.to)
    }
}
