//! Tests of [`super`].

use chrono::{Days, NaiveDate};
use proptest::prelude::*;
use rstest::rstest;

use super::{
    super::span::tests::{day, days, said, span},
    *,
};

/// A convention of the hospital 71000436: `7.86.501.72`, or any self-management number, from a day to a day.
pub(crate) fn term(number: &str, days: &str) -> Term {
    let kinds = ConventionKind::ALL.iter();
    let number = kinds.filter_map(|kind| Number::parse(*kind, number).ok()).next().unwrap();
    let end = span(days).to.map(|last_day| End { last_day, why: ConventionEnd::Other });
    Term { number, hospital: hospital("71000436"), from: span(days).from, end, new_establishment: false }
}

pub(crate) fn hospital(number: &str) -> HospitalNumber {
    number.parse().unwrap()
}

fn pump(days: &str) -> Term {
    term("7.86.501.72", days)
}

/// Self-management conventions one after the other.
fn self_managements(spans: &[&str]) -> Vec<Term> {
    (1..).zip(spans).map(|(n, days)| term(&format!("7.86.000.{n:02}"), days)).collect()
}

fn sent(sent_on: &str) -> Denunciation {
    Denunciation { sent_on: day(sent_on), by: ConventionParty::Establishment }
}

/// CON-05: three months from the first day of the next month, over the turn of the year and to the end of any February.
#[rstest]
#[case("2026-03-15", "2026-06-30")]
#[case("2026-03-01", "2026-06-30")]
#[case("2026-03-31", "2026-06-30")]
#[case("2026-04-01", "2026-07-31")]
#[case("2026-09-30", "2026-12-31")]
#[case("2026-10-01", "2027-01-31")]
#[case("2026-11-30", "2027-02-28")]
#[case("2027-11-01", "2028-02-29")]
#[case("2026-12-31", "2027-03-31")]
#[case("2028-02-29", "2028-05-31")]
fn a_notice_runs_from_the_first_of_the_next_month(#[case] sent_on: &str, #[case] last: &str) {
    for by in ConventionParty::ALL {
        assert_eq!(Denunciation { sent_on: day(sent_on), by: *by }.last_day(), day(last));
    }
}

proptest! {
    /// CON-05: a notice ends on a month's last day, more than three months after the sending and at most four and a day short.
    #[test]
    fn a_notice_is_three_full_months(sent_on in days()) {
        let denunciation = Denunciation { sent_on, by: ConventionParty::Inami };
        let last = denunciation.last_day();
        prop_assert_eq!(last.succ_opt().unwrap().day(), 1);
        prop_assert!(last >= months_after(sent_on, 3), "{} {}", sent_on, last);
        prop_assert!(last < months_after(sent_on, 4), "{} {}", sent_on, last);
        let first = last.succ_opt().unwrap().checked_sub_months(chrono::Months::new(3)).unwrap();
        prop_assert!(sent_on < first && first <= sent_on + Days::new(31));
        // A letter sent later never ends anything earlier.
        let later = Denunciation { sent_on: sent_on.succ_opt().unwrap(), ..denunciation };
        prop_assert!(last <= later.last_day());
    }

    /// CON-06: on no day is a pump convention in force without self-management, and up to its last day always with it.
    #[test]
    fn no_pump_convention_outlives_self_management(
        from in days(),
        own in prop::option::of(0..2000u64),
        others in prop::collection::vec((0..6000u64, prop::option::of(0..1500u64)), 0..5),
    ) {
        let start = day("2019-01-01");
        let ended = |from: NaiveDate, length: Option<u64>| {
            length.map(|length| End { last_day: from + Days::new(length), why: ConventionEnd::Other })
        };
        let pump = Term { from, end: ended(from, own), ..pump("2021-01-01/") };
        let mut others: Vec<Term> = others.into_iter().map(|(from, length)| {
            let from = start + Days::new(from);
            Term { from, end: ended(from, length), ..term("7.86.000.01", "2021-01-01/") }
        }).collect();
        // Another pump convention carries nobody.
        others.push(Term { from: start, end: None, ..pump.clone() });
        let really = pump.with_expiry(&others);
        prop_assert_eq!(really.end.map(|end| end.last_day), last_day(&pump, &others));
        let carried = |on| others.iter().any(|other| other.kind() == ConventionKind::SelfManagement && other.in_force(on));
        let mut expired = false;
        for on in from.iter_days().take(8000) {
            expired |= !carried(on);
            prop_assert_eq!(really.in_force(on), pump.in_force(on) && !expired, "{}", on);
        }
    }
}

