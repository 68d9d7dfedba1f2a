//! How days become lines and blocks of an invoice (BIL-02, BIL-03, BIL-04, BIL-10).

use chrono::{Datelike, NaiveDate};

pub use super::terms::{BilledDay, Terms};
use crate::{amount::Amount, span::Span};

/// A line of an invoice: days that follow each other, under the same terms and at one price (BIL-10). The patient's
/// part and the supplement are always zero (BIL-04).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its terms.
    pub terms: Terms,
    /// Its first day.
    pub from: NaiveDate,
    /// Its last day.
    pub to: NaiveDate,
    /// The price of each of its days.
    pub price: Amount,
}

impl Line {
    /// Its days.
    #[must_use]
    pub const fn days(&self) -> Span {
        Span::between(self.from, self.to)
    }

    /// Each of its days.
    pub fn each_day(&self) -> impl Iterator<Item = NaiveDate> + use<> {
        let days = self.days();
        days.from.iter_days().take_while(move |day| days.holds(*day))
    }

    /// BIL-01: one unit for each day.
    #[must_use]
    pub fn units(&self) -> i64 {
        self.days().days().unwrap_or_default()
    }

    /// BIL-02: its days times the price.
    #[must_use]
    pub fn amount(&self) -> Amount {
        self.price.times(self.units())
    }

    /// BIL-10: whether a day under the same terms goes on with this line. A line ends with its month, so that one that
    /// is refused or credited takes no day of another month with it.
    fn goes_on_with(&self, next: &BilledDay) -> bool {
        self.price == next.price && self.to.succ_opt() == Some(next.day) && self.to.month() == next.day.month()
    }
}

/// An invoice within a file: the lines of one beneficiary under one agreement, to one insurer (BIL-10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The terms of all its lines.
    pub terms: Terms,
    /// Its lines, by their first day.
    pub lines: Vec<Line>,
}

impl Block {
    /// BIL-05: the sum of its lines.
    #[must_use]
    pub fn amount(&self) -> Amount {
        self.lines.iter().map(Line::amount).sum()
    }
}

/// BIL-10: the blocks of these days, ascending by destination, and their lines, ascending by day.
#[must_use]
pub fn cut(mut days: Vec<BilledDay>) -> Vec<Block> {
    days.sort_unstable();
    let mut blocks: Vec<Block> = Vec::new();
    for day in days {
        if blocks.last().is_none_or(|block| block.terms != day.terms) {
            blocks.push(Block { terms: day.terms, lines: Vec::new() });
        }
        let Some(block) = blocks.last_mut() else { continue };
        match block.lines.last_mut() {
            Some(line) if line.goes_on_with(&day) => line.to = day.day,
            _ => block.lines.push(Line { terms: day.terms, from: day.day, to: day.day, price: day.price }),
        }
    }
    blocks
}

#[cfg(test)]
pub(super) mod tests {
    use rstest::rstest;
    use uuid::Uuid;

    use super::{super::terms::tests::basis, *};
    use crate::span::tests::{day, span};

    /// The days of these ranges in period 1, with 319, then with 100 from `change` on.
    pub(crate) fn days(ranges: &[&str], change: &str) -> Vec<BilledDay> {
        let eve = day(change).pred_opt().unwrap();
        let basis = basis(&[&format!("319 /{eve}"), &format!("100 {change}/")], &["2026-04-20"]);
        let each = ranges
            .iter()
            .map(|text| span(text))
            .flat_map(|range| range.from.iter_days().take_while(move |day| range.holds(*day)));
        each.map(|day| basis.billed(day, Uuid::from_u128(1)).unwrap()).collect()
    }

    /// Each line in one line: destination, days, units, amount.
    pub(crate) fn told(blocks: &[Block]) -> Vec<String> {
        let lines = blocks.iter().flat_map(|block| &block.lines);
        let told = lines.map(|line| {
            let Line { terms, from, to, .. } = line;
            format!("{} {from}/{to} {} {}", terms.destination, line.units(), line.amount())
        });
        told.collect()
    }

    /// The blocks of these ranges, all with 319.
    pub(crate) fn blocks(ranges: &[&str]) -> Vec<Block> {
        cut(days(ranges, "2090-01-01"))
    }

