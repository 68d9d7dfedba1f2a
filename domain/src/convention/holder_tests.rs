//! Tests of [`super`].

use proptest::prelude::*;
use rstest::rstest;

use super::{
    super::term::{ConventionParty, tests::hospital},
    *,
};
use crate::{
    refusal::tests::described,
    span::tests::{day, span},
};

/// A convention of hospital 71000436.
pub(crate) fn convention(number: &str, days: &str) -> Convention {
    convention_of("71000436", number, days)
}

/// A convention of a hospital.
pub(crate) fn convention_of(number_of_hospital: &str, number: &str, days: &str) -> Convention {
    Convention {
        number: ConventionNumber::of_any_kind(number).unwrap(),
        hospital: hospital(number_of_hospital),
        from: span(days).from,
        agreed_last_day: span(days).to,
        new_establishment: false,
        letter: None,
        cut: None,
        holders: Vec::new(),
    }
}

fn pump(days: &str) -> Convention {
    convention("7.86.501.72", days)
}

fn self_managements(spans: &[&str]) -> Vec<Convention> {
    (1..).zip(spans).map(|(n, days)| convention(&format!("7.86.000.{n:02}"), days)).collect()
}

fn sent(sent_on: &str) -> Denunciation {
    Denunciation { sent_on: day(sent_on), by: ConventionParty::Establishment }
}

fn handed_over(one: Convention, to: &str, from: &str) -> Convention {
    let holder = Holder { hospital: hospital(to), from: day(from), why: ConventionEnd::Merged, merger: Uuid::nil() };
    Convention { holders: one.holders.iter().copied().chain([holder]).collect(), ..one }
}

fn faults(one: &Convention, others: &[Convention]) -> Vec<String> {
    one.faults(others).iter().map(described).collect()
}

/// CON-05: a denunciation ends the convention; the earlier end applies, whichever letter came first.
#[test]
fn the_earlier_end_stands() {
    let running = self_managements(&["2015-01-01/"]);
    let denounced = |one: &Convention, on| one.denounce(sent(on), &running).unwrap();
    let once = denounced(&pump("2021-01-01/"), "2026-03-15");
    assert_eq!(once.end(), Some(End { last_day: day("2026-06-30"), why: ConventionEnd::Denounced }));
    assert_eq!(denounced(&once, "2026-05-02"), once, "the later letter has no effect");
    assert_eq!(denounced(&once, "2026-06-30"), once, "not even on the last day");
    let earlier = denounced(&once, "2026-02-28");
    assert_eq!(earlier.end(), Some(End { last_day: day("2026-05-31"), why: ConventionEnd::Denounced }));
    let merged = End { last_day: day("2026-06-30"), why: ConventionEnd::Merged };
    let merging = Convention { cut: Some(merged), ..pump("2021-01-01/") };
    assert_eq!(
        denounced(&merging, "2026-03-15").end(),
        Some(merged),
        "the same day: what was there first is the reason"
    );
    assert_eq!(denounced(&pump("2021-01-01/2026-06-30"), "2026-03-15").end().unwrap().why, ConventionEnd::Other);
    let agreed = Convention { cut: Some(merged), ..pump("2021-01-01/2025-12-31") };
    assert_eq!(agreed.end(), Some(End { last_day: day("2025-12-31"), why: ConventionEnd::Other }));
    // A convention that self-management will end can still be denounced: the notice counts if self-management continues
    // after all.
    let ending = self_managements(&["2015-01-01/2026-04-30"]);
    let both = pump("2021-01-01/").denounce(sent("2026-03-15"), &ending).unwrap();
    assert_eq!(both, once);
    let all: Vec<Term> = ending.iter().flat_map(Convention::terms).collect();
    assert_eq!(both.terms()[0].with_expiry(&all).end.unwrap().last_day, day("2026-04-30"));
}

