//! The material delivered to beneficiaries (REG-01, PMP-06).

use std::ops::RangeInclusive;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use crate::names::MaterialKind;
use crate::{
    convention::entry::Entry,
    ids::BeneficiaryId,
    refusal::{Fault, Reason},
    rule::RuleId,
};

/// REG-01: how much one delivery may hold.
pub const QUANTITIES: RangeInclusive<i64> = 1..=10_000;

/// Material of one kind, delivered to a beneficiary on a day (REG-01).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MaterialDeliveryEntry, example = json!({"beneficiaryId": "0198c1de-7b20-7d05-8f00-5b1f7a9e2c44",
    "day": "2026-05-06", "kind": "pump", "quantity": 1, "model": "Model X", "serial": "123"}))]
pub struct MaterialDelivery {
    /// Who got it: a beneficiary of the hospital.
    #[schema(value_type = Uuid)]
    pub beneficiary_id: BeneficiaryId,
    /// When: today or earlier, and not after the beneficiary's death.
    pub day: NaiveDate,
    /// What it is.
    pub kind: MaterialKind,
    /// How many.
    #[schema(minimum = 1, maximum = 10_000)]
    pub quantity: i64,
    /// The model; mandatory for `other`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 100)]
    pub model: Option<String>,
    /// The serial number, of a pump.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 100)]
    pub serial: Option<String>,
}

impl MaterialKind {
    /// PMP-06: glucose sensors and strips are reimbursed elsewhere, so none is delivered under this convention.
    pub fn fault(self) -> Option<Fault> {
        let is_elsewhere = matches!(self, MaterialKind::GlucoseSensor | MaterialKind::GlucoseStrip);
        is_elsewhere.then(|| Fault::new("kind", Reason::ReimbursedElsewhere, RuleId::Pmp06))
    }

    /// REG-01: whether only the model says what was delivered.
    pub fn needs_model(self) -> bool {
        self == MaterialKind::Other
    }
}

impl Entry for MaterialDelivery {
    const RULE: RuleId = RuleId::Reg01;
    const BENEFICIARY: Option<fn(&Self) -> BeneficiaryId> = Some(|entry| entry.beneficiary_id);

    fn days(&self) -> Vec<(&'static str, NaiveDate)> {
        vec![("day", self.day)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refusal::tests::described;

    /// PMP-06: only glucose sensors and strips are reimbursed elsewhere.
    #[test]
    fn sensors_and_strips_are_refused() {
        let refused: Vec<_> = MaterialKind::ALL.iter().filter(|kind| kind.fault().is_some()).collect();
        assert_eq!(refused, [&MaterialKind::GlucoseSensor, &MaterialKind::GlucoseStrip]);
        let fault = MaterialKind::GlucoseStrip.fault().map(|fault| described(&fault));
        assert_eq!(fault.as_deref(), Some("PMP-06 kind reimbursedElsewhere"));
    }
}
