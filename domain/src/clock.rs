//! Time is handed in: nothing in this crate reads a clock (CNT-07).

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Europe::Brussels;

/// Where the instants come from. One real implementation lives in `api`, tests bring their own.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> DateTime<Utc>;
}

/// The calendar day in Europe/Brussels at an instant, daylight saving included (CNT-07).
pub fn brussels_day(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&Brussels).date_naive()
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
