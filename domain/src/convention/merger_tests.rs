//! Tests of [`super`].

use proptest::prelude::*;
use rstest::rstest;

use super::{
    super::{
        granted::tests::id,
        holder::{restored_conventions, tests::convention_of},
        number::ConventionNumber,
        term::tests::hospital,
    },
    *,
};
use crate::{
    refusal::tests::described,
    span::tests::{day, days, span},
};

const A: &str = "7.86.501.72";
const B: &str = "7.86.502.71";

fn number(text: &str) -> PumpConventionNumber {
    text.parse().unwrap()
}

/// The self-management conventions of both hospitals, and the given pump conventions.
fn beside(pumps: [Option<&str>; 2]) -> Vec<Convention> {
    let [first, second] = pumps;
    let managed = [
        convention_of("71000436", "7.86.000.01", "2015-01-01/"),
        convention_of("72012365", "7.86.000.02", "2015-01-01/"),
    ];
    let pumps =
        [first.map(|days| convention_of("71000436", A, days)), second.map(|days| convention_of("72012365", B, days))];
    managed.into_iter().chain(pumps.into_iter().flatten()).collect()
}

fn running() -> Vec<Convention> {
    beside([Some("2021-01-01/"); 2])
}

/// B is kept; the merged hospital has a third number.
fn merger(effective: &str) -> Merger {
    Merger {
        hospitals: [hospital("71000436"), hospital("72012365")],
        hospital: hospital("71010037"),
        effective: day(effective),
        kept: Some(number(B)),
        letter: Some(Letter { sent_on: day(effective), takes_over_all: true }),
    }
}

fn faults(merger: &Merger, conventions: &[Convention]) -> Vec<String> {
    merger.plan(conventions).unwrap_err().iter().map(described).collect()
}

fn given(number: &str, by: &str, from: &str) -> HandingOver {
    let number = ConventionNumber::of_any_kind(number).unwrap();
    HandingOver { number, by: hospital(by), to: hospital("71010037"), from: day(from) }
}

/// CON-03: one year for applications, two for conventions and periods, also across the end of February.
#[rstest]
#[case("2024-07-01", "2026-06-30", "2025-07-01")]
#[case("2025-01-01", "2026-12-31", "2026-01-01")]
#[case("2024-02-29", "2026-02-28", "2025-02-28")]
#[case("2022-03-01", "2024-02-29", "2023-03-01")]
#[case("2024-03-01", "2026-02-28", "2025-03-01")]
fn a_merger_ends_one_convention(#[case] effective: &str, #[case] last: &str, #[case] kept_only: &str) {
    let plan = merger(effective).plan(&running()).unwrap();
    let ending = Ending {
        number: number(A),
        end: End { last_day: day(last), why: ConventionEnd::Merged },
        kept_only_from: day(kept_only),
    };
    let expected = MergerPlan {
        hospital: hospital("71010037"),
        effective: day(effective),
        kept: number(B),
        kept_last_day: None,
        ending: Some(ending),
        handed_over: vec![
            given("7.86.000.01", "71000436", effective),
            given("7.86.000.02", "72012365", effective),
            given(A, "71000436", effective),
            given(B, "72012365", effective),
        ],
    };
    assert_eq!(plan, expected);
}

/// CON-03: either convention can be kept, and the merged hospital can be either of the two.
#[rstest]
#[case(A, B)]
#[case(B, A)]
fn either_number_is_kept(#[case] kept: &str, #[case] ends: &str, #[values("71000436", "72012365")] merged: &str) {
    let stated = Merger { kept: Some(number(kept)), hospital: hospital(merged), ..merger("2024-07-01") };
    let plan = stated.plan(&running()).unwrap();
    assert_eq!((plan.hospital, plan.kept), (hospital(merged), number(kept)));
    assert!(plan.handed_over.iter().all(|given| given.by != hospital(merged)) && plan.handed_over.len() == 2);
    assert_eq!(plan.application_numbers(day("2024-07-01")), [number(kept), number(ends)]);
    assert_eq!(plan.ending.map(|ending| ending.number), Some(number(ends)));
}

