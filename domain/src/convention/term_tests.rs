//! Tests of [`super`].

use chrono::{Days, NaiveDate};
use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::span::tests::{day, days, span};

/// A convention of hospital 71000436 of either kind.
pub(crate) fn term(number: &str, days: &str) -> Term {
    let kinds = ConventionKind::ALL.iter();
    let number = kinds.filter_map(|kind| ConventionNumber::parse(*kind, number).ok()).next().unwrap();
    let end = span(days).to.map(|last_day| End { last_day, why: ConventionEnd::Other });
    Term {
        number,
        hospital: hospital("71000436"),
        from: span(days).from,
        taken_over: None,
        end,
        new_establishment: false,
    }
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

/// CON-05: three months from the first day of the next month, also across the turn of the year and the end of February.
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
    /// CON-05: a notice ends on a month's last day, at least three and less than four months after sending.
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

    /// CON-06: a pump convention is in force until the first day without self-management, and not after.
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
        // Another pump convention does not count as self-management.
        others.push(Term { from: start, end: None, ..pump.clone() });
        let actual = pump.with_expiry(&others);
        let carried = |on| others.iter().any(|other| other.kind() == ConventionKind::SelfManagement && other.in_force(on));
        let mut expired = false;
        for on in from.iter_days().take(8000) {
            expired |= !carried(on);
            prop_assert_eq!(actual.in_force(on), pump.in_force(on) && !expired, "{}", on);
        }
    }
}

/// CON-06: a pump convention ends with self-management, resumed later or not; an earlier end of its own applies.
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
    let actual = pump(own).with_expiry(&self_managements(others));
    assert_eq!(actual.end, end.map(|(last_day, why)| End { last_day: day(last_day), why }));
}

/// CON-06: a self-management convention depends on no other.
#[test]
fn self_management_ends_by_itself() {
    let one = term("7.86.000.01", "2021-01-01/");
    assert_eq!(one.with_expiry(&[]), one);
}

/// CON-05, CON-06: a year's convention, limited by its start, its own end and that of self-management.
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

/// CON-03, STF-05: of two conventions in parallel after a merger, the one that is not new counts, then the older one; a
/// convention taken over counts from the handover.
#[test]
fn a_merged_establishment_goes_by_its_older_convention() {
    let others = self_managements(&["2015-01-01/"]);
    let in_2026 = |pumps: &[Term]| {
        let terms: Vec<Term> = pumps.iter().chain(&others).cloned().collect();
        pump_in_year(&terms, 2026).map(|(term, first, _)| (term.number, first))
    };
    let own = pump("2023-01-01/");
    let taken = Term { taken_over: Some(day("2026-07-01")), ..term("7.86.502.71", "2021-01-01/2028-06-30") };
    assert_eq!(in_2026(&[own.clone(), taken.clone()]), Some((own.number, day("2026-01-01"))));
    let new = Term { new_establishment: true, ..own };
    assert_eq!(in_2026(&[new, taken.clone()]), Some((taken.number, day("2026-07-01"))));
    assert_eq!(in_2026(std::slice::from_ref(&taken)), Some((taken.number, day("2026-07-01"))));
}
