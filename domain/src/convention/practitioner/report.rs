//! The reports to the physicians who treat a beneficiary (REG-04).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use crate::names::ReportKind;
use crate::{convention::entry::Entry, ids::BeneficiaryId, names::PhysicianKind, rule::RuleId};

/// A report that was sent to a physician who treats a beneficiary (REG-04).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PractitionerReportEntry, example = json!({"beneficiaryId": "0198c1de-7b20-7d05-8f00-5b1f7a9e2c44",
    "day": "2026-05-06", "kind": "yearly", "sentTo": "generalPractitioner", "note": "By eHealthBox."}))]
pub struct PractitionerReport {
    /// Whom it is about: a beneficiary of the hospital.
    #[schema(value_type = Uuid)]
    pub beneficiary_id: BeneficiaryId,
    /// When it was sent: today or earlier.
    pub day: NaiveDate,
    /// What it is.
    pub kind: ReportKind,
    /// To whom.
    pub sent_to: PhysicianKind,
    /// What is worth keeping of it, such as where a copy is; never a national number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 2000)]
    pub note: Option<String>,
}

impl Entry for PractitionerReport {
    const RULE: RuleId = RuleId::Reg04;
    const BENEFICIARY: Option<fn(&Self) -> BeneficiaryId> = Some(|entry| entry.beneficiary_id);

    fn days(&self) -> Vec<(&'static str, NaiveDate)> {
        vec![("day", self.day)]
    }
}
