//! When the yearly report is due, and when it is reminded of (REG-06).

use chrono::NaiveDate;

use super::covered::Covered;

/// REG-06, C 13 §1: the day of the following year by which the report is sent: 31 March. It stays the same when the
/// convention ends in the year.
#[must_use]
pub fn due_on(year: i32) -> NaiveDate {
    in_march(year, 31)
}

/// The days of the following March on which one is reminded of a report that is not sent.
const REMINDERS: [u32; 2] = [1, 24];

/// REG-06: the days on which one is reminded of the report of a year while it is not sent.
#[must_use]
pub fn reminders(year: i32) -> [NaiveDate; 2] {
    REMINDERS.map(|day| in_march(year, day))
}

/// REG-06: the reminders of the report of a year that have come by a day; none once it is sent.
#[must_use]
pub fn reminders_by(year: i32, first_sent: Option<NaiveDate>, on: NaiveDate) -> Vec<NaiveDate> {
    let waits = |reminder: &NaiveDate| first_sent.is_none_or(|sent| *reminder < sent);
    reminders(year).into_iter().filter(|reminder| *reminder <= on && waits(reminder)).collect()
}

/// REG-06: the first day on which the report can be sent: the day after the last one that it covers, so that nothing
/// can still happen in it. `None` when there is nothing to report on.
#[must_use]
pub fn first_day_to_send(covered: &[Covered]) -> Option<NaiveDate> {
    covered.iter().filter_map(|one| one.days.to).max()?.succ_opt()
}

fn in_march(year: i32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year.saturating_add(1), 3, day).unwrap_or(NaiveDate::MAX)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::{super::covered::covered, super::covered::tests::*, *};
    use crate::{convention::term::tests::hospital, span::tests::day};

    /// REG-06, R-07: reminders on 1 and 24 March, while the report is not sent.
    #[rstest]
    #[case("2027-02-28", None, &[])]
    #[case("2027-03-01", None, &["2027-03-01"])]
    #[case("2027-03-23", None, &["2027-03-01"])]
    #[case("2027-03-24", None, &["2027-03-01", "2027-03-24"])]
    #[case("2027-04-10", None, &["2027-03-01", "2027-03-24"])]
    #[case("2027-03-31", Some("2027-03-24"), &["2027-03-01"])]
    #[case("2027-03-31", Some("2027-01-05"), &[])]
    fn r_07_a_report_is_reminded_of(#[case] on: &str, #[case] sent: Option<&str>, #[case] expected: &[&str]) {
        assert_eq!(due_on(2026), day("2027-03-31"));
        let expected: Vec<NaiveDate> = expected.iter().map(|text| day(text)).collect();
        assert_eq!(reminders_by(2026, sent.map(day), day(on)), expected);
    }

    /// REG-06, R-20: a report is complete on the day after the last one that it covers.
    #[rstest]
    #[case("2021-01-01/", Some("2027-01-01"))]
    #[case("2021-01-01/2026-08-31", Some("2026-09-01"))]
    #[case("2021-01-01/2025-12-31", None)]
    fn r_20_a_report_is_sent_once_its_days_are_over(#[case] pump: &str, #[case] expected: Option<&str>) {
        let covered = covered(hospital(H1), 2026, &both(pump, None));
        assert_eq!(first_day_to_send(&covered), expected.map(day));
    }
}