/// CON-06: a pump convention ends with the last day of self-management, resumed later or not; its own earlier end stands.
#[rstest]
#[case("2021-01-01/", &["2015-01-01/"], None)]
#[case("2021-01-01/", &["2015-01-01/2026-06-30"], Some(("2026-06-30", ConventionEnd::SelfManagementEnded)))]
#[case("2021-01-01/", &["2015-01-01/2026-06-30", "2026-07-01/"], None)]
#[case("2021-01-01/", &["2015-01-01/2026-06-30", "2026-07-02/"], Some(("2026-06-30", ConventionEnd::SelfManagementEnded)))]
#[case("2021-01-01/", &["2026-07-01/2026-12-31", "2015-01-01/2026-06-30"], Some(("2026-12-31", ConventionEnd::SelfManagementEnded)))]
#[case("2021-01-01/2026-06-29", &["2015-01-01/2026-06-30"], Some(("2026-06-29", ConventionEnd::Other)))]
#[case("2021-01-01/2026-06-30", &["2015-01-01/2026-06-30"], Some(("2026-06-30", ConventionEnd::Other)))]
#[case("2021-01-01/2026-07-01", &["2015-01-01/2026-06-30"], Some(("2026-06-30", ConventionEnd::SelfManagementEnded)))]
#[case("2021-01-01/", &[], Some(("2020-12-31", ConventionEnd::SelfManagementEnded)))]
fn a_pump_convention_expires_with_self_management(
    #[case] own: &str,
    #[case] others: &[&str],
    #[case] end: Option<(&str, ConventionEnd)>,
) {
    let really = pump(own).with_expiry(&self_managements(others));
    assert_eq!(really.end, end.map(|(last_day, why)| End { last_day: day(last_day), why }));
}

/// CON-06: a self-management convention depends on none.
#[test]
fn self_management_ends_by_itself() {
    let one = term("7.86.000.01", "2021-01-01/");
    assert_eq!(one.with_expiry(&[]), one);
}

/// CON-05: a denunciation ends the convention; the earlier end stands, whichever letter came first.
#[test]
fn the_earlier_end_stands() {
    let running = self_managements(&["2015-01-01/"]);
    let denounced = |term: &Term, on| term.denounce(sent(on), &running).unwrap();
    let once = denounced(&pump("2021-01-01/"), "2026-03-15");
    assert_eq!(once.end, Some(End { last_day: day("2026-06-30"), why: ConventionEnd::Denounced }));
    assert_eq!(denounced(&once, "2026-05-02"), once, "the later letter has no effect");
    assert_eq!(denounced(&once, "2026-06-30"), once, "not even on the last day");
    let earlier = denounced(&once, "2026-02-28");
    assert_eq!(earlier.end, Some(End { last_day: day("2026-05-31"), why: ConventionEnd::Denounced }));
    let merged = End { last_day: day("2026-06-30"), why: ConventionEnd::Merged };
    let merging = Term { end: Some(merged), ..pump("2021-01-01/") };
    assert_eq!(denounced(&merging, "2026-03-15"), merging, "the same day: what was there first is the reason");
    // What self-management will end is still denounced by its own name: should self-management go on, the notice counts.
    let ending = self_managements(&["2015-01-01/2026-04-30"]);
    let both = pump("2021-01-01/").denounce(sent("2026-03-15"), &ending).unwrap();
    assert_eq!(both, once);
    assert_eq!(last_day(&both, &ending), Some(day("2026-04-30")));
}

/// CON-05, CON-06: a letter sent while the convention is not in force denounces nothing, nor one about self-management.
#[rstest]
#[case("7.86.501.72", "2020-12-31", &["CON-05 sentOn outOfRange min=2021-01-01 max=2026-06-30"])]
#[case("7.86.501.72", "2026-07-01", &["CON-05 sentOn outOfRange min=2021-01-01 max=2026-06-30"])]
#[case("7.86.000.09", "2020-12-31", &["CON-05 kind notInList allowed=pump", "CON-05 sentOn outOfRange min=2021-01-01 max=9999-12-31"])]
#[case("7.86.000.09", "2026-07-01", &["CON-05 kind notInList allowed=pump"])]
fn only_a_pump_convention_in_force_is_denounced(#[case] number: &str, #[case] on: &str, #[case] faults: &[&str]) {
    let ending = self_managements(&["2015-01-01/2026-06-30"]);
    let refused = term(number, "2021-01-01/").denounce(sent(on), &ending).unwrap_err();
    assert_eq!(refused.iter().map(said).collect::<Vec<_>>(), faults);
}

