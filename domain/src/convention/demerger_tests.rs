//! Tests of [`super`].

use proptest::prelude::*;
use rstest::rstest;

use super::{
    super::{
        granted::tests::id,
        holder::tests::{convention, convention_of},
        number::ConventionNumber,
        term::tests::hospital,
    },
    *,
};
use crate::{
    refusal::tests::described,
    span::tests::{day, days},
};

fn successors() -> [HospitalNumber; 2] {
    [hospital("72012365"), hospital("71010037")]
}

fn demerger(effective: &str, wish: Wish) -> Demerger {
    Demerger { hospital: hospital("71000436"), effective: day(effective), successors: successors(), wish }
}

/// The self-management convention and a pump convention of the hospital that is split.
fn beside(pump: &str) -> Vec<Convention> {
    vec![convention("7.86.000.01", "2015-01-01/"), convention("7.86.501.72", pump)]
}

fn running() -> Vec<Convention> {
    beside("2021-01-01/")
}

fn taken_over() -> Wish {
    let letter = Some(day("2026-05-01"));
    Wish::TakenOver { by: successors()[1], joint_letter: letter, all_rights: true, self_management: true }
}

fn both(first: &str, second: &str) -> Wish {
    Wish::Both { applied_on: [Some(day(first)), Some(day(second))] }
}

fn faults(demerger: &Demerger) -> Vec<String> {
    demerger.plan(&running()).err().unwrap_or_default().iter().map(described).collect()
}

/// CON-04: one successor keeps number and periods; the other may still conclude a new convention.
#[test]
fn a_convention_is_taken_over() {
    let plan = demerger("2026-07-01", taken_over()).plan(&running()).unwrap();
    let number = "7.86.501.72".parse().unwrap();
    let (by, to, from) = (hospital("71000436"), successors()[1], day("2026-07-01"));
    let given = |number: &str| HandingOver { number: ConventionNumber::of_any_kind(number).unwrap(), by, to, from };
    let handed_over = vec![given("7.86.000.01"), given("7.86.501.72")];
    assert_eq!(plan, DemergerPlan::TakenOver { number, hospital: to, from, last_day: None, handed_over });
    assert_eq!(plan.start_fault(day("2026-01-01")), None);
    let outcome = plan.outcome(id(9), &running());
    assert!(
        outcome.len() == 2
            && outcome.iter().all(|one| one.terms().pop().unwrap().hospital == to && one.end().is_none())
    );
    // A successor that keeps the hospital's number has nothing to take over.
    let mut kept = demerger("2026-07-01", taken_over());
    kept.hospital = successors()[1];
    let own = running().into_iter().map(|one| Convention { hospital: kept.hospital, ..one }).collect::<Vec<_>>();
    assert_eq!(kept.plan(&own).unwrap().outcome(id(9), &own), []);
}

/// CON-04: when both want one, convention and periods end on the eve, and new ones begin on the effective date at the
/// earliest.
#[test]
fn both_begin_anew() {
    let plan = demerger("2026-07-01", both("2026-03-01", "2026-01-15")).plan(&running()).unwrap();
    let expected = DemergerPlan::Anew {
        numbers: vec!["7.86.501.72".parse().unwrap()],
        end: End { last_day: day("2026-06-30"), why: ConventionEnd::Demerged },
        new_from: day("2026-07-01"),
    };
    assert_eq!(plan, expected);
    assert_eq!(plan.start_fault(day("2026-07-01")), None);
    let early = plan.start_fault(day("2026-06-30")).unwrap();
    assert_eq!(described(&early), "CON-04 from outOfRange min=2026-07-01 max=9999-12-31");
}

/// CON-04, rules.md §13: the deadline is four months before, on the same day number or the month's last day, inclusive.
#[rstest]
#[case("2026-07-01", "2026-03-01", "2026-03-02")]
#[case("2026-06-30", "2026-02-28", "2026-03-01")]
#[case("2028-06-30", "2028-02-29", "2028-03-01")]
#[case("2026-03-31", "2025-11-30", "2025-12-01")]
#[case("2027-01-01", "2026-09-01", "2026-09-02")]
fn both_apply_four_months_before(#[case] effective: &str, #[case] in_time: &str, #[case] late: &str) {
    assert_eq!(faults(&demerger(effective, both(in_time, in_time))), Vec::<String>::new());
    let too_late = |index| format!("CON-04 appliedOn[{index}] afterDeadline deadline={in_time}");
    assert_eq!(faults(&demerger(effective, both(late, in_time))), [too_late(0)]);
    assert_eq!(faults(&demerger(effective, both(in_time, late))), [too_late(1)]);
}

