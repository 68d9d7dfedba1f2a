//! Staff paid by others, and hours exempted at the end of a career (REG-11, STF-08, STF-20, C 20).

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::Serialize;
use uuid::Uuid;

use crate::{
    clock::eve,
    convention::staffing::{Assignment, Member, norm::MINUTES_A_WEEK},
    exact::Exact,
    names::{ConventionKind, Function, Qualification, names},
    span::Span,
};

names! {
    /// Who, beside the establishment, pays for hours of a member (REG-11, C 20).
    PayScheme as "StaffPayScheme", growing {
        /// Another body, for example a public employment programme, wholly or partly, directly or indirectly.
        OtherBody = "otherBody",
        /// A physician's income from the nomenclature.
        Nomenclature = "nomenclature",
        /// The federal public health service, for the IFIC scales.
        Ific = "ific",
        /// The premium of a nurse with a particular professional qualification.
        QualificationPremium = "qualificationPremium",
        /// What finances those who make up for hours exempted at the end of a career.
        EndOfCareerReplacement = "endOfCareerReplacement",
    }
}

/// Hours of a member for which somebody else pays, wholly or partly (REG-11, C 20).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaidByOthers {
    /// The member.
    pub member: Uuid,
    /// In which function.
    pub function: Function,
    /// For which convention.
    pub convention: ConventionKind,
    /// Who pays.
    pub scheme: PayScheme,
    /// The minutes a week that it pays for, also in part; all of them when left out.
    pub minutes: Option<i64>,
    /// The days on which it does.
    pub days: Span,
}

impl PaidByOthers {
    /// REG-11, C 20: whether the article allows it: a physician's nomenclature, the IFIC scales, a nurse's premium, and
    /// what finances those who make up for exempted hours, which it calls outside the convention but not in
    /// contradiction with it.
    #[must_use]
    pub fn is_allowed(&self, qualification: Qualification) -> bool {
        match self.scheme {
            PayScheme::OtherBody => false,
            PayScheme::Nomenclature => qualification.is_physician(),
            PayScheme::Ific | PayScheme::EndOfCareerReplacement => true,
            PayScheme::QualificationPremium => {
                matches!(qualification, Qualification::DiabetesNurse | Qualification::SocialNurse)
            }
        }
    }

    /// The minutes a week that it takes of an assignment that still has so many; they are exact, since FTE are.
    fn takes(&self, left: Option<&Exact>, of: &Exact) -> Exact {
        left.map_or_else(|| of.clone(), |left| left.clone().min(of.clone()))
    }
}

/// REG-11, R-14: what others pay on a day without the article allowing it, in the given order.
#[must_use]
pub fn not_allowed<'a>(members: &[Member], paid: &'a [PaidByOthers], on: NaiveDate) -> Vec<&'a PaidByOthers> {
    paid.iter().filter(|one| one.days.holds(on) && is_flagged(members, one)).collect()
}

/// Whoever is not in the register cannot be allowed anything.
fn is_flagged(members: &[Member], paid: &PaidByOthers) -> bool {
    members.iter().find(|member| member.id == paid.member).is_none_or(|member| !paid.is_allowed(member.qualification))
}

/// REG-11, STF-08, R-14: the members with only the hours that count for the norm: those that others pay, though only in
/// part, are taken off the FTE. Assignments are split where that changes. The norm is computed from them as from those
/// stated; timetables and employment stay those stated, so they are for nothing else.
#[must_use]
pub fn as_counted(members: &[Member], paid: &[PaidByOthers]) -> Vec<Member> {
    let counted = |member: &Member| {
        let own = paid.iter().filter(|one| one.member == member.id && !one.is_allowed(member.qualification));
        let own: Vec<&PaidByOthers> = own.collect();
        if own.is_empty() {
            return member.clone();
        }
        Member { assignments: without_paid(&member.assignments, &own), ..member.clone() }
    };
    members.iter().map(counted).collect()
}