/// CON-01, CON-05, CON-06: a hospital has one convention of a kind at a time, a pump convention only beside self-management.
#[rstest]
#[case(pump("2021-01-01/"), &["7.86.000.01 2015-01-01/"], &[])]
#[case(pump("2021-01-01/"), &["7.86.000.01 2021-01-01/2021-01-01"], &[])]
#[case(pump("2021-01-01/"), &["7.86.000.01 2021-01-02/"], &["CON-01 from selfManagementNotInForce day=2021-01-01"])]
#[case(pump("2021-01-01/"), &[], &["CON-01 from selfManagementNotInForce day=2021-01-01"])]
#[case(pump("2020-12-31/"), &["7.86.000.01 2015-01-01/"], &["CON-05 from outOfRange min=2021-01-01 max=9999-12-31"])]
#[case(term("7.86.000.02", "2015-01-01/"), &[], &[])]
#[case(term("7.86.000.02", "2015-01-01/2014-12-31"), &["7.86.000.01 2014-01-01/"], &["CON-05 lastDay outOfRange min=2015-01-01 max=9999-12-31"])]
#[case(term("7.86.000.02", "2015-01-01/"), &["7.86.000.01 2014-01-01/2015-01-01"], &["CON-01 from conventionInForce"])]
#[case(term("7.86.000.02", "2015-01-01/"), &["7.86.000.01 2016-01-01/"], &["CON-01 from conventionInForce"])]
#[case(term("7.86.000.02", "2015-01-01/2015-12-31"), &["7.86.000.01 2014-01-01/2014-12-31", "7.86.000.03 2016-01-01/"], &[])]
#[case(pump("2026-07-02/"), &["7.86.000.01 2015-01-01/2026-06-30", "7.86.502.71 2021-01-01/", "7.86.000.02 2026-07-02/"], &[])]
#[case(pump("2026-06-30/"), &["7.86.000.01 2015-01-01/2026-06-30", "7.86.502.71 2021-01-01/"], &["CON-01 from conventionInForce"])]
#[case(pump("2026-07-01/"), &["7.86.000.01 2015-01-01/", "7.86.501.72 2021-01-01/2026-06-30"], &["CON-01 number repeated"])]
#[case(pump("2020-01-01/2019-01-01"), &["7.86.501.72 2021-01-01/"], &[
    "CON-05 from outOfRange min=2021-01-01 max=9999-12-31",
    "CON-05 lastDay outOfRange min=2020-01-01 max=9999-12-31",
    "CON-01 number repeated",
    "CON-01 from selfManagementNotInForce day=2020-01-01",
])]
fn a_hospital_has_one_convention_at_a_time(#[case] new: Term, #[case] others: &[&str], #[case] faults: &[&str]) {
    let others: Vec<Term> =
        others.iter().map(|text| text.split_once(' ').unwrap()).map(|(number, days)| term(number, days)).collect();
    assert_eq!(new.faults(&others).iter().map(said).collect::<Vec<_>>(), faults);
    // Those of another hospital stand in nobody's way, nor do they help; only their numbers are taken.
    let elsewhere: Vec<Term> =
        others.into_iter().map(|other| Term { hospital: hospital("72012365"), ..other }).collect();
    let alone = new.faults(&elsewhere);
    assert!(alone.iter().all(|fault| fault.reason != Reason::ConventionInForce));
    let lonely = alone.iter().any(|fault| fault.reason == Reason::SelfManagementNotInForce);
    assert_eq!(lonely, new.kind() == ConventionKind::Pump);
}

/// CON-05, CON-06: the convention of a year and its days in it, cut by its start, its own end and that of self-management.
#[rstest]
#[case("2021-05-10/", "2015-01-01/", 2020, None)]
#[case("2021-05-10/", "2015-01-01/", 2021, Some("2021-05-10/2021-12-31"))]
#[case("2021-05-10/2023-02-28", "2015-01-01/", 2022, Some("2022-01-01/2022-12-31"))]
#[case("2021-05-10/2023-02-28", "2015-01-01/", 2023, Some("2023-01-01/2023-02-28"))]
#[case("2021-05-10/2023-02-28", "2015-01-01/", 2024, None)]
#[case("2021-05-10/", "2015-01-01/2023-06-30", 2023, Some("2023-01-01/2023-06-30"))]
fn a_year_has_a_part_of_the_convention(
    #[case] own: &str,
    #[case] other: &str,
    #[case] year: i32,
    #[case] part: Option<&str>,
) {
    let terms: Vec<Term> = [pump(own)].into_iter().chain(self_managements(&[other])).collect();
    let found = pump_in_year(&terms, year).map(|(_, first, last)| Span { from: first, to: Some(last) });
    assert_eq!(found, part.map(span));
}
