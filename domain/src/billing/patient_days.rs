//! How many days of programme a year had (STF-03).

use chrono::{Datelike, NaiveDate};

use super::day_state::DayState;

/// STF-03: the patient-days of a year: its pump days, of all beneficiaries of an establishment, that are due, billed or
/// not. `YearNumber` of staffing divides them by the days of the year.
#[must_use]
pub fn patient_days(year: i32, days: impl IntoIterator<Item = (NaiveDate, DayState)>) -> i64 {
    let counted = days.into_iter().filter(|(day, state)| day.year() == year && state.is_due()).count();
    i64::try_from(counted).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        convention::staffing::patients::YearNumber,
        exact::Exact,
        span::tests::{day, span},
    };

    fn days(range: &str, state: DayState) -> Vec<(NaiveDate, DayState)> {
        let range = span(range);
        range.from.iter_days().take_while(|day| range.holds(*day)).map(|day| (day, state)).collect()
    }

    /// STF-03, B-26: P1's 272 days make 272 ÷ 365 patients; days that are free, and other years' days, do not count. A
    /// stated number takes precedence and both are known.
    #[test]
    fn b_26_days_make_the_number_of_patients() {
        let all = [
            days("2026-04-01/2026-05-09", DayState::Accepted),
            days("2026-05-10/2026-05-12", DayState::Withdrawn),
            days("2026-05-13/2026-12-30", DayState::Claimed),
            days("2026-12-30/2026-12-30", DayState::Credited),
            days("2026-12-31/2027-01-31", DayState::Recorded),
        ];
        let number = patient_days(2026, all.concat());
        assert_eq!(number, 272);
        let year = YearNumber { stated: Some(Exact::from(80)), patient_days: Some(number) };
        assert_eq!(year.from_days(2026).unwrap().value, Exact::ratio(272, 365));
        assert_eq!(year.number(2026).unwrap().value, Exact::from(80));
        assert_eq!(Exact::ratio(272, 365).shown(4), "0.7452");
        assert_eq!(patient_days(2025, [(day("2026-01-01"), DayState::Accepted)]), 0);
    }
}
