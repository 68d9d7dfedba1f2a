//! Working days in Belgium (PMP-04).

use chrono::{Datelike, Days, NaiveDate, Weekday};

/// The legal holidays with a fixed date: month and day.
const FIXED: [(u32, u32); 7] = [(1, 1), (5, 1), (7, 21), (8, 15), (11, 1), (11, 11), (12, 25)];
/// The days after Easter Sunday of Easter Monday, Ascension and Whit Monday.
const AFTER_EASTER: [u64; 3] = [1, 39, 50];

/// PMP-04: whether a day is a legal holiday in Belgium.
#[must_use]
pub fn is_holiday(day: NaiveDate) -> bool {
    let date = (day.month(), day.day());
    let moving = easter(day.year()).is_some_and(|easter| AFTER_EASTER.iter().any(|n| easter + Days::new(*n) == day));
    FIXED.contains(&date) || moving
}

/// PMP-04: whether a day is a working day: Monday to Friday, without legal holidays.
#[must_use]
pub fn is_working_day(day: NaiveDate) -> bool {
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) && !is_holiday(day)
}

/// Easter Sunday of a year, by the Gregorian computus (Meeus).
fn easter(year: i32) -> Option<NaiveDate> {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
    let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    let n = h + l - 7 * ((a + 11 * h + 22 * l) / 451) + 114;
    NaiveDate::from_ymd_opt(year, u32::try_from(n / 31).ok()?, u32::try_from(n % 31).ok()? + 1)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::span::tests::day;

    /// PMP-04: the ten legal holidays, those that follow Easter included.
    #[rstest]
    #[case(2020, "2020-04-13", "2020-05-21", "2020-06-01")]
    #[case(2024, "2024-04-01", "2024-05-09", "2024-05-20")]
    #[case(2026, "2026-04-06", "2026-05-14", "2026-05-25")]
    #[case(2027, "2027-03-29", "2027-05-06", "2027-05-17")]
    #[case(2038, "2038-04-26", "2038-06-03", "2038-06-14")]
    #[case(2040, "2040-04-02", "2040-05-10", "2040-05-21")]
    fn a_year_has_ten_holidays(#[case] year: i32, #[case] monday: &str, #[case] ascension: &str, #[case] whit: &str) {
        let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
        let holidays: Vec<_> =
            first.iter_days().take_while(|day| day.year() == year).filter(|d| is_holiday(*d)).collect();
        let fixed = ["01-01", "05-01", "07-21", "08-15", "11-01", "11-11", "12-25"];
        let mut expected: Vec<_> = fixed.iter().map(|date| day(&format!("{year}-{date}"))).collect();
        expected.extend([monday, ascension, whit].map(day));
        expected.sort_unstable();
        assert_eq!(holidays, expected);
    }

    /// PMP-04: Monday to Friday are working days, holidays are not.
    #[rstest]
    #[case("2026-05-08", true)]
    #[case("2026-05-09", false)]
    #[case("2026-05-10", false)]
    #[case("2026-05-11", true)]
    #[case("2026-05-14", false)]
    #[case("2026-12-25", false)]
    fn working_days_are_those_of_the_week(#[case] on: &str, #[case] working: bool) {
        assert_eq!(is_working_day(day(on)), working);
    }

    /// PMP-04: over 2020 to 2040 Easter is a Sunday between 22 March and 25 April.
    #[test]
    fn easter_is_a_sunday_in_spring() {
        for year in 2020..=2040 {
            let easter = easter(year).unwrap();
            assert_eq!(easter.weekday(), Weekday::Sun);
            assert!((3, 22) <= (easter.month(), easter.day()) && (easter.month(), easter.day()) <= (4, 25));
        }
    }
}
