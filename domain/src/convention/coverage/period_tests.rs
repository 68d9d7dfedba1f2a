//! Tests of [`super`].

use chrono::Days;
use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::{
    clock::last_day_of_months,
    refusal::tests::described,
    span::tests::{day, days, span},
};

/// A period granted over a span, such as `2026-04-01/2027-03-31`.
pub(crate) fn period(days: &str) -> Period {
    let days = span(days);
    Period::granted(days.from, days.to.unwrap())
}

const C_01: &str = "2026-04-01/2027-03-31";

/// COV-07, C-12, C-21, C-25: an end leaves the days up to it; granted, left and unused days add up.
#[rstest]
#[case(PeriodEnd::TakenOnElsewhere, "2026-09-14", 167, 198)]
#[case(PeriodEnd::Superseded, "2026-10-31", 214, 151)]
#[case(PeriodEnd::Death, "2026-08-20", 142, 223)]
#[case(PeriodEnd::ConventionEnded, "2026-12-31", 275, 90)]
fn an_end_leaves_the_days_before(
    #[case] why: PeriodEnd,
    #[case] last: &str,
    #[case] effective: i64,
    #[case] unused: i64,
) {
    let ended = period(C_01).ended(day(last), why).unwrap();
    assert_eq!(ended.effective(), Some(span(&format!("2026-04-01/{last}"))));
    assert_eq!(ended.end, Some(EarlyEnd { last_day: day(last), why }));
    let count = ended.count(day("2026-06-01"));
    assert_eq!((count.granted, count.effective, count.granted - count.effective), (365, effective, unused));
    assert_eq!((count.used, count.left), (61, effective - 61));
    assert_eq!(ended.state(day(last)), PeriodState::Running);
    assert_eq!(ended.state(day(last).succ_opt().unwrap()), PeriodState::Ended);
}

/// COV-07: a period is planned, runs from its first to its last day, and has ended then.
#[rstest]
#[case("2026-03-31", PeriodState::Planned, 0, 365)]
#[case("2026-04-01", PeriodState::Running, 0, 365)]
#[case("2027-03-31", PeriodState::Running, 364, 1)]
#[case("2027-04-01", PeriodState::Ended, 365, 0)]
fn a_period_runs_from_its_first_to_its_last_day(
    #[case] on: &str,
    #[case] state: PeriodState,
    #[case] used: i64,
    #[case] left: i64,
) {
    let count = period(C_01).count(day(on));
    assert_eq!((period(C_01).state(day(on)), count.used, count.left), (state, used, left));
}

/// COV-06, COV-07: a later end than the present one changes nothing, whatever the reason.
#[test]
fn an_end_is_never_made_later() {
    let one = period(C_01);
    assert_eq!(one.ended(day("2027-03-31"), PeriodEnd::Death), None);
    assert_eq!(one.ended(day("2028-01-01"), PeriodEnd::Death), None);
    let ended = one.ended(day("2026-09-14"), PeriodEnd::TakenOnElsewhere).unwrap();
    assert_eq!(ended.ended(day("2026-09-14"), PeriodEnd::Death), None);
    assert_eq!(ended.ended(day("2026-10-31"), PeriodEnd::Superseded), None);
    let earlier = ended.ended(day("2026-08-20"), PeriodEnd::Death).unwrap();
    assert_eq!(earlier.effective(), Some(span("2026-04-01/2026-08-20")));
}

/// COV-07: an end before the first day leaves none.
#[rstest]
#[case("2026-03-31")]
#[case("2026-01-01")]
fn nothing_may_be_left(#[case] last: &str) {
    let ended = period(C_01).ended(day(last), PeriodEnd::Superseded).unwrap();
    assert_eq!((ended.effective(), ended.end.unwrap().last_day), (None, day("2026-03-31")));
    assert_eq!(ended.state(day("2026-01-01")), PeriodState::Ended);
    assert_eq!(ended.count(day("2026-05-01")), DayCount { granted: 365, effective: 0, used: 0, left: 0 });
    assert_eq!((ended.reminders(), ended.ended(day("2026-01-01"), PeriodEnd::Death)), (None, None));
}

fn stopped(of: &str, told: Option<&str>, last: Option<&str>, today: &str) -> Result<Option<Span>, Vec<String>> {
    let stated = StatedEnd { last_day: last.map(day), told_on: told.map(day) };
    let ended = period(of).ended_by_establishment(PeriodEnd::EstablishmentStops, stated, day(today));
    ended.map(|period| period.effective()).map_err(|faults| faults.iter().map(described).collect())
}