/// The assignments, split wherever one begins or ends or somebody else begins or stops to pay.
fn without_paid(assignments: &[Assignment], paid: &[&PaidByOthers]) -> Vec<Assignment> {
    let spans = assignments.iter().map(|one| one.span).chain(paid.iter().map(|one| one.days));
    let turns: BTreeSet<NaiveDate> =
        spans.flat_map(|days| [Some(days.from), days.to.and_then(|to| to.succ_opt())]).flatten().collect();
    let mut turns = turns.into_iter().peekable();
    let mut counted = Vec::new();
    while let Some(from) = turns.next() {
        let days = Span { from, to: turns.peek().map(|next| eve(*next)) };
        let holding = assignments.iter().filter(|one| one.holds(from));
        let mut parts: Vec<Assignment> = holding.map(|one| Assignment { span: days, ..one.clone() }).collect();
        for one in paid.iter().filter(|one| one.days.holds(from)) {
            take(&mut parts, one);
        }
        counted.extend(parts);
    }
    counted
}

/// Takes the hours that others pay off the assignments of that function and convention, one after the other.
fn take(parts: &mut [Assignment], paid: &PaidByOthers) {
    let mut left = paid.minutes.map(Exact::from);
    let minutes_of_one = Exact::from(MINUTES_A_WEEK);
    let concerned = parts.iter_mut().filter(|one| one.function == paid.function && one.convention == paid.convention);
    for part in concerned {
        let taken = paid.takes(left.as_ref(), &(&part.fte * &minutes_of_one));
        part.fte = &part.fte - &(&taken / &minutes_of_one);
        left = left.map(|left| left - taken);
    }
}

/// Hours exempted at the end of a career that another member makes up (STF-20, C 20).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeUp {
    /// Who is exempted.
    pub exempted: Uuid,
    /// From which function.
    pub function: Function,
    /// Of which convention.
    pub convention: ConventionKind,
    /// Who makes them up.
    pub by: Uuid,
    /// How many minutes a week.
    pub minutes: i64,
    /// The days on which they do.
    pub days: Span,
}

/// The exempted hours of a member in one function, and who makes them up (STF-20).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Exempted {
    /// Who is exempted.
    pub member: Uuid,
    /// From which function.
    pub function: Function,
    /// Of which convention.
    pub convention: ConventionKind,
    /// How many minutes a week.
    pub minutes: i64,
    /// Who makes them up, with the qualification for the function and an assignment to it.
    pub made_up_by: Vec<Uuid>,
    /// Who is named, but has neither; their minutes do not count.
    pub unfit: Vec<Uuid>,
    /// The minutes a week that nobody makes up.
    pub missing: i64,
}

/// STF-20, STF-08, R-14: the hours from which members are exempted on a day, by member; who makes them up, or what is
/// missing. Whoever makes them up has the qualification for the function and works in it on that day.
#[must_use]
pub fn exempted(members: &[Member], made_up: &[MadeUp], on: NaiveDate) -> Vec<Exempted> {
    let mut found: Vec<Exempted> = Vec::new();
    for member in members {
        for one in member.assignments.iter().filter(|one| one.holds(on) && one.exempted_minutes > 0) {
            let (function, convention, minutes) = (one.function, one.convention, one.exempted_minutes);
            let same = |other: &&mut Exempted| {
                (other.member, other.function, other.convention) == (member.id, function, convention)
            };
            if let Some(known) = found.iter_mut().find(same) {
                known.minutes += minutes;
            } else {
                let (made_up_by, unfit) = (Vec::new(), Vec::new());
                found.push(Exempted {
                    member: member.id,
                    function,
                    convention,
                    minutes,
                    made_up_by,
                    unfit,
                    missing: 0,
                });
            }
        }
    }
    for one in &mut found {
        one.missing = one.minutes;
        let named = made_up.iter().filter(|made| {
            (made.exempted, made.function, made.convention) == (one.member, one.function, one.convention)
                && made.days.holds(on)
        });
        for made in named {
            if fits(members, made, on) {
                one.made_up_by.push(made.by);
                one.missing = (one.missing - made.minutes).max(0);
            } else {
                one.unfit.push(made.by);
            }
        }
    }
    found.sort_by_key(|one| (one.member, one.function, one.convention));
    found
}