/// CON-05, CON-06: only a pump convention can be denounced, by a letter sent while it is in force.
#[rstest]
#[case("7.86.501.72", "2020-12-31", &["CON-05 sentOn outOfRange min=2021-01-01 max=2026-06-30"])]
#[case("7.86.501.72", "2026-07-01", &["CON-05 sentOn outOfRange min=2021-01-01 max=2026-06-30"])]
#[case("7.86.000.09", "2020-12-31", &["CON-05 kind notInList allowed=pump", "CON-05 sentOn outOfRange min=2021-01-01 max=9999-12-31"])]
#[case("7.86.000.09", "2026-07-01", &["CON-05 kind notInList allowed=pump"])]
fn only_a_pump_convention_in_force_is_denounced(#[case] number: &str, #[case] on: &str, #[case] expected: &[&str]) {
    let ending = self_managements(&["2015-01-01/2026-06-30"]);
    let one = convention(number, "2021-01-01/");
    let refused = one.denounce(sent(on), &ending).unwrap_err();
    assert_eq!(refused.iter().map(described).collect::<Vec<_>>(), expected);
    // Every correction checks a recorded letter again.
    let corrected = Convention { letter: Some(sent(on)), ..one };
    let again = faults(&corrected, &ending);
    assert!(expected.iter().all(|fault| again.contains(&(*fault).to_owned())), "{again:?}");
}

/// CON-01, CON-05, CON-06: a hospital has one convention of each kind at a time, and a pump convention only beside
/// self-management.
#[rstest]
#[case(pump("2021-01-01/"), &["7.86.000.01 2015-01-01/"], &[])]
#[case(pump("2021-01-01/"), &["7.86.000.01 2021-01-01/2021-01-01"], &[])]
#[case(pump("2021-01-01/"), &["7.86.000.01 2021-01-02/"], &["CON-01 from selfManagementNotInForce day=2021-01-01"])]
#[case(pump("2021-01-01/"), &[], &["CON-01 from selfManagementNotInForce day=2021-01-01"])]
#[case(pump("2020-12-31/"), &["7.86.000.01 2015-01-01/"], &["CON-05 from outOfRange min=2021-01-01 max=9999-12-31"])]
#[case(convention("7.86.000.02", "2015-01-01/"), &[], &[])]
#[case(convention("7.86.000.02", "2015-01-01/2014-12-31"), &["7.86.000.01 2014-01-01/"], &["CON-05 lastDay outOfRange min=2015-01-01 max=9999-12-31"])]
#[case(convention("7.86.000.02", "2015-01-01/"), &["7.86.000.01 2014-01-01/2015-01-01"], &["CON-01 from conventionInForce"])]
#[case(convention("7.86.000.02", "2015-01-01/"), &["7.86.000.01 2016-01-01/"], &["CON-01 from conventionInForce"])]
#[case(convention("7.86.000.02", "2015-01-01/2015-12-31"), &["7.86.000.01 2014-01-01/2014-12-31", "7.86.000.03 2016-01-01/"], &[])]
#[case(pump("2026-07-02/"), &["7.86.000.01 2015-01-01/2026-06-30", "7.86.502.71 2021-01-01/", "7.86.000.02 2026-07-02/"], &[])]
#[case(pump("2026-06-30/"), &["7.86.000.01 2015-01-01/2026-06-30", "7.86.502.71 2021-01-01/"], &["CON-01 from conventionInForce"])]
#[case(pump("2026-07-01/"), &["7.86.000.01 2015-01-01/", "7.86.501.72 2021-01-01/2026-06-30"], &["CON-01 number repeated"])]
#[case(pump("2020-01-01/2019-01-01"), &["7.86.501.72 2021-01-01/"], &[
    "CON-05 from outOfRange min=2021-01-01 max=9999-12-31",
    "CON-05 lastDay outOfRange min=2020-01-01 max=9999-12-31",
    "CON-01 number repeated",
    "CON-01 from selfManagementNotInForce day=2020-01-01",
])]
fn a_hospital_has_one_convention_at_a_time(
    #[case] new: Convention,
    #[case] others: &[&str],
    #[case] expected: &[&str],
) {
    let others_of = |hospital: &str| -> Vec<Convention> {
        let split = others.iter().map(|text| text.split_once(' ').unwrap());
        split.map(|(number, days)| convention_of(hospital, number, days)).collect()
    };
    assert_eq!(faults(&new, &others_of("71000436")), expected);
    // Another hospital's conventions neither conflict nor help; only their numbers are taken.
    let alone = new.faults(&others_of("72012365"));
    assert!(alone.iter().all(|fault| fault.reason != Reason::ConventionInForce));
    let lonely = alone.iter().any(|fault| fault.reason == Reason::SelfManagementNotInForce);
    assert_eq!(lonely, new.kind() == ConventionKind::Pump);
}

