//! The team's contacts with a beneficiary (REG-02).

use std::ops::RangeInclusive;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    entry::{Entry, absent},
    staffing::Member,
};
pub use crate::names::{ContactKind, ContactWay};
use crate::{ids::BeneficiaryId, refusal::Fault, rule::RuleId};

/// REG-02: how long a contact of one day may be, in minutes.
pub const MINUTES: RangeInclusive<i64> = 1..=1440;

/// REG-02: how many members may take part in one contact.
pub const MOST_MEMBERS: usize = 50;

/// A contact of members of the team with a beneficiary (REG-02).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ContactEntry, example = json!({"beneficiaryId": "0198c1de-7b20-7d05-8f00-5b1f7a9e2c44",
    "day": "2026-05-06", "members": ["0198c1de-9a10-7bb1-9d2e-0a4f7c1b2d3e"], "kind": "education",
    "way": "inPerson", "minutes": 45}))]
pub struct Contact {
    /// With whom: a beneficiary of the hospital.
    #[schema(value_type = Uuid)]
    pub beneficiary_id: BeneficiaryId,
    /// When: today or earlier.
    pub day: NaiveDate,
    /// Who took part: identifiers of members of the team, each of whom has an assignment on that day.
    #[schema(min_items = 1, max_items = 50)]
    pub members: Vec<Uuid>,
    /// What it was for.
    pub kind: ContactKind,
    /// How it took place.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub way: Option<ContactWay>,
    /// How long it was, in minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 1440)]
    pub minutes: Option<i64>,
    /// What is worth keeping of it; never a national number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 2000)]
    pub note: Option<String>,
}

impl Contact {
    /// REG-02: the faults of members who are not in the team, or were not on that day.
    #[must_use]
    pub fn absent(&self, team: &[Member]) -> Vec<Fault> {
        absent(&self.members, self.day, team, RuleId::Reg02)
    }
}

impl Entry for Contact {
    const RULE: RuleId = RuleId::Reg02;
    const BENEFICIARY: Option<fn(&Self) -> BeneficiaryId> = Some(|entry| entry.beneficiary_id);

    fn days(&self) -> Vec<(&'static str, NaiveDate)> {
        vec![("day", self.day)]
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::{refusal::tests::described, span::tests::day};

    fn member(id: u128, spans: &[(&str, &str)]) -> Member {
        let assignments = spans.iter().map(|(from, to)| {
            json!({"function": "education", "convention": "pump", "responsible": false, "fte": "0.5",
                "exemptedMinutes": 0, "wardCareMinutes": 0, "timetable": [], "from": from, "to": to})
        });
        serde_json::from_value(json!({"id": Uuid::from_u128(id), "qualification": "diabetesNurse", "employment": "1",
            "enteredService": "2015-01-01", "assignments": assignments.collect::<Vec<_>>()}))
        .unwrap()
    }

    /// REG-02: each member has an assignment on the day of the contact, whose first and last day count.
    #[rstest]
    #[case("2026-01-01", &[1], &[])]
    #[case("2026-03-31", &[1], &[])]
    #[case("2026-04-01", &[1], &["REG-02 members[0] notInTeam"])]
    #[case("2026-06-01", &[1, 2], &["REG-02 members[1] notInTeam"])]
    #[case("2026-01-01", &[1, 3, 2], &["REG-02 members[1] memberNotFound", "REG-02 members[2] notInTeam"])]
    fn a_contact_is_with_members_of_that_day(#[case] on: &str, #[case] members: &[u128], #[case] expected: &[&str]) {
        let team = [member(1, &[("2026-01-01", "2026-03-31"), ("2026-06-01", "2026-06-30")]), member(2, &[])];
        let contact = Contact {
            beneficiary_id: BeneficiaryId(Uuid::nil()),
            day: day(on),
            members: members.iter().map(|id| Uuid::from_u128(*id)).collect(),
            kind: ContactKind::Education,
            way: None,
            minutes: None,
            note: None,
        };
        assert_eq!(contact.absent(&team).iter().map(described).collect::<Vec<_>>(), expected);
    }
}