/// CON-03: which numbers serve on which day.
#[rstest]
#[case("2024-06-30", &[])]
#[case("2024-07-01", &[B, A])]
#[case("2025-06-30", &[B, A])]
#[case("2025-07-01", &[B])]
#[case("2026-07-01", &[B])]
fn applications_come_under_the_kept_number_after_a_year(#[case] on: &str, #[case] numbers: &[&str]) {
    let plan = merger("2024-07-01").plan(&running()).unwrap();
    let serving = plan.application_numbers(day(on));
    assert_eq!(serving.iter().map(PumpConventionNumber::as_str).collect::<Vec<_>>(), numbers);
}

/// CON-03, CON-05: an existing earlier end applies, and the number serves no longer than that.
#[test]
fn an_earlier_end_stands() {
    let merger = merger("2024-07-01");
    let conventions = beside([Some("2021-01-01/2024-09-30"), Some("2021-01-01/2025-12-31")]);
    let plan = merger.plan(&conventions).unwrap();
    let ending = plan.ending.as_ref().unwrap();
    assert_eq!(ending.end, End { last_day: day("2024-09-30"), why: ConventionEnd::Other });
    assert_eq!(plan.kept_last_day, Some(day("2025-12-31")));
    assert_eq!(plan.application_numbers(day("2024-09-30")), [number(B), number(A)]);
    assert_eq!(plan.application_numbers(day("2024-10-01")), [number(B)]);
    assert_eq!(plan.application_numbers(day("2026-01-01")), []);
    let outcome = plan.outcome(id(9), &conventions);
    assert!(outcome.iter().all(|one| one.cut.is_none()), "{outcome:?}");
    // A later end is cut to the two years.
    let conventions = beside([Some("2021-01-01/2026-07-01"), Some("2021-01-01/2025-12-31")]);
    let plan = merger.plan(&conventions).unwrap();
    let merged = End { last_day: day("2026-06-30"), why: ConventionEnd::Merged };
    assert_eq!(plan.ending.as_ref().unwrap().end, merged);
    let cut: Vec<_> =
        plan.outcome(id(9), &conventions).into_iter().filter_map(|one| Some((one.number, one.cut?))).collect();
    assert_eq!(cut, [(ConventionNumber::of_any_kind(A).unwrap(), merged)]);
}

/// CON-03, CON-06: the merged hospital holds everything from that day on, and each hospital its own until the eve; the
/// result has no faults.
#[rstest]
fn a_merger_leaves_whole_conventions(
    #[values("71010037", "71000436", "72012365")] merged: &str,
    #[values(A, B)] kept: &str,
) {
    let stated = Merger { hospital: hospital(merged), kept: Some(number(kept)), ..merger("2024-07-01") };
    let before = running();
    let changed = stated.plan(&before).unwrap().outcome(id(9), &before);
    let after: Vec<Convention> =
        before.iter().map(|one| changed.iter().find(|next| next.number == one.number).unwrap_or(one).clone()).collect();
    let numbers: Vec<_> = changed.iter().map(|one| (one.number, None)).collect();
    let restored = restored_conventions(&after, id(9), &numbers).unwrap();
    assert!(restored.iter().all(|one| before.contains(one)) && restored.len() == changed.len(), "it never was");
    // A convention cannot be restored once another has taken its place.
    let replaced = changed.iter().find(|one| one.number.as_str() == A && one.hospital != stated.hospital);
    if let Some(replaced) = replaced {
        let again = [
            convention_of("71000436", "7.86.000.09", "2024-07-01/"),
            convention_of("71000436", "7.86.509.70", "2024-07-01/"),
        ];
        let more = [&after[..], &again].concat();
        assert_eq!(restored_conventions(&more, id(9), &[(replaced.number, None)]), Err(replaced.number));
    }
    for (index, one) in after.iter().enumerate() {
        let others: Vec<Convention> =
            after.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, one)| one.clone()).collect();
        assert_eq!(one.faults(&others), [], "{one:?}");
    }
    let terms: Vec<Term> = after.iter().flat_map(Convention::terms).collect();
    let running_on = |on: &str| {
        let actual = terms.iter().map(|term| term.with_expiry(&terms)).filter(|term| term.in_force(day(on)));
        actual.map(|term| (term.number.as_str().to_owned(), term.hospital.to_string())).collect::<Vec<_>>()
    };
    let eve = running_on("2024-06-30");
    assert!(
        eve.contains(&(A.to_owned(), "71000436".to_owned())) && eve.contains(&(B.to_owned(), "72012365".to_owned()))
    );
    assert_eq!(eve.len(), 4);
    for (on, pumps) in [("2024-07-01", 2), ("2026-06-30", 2), ("2026-07-01", 1)] {
        let there = running_on(on);
        assert!(there.iter().all(|(_, hospital)| hospital == merged), "{on}: {there:?}");
        let numbers: Vec<&String> =
            there.iter().map(|(number, _)| number).filter(|one| one.starts_with("7.86.5")).collect();
        assert!(numbers.len() == pumps && numbers.iter().any(|one| *one == kept), "{on}: {there:?}");
    }
}