    /// BIL-01, BIL-02, BIL-03, BIL-10, PMP-04: a line is the consecutive days of one price.
    #[rstest]
    #[case::b_01_a_plain_month(&["2026-04-01/2026-04-30"], &["300 2026-04-01/2026-04-30 30 309.00"], "309.00")]
    #[case::b_02_a_price_changes(
        &["2026-06-01/2026-06-30"],
        &["300 2026-06-01/2026-06-15 15 154.50", "300 2026-06-16/2026-06-30 15 154.95"],
        "309.45"
    )]
    #[case::b_03_a_gap(
        &["2026-05-01/2026-05-09", "2026-05-13/2026-05-31"],
        &["300 2026-05-01/2026-05-09 9 92.70", "300 2026-05-13/2026-05-31 19 195.70"],
        "288.40"
    )]
    #[case::b_12_the_pump_stopped(
        &["2026-05-01/2026-05-03", "2026-05-07/2026-05-31"],
        &["300 2026-05-01/2026-05-03 3 30.90", "300 2026-05-07/2026-05-31 25 257.50"],
        "288.40"
    )]
    #[case::a_month_ends(
        &["2026-04-30/2026-05-01"],
        &["300 2026-04-30/2026-04-30 1 10.30", "300 2026-05-01/2026-05-01 1 10.30"],
        "20.60"
    )]
    #[case::nothing(&[], &[], "0.00")]
    fn a_line_is_consecutive_days_of_one_price(#[case] ranges: &[&str], #[case] lines: &[&str], #[case] sum: &str) {
        let blocks = blocks(ranges);
        assert_eq!(told(&blocks), lines);
        assert_eq!(blocks.len(), usize::from(!lines.is_empty()));
        assert_eq!(blocks.iter().map(Block::amount).sum::<Amount>().to_string(), sum);
    }

    /// CON-07, C-19: the days of a period granted earlier, at the price of 2021.
    #[test]
    fn c_19_an_earlier_period_has_this_price() {
        let blocks = blocks(&["2021-01-01/2021-08-31"]);
        let units: i64 = blocks[0].lines.iter().map(Line::units).sum();
        assert_eq!((units, blocks[0].amount().to_string().as_str()), (243, "2430.00"));
    }

    /// COV-04, R1, B-04: days of two periods are two blocks, each with its agreement date, even when they are decided
    /// on one day.
    #[rstest]
    #[case("2027-02-20")]
    #[case("2026-03-20")]
    fn b_04_two_periods_are_two_blocks(#[case] prolonged: &str) {
        let basis = basis(&["319 /"], &["2026-03-20", prolonged]);
        let of = |range: &str, period| {
            let range = span(range);
            let days = range.from.iter_days().take_while(move |day| range.holds(*day));
            days.map(|day| basis.billed(day, Uuid::from_u128(period)).unwrap()).collect::<Vec<_>>()
        };
        let blocks = cut([of("2027-03-15/2027-03-31", 2), of("2027-03-01/2027-03-14", 1)].concat());
        assert_eq!(told(&blocks), ["300 2027-03-01/2027-03-14 14 144.62", "300 2027-03-15/2027-03-31 17 175.61"]);
        assert_eq!(
            blocks.iter().map(|block| block.terms.agreed_on).collect::<Vec<_>>(),
            ["2026-03-20", prolonged].map(day)
        );
        assert_eq!(blocks.iter().map(Block::amount).sum::<Amount>().to_string(), "320.23");
    }

    /// BIL-12, R2, B-05, B-22: each insurer has its own blocks, which ascend by destination.
    #[test]
    fn b_05_two_insurers_never_share_a_block() {
        let blocks = cut(days(&["2026-06-01/2026-07-31"], "2026-07-01"));
        let expected = [
            "100 2026-07-01/2026-07-31 31 320.23",
            "300 2026-06-01/2026-06-15 15 154.50",
            "300 2026-06-16/2026-06-30 15 154.95",
        ];
        assert_eq!(told(&blocks), expected);
        assert_eq!(blocks.iter().map(|block| block.amount().to_string()).collect::<Vec<_>>(), ["320.23", "309.45"]);
    }

    /// BIL-10: another entitlement code, convention number or beneficiary is another block.
    #[rstest]
    #[case(|terms: &mut Terms| terms.ct1 = "130".parse().ok())]
    #[case(|terms: &mut Terms| terms.convention = "7.86.502.71".parse().unwrap())]
    #[case(|terms: &mut Terms| terms.beneficiary.0 = Uuid::from_u128(72))]
    fn what_the_header_says_is_one_in_a_block(#[case] change: fn(&mut Terms)) {
        let mut days = days(&["2026-04-01/2026-04-02"], "2090-01-01");
        change(&mut days[1].terms);
        assert_eq!(cut(days).len(), 2);
    }
}
