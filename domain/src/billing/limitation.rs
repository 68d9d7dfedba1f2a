//! Until when a day can be invoiced (BIL-08).

use chrono::{Datelike, NaiveDate};

use crate::{
    clock::{last_day_of_months, months_after},
    span::Span,
};

/// BIL-08: the months within which a day is invoiced.
const LIMITATION_MONTHS: u32 = 24;

/// A registered letter to the insurer by which the limitation of some days is interrupted (BIL-08).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interruption {
    /// The days that it claims.
    pub days: Span,
    /// When it was sent.
    pub sent_on: NaiveDate,
}

/// BIL-08: the last day on which a day can be invoiced: two years after the end of its month. A registered letter sent
/// before that begins two years anew, as often as it is repeated; the day of sending is not counted.
#[must_use]
pub fn last_day_to_invoice(day: NaiveDate, interruptions: &[Interruption]) -> NaiveDate {
    let next_month = months_after(day.with_day(1).unwrap_or(day), 1);
    let mut letters: Vec<NaiveDate> =
        interruptions.iter().filter(|one| one.days.holds(day)).map(|one| one.sent_on).collect();
    letters.sort_unstable();
    letters.into_iter().fold(last_day_of_months(next_month, LIMITATION_MONTHS), |last, sent_on| {
        if sent_on <= last { last.max(months_after(sent_on, LIMITATION_MONTHS)) } else { last }
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::span::tests::{day, span};

    /// BIL-08, B-10: two years run from the first day of the following month, 29 February included.
    #[rstest]
    #[case("2024-05-10", "2026-05-31")]
    #[case("2024-05-31", "2026-05-31")]
    #[case("2024-06-01", "2026-06-30")]
    #[case("2024-02-10", "2026-02-28")]
    #[case("2024-02-29", "2026-02-28")]
    #[case("2026-02-10", "2028-02-29")]
    #[case("2026-12-31", "2028-12-31")]
    fn b_10_a_day_is_invoiced_within_two_years(#[case] of: &str, #[case] last: &str) {
        assert_eq!(last_day_to_invoice(day(of), &[]), day(last));
    }

    /// BIL-08: a letter in time begins two years anew for the days that it claims; one that comes too late does not.
    #[rstest]
    #[case(&[("2024-05-01/2024-05-31", "2026-05-31")], "2028-05-31")]
    #[case(&[("2024-05-01/2024-05-31", "2026-06-01")], "2026-05-31")]
    #[case(&[("2024-05-11/2024-05-31", "2026-05-20")], "2026-05-31")]
    #[case(&[("2024-05-10/2024-05-10", "2028-02-29"), ("2024-05-01/", "2026-03-15")], "2030-02-28")]
    #[case(&[("2024-05-10/2024-05-10", "2028-03-16"), ("2024-05-01/", "2026-03-15")], "2028-03-15")]
    #[case(&[("2024-05-01/", "2024-05-12")], "2026-05-31")]
    fn a_registered_letter_interrupts(#[case] letters: &[(&str, &str)], #[case] last: &str) {
        let letters: Vec<_> =
            letters.iter().map(|(days, sent)| Interruption { days: span(days), sent_on: day(sent) }).collect();
        assert_eq!(last_day_to_invoice(day("2024-05-10"), &letters), day(last));
    }
}