/// CON-04, SYS-04: all faults of a demerger are reported at once.
#[test]
fn all_faults_of_a_demerger_come_at_once() {
    let other = hospital("71000436");
    let nothing = Wish::TakenOver { by: other, joint_letter: None, all_rights: false, self_management: false };
    let mut broken = demerger("2020-12-31", nothing);
    broken.successors = [successors()[0]; 2];
    assert_eq!(
        faults(&broken),
        [
            "CON-04 hospitals[1] repeated",
            "CON-04 hospital pumpConventionMissing day=2020-12-31",
            "CON-04 takenOver.by notInList allowed=72012365, 72012365",
            "CON-04 takenOver.jointLetter required",
            "CON-04 takenOver.allRights takeOverNotDeclared",
            "CON-04 takenOver.selfManagement selfManagementNotTakenOver",
        ]
    );
    let third = [
        convention_of("71010037", "7.86.000.03", "2015-01-01/"),
        convention_of("71010037", "7.86.503.70", "2021-01-01/"),
    ];
    let taking = demerger("2026-07-01", taken_over()).plan(&[&running()[..], &third].concat()).unwrap_err();
    assert_eq!(taking.iter().map(described).collect::<Vec<_>>(), ["CON-01 takenOver.by conventionInForce"]);
    let none = Wish::Both { applied_on: [None, Some(day("2026-04-01"))] };
    assert_eq!(
        faults(&demerger("2026-07-01", none)),
        ["CON-04 appliedOn[0] required", "CON-04 appliedOn[1] afterDeadline deadline=2026-03-01"]
    );
}

/// CON-04: the convention must be in force on the effective date and on its eve.
#[rstest]
#[case("2020-12-31", Some("2020-12-31"))]
#[case("2021-01-01", Some("2020-12-31"))]
#[case("2021-01-02", None)]
#[case("2025-12-31", None)]
#[case("2026-01-01", Some("2026-01-01"))]
fn a_demerger_finds_a_convention_in_force(#[case] effective: &str, #[case] missing: Option<&str>) {
    let planned = demerger(effective, taken_over()).plan(&beside("2021-01-01/2025-12-31"));
    let described: Vec<String> = planned.err().unwrap_or_default().iter().map(described).collect();
    let expected = missing.map(|day| format!("CON-04 hospital pumpConventionMissing day={day}"));
    assert_eq!(described, expected.into_iter().collect::<Vec<_>>());
}

/// CON-03, CON-04: when an earlier merger left the hospital with two conventions, both end; one that has already ended
/// is left alone.
#[test]
fn both_conventions_of_a_merged_hospital_end() {
    let cut = Some(End { last_day: day("2026-12-31"), why: ConventionEnd::Merged });
    let mut conventions = running();
    conventions.push(Convention { cut, ..convention("7.86.502.71", "2021-01-01/") });
    conventions.push(convention("7.86.503.70", "2021-01-01/2025-12-31"));
    let plan = demerger("2026-07-01", both("2026-03-01", "2026-01-15")).plan(&conventions).unwrap();
    let ended = plan.outcome(id(9), &conventions);
    let ended: Vec<_> = ended.iter().map(|one| (one.number.as_str(), one.end().unwrap().last_day)).collect();
    assert_eq!(ended, [("7.86.501.72", day("2026-06-30")), ("7.86.502.71", day("2026-06-30"))]);
}

proptest! {
    /// CON-04: the deadline is four months before, and the convention ends on the eve.
    #[test]
    fn nothing_outlasts_a_demerger(effective in days().prop_filter("in force", |on| *on > day("2021-01-01"))) {
        let mut demerger = demerger("2026-07-01", both("2019-01-01", "2019-01-01"));
        demerger.effective = effective;
        let between = (effective - demerger.application_deadline()).num_days();
        prop_assert!((120..=123).contains(&between), "{} days", between);
        let DemergerPlan::Anew { end, new_from, .. } = demerger.plan(&running()).unwrap() else { panic!() };
        prop_assert_eq!(end.last_day.succ_opt(), Some(effective));
        prop_assert_eq!(new_from, effective);
    }
}