/// CON-03, CON-04: each hospital holds the convention in turn, and an end applies to the hospital that holds it then.
#[test]
fn a_convention_goes_from_hospital_to_hospital() {
    let one = handed_over(pump("2021-01-01/2027-12-31"), "71010037", "2024-07-01");
    let one = handed_over(one, "71000436", "2026-01-01");
    let days: Vec<(String, Span, Option<ConventionEnd>)> =
        one.terms().iter().map(|term| (term.hospital.to_string(), term.span(), term.end.map(|end| end.why))).collect();
    let expected = [
        ("71000436", "2021-01-01/2024-06-30", ConventionEnd::Merged),
        ("71010037", "2024-07-01/2025-12-31", ConventionEnd::Merged),
        ("71000436", "2026-01-01/2027-12-31", ConventionEnd::Other),
    ];
    assert_eq!(days, expected.map(|(hospital, days, why)| (hospital.to_owned(), span(days), Some(why))));
    assert!(one.is_of(hospital("71010037")) && !one.is_of(hospital("72012365")));
    // A letter sent to an earlier holder denounces the convention all the same.
    let managed = handed_over(convention("7.86.000.01", "2015-01-01/"), "71010037", "2024-07-01");
    let managed = handed_over(managed, "71000436", "2026-01-01");
    let late = one.denounce(sent("2025-10-15"), std::slice::from_ref(&managed)).unwrap();
    assert_eq!(late.terms()[2].end, Some(End { last_day: day("2026-01-31"), why: ConventionEnd::Denounced }));
    let refused = one.denounce(sent("2025-02-15"), &[managed]).unwrap_err();
    assert_eq!(
        refused.iter().map(described).collect::<Vec<_>>(),
        ["CON-03 sentOn handedOverLater number=7.86.501.72 day=2026-01-01"]
    );
}

/// CON-03, CON-06: no correction may end a convention before its handover, not even through self-management.
#[rstest]
#[case("2021-01-01/", "2015-01-01/", &[])]
#[case("2021-01-01/2024-07-01", "2015-01-01/", &[])]
#[case("2021-01-01/2024-06-30", "2015-01-01/", &[])]
#[case("2021-01-01/2024-06-29", "2015-01-01/", &["7.86.501.72"])]
#[case("2024-07-01/", "2015-01-01/", &[])]
#[case("2024-07-02/", "2015-01-01/", &["7.86.501.72"])]
#[case("2021-01-01/", "2015-01-01/2024-06-29", &["7.86.000.01", "7.86.501.72"])]
#[case("2021-01-01/", "2021-01-02/", &["7.86.501.72"])]
fn what_was_handed_over_was_in_force(#[case] pumped: &str, #[case] managed: &str, #[case] broken: &[&str]) {
    let one = handed_over(pump(pumped), "71010037", "2024-07-01");
    let managed = handed_over(convention("7.86.000.01", managed), "71010037", "2024-07-01");
    for (judged, other) in [(&one, &managed), (&managed, &one)] {
        let found = judged.faults(std::slice::from_ref(other));
        let later: Vec<&Fault> = found.iter().filter(|fault| fault.reason == Reason::HandedOverLater).collect();
        let mut numbers: Vec<&str> = later.iter().map(|fault| fault.params[0].1.as_str()).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, broken, "{found:?}");
        assert!(later.iter().all(|fault| fault.params[1].1 == "2024-07-01"));
    }
}

/// CON-03: a convention that has not begun is handed over as a whole, without a gap.
#[test]
fn a_convention_may_be_handed_over_before_it_begins() {
    let planned = convention("7.86.000.02", "2025-01-01/");
    let given = HandingOver::all(
        &[hospital("71000436")],
        hospital("71010037"),
        day("2024-07-01"),
        std::slice::from_ref(&planned),
    );
    assert_eq!(given.iter().map(|one| one.from).collect::<Vec<_>>(), [day("2025-01-01")]);
    let one = handed_over(planned, "71010037", "2025-01-01");
    assert!(one.terms()[0].span().is_empty());
    assert_eq!(faults(&one, &[]), Vec::<String>::new());
    // A merger may bring it beside an existing one.
    assert_eq!(faults(&one, &[convention_of("71010037", "7.86.000.03", "2015-01-01/")]), Vec::<String>::new());
    // A convention that has ended stays where it was.
    let over = convention("7.86.000.02", "2015-01-01/2024-06-30");
    let given = |on| {
        HandingOver::all(&[hospital("71000436")], hospital("71010037"), day(on), std::slice::from_ref(&over)).len()
    };
    assert_eq!((given("2024-06-30"), given("2024-07-01")), (1, 0));
}

