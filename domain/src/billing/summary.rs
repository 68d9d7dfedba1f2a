//! The yearly summary of what was billed for a beneficiary (BIL-06).

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use super::credit::{InvoicedLine, LineState};
pub use crate::names::SummaryWay;
use crate::{amount::Balance, span::Span};

/// What was billed for the days of a month, credits included (BIL-06).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Billed {
    /// The number of days.
    pub days: i64,
    /// What was asked for them.
    pub amount: Balance,
}

/// What was billed for a beneficiary's days of a year (BIL-06).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The calendar year.
    pub year: i32,
    /// Each month with days, by its number.
    pub months: BTreeMap<u32, Billed>,
}

impl Summary {
    /// BIL-06, B-25: the summary of these lines, credits among them; refused lines were never billed.
    #[must_use]
    pub fn of(year: i32, lines: &[InvoicedLine]) -> Summary {
        let mut months: BTreeMap<u32, Billed> = BTreeMap::new();
        for InvoicedLine { line, credits, .. } in lines.iter().filter(|one| one.state != LineState::Refused) {
            for day in line.each_day().filter(|day| day.year() == year) {
                let month = months.entry(day.month()).or_default();
                let price = Balance::from(line.price.clone());
                if credits.is_some() {
                    month.days -= 1;
                    month.amount = month.amount.clone() - price;
                } else {
                    month.days += 1;
                    month.amount = month.amount.clone() + price;
                }
            }
        }
        months.retain(|_, billed| *billed != Billed::default());
        Summary { year, months }
    }

    /// All its days.
    #[must_use]
    pub fn days(&self) -> i64 {
        self.months.values().map(|month| month.days).sum()
    }

    /// All that was asked for them.
    #[must_use]
    pub fn amount(&self) -> Balance {
        self.months.values().map(|month| month.amount.clone()).sum()
    }
}

/// BIL-06: how a summary is given on a day, by the days on which the beneficiary consents.
#[must_use]
pub fn way(consents: &[Span], on: NaiveDate) -> SummaryWay {
    if consents.iter().any(|days| days.holds(on)) { SummaryWay::Electronic } else { SummaryWay::Paper }
}

/// A summary that was given (BIL-06).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Its number among those of the beneficiary and the year, from 1.
    pub number: i32,
    /// What it said.
    pub summary: Summary,
}

/// A summary to be given (BIL-06).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// What it says.
    pub summary: Summary,
    /// The number of the one that it visibly replaces.
    pub replaces: Option<i32>,
}

/// BIL-06, B-25: the summary of a year that is over and still to be given: the first one when days were billed, and
/// another one when what was billed has changed since the last.
#[must_use]
pub fn due(summary: Summary, last: Option<&Given>, today: NaiveDate) -> Option<Due> {
    let said = last.is_some_and(|last| last.summary == summary);
    let nothing = last.is_none() && summary.months.is_empty();
    (summary.year < today.year() && !said && !nothing).then(|| Due { replaces: last.map(|last| last.number), summary })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use uuid::Uuid;

    use super::{
        super::{credit::tests::invoiced, line::tests::blocks},
        *,
    };
    use crate::span::tests::{day, span};

    /// P1's 2026: from 1 April on, with the gap of B-03 in May.
    fn p1() -> Vec<InvoicedLine> {
        invoiced(&blocks(&["2026-04-01/2026-05-09", "2026-05-13/2026-12-31"]))
    }

    /// BIL-06, B-25: days and amounts of each month, and of the year.
    #[test]
    fn b_25_a_year_is_summed_up() {
        let found = Summary::of(2026, &p1());
        assert_eq!((found.days(), found.amount().to_string().as_str()), (272, "2807.57"));
        let months: Vec<_> = found.months.values().map(|month| format!("{} {}", month.days, month.amount)).collect();
        let expected = [
            "30 309.00",
            "28 288.40",
            "30 309.45",
            "31 320.23",
            "31 320.23",
            "30 309.90",
            "31 320.23",
            "30 309.90",
            "31 320.23",
        ];
        assert_eq!(months, expected);
        assert_eq!(Summary::of(2025, &p1()).months.len(), 0);
    }

    /// The credit of P1's April, invoiced.
    fn credit_of_april() -> InvoicedLine {
        InvoicedLine { id: Uuid::from_u128(99), credits: Some(Uuid::from_u128(1)), ..p1().remove(0) }
    }

    /// BIL-06, B-25: credits are taken off, refused lines are not billed.
    #[test]
    fn b_25_credits_are_included() {
        let mut lines = p1();
        lines[0].state = LineState::Credited;
        lines.push(credit_of_april());
        lines[1].state = LineState::Refused;
        let found = Summary::of(2026, &lines);
        assert_eq!((found.days(), found.amount().to_string().as_str()), (272 - 30 - 9, "2405.87"));
        assert_eq!(found.months.keys().next(), Some(&5));
    }

    /// BIL-06, B-25: electronic with the consent of that day, else on paper.
    #[rstest]
    #[case("2026-05-31", SummaryWay::Paper)]
    #[case("2026-06-01", SummaryWay::Electronic)]
    #[case("2027-01-04", SummaryWay::Electronic)]
    #[case("2027-01-05", SummaryWay::Paper)]
    fn b_25_consent_decides_the_way(#[case] on: &str, #[case] expected: SummaryWay) {
        assert_eq!(way(&[span("2026-06-01/2027-01-04")], day(on)), expected);
        assert_eq!(way(&[], day(on)), SummaryWay::Paper);
    }

    /// BIL-06, B-25: a year is summed up once it is over; after a credit a second summary replaces the first.
    #[test]
    fn b_25_a_second_summary_replaces_the_first() {
        let summary = Summary::of(2026, &p1());
        assert_eq!(due(summary.clone(), None, day("2026-12-31")), None);
        let first = due(summary.clone(), None, day("2027-01-01")).unwrap();
        assert_eq!(first.replaces, None);
        let given = Given { number: 1, summary: first.summary };
        assert_eq!(due(summary, Some(&given), day("2027-02-01")), None);
        let credited = Summary::of(2026, &[p1(), vec![credit_of_april()]].concat());
        assert_eq!(due(credited, Some(&given), day("2027-03-01")).unwrap().replaces, Some(1));
        assert_eq!(due(Summary::of(2025, &p1()), None, day("2027-01-01")), None);
    }
}
