//! What an establishment enters in its registers, and what every entry has in common (C 5 §7, SYS-02).

use chrono::NaiveDate;
use uuid::Uuid;

use super::staffing::Member;
use crate::{
    ids::BeneficiaryId,
    parties::beneficiary::Life,
    refusal::{Fault, Reason},
    rule::RuleId,
};

/// An entry in a register.
pub trait Entry {
    /// The rule that asks for the register.
    const RULE: RuleId;

    /// Whom an entry is about: a beneficiary of the hospital. `None` where the register is about the establishment.
    const BENEFICIARY: Option<fn(&Self) -> BeneficiaryId>;

    /// Its day, or its first and last day, each with the name of its field.
    fn days(&self) -> Vec<(&'static str, NaiveDate)>;

    /// PMP-03, PMP-04, PMP-07, REG-01, REG-02: the faults of days before the beneficiary's birth or after their death.
    /// Both days count.
    fn outside(&self, life: Life) -> Vec<Fault> {
        let reason = |day| life.reason(day);
        let wrong = self.days().into_iter().filter_map(|(field, day)| Some((field, reason(day)?)));
        wrong.map(|(field, reason)| Fault::new(field, reason, Self::RULE)).collect()
    }

    /// PMP-03, PMP-04, PMP-07, REG-01, REG-02, REG-03: a register holds what has happened or begun, not what is
    /// planned.
    #[must_use]
    fn planned(field: &'static str, day: NaiveDate, today: NaiveDate) -> Option<Fault> {
        (day > today).then(|| Fault::new(field, Reason::InFuture, Self::RULE))
    }
}

/// REG-02, REG-03: the faults of those who took part and are not in the team, or were not on that day.
#[must_use]
pub fn absent(members: &[Uuid], on: NaiveDate, team: &[Member], rule: RuleId) -> Vec<Fault> {
    let reason = |id| match team.iter().find(|member| member.id == id) {
        None => Some(Reason::MemberNotFound),
        Some(member) if member.assignments.iter().any(|one| one.holds(on)) => None,
        Some(_) => Some(Reason::NotInTeam),
    };
    let wrong = members.iter().enumerate().filter_map(|(index, id)| Some((index, reason(*id)?)));
    wrong.map(|(index, reason)| Fault::new(format!("members[{index}]"), reason, rule)).collect()
}

/// The first day, and the last one if it is known, under the names `from` and `to`.
#[must_use]
pub fn from_to(from: NaiveDate, to: Option<NaiveDate>) -> Vec<(&'static str, NaiveDate)> {
    [Some(("from", from)), to.map(|to| ("to", to))].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{refusal::tests::described, span::tests::day};

    struct Sample(&'static str, Option<&'static str>);

    impl Entry for Sample {
        const RULE: RuleId = RuleId::Pmp04;
        const BENEFICIARY: Option<fn(&Self) -> BeneficiaryId> = None;

        fn days(&self) -> Vec<(&'static str, NaiveDate)> {
            from_to(day(self.0), self.1.map(day))
        }
    }

    /// PMP-03, PMP-04, PMP-07, REG-01, REG-02: an entry lies within the beneficiary's life, as far as it is known; its
    /// first and last day count, and each day of the entry is judged.
    #[rstest]
    #[case("2026-05-05", Some("2026-05-06"), &[])]
    #[case("2026-05-05", Some("2026-05-07"), &["PMP-04 to afterDeath"])]
    #[case("1978-11-05", None, &[])]
    #[case("1978-11-04", None, &["PMP-04 from beforeBirth"])]
    #[case("1978-11-04", Some("2027-01-01"), &["PMP-04 from beforeBirth", "PMP-04 to afterDeath"])]
    fn an_entry_lies_in_a_life(
        #[case] from: &'static str,
        #[case] to: Option<&'static str>,
        #[case] expected: &[&str],
    ) {
        let life = Life { birth: Some(day("1978-11-05")), death: Some(day("2026-05-06")) };
        let faults = Sample(from, to).outside(life);
        assert_eq!(faults.iter().map(described).collect::<Vec<_>>(), expected);
        assert_eq!(Sample(from, to).outside(Life::default()), []);
    }

    /// PMP-03, PMP-04, PMP-07, REG-01, REG-02, REG-03: an entry begins today or earlier.
    #[rstest]
    #[case("2026-05-06", None)]
    #[case("2026-05-07", Some("PMP-04 from inFuture"))]
    fn an_entry_is_not_planned(#[case] from: &str, #[case] expected: Option<&str>) {
        let fault = Sample::planned("from", day(from), day("2026-05-06"));
        assert_eq!(fault.map(|fault| described(&fault)).as_deref(), expected);
    }
}