/// CON-01, CON-03: a merger may leave a hospital with two conventions; it cannot conclude another beside the one it
/// took over.
#[test]
fn only_a_merger_brings_a_second_one() {
    let managed = convention_of("71010037", "7.86.000.01", "2015-01-01/");
    let taken = handed_over(pump("2021-01-01/2026-06-30"), "71010037", "2024-07-01");
    let carried = handed_over(convention("7.86.000.02", "2015-01-01/"), "71010037", "2024-07-01");
    let own = convention_of("71010037", "7.86.502.71", "2021-01-01/");
    let others = [managed.clone(), taken.clone(), carried.clone()];
    assert_eq!(faults(&own, &others), Vec::<String>::new());
    assert_eq!(faults(&taken, &[managed.clone(), own.clone(), carried.clone()]), Vec::<String>::new());
    let concluded = convention_of("71010037", "7.86.503.70", "2026-06-30/");
    assert_eq!(faults(&concluded, &others), ["CON-01 from conventionInForce"]);
    assert_eq!(faults(&convention_of("71010037", "7.86.503.70", "2026-07-01/"), &others), Vec::<String>::new());
    // The hospital that handed it over may conclude another, once it has self-management again.
    let again = convention("7.86.503.70", "2024-07-01/");
    assert_eq!(faults(&again, &others), ["CON-01 from selfManagementNotInForce day=2024-07-01"]);
    let managed_again = convention("7.86.000.03", "2024-07-01/");
    assert_eq!(faults(&again, &[&others[..], &[managed_again]].concat()), Vec::<String>::new());
}

/// CON-01, CON-03: of two pump conventions, the one that no merger ends counts as the hospital's.
#[test]
fn the_convention_that_goes_on_speaks_for_the_hospital() {
    let managed = convention("7.86.000.01", "2015-01-01/");
    let ending = End { last_day: day("2026-06-30"), why: ConventionEnd::Merged };
    let old = Convention { cut: Some(ending), ..pump("2021-01-01/") };
    let kept = handed_over(convention_of("72012365", "7.86.502.71", "2022-01-01/"), "71000436", "2024-07-01");
    let managed_there = handed_over(convention_of("72012365", "7.86.000.02", "2015-01-01/"), "71000436", "2024-07-01");
    let all = [managed, old, kept, managed_there];
    let on =
        |day_of: &str| pump_on(hospital("71000436"), day(day_of), &all).map(|term| term.number.as_str().to_owned());
    assert_eq!(on("2020-12-31"), None);
    assert_eq!(on("2024-06-30").as_deref(), Some("7.86.501.72"));
    assert_eq!(on("2024-07-01").as_deref(), Some("7.86.502.71"));
    assert_eq!(pump_on(hospital("72012365"), day("2024-07-01"), &all), None);
}

proptest! {
    /// CON-03, CON-04: exactly one hospital holds the convention on each of its days, and none on any other.
    #[test]
    fn somebody_has_it_on_every_day(length in 0..60u64, changes in prop::collection::btree_set(1..60u64, 0..4)) {
        let start = day("2024-01-01");
        let one = Convention { agreed_last_day: Some(start + chrono::Days::new(length)), ..pump("2024-01-01/") };
        let to = ["71010037", "72012365", "71000436", "71010037"];
        let one = changes.iter().zip(to).fold(one, |one, (after, to)| {
            handed_over(one, to, &(start + chrono::Days::new(*after)).to_string())
        });
        for on in start.iter_days().take(70) {
            let holds = one.terms().iter().filter(|term| term.in_force(on)).count();
            prop_assert_eq!(holds, usize::from(on <= one.agreed_last_day.unwrap()), "{}", on);
        }
    }
}