/// CON-03: a second merger hands over what the first one brought, and a number that already ends keeps its end; a
/// merger cannot take effect before an earlier recorded one.
#[test]
fn one_merger_follows_another() {
    let mut conventions = running();
    let first = merger("2024-07-01").plan(&conventions).unwrap().outcome(id(9), &conventions);
    conventions.iter_mut().for_each(|one| {
        if let Some(next) = first.iter().find(|next| next.number == one.number) {
            *one = next.clone();
        }
    });
    conventions.push(convention_of("71000040", "7.86.000.03", "2015-01-01/"));
    conventions.push(convention_of("71000040", "7.86.503.70", "2021-01-01/"));
    let next = Merger {
        hospitals: [hospital("71010037"), hospital("71000040")],
        hospital: hospital("71000040"),
        kept: Some(number("7.86.503.70")),
        ..merger("2025-01-01")
    };
    let plan = next.plan(&conventions).unwrap();
    assert_eq!(plan.ending.as_ref().map(|ending| ending.number), Some(number(B)), "A ends already");
    assert_eq!(plan.handed_over.len(), 4);
    let outcome = plan.outcome(id(8), &conventions);
    let ends: Vec<_> = outcome.iter().filter_map(|one| Some((one.number.as_str(), one.end()?.last_day))).collect();
    assert_eq!(ends, [(A, day("2026-06-30")), (B, day("2026-12-31"))]);
    let early = Merger { effective: day("2024-07-01"), ..next };
    assert_eq!(faults(&early, &conventions), ["CON-03 effective outOfRange min=2024-07-02 max=9999-12-31"]);
}

/// CON-03, CON-02: the only convention continues for the merged hospital without a letter, and nothing ends.
#[rstest]
fn the_only_convention_goes_on(#[values(None, Some(B))] kept: Option<&str>, #[values(true, false)] turned: bool) {
    let mut merger = Merger { kept: kept.map(number), letter: None, ..merger("2024-07-01") };
    if turned {
        merger.hospitals.reverse();
    }
    let plan = merger.plan(&beside([None, Some("2021-01-01/")])).unwrap();
    assert_eq!((plan.hospital, plan.kept, plan.ending.clone()), (hospital("71010037"), number(B), None));
    assert_eq!(plan.application_numbers(day("2030-01-01")), [number(B)]);
}

