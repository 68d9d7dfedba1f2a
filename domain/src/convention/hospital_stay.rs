//! Stays of a beneficiary in a hospital (PMP-04).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::entry::{Entry, from_to};
use crate::{identifier::HospitalNumber, ids::BeneficiaryId, rule::RuleId};

/// A stay of a beneficiary in any hospital (PMP-04).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = HospitalStayEntry, example = json!({"beneficiaryId": "0198c1de-7b20-7d05-8f00-5b1f7a9e2c44",
    "from": "2026-05-04", "to": "2026-05-13", "hospitalNumber": "71000436", "pumpContinued": true,
    "linkedToDiabetes": true}))]
pub struct HospitalStay {
    /// Who stayed: a beneficiary of the hospital that keeps the register.
    #[schema(value_type = Uuid)]
    pub beneficiary_id: BeneficiaryId,
    /// The day of admission: today or earlier.
    pub from: NaiveDate,
    /// The day on which they go home, also a later one that is expected; left out while it is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub to: Option<NaiveDate>,
    /// Where: any hospital.
    pub hospital_number: HospitalNumber,
    /// Whether the pump treatment goes on, or begins, during the stay.
    pub pump_continued: bool,
    /// Whether the stay is linked to their diabetes.
    pub linked_to_diabetes: bool,
}

impl Entry for HospitalStay {
    const RULE: RuleId = RuleId::Pmp04;
    const BENEFICIARY: Option<fn(&Self) -> BeneficiaryId> = Some(|entry| entry.beneficiary_id);

    fn days(&self) -> Vec<(&'static str, NaiveDate)> {
        from_to(self.from, self.to)
    }
}