/// COV-07, C-16: an establishment stops with a month's notice.
#[rstest]
#[case(C_01, "2026-10-15", "2026-11-14", None)]
#[case(C_01, "2026-10-15", "2026-11-13", Some("2026-11-14"))]
#[case("2025-06-01/2026-05-31", "2026-01-31", "2026-02-27", None)]
#[case("2025-06-01/2026-05-31", "2026-01-31", "2026-02-26", Some("2026-02-27"))]
#[case("2027-06-01/2028-05-31", "2028-01-31", "2028-02-28", None)]
#[case("2027-06-01/2028-05-31", "2028-01-31", "2028-02-27", Some("2028-02-28"))]
fn stopping_takes_a_months_notice(
    #[case] of: &str,
    #[case] told: &str,
    #[case] last: &str,
    #[case] earliest: Option<&str>,
) {
    let expected = match earliest {
        None => Ok(Some(Span::between(span(of).from, day(last)))),
        Some(earliest) => Err(vec![format!("COV-07 lastDay outOfRange min={earliest} max=9999-12-31")]),
    };
    assert_eq!(stopped(of, Some(told), Some(last), "2028-03-01"), expected);
}

/// COV-07, C-16: without the day on which the beneficiary was told there is no notice; all faults come at once.
#[test]
fn a_notice_says_when_it_was_given() {
    let faults = |told, last, today| stopped(C_01, told, last, today).unwrap_err();
    assert_eq!(faults(None, Some("2026-11-14"), "2026-10-16"), ["COV-07 toldOn required"]);
    assert_eq!(faults(None, None, "2026-10-16"), ["COV-07 lastDay required", "COV-07 toldOn required"]);
    assert_eq!(faults(Some("2026-10-17"), Some("2026-11-16"), "2026-10-16"), ["COV-07 toldOn inFuture"]);
    let outside = "COV-07 lastDay outOfRange min=2026-03-31 max=2027-03-30";
    assert_eq!(faults(Some("2026-01-01"), Some("2027-03-31"), "2026-10-16"), [outside]);
    assert_eq!(faults(Some("2026-01-01"), Some("2026-03-30"), "2026-10-16"), [outside]);
}

/// COV-07, C-15: a period can be given up until it begins; other reasons are not stated by an establishment.
#[rstest]
#[case(PeriodEnd::GivenUp, "2026-03-31", Ok(()))]
#[case(PeriodEnd::GivenUp, "2026-04-01", Err("COV-07 why alreadyBegun day=2026-04-01"))]
#[case(PeriodEnd::GivenUp, "2027-04-01", Err("COV-07 why alreadyBegun day=2026-04-01"))]
#[case(
    PeriodEnd::Superseded,
    "2026-03-31",
    Err("COV-07 why notInList allowed=childrensConvention, establishmentStops, givenUp")
)]
#[case(
    PeriodEnd::TakenOnElsewhere,
    "2026-03-31",
    Err("COV-07 why notInList allowed=childrensConvention, establishmentStops, givenUp")
)]
fn a_period_is_given_up_before_it_begins(
    #[case] why: PeriodEnd,
    #[case] today: &str,
    #[case] expected: Result<(), &str>,
) {
    let ended = period(C_01).ended_by_establishment(why, StatedEnd::default(), day(today));
    match expected {
        Ok(()) => assert_eq!(ended.unwrap().effective(), None),
        Err(fault) => assert_eq!(ended.unwrap_err().iter().map(described).collect::<Vec<_>>(), [fault]),
    }
}

/// COV-07: the children's convention ends it on the stated day, without notice.
#[test]
fn the_childrens_convention_ends_it() {
    let stated = StatedEnd { last_day: Some(day("2026-08-31")), told_on: None };
    let ended = period(C_01).ended_by_establishment(PeriodEnd::ChildrensConvention, stated, day("2026-09-01"));
    assert_eq!(ended.unwrap().effective(), Some(span("2026-04-01/2026-08-31")));
}

/// COV-04, C-05: a period that ends is reminded of 60 and 30 days before.
#[test]
fn the_end_is_reminded_of() {
    assert_eq!(period(C_01).reminders(), Some(["2027-01-30", "2027-03-01"].map(day)));
}

proptest! {
    /// COV-07: over 2019 to 2035, a month's notice lasts at least 28 and at most 31 days, never falls a day short of
    /// the same day number, and days granted are used, left or lost.
    #[test]
    fn notices_and_counts_add_up(from in days(), told in days(), cut in 0..400u64, on in days()) {
        let first_without = earliest_last_day(told).succ_opt().unwrap();
        prop_assert!((28..=31).contains(&(first_without - told).num_days()));
        let whole = Period::granted(from, last_day_of_months(from, 12));
        let last_day = from + Days::new(cut) - Days::new(1);
        let ended = whole.ended(last_day, PeriodEnd::Death);
        prop_assert_eq!(ended.is_some(), last_day < whole.to);
        let period = ended.unwrap_or(whole);
        let count = period.count(on);
        prop_assert_eq!(count.used + count.left, count.effective);
        prop_assert!(count.effective <= count.granted && (365..=366).contains(&count.granted));
        prop_assert!(period.effective().is_none_or(|days| days.is_within(Span::between(whole.from, whole.to))));
        let running = period.state(on) == PeriodState::Running;
        prop_assert_eq!(running, count.left > 0 && count.left + count.used == count.effective && on >= from);
    }
}
