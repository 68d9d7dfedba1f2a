//! The deadlines of an establishment's team (STF-05, STF-11, STF-14, CON-05, CON-06).

use chrono::NaiveDate;
use uuid::Uuid;

use super::{patients::first_full_year, team::Member};
use crate::{names::DeadlineKind, rule::RuleId};

/// A deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline {
    /// The last day.
    pub on: NaiveDate,
    /// What is due.
    pub what: DeadlineKind,
    /// The member it concerns, if it concerns one.
    pub member: Option<Uuid>,
}

impl DeadlineKind {
    /// The rule that asks for it.
    pub const fn rule(self) -> RuleId {
        match self {
            DeadlineKind::TrainingProof => RuleId::Stf11,
            DeadlineKind::NursesAtFloor => RuleId::Stf14,
            DeadlineKind::AdaptTeam => RuleId::Stf05,
            DeadlineKind::ConventionEnds => RuleId::Con05,
        }
    }
}

/// The deadlines from a day on, the earliest first: educators' proofs of training (STF-11), the end of a new
/// establishment's first and second full year, when its team is adapted (STF-05), the nurses' floor (STF-14), and the
/// convention's last day (CON-05, CON-06).
///
/// `new_since` is the day a new establishment's convention came into force, `last_day` the convention's last day,
/// `nurses_by` the last day for the nurses' floor, if the establishment is granted that time.
pub fn deadlines(
    members: &[Member],
    on: NaiveDate,
    new_since: Option<NaiveDate>,
    last_day: Option<NaiveDate>,
    nurses_by: Option<NaiveDate>,
) -> Vec<Deadline> {
    let proofs = members.iter().filter(|one| one.training_proved_on.is_none() && one.educates_from(on));
    let proofs = proofs.map(|one| (one.proof_due_on(), DeadlineKind::TrainingProof, Some(one.id)));
    let adapted = (0..2).filter_map(|later| {
        let end = NaiveDate::from_ymd_opt(first_full_year(new_since?) + later, 12, 31)?;
        Some((end, DeadlineKind::AdaptTeam, None))
    });
    let ends = last_day.map(|day| (day, DeadlineKind::ConventionEnds, None));
    let nurses = nurses_by.map(|until| (until, DeadlineKind::NursesAtFloor, None));
    let all = proofs.chain(adapted).chain(ends).chain(nurses);
    let mut due: Vec<Deadline> =
        all.filter(|(day, ..)| on <= *day).map(|(on, what, member)| Deadline { on, what, member }).collect();
    due.sort();
    due
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        convention::staffing::team::tests::{assignment, day, member},
        names::{ConventionKind, Function, Qualification},
    };

    fn nurse(entered: &str, from: &str, to: &str) -> Member {
        let does = assignment(Function::Education, ConventionKind::Pump, "0.5", from, to);
        let mut one = member(1, Qualification::DiabetesNurse, vec![does]);
        one.entered_service = day(entered);
        one.training_proved_on = None;
        one
    }

    fn described(due: &[Deadline]) -> Vec<(String, &'static str)> {
        due.iter().map(|one| (one.on.to_string(), one.what.name())).collect()
    }

    /// STF-05, STF-11, STF-14, CON-05: deadlines come earliest first; a missed one is a finding, not a deadline.
    #[test]
    fn what_is_due_comes_in_order() {
        let (new, ends) = (Some(day("2022-05-10")), Some(day("2026-06-30")));
        let team = [nurse("2022-06-01", "2022-06-01", "")];
        let due = deadlines(&team, day("2023-12-31"), new, ends, None);
        let expected = [
            ("2023-12-31", "adaptTeam"),
            ("2024-12-31", "adaptTeam"),
            ("2025-05-31", "trainingProof"),
            ("2026-06-30", "conventionEnds"),
        ];
        assert_eq!(described(&due), expected.map(|(on, what)| (on.to_owned(), what)));
        assert_eq!(described(&deadlines(&team, day("2026-07-01"), new, ends, None)), []);
        let nurses = Some(day("2021-06-30"));
        assert_eq!(deadlines(&[], day("2021-06-30"), None, None, nurses).len(), 1);
        assert_eq!(deadlines(&[], day("2021-07-01"), None, None, nurses).len(), 0);
    }

    /// STF-11: the proof is due from present and future educators, not from those who left or gave it.
    #[test]
    fn a_proof_is_awaited_of_those_who_educate() {
        let due = |one: Member| deadlines(&[one], day("2023-01-01"), None, None, None).len();
        assert_eq!(due(nurse("2022-06-01", "2022-06-01", "2022-12-31")), 0);
        assert_eq!(due(nurse("2022-06-01", "2022-06-01", "2023-01-01")), 1);
        assert_eq!(due(nurse("2022-06-01", "2024-06-01", "")), 1);
        let mut proved = nurse("2022-06-01", "2022-06-01", "");
        proved.training_proved_on = Some(day("2022-07-01"));
        assert_eq!(due(proved), 0);
    }
}
