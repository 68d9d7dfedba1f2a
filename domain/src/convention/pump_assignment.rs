//! Which beneficiary has which pump, from when to when, and how it was chosen (PMP-07).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::entry::{Entry, from_to};
use crate::{
    identifier::NihdiNumber,
    ids::BeneficiaryId,
    refusal::{Fault, Reason},
    rule::RuleId,
};

/// A pump that a beneficiary has (PMP-07). They have one at a time: a pump that replaces another is entered once the
/// former has its last day, the eve of the change at the latest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PumpAssignmentEntry, example = json!({"beneficiaryId": "0198c1de-7b20-7d05-8f00-5b1f7a9e2c44",
    "from": "2026-05-06", "manufacturer": "Invented Devices", "model": "Mini 7", "serial": "123",
    "chosenBy": "10000106690", "toldOfAllTypesOn": "2026-04-20"}))]
pub struct PumpAssignment {
    /// Who has it: a beneficiary of the hospital.
    #[schema(value_type = Uuid)]
    pub beneficiary_id: BeneficiaryId,
    /// The first day: today or earlier.
    pub from: NaiveDate,
    /// The last day, if one is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub to: Option<NaiveDate>,
    /// Who makes it; as in the sheet of pumps for a type that the establishment offers.
    #[schema(max_length = 100)]
    pub manufacturer: String,
    /// What the type is called.
    #[schema(max_length = 100)]
    pub model: String,
    /// The serial number.
    #[schema(max_length = 100)]
    pub serial: String,
    /// The prescriber who chose the type with the beneficiary.
    pub chosen_by: NihdiNumber,
    /// When the prescriber had told the beneficiary of all types available in Belgium, also those not offered here: on
    /// the first day or earlier. For a pump replaced by one of the same type, the day of the first choice.
    pub told_of_all_types_on: NaiveDate,
}

/// PMP-07: the type is chosen by a physician, who prescribes.
#[must_use]
pub fn chooser_fault(chosen_by: NihdiNumber) -> Option<Fault> {
    (!chosen_by.is_physician()).then(|| Fault::new("chosenBy", Reason::NotAPhysician, RuleId::Pmp07))
}

/// PMP-07: the beneficiary is told of all types before one is used.
#[must_use]
pub fn told_late(told: NaiveDate, from: NaiveDate) -> Option<Fault> {
    (told > from).then(|| Fault::new("toldOfAllTypesOn", Reason::AfterEvent, RuleId::Pmp07))
}

impl Entry for PumpAssignment {
    const RULE: RuleId = RuleId::Pmp07;
    const BENEFICIARY: Option<fn(&Self) -> BeneficiaryId> = Some(|entry| entry.beneficiary_id);

    fn days(&self) -> Vec<(&'static str, NaiveDate)> {
        [from_to(self.from, self.to), vec![("toldOfAllTypesOn", self.told_of_all_types_on)]].concat()
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{refusal::tests::described, span::tests::day};

    /// PMP-07: a physician chooses, and has told of all types by the first day, which counts.
    #[rstest]
    #[case("10000106690", "2026-05-06", &[])]
    #[case("10000106690", "2026-05-07", &["PMP-07 toldOfAllTypesOn afterEvent"])]
    #[case("40000127401", "2026-05-06", &["PMP-07 chosenBy notAPhysician"])]
    fn a_pump_is_chosen_before_it_is_used(#[case] chooser: &str, #[case] told: &str, #[case] expected: &[&str]) {
        let faults = [chooser_fault(chooser.parse().unwrap()), told_late(day(told), day("2026-05-06"))];
        assert_eq!(faults.iter().flatten().map(described).collect::<Vec<_>>(), expected);
    }
}