fn fits(members: &[Member], made: &MadeUp, on: NaiveDate) -> bool {
    let works = |one: &Assignment| one.holds(on) && one.function == made.function && one.convention == made.convention;
    let able = |member: &Member| member.qualification.may_be(made.function) && member.assignments.iter().any(works);
    made.by != made.exempted && members.iter().any(|member| member.id == made.by && able(member))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::{
        convention::staffing::{
            presence::Presence,
            team::tests::{assignment, member},
        },
        names::Qualification::*,
        span::tests::{day, span},
    };

    const PUMP: ConventionKind = ConventionKind::Pump;

    fn paid(member: u128, function: Function, scheme: PayScheme, minutes: Option<i64>, days: &str) -> PaidByOthers {
        PaidByOthers { member: Uuid::from_u128(member), function, convention: PUMP, scheme, minutes, days: span(days) }
    }

    fn id(of: u128) -> Uuid {
        Uuid::from_u128(of)
    }

    /// A, N1, D1, N2, S1 and S2 of H1.
    fn team() -> Vec<Member> {
        let works = |function, fte| assignment(function, PUMP, fte, "2021-01-01", "");
        let mut dietician = member(3, Dietician, vec![works(Function::Education, "0.5")]);
        dietician.assignments[0].exempted_minutes = 240;
        vec![
            member(1, Endocrinologist, vec![works(Function::Medical, "0.5")]),
            member(2, DiabetesNurse, vec![works(Function::Education, "0.6"), works(Function::Education, "0.2")]),
            dietician,
            member(4, DiabetesNurse, vec![works(Function::Education, "0.3")]),
            member(5, Secretary, vec![works(Function::Secretariat, "0.2")]),
            // A work for which they have no qualification.
            member(6, Secretary, vec![works(Function::Education, "0.1")]),
        ]
    }

    /// What counts of a function on a day, of one qualification.
    fn counts(members: &[Member], function: Function, qualification: Qualification, on: &str) -> String {
        let presence = Presence::of(members, day(on), day(on));
        let own = presence.parts().filter(|(_, of, who, _)| (*of, *who) == (function, qualification));
        own.map(|(.., fte)| fte.clone()).sum::<Exact>().to_string()
    }

    /// REG-11, C 20: S1's hours, wholly paid by a public employment programme, are pointed out and do not count, on the
    /// days on which it pays; A's nomenclature, N1's premium and the IFIC means are allowed.
    #[test]
    fn r_14_staff_paid_by_others() {
        let all = [
            paid(5, Function::Secretariat, PayScheme::OtherBody, None, "2026-01-01/2026-06-30"),
            paid(1, Function::Medical, PayScheme::Nomenclature, None, "2021-01-01/"),
            paid(2, Function::Education, PayScheme::QualificationPremium, None, "2021-01-01/"),
            paid(5, Function::Secretariat, PayScheme::Ific, None, "2021-01-01/"),
        ];
        let flagged = |on| not_allowed(&team(), &all, day(on)).len();
        assert_eq!(not_allowed(&team(), &all, day("2026-01-01")), [&all[0]]);
        assert_eq!([flagged("2025-12-31"), flagged("2026-06-30"), flagged("2026-07-01")], [0, 1, 0]);
        let counted = as_counted(&team(), &all);
        let secretary = |on| counts(&counted, Function::Secretariat, Secretary, on);
        assert_eq!(
            [secretary("2025-12-31"), secretary("2026-01-01"), secretary("2026-06-30"), secretary("2026-07-01")],
            ["0.2", "0", "0", "0.2"]
        );
        assert_eq!(counts(&counted, Function::Medical, Endocrinologist, "2026-03-01"), "0.5");
        assert_eq!(counts(&counted, Function::Education, DiabetesNurse, "2026-03-01"), "1.1");
    }

    /// REG-11, C 20: who may be paid by what.
    #[rstest]
    #[case(PayScheme::OtherBody, &[])]
    #[case(PayScheme::Nomenclature, &[Endocrinologist])]
    #[case(PayScheme::Ific, &[Endocrinologist, DiabetesNurse, Secretary])]
    #[case(PayScheme::QualificationPremium, &[DiabetesNurse])]
    #[case(PayScheme::EndOfCareerReplacement, &[Endocrinologist, DiabetesNurse, Secretary])]
    fn what_the_article_allows(#[case] scheme: PayScheme, #[case] allowed: &[Qualification]) {
        let one = paid(1, Function::Education, scheme, None, "2021-01-01/");
        let all = [Endocrinologist, DiabetesNurse, Secretary];
        assert_eq!(all.into_iter().filter(|who| one.is_allowed(*who)).collect::<Vec<_>>(), allowed);
    }

    /// REG-11: hours paid in part by others do not count, taken off one assignment after the other, never below 0.
    #[rstest]
    #[case(Some(228), "1")]
    #[case(Some(1482), "0.45")]
    #[case(Some(9999), "0.3")]
    #[case(None, "0.3")]
    fn hours_are_taken_off(#[case] minutes: Option<i64>, #[case] expected: &str) {
        let one = paid(2, Function::Education, PayScheme::OtherBody, minutes, "2026-01-01/");
        let counted = as_counted(&team(), &[one]);
        assert_eq!(counts(&counted, Function::Education, DiabetesNurse, "2026-03-01"), expected);
        assert_eq!(counts(&counted, Function::Education, DiabetesNurse, "2025-12-31"), "1.1");
    }

    fn makes_up(by: u128, minutes: i64, days: &str) -> MadeUp {
        let (exempted, by, days) = (id(3), id(by), span(days));
        MadeUp { exempted, function: Function::Education, convention: PUMP, by, minutes, days }
    }

    /// STF-20, STF-08, C 20: D1's four exempted hours do not count; who makes them up is named, or what is missing is
    /// shown.
    #[rstest]
    #[case::nobody(&[], "[] [] 240")]
    #[case::a_nurse(&[makes_up(4, 240, "2026-01-01/")], "[4] [] 0")]
    #[case::in_part(&[makes_up(4, 180, "2026-01-01/")], "[4] [] 60")]
    #[case::two(&[makes_up(4, 180, "2026-01-01/"), makes_up(2, 90, "2026-01-01/")], "[4, 2] [] 0")]
    #[case::not_on_that_day(&[makes_up(4, 240, "2026-05-07/")], "[] [] 240")]
    #[case::in_another_function(&[makes_up(5, 240, "2026-01-01/")], "[] [5] 240")]
    #[case::without_the_qualification(&[makes_up(6, 240, "2026-01-01/")], "[] [6] 240")]
    #[case::themselves(&[makes_up(3, 240, "2026-01-01/")], "[] [3] 240")]
    #[case::not_in_the_team(&[makes_up(9, 240, "2026-01-01/")], "[] [9] 240")]
    fn r_14_exempted_hours_are_made_up(#[case] made_up: &[MadeUp], #[case] expected: &str) {
        assert_eq!(counts(&team(), Function::Education, Dietician, "2026-05-06"), Exact::ratio(150, 380).to_string());
        let [found] = exempted(&team(), made_up, day("2026-05-06")).try_into().unwrap();
        assert_eq!((found.member, found.minutes), (id(3), 240));
        let numbers = |of: &[Uuid]| of.iter().map(Uuid::as_u128).collect::<Vec<_>>();
        let told = format!("{:?} {:?} {}", numbers(&found.made_up_by), numbers(&found.unfit), found.missing);
        assert_eq!(told, expected);
        assert_eq!(exempted(&team(), made_up, day("2020-12-31")), []);
    }

    fn paid_at_random() -> impl Strategy<Value = PaidByOthers> {
        let scheme = prop::sample::select(vec![PayScheme::OtherBody, PayScheme::Nomenclature, PayScheme::Ific]);
        (2..4u128, scheme, prop::option::weighted(0.8, 0..1200i64), 0..60u64, 0..30u64).prop_map(
            |(member, scheme, minutes, from, length)| {
                let from = day("2026-01-01") + chrono::Days::new(from);
                let days = format!("{from}/{}", from + chrono::Days::new(length));
                paid(member, Function::Education, scheme, minutes, &days)
            },
        )
    }

    proptest! {
        /// REG-11, STF-08: on each day so many hours are taken off as others pay, and none below 0; the rest stays.
        #[test]
        fn every_day_counts_what_is_left(all in prop::collection::vec(paid_at_random(), 0..5), on in 0..100u64) {
            let on = day("2025-12-25") + chrono::Days::new(on);
            let (team, counted) = (team(), as_counted(&team(), &all));
            for (before, after) in team.iter().zip(&counted) {
                let flagged = all.iter().filter(|one| {
                    one.member == before.id && one.days.holds(on) && !one.is_allowed(before.qualification)
                });
                let taken: Vec<Option<i64>> = flagged.map(|one| one.minutes).collect();
                let stated = &before.engaged(on) * &Exact::from(MINUTES_A_WEEK);
                let left = match taken.iter().copied().sum::<Option<i64>>() {
                    Some(minutes) => (stated - Exact::from(minutes)).or_zero(),
                    None => Exact::zero(),
                };
                prop_assert_eq!(&after.engaged(on) * &Exact::from(MINUTES_A_WEEK), left);
                prop_assert_eq!((after.id, after.qualification), (before.id, before.qualification));
            }
        }
    }
}
