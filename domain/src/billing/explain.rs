//! Why a day costs what it costs, from the article to the answer (BIL-01, BIL-03, BIL-12).

use chrono::NaiveDate;

use super::{
    credit::InvoicedLine,
    day_state::DayState,
    pump_day::{Facts, period_of, standing_faults},
    refusal_code::RefusalCode,
    terms::{Agreement, Basis},
};
use crate::{
    amount::Amount,
    convention::tariff::{self, Tariff},
    exact::Exact,
    identifier::InsurerNumber,
    refusal::Fault,
    rule::RuleId,
    span::Span,
};

/// How the price of a day came about (BIL-02, BIL-03).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price<'a> {
    /// The row of the tariff, with its source.
    pub row: &'a Tariff,
    /// The price.
    pub price: Amount,
    /// The index behind the indexable part, when a number of passed pivots gives it.
    pub index: Option<Index>,
}

/// What a number of passed pivots makes of the indexable part (BIL-03).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// The indexable part of the first row.
    pub base: Amount,
    /// The coefficient, to four decimals.
    pub coefficient: String,
    /// Their product, before it is rounded to the cent.
    pub product: Exact,
}

/// BIL-03, B-02: how the price of a day came about; `None` before the first one.
#[must_use]
pub fn price(day: NaiveDate, tariffs: &[Tariff]) -> Option<Price<'_>> {
    let row = tariff::on(tariffs, day)?;
    let first = tariffs.iter().min_by_key(|one| one.from)?;
    let proposals = (0..=*tariff::PIVOTS.end()).map(|pivots| tariff::proposed(first, pivots));
    let index = proposals.take_while(|one| one.indexable <= row.indexable).find(|one| one.indexable == row.indexable);
    let index = index.and_then(|one| {
        let product = first.indexable.exact() * &one.coefficient.parse().ok()?;
        Some(Index { base: first.indexable.clone(), coefficient: one.coefficient, product })
    });
    Some(Price { row, price: row.price(), index })
}

/// What is kept of a day that was recorded.
#[derive(Debug, Clone, Copy)]
pub struct Kept<'a> {
    /// What became of it.
    pub state: DayState,
    /// The line that bears it, with its file, if one does.
    pub line: Option<&'a InvoicedLine>,
    /// The codes with which that line was refused.
    pub codes: &'a [RefusalCode],
}

/// One day, explained (BIL-01, BIL-03, BIL-12). What is missing is not so, or not yet.
#[derive(Debug, Clone)]
pub struct Explained<'a> {
    /// The rule by which a day is paid for, with its article.
    pub rule: RuleId,
    /// The agreement, and the days left of the period that it granted.
    pub agreement: Option<(Agreement, Span)>,
    /// Why the day is not due; empty when it is.
    pub faults: Vec<Fault>,
    /// How its price came about.
    pub price: Option<Price<'a>>,
    /// The insurer that pays, and where its invoices go.
    pub insurer: Option<(InsurerNumber, InsurerNumber)>,
    /// What became of it: state, line, file, answer.
    pub kept: Option<Kept<'a>>,
}

/// BIL-01, BIL-03, BIL-12, B-02: explains one day of one beneficiary. The same is said to beneficiary, clerk and
/// inspector.
#[must_use]
pub fn explain<'a>(day: NaiveDate, facts: &Facts, basis: &'a Basis, kept: Option<Kept<'a>>) -> Explained<'a> {
    let period = period_of(day, facts);
    let agreement = period.and_then(|period| {
        let agreement = basis.agreements.iter().find(|one| one.period == period.id)?;
        Some((*agreement, period.period.effective()?))
    });
    let billed = period.and_then(|period| basis.billed(day, period.id).ok());
    Explained {
        rule: RuleId::Bil01,
        agreement,
        faults: standing_faults(day, facts),
        price: price(day, &basis.tariffs),
        insurer: billed.map(|billed| (billed.terms.insurer, billed.terms.destination)),
        kept,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::{
        super::{
            credit::tests::invoiced,
            line::tests::blocks,
            pump_day::tests::{p1, row, tariffs},
            terms::tests::basis,
        },
        *,
    };
    use crate::span::tests::{day, span};

    /// BIL-03, B-02: the price is the fixed part and the base times the coefficient, rounded to the cent.
    #[rstest]
    #[case("2026-06-20", "10.33", Some("1.22 × 1.2682 = 1.547204"))]
    #[case("2026-03-01", "10.30", Some("1.22 × 1.2434 = 1.516948"))]
    #[case("2021-01-01", "10.00", Some("1.22 × 1.0000 = 1.22"))]
    fn b_02_a_price_is_explained(#[case] on: &str, #[case] expected: &str, #[case] index: Option<&str>) {
        let tariffs = tariffs();
        let found = price(day(on), &tariffs).unwrap();
        assert_eq!((found.price.to_string().as_str(), found.row.source.as_str()), (expected, "test data"));
        let told = found.index.map(|one| format!("{} × {} = {}", one.base, one.coefficient, one.product));
        assert_eq!(told.as_deref(), index);
    }

    /// BIL-03: a published price that no number of pivots gives stands by its source alone; no day before 2021 has one.
    #[test]
    fn b_02_a_published_price_needs_no_formula() {
        let tariffs = [tariffs(), vec![row("2027-01-01", "1.56")]].concat();
        let found = price(day("2027-01-01"), &tariffs).unwrap();
        assert_eq!((found.price.to_string().as_str(), found.index), ("10.34", None));
        assert_eq!(price(day("2020-12-31"), &tariffs), None);
    }

    /// BIL-01, BIL-12, B-02: one day from the article to the answer; what is not so is not said.
    #[test]
    fn a_day_is_explained_from_article_to_answer() {
        let (facts, basis) = (p1("2026-07-01"), basis(&["319 /"], &["2026-04-20"]));
        let lines = invoiced(&blocks(&["2026-06-16/2026-06-30"]));
        let kept = Kept { state: DayState::Claimed, line: lines.first(), codes: &[] };
        let found = explain(day("2026-06-20"), &facts, &basis, Some(kept));
        assert_eq!(found.rule.source(), "C 10 §1, 11");
        let (agreement, days) = found.agreement.unwrap();
        assert_eq!((agreement.agreed_on, days), (day("2026-04-20"), span("2026-04-01/2027-03-31")));
        assert_eq!((found.faults.len(), found.price.unwrap().price.to_string()), (0, "10.33".to_owned()));
        assert_eq!(found.insurer, Some(("319".parse().unwrap(), "300".parse().unwrap())));
        assert_eq!(found.kept.and_then(|kept| kept.line).map(|line| line.reference.sending), Some(12));

        let before = explain(day("2026-03-31"), &facts, &basis, None);
        assert!(before.agreement.is_none() && before.insurer.is_none() && before.kept.is_none());
        assert_eq!(before.faults[0].rule, RuleId::Bil01);
    }
}
