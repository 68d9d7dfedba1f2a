//! Recruits and curricula: what the establishment keeps of those who join the team (STF-20, C 5 §2).

use chrono::NaiveDate;
use serde::Serialize;
use uuid::Uuid;

use crate::{
    convention::staffing::{Assignment, Function, Member},
    names::{ConventionKind, names},
};

/// The responsible physician's opinion on somebody who joins the team (STF-20).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opinion {
    /// The recruit.
    pub member: Uuid,
    /// The physician: a member of the team.
    pub by: Uuid,
    /// When it was given.
    pub on: NaiveDate,
    /// Whether it is favourable.
    pub is_favourable: bool,
}

/// An educator's curriculum vitae, as it was brought up to date on a day (STF-20).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Curriculum {
    /// The educator.
    pub member: Uuid,
    /// When.
    pub updated_on: NaiveDate,
}

names! {
    /// What is missing of a member (STF-20).
    RecruitFinding as "TeamRecordFinding", growing {
        /// No opinion of the responsible physician is recorded.
        OpinionMissing = "opinionMissing",
        /// The last opinion is not favourable.
        OpinionNotFavourable = "opinionNotFavourable",
        /// It was given after the member had entered service.
        OpinionLate = "opinionLate",
        /// No curriculum of an educator is recorded.
        CurriculumMissing = "curriculumMissing",
    }
}

/// What is missing of a member of the team (STF-20).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct MissingOfMember {
    /// The member.
    pub member: Uuid,
    /// What is missing.
    pub what: RecruitFinding,
}

fn for_pump(one: &Assignment, on: NaiveDate) -> bool {
    one.convention == ConventionKind::Pump && one.holds(on)
}

fn is_responsible(member: &Member, on: NaiveDate) -> bool {
    member.assignments.iter().any(|one| one.responsible && for_pump(one, on))
}

/// STF-20: what is missing on a day of those who work for the pump convention, by member. An opinion is asked on who
/// entered service since the convention is in force, by who was responsible when it was given; nobody gives one on the
/// responsible physician. A curriculum is asked of educators; the text sets no time after which it is out of date.
#[must_use]
pub fn missing(
    members: &[Member],
    opinions: &[Opinion],
    curricula: &[Curriculum],
    in_force_from: NaiveDate,
    on: NaiveDate,
) -> Vec<MissingOfMember> {
    let valid = |one: &&Opinion| {
        one.on <= on && members.iter().any(|member| member.id == one.by && is_responsible(member, one.on))
    };
    let mut found = Vec::new();
    for member in members.iter().filter(|member| member.assignments.iter().any(|one| for_pump(one, on))) {
        if member.entered_service >= in_force_from && !is_responsible(member, on) {
            let own = opinions.iter().filter(|one| one.member == member.id).filter(valid);
            let what = match own.max_by_key(|one| one.on) {
                None => Some(RecruitFinding::OpinionMissing),
                Some(last) if !last.is_favourable => Some(RecruitFinding::OpinionNotFavourable),
                Some(last) => (last.on > member.entered_service).then_some(RecruitFinding::OpinionLate),
            };
            found.extend(what.map(|what| MissingOfMember { member: member.id, what }));
        }
        let educates = |one: &Assignment| for_pump(one, on) && one.function == Function::Education;
        let has_one = curricula.iter().any(|one| one.member == member.id && one.updated_on <= on);
        if member.assignments.iter().any(educates) && !has_one {
            found.push(MissingOfMember { member: member.id, what: RecruitFinding::CurriculumMissing });
        }
    }
    found.sort_unstable();
    found
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{
        convention::staffing::team::tests::{assignment, member},
        names::Qualification,
        span::tests::day,
    };

    fn id(of: u128) -> Uuid {
        Uuid::from_u128(of)
    }

    fn opinion(by: u128, on: &str, is_favourable: bool) -> Opinion {
        Opinion { member: id(2), by: id(by), on: day(on), is_favourable }
    }

    /// The responsible physician, and a nurse who entered service on a day.
    fn team(entered: &str) -> Vec<Member> {
        let works = |function| assignment(function, ConventionKind::Pump, "0.5", entered, "");
        let mut physician = member(1, Qualification::Endocrinologist, vec![works(Function::Medical)]);
        physician.assignments[0].responsible = true;
        physician.assignments[0].span.from = day("2015-01-01");
        let mut nurse = member(2, Qualification::DiabetesNurse, vec![works(Function::Education)]);
        nurse.entered_service = day(entered);
        vec![physician, nurse]
    }

    /// STF-20: the responsible physician's favourable opinion on who joins, by the day they enter service.
    #[rstest]
    #[case::none("2026-03-01", &[], &["opinionMissing"])]
    #[case::in_time("2026-03-01", &[opinion(1, "2026-03-01", true)], &[])]
    #[case::late("2026-03-01", &[opinion(1, "2026-03-02", true)], &["opinionLate"])]
    #[case::not_favourable(
        "2026-03-01",
        &[opinion(1, "2026-02-01", true), opinion(1, "2026-02-02", false)],
        &["opinionNotFavourable"]
    )]
    #[case::by_somebody_else("2026-03-01", &[opinion(2, "2026-03-01", true)], &["opinionMissing"])]
    #[case::still_to_come("2026-03-01", &[opinion(1, "2026-06-02", true)], &["opinionMissing"])]
    #[case::before_the_convention("2020-12-31", &[], &[])]
    #[case::not_there_yet("2026-06-02", &[], &[])]
    fn recruits_have_an_opinion(#[case] entered: &str, #[case] opinions: &[Opinion], #[case] expected: &[&str]) {
        let curricula = [Curriculum { member: id(2), updated_on: day("2021-01-01") }];
        let found = missing(&team(entered), opinions, &curricula, day("2021-01-01"), day("2026-06-01"));
        assert_eq!(found.iter().map(|one| one.what.name()).collect::<Vec<_>>(), expected);
        assert!(found.iter().all(|one| one.member == id(2)));
    }

    /// STF-20: an educator has a curriculum on that day; a physician needs none.
    #[rstest]
    #[case(Some("2026-06-01"), &[])]
    #[case(Some("2026-06-02"), &["curriculumMissing"])]
    #[case(None, &["curriculumMissing"])]
    fn educators_have_a_curriculum(#[case] updated_on: Option<&str>, #[case] expected: &[&str]) {
        let curricula: Vec<_> = updated_on.iter().map(|on| Curriculum { member: id(2), updated_on: day(on) }).collect();
        let found = missing(&team("2020-01-01"), &[], &curricula, day("2021-01-01"), day("2026-06-01"));
        assert_eq!(found.iter().map(|one| one.what.name()).collect::<Vec<_>>(), expected);
    }
}
