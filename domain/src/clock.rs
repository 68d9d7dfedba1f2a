//! Brussels days and months. Nothing in this crate reads a clock: callers pass the time in (CNT-07).

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Europe::Brussels;

/// The source of the current time. The real implementation is in `api`; tests bring their own.
pub trait Clock: Send + Sync {
    /// The current instant.
    fn now(&self) -> DateTime<Utc>;
}

/// The calendar day in Europe/Brussels at an instant, daylight saving included (CNT-07).
pub fn brussels_day(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&Brussels).date_naive()
}

/// The instant at which a Brussels day begins (CNT-07). Summer time starts and ends later in the night, so every day
/// has exactly one midnight.
pub fn brussels_midnight(day: NaiveDate) -> DateTime<Utc> {
    let midnight = day.and_time(NaiveTime::MIN);
    Brussels.from_local_datetime(&midnight).earliest().map_or_else(|| midnight.and_utc(), |at| at.with_timezone(&Utc))
}

/// rules.md §13: the day this many months later, with the same day number or, if the month is too short, its last day.
#[must_use]
pub fn months_after(day: NaiveDate, months: u32) -> NaiveDate {
    day.checked_add_months(Months::new(months)).unwrap_or(NaiveDate::MAX)
}

/// rules.md §13: the day this many months earlier, with the same day number or, if the month is too short, its last
/// day.
#[must_use]
pub fn months_before(day: NaiveDate, months: u32) -> NaiveDate {
    day.checked_sub_months(Months::new(months)).unwrap_or(NaiveDate::MIN)
}

/// rules.md §13: the last day of a period of this many months that begins on `first`: the eve of the same day number,
/// or the last day of a month without that day. A year from 29 February ends on 28 February, as one from 1 March does.
#[must_use]
pub fn last_day_of_months(first: NaiveDate, months: u32) -> NaiveDate {
    let after = months_after(first, months);
    if after.day() == first.day() { eve(after) } else { after }
}

/// The day before.
#[must_use]
pub fn eve(day: NaiveDate) -> NaiveDate {
    day.pred_opt().unwrap_or(NaiveDate::MIN)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::span::tests::{day, days};

    /// CON-03, rules.md §13: a period of months ends on the eve of the same day number, or on the last day of a month
    /// without that day.
    #[rstest]
    #[case("2024-03-01", 24, "2026-02-28")]
    #[case("2024-02-29", 24, "2026-02-28")]
    #[case("2024-02-29", 48, "2028-02-28")]
    #[case("2024-02-28", 24, "2026-02-27")]
    #[case("2026-01-01", 24, "2027-12-31")]
    #[case("2022-03-01", 24, "2024-02-29")]
    #[case("2026-08-31", 1, "2026-09-30")]
    fn months_end_before_the_same_day(#[case] from: &str, #[case] months: u32, #[case] last: &str) {
        assert_eq!(last_day_of_months(day(from), months), day(last));
    }

    proptest! {
        /// rules.md §13: consecutive years neither skip nor repeat a day, except at the end of February.
        #[test]
        fn years_follow_each_other(from in days()) {
            let next = last_day_of_months(from, 12).succ_opt().unwrap();
            let leap = (from.month(), from.day()) == (2, 29);
            prop_assert_eq!(next, if leap { NaiveDate::from_ymd_opt(from.year() + 1, 3, 1).unwrap() } else { months_after(from, 12) });
        }
    }

    /// CNT-07: the last day of the year ends at 23:00 UTC, a summer day at 22:00 UTC.
    #[test]
    fn a_day_is_a_brussels_day() {
        for (instant, day) in [
            ("2026-12-31T22:59:59Z", "2026-12-31"),
            ("2026-12-31T23:00:00Z", "2027-01-01"),
            ("2026-07-01T21:59:59Z", "2026-07-01"),
            ("2026-07-01T22:00:00Z", "2026-07-02"),
            ("2026-03-29T01:30:00Z", "2026-03-29"),
            ("2026-10-25T22:59:59Z", "2026-10-25"),
            ("2026-10-25T23:00:00Z", "2026-10-26"),
        ] {
            let at: DateTime<Utc> = instant.parse().unwrap();
            assert_eq!(brussels_day(at).to_string(), day, "{instant}");
        }
    }

    /// CNT-07: days last 23, 24 or 25 hours.
    #[test]
    fn a_day_is_as_long_as_it_is() {
        for (day, hours) in [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-15", 24), ("2026-12-31", 24)] {
            let day: NaiveDate = day.parse().unwrap();
            let length = brussels_midnight(day.succ_opt().unwrap()) - brussels_midnight(day);
            assert_eq!(length.num_minutes(), hours * 60, "{day}");
            assert_eq!(brussels_day(brussels_midnight(day)), day);
        }
    }
}
