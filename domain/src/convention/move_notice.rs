//! When beneficiaries tell that they go on at another establishment (BIL-07).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{contact::ContactWay, coverage::period::Period, entry::Entry};
use crate::{ids::BeneficiaryId, rule::RuleId};

/// What a beneficiary told of a move to another establishment, or to the children's convention (BIL-07).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MoveNoticeEntry, example = json!({"beneficiaryId": "0198c1de-7b20-7d05-8f00-5b1f7a9e2c44",
    "day": "2026-05-06", "way": "phone"}))]
pub struct MoveNotice {
    /// Who moves: a beneficiary of the hospital.
    #[schema(value_type = Uuid)]
    pub beneficiary_id: BeneficiaryId,
    /// When they told the establishment: today or earlier.
    pub day: NaiveDate,
    /// How they told it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub way: Option<ContactWay>,
}

impl Entry for MoveNotice {
    const RULE: RuleId = RuleId::Bil07;
    const BENEFICIARY: Option<fn(&Self) -> BeneficiaryId> = Some(|entry| entry.beneficiary_id);

    fn days(&self) -> Vec<(&'static str, NaiveDate)> {
        vec![("day", self.day)]
    }
}

/// BIL-07, C 9 §2: when the beneficiary told of the move that ended a period: on the first day of these that is not
/// before the period. An earlier notice is of an earlier move.
#[must_use]
pub fn told_on(period: &Period, notices: &[NaiveDate]) -> Option<NaiveDate> {
    notices.iter().copied().filter(|day| *day >= period.from).min()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::span::tests::day;

    /// BIL-07: a notice belongs to the period in which it is given, or to the last one before it.
    #[rstest]
    #[case(&[], None)]
    #[case(&["2026-03-31"], None)]
    #[case(&["2026-04-01"], Some("2026-04-01"))]
    #[case(&["2026-10-01", "2026-09-10", "2025-01-01"], Some("2026-09-10"))]
    #[case(&["2027-06-01"], Some("2027-06-01"))]
    fn the_first_notice_since_the_period_began_counts(#[case] notices: &[&str], #[case] expected: Option<&str>) {
        let period = Period { from: day("2026-04-01"), to: day("2027-03-31"), end: None };
        let notices: Vec<_> = notices.iter().map(|text| day(text)).collect();
        assert_eq!(told_on(&period, &notices), expected.map(day));
    }
}
