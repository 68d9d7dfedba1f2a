//! The material delivered to beneficiaries (REG-01, PMP-06).

use std::ops::RangeInclusive;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use crate::names::MaterialKind;
use crate::{
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

/// REG-01: the register holds what was delivered, not what is planned.
#[must_use]
pub fn planned(day: NaiveDate, today: NaiveDate) -> Option<Fault> {
    (day > today).then(|| Fault::new("day", Reason::InFuture, RuleId::Reg01))
}

/// REG-01: nothing is delivered after the day on which the beneficiary died.
#[must_use]
pub fn after_death(day: NaiveDate, death: Option<NaiveDate>) -> Option<Fault> {
    death.is_some_and(|death| day > death).then(|| Fault::new("day", Reason::AfterDeath, RuleId::Reg01))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{refusal::tests::described, span::tests::day};

    /// PMP-06: only glucose sensors and strips are reimbursed elsewhere.
    #[test]
    fn sensors_and_strips_are_refused() {
        let refused: Vec<_> = MaterialKind::ALL.iter().filter(|kind| kind.fault().is_some()).collect();
        assert_eq!(refused, [&MaterialKind::GlucoseSensor, &MaterialKind::GlucoseStrip]);
        let fault = MaterialKind::GlucoseStrip.fault().map(|fault| described(&fault));
        assert_eq!(fault.as_deref(), Some("PMP-06 kind reimbursedElsewhere"));
    }

    /// REG-01: a delivery is of today or earlier, and not after the beneficiary's death; both days count.
    #[rstest]
    #[case("2026-05-06", None, &[])]
    #[case("2026-05-07", None, &["REG-01 day inFuture"])]
    #[case("2026-05-05", Some("2026-05-05"), &[])]
    #[case("2026-05-06", Some("2026-05-05"), &["REG-01 day afterDeath"])]
    fn a_delivery_has_been_made(#[case] on: &str, #[case] death: Option<&str>, #[case] expected: &[&str]) {
        let faults = planned(day(on), day("2026-05-06")).into_iter().chain(after_death(day(on), death.map(day)));
        assert_eq!(faults.map(|fault| described(&fault)).collect::<Vec<_>>(), expected);
    }
}