/// CON-03: each fault is found on its own.
#[test]
fn every_fault_of_a_merger_is_found() {
    let both = || merger("2024-07-01");
    let with = |change: &dyn Fn(&mut Merger)| {
        let mut merger = both();
        change(&mut merger);
        faults(&merger, &running())
    };
    assert!(both().plan(&running()).is_ok());
    assert_eq!(with(&|m| m.hospitals[1] = m.hospitals[0]), ["CON-03 hospitals[1] repeated"]);
    assert_eq!(
        with(&|m| m.kept = Some(number("7.86.503.70"))),
        ["CON-03 kept notInList allowed=7.86.501.72, 7.86.502.71"]
    );
    assert_eq!(with(&|m| m.kept = None), ["CON-03 kept required"]);
    assert_eq!(with(&|m| m.letter = None), ["CON-03 letter required"]);
    let letter = |sent_on: &str, takes_over_all| Some(Letter { sent_on: day(sent_on), takes_over_all });
    assert_eq!(with(&|m| m.letter = letter("2024-07-01", false)), ["CON-03 letter.takesOverAll takeOverNotDeclared"]);
    assert_eq!(
        with(&|m| m.letter = letter("2026-07-01", false)),
        ["CON-03 letter.sentOn afterDeadline deadline=2026-06-30", "CON-03 letter.takesOverAll takeOverNotDeclared"]
    );
    // Only the convention in force can be kept.
    let later = beside([Some("2021-01-01/2024-06-30"), Some("2021-01-01/")]);
    let wrong = Merger { kept: Some(number(A)), ..both() };
    assert_eq!(faults(&wrong, &later), ["CON-03 kept notInList allowed=7.86.502.71"]);
    let neither = beside([Some("2021-01-01/2024-06-30"), Some("2024-07-02/")]);
    assert_eq!(faults(&both(), &neither), ["CON-03 hospitals pumpConventionMissing day=2024-07-01"]);
    // A convention without self-management is no longer in force.
    let expired = [
        convention_of("71000436", "7.86.000.01", "2015-01-01/2023-12-31"),
        convention_of("71000436", A, "2021-01-01/"),
    ];
    assert_eq!(faults(&both(), &expired), ["CON-03 hospitals pumpConventionMissing day=2024-07-01"]);
    // The merged hospital's number cannot be that of a third hospital with its own convention.
    let third = [
        convention_of("71010037", "7.86.000.03", "2015-01-01/"),
        convention_of("71010037", "7.86.503.70", "2021-01-01/"),
    ];
    assert_eq!(faults(&both(), &[&running()[..], &third].concat()), ["CON-01 hospital conventionInForce"]);
}

/// CON-03, SYS-04: all faults of a merger are reported at once.
#[test]
fn all_faults_of_a_merger_come_at_once() {
    let third = [
        convention_of("71010037", "7.86.000.03", "2015-01-01/"),
        convention_of("71010037", "7.86.503.70", "2021-01-01/"),
    ];
    let broken = Merger {
        kept: Some(number("7.86.509.70")),
        letter: Some(Letter { sent_on: day("2027-01-01"), takes_over_all: false }),
        ..merger("2024-07-01")
    };
    assert_eq!(faults(&broken, &[&running()[..], &third].concat()).len(), 4);
}

proptest! {
    /// CON-03: both numbers serve for one full year, and both conventions last for two.
    #[test]
    fn a_merger_lasts_two_years(effective in days().prop_filter("in force", |day| *day >= span("2021-01-01/").from)) {
        let merger = Merger { effective, letter: Some(Letter { sent_on: effective, takes_over_all: true }), ..merger("2024-07-01") };
        let plan = merger.plan(&running()).unwrap();
        let ending = plan.ending.clone().unwrap();
        let length = (ending.end.last_day - effective).num_days() + 1;
        prop_assert!((730..=731).contains(&length), "{} days", length);
        let year = (ending.kept_only_from - effective).num_days();
        prop_assert!((365..=366).contains(&year), "{} days", year);
        for on in effective.iter_days().take(800) {
            prop_assert_eq!(plan.application_numbers(on).len(), if on < ending.kept_only_from { 2 } else { 1 });
        }
    }
}
