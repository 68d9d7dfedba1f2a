//! The price of a day of programme (BIL-02, BIL-03, CON-07).

use std::ops::RangeInclusive;

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{amount::Amount, exact::Exact, refusal::Fault, rule::RuleId, span::Span};

/// The price of a day, in force from a day until the next row begins (BIL-02, BIL-03).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TariffEntry, example = json!({"from": "2026-06-16", "indexable": "1.55", "fixed": "8.78",
    "source": "INAMI, circular of 1 June 2026"}))]
pub struct Tariff {
    /// The first day on which it is in force.
    pub from: NaiveDate,
    /// The part that follows the pivot index.
    pub indexable: Amount,
    /// The part that does not.
    pub fixed: Amount,
    /// Where it is published.
    #[schema(max_length = 200)]
    pub source: String,
}

impl Tariff {
    /// BIL-02: what a day costs.
    #[must_use]
    pub fn price(&self) -> Amount {
        self.indexable.plus(&self.fixed)
    }
}

/// BIL-03: the row in force on a day, if there is one: none before the convention of 2021.
#[must_use]
pub fn on(tariffs: &[Tariff], day: NaiveDate) -> Option<&Tariff> {
    tariffs.iter().filter(|one| one.from <= day).max_by_key(|one| one.from)
}

/// BIL-03: the fault of a row that would change the price of days that have a price: it begins after the last row that
/// has begun. Rows to come bear no day yet: a new row replaces those that begin on its first day or later.
#[must_use]
pub fn later_only(tariffs: &[Tariff], from: NaiveDate, today: NaiveDate) -> Option<Fault> {
    let begun = on(tariffs, today).filter(|begun| from <= begun.from)?;
    let earliest = begun.from.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX);
    Some(Span::since(earliest).outside("from", RuleId::Bil03))
}

/// BIL-03: how many pivots can be asked for; the hundredth lies far ahead.
pub const PIVOTS: RangeInclusive<i32> = 1..=100;

/// What the price would be after a number of pivots (BIL-03).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TariffProposal, example = json!({"passedPivots": 12, "coefficient": "1.2682", "indexable": "1.55",
    "fixed": "8.78", "price": "10.33"}))]
pub struct Proposal {
    /// The pivots passed since the one to which the first row is linked: 107.20, base 2013, March 2020.
    #[schema(minimum = 1, maximum = 100)]
    pub passed_pivots: i32,
    /// 1.02 to that power, rounded once to four decimals.
    #[schema(value_type = String)]
    pub coefficient: String,
    /// The indexable part of the first row times the coefficient, rounded half up to the cent.
    pub indexable: Amount,
    /// The part that is not indexed.
    pub fixed: Amount,
    /// What a day would cost.
    pub price: Amount,
}

/// BIL-03: the price after so many pivots, from the amounts of the first row. It is only proposed: the row of record is
/// the published one.
#[must_use]
pub fn proposed(first: &Tariff, passed_pivots: i32) -> Proposal {
    let step = Exact::ratio(102, 100);
    let coefficient = (0..passed_pivots).fold(Exact::from(1), |product, _| &product * &step).rounded(4);
    let indexable = Amount::rounded(first.indexable.exact() * &coefficient);
    let price = indexable.plus(&first.fixed);
    Proposal { passed_pivots, coefficient: coefficient.shown(4), indexable, fixed: first.fixed.clone(), price }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{refusal::tests::described, span::tests::day};

    fn row(from: &str, indexable: &str) -> Tariff {
        Tariff {
            from: day(from),
            indexable: indexable.parse().unwrap(),
            fixed: "8.78".parse().unwrap(),
            source: "x".to_owned(),
        }
    }

    fn rows() -> [Tariff; 4] {
        [row("2026-03-01", "1.52"), row("2021-01-01", "1.22"), row("2026-06-16", "1.55"), row("2025-03-01", "1.49")]
    }

    /// BIL-02, BIL-03, CON-07: a day costs what the last row that has begun says; none does before 2021.
    #[rstest]
    #[case("2020-12-31", None)]
    #[case("2021-01-01", Some("10.00"))]
    #[case("2025-02-28", Some("10.00"))]
    #[case("2025-03-01", Some("10.27"))]
    #[case("2026-06-15", Some("10.30"))]
    #[case("2026-06-16", Some("10.33"))]
    #[case("2040-01-01", Some("10.33"))]
    fn a_day_bears_the_price_in_force(#[case] on_day: &str, #[case] price: Option<&str>) {
        assert_eq!(on(&rows(), day(on_day)).map(|row| row.price().to_string()).as_deref(), price);
    }

    /// BIL-03: the coefficient is rounded once, then the base amount times it, half up to the cent.
    #[rstest]
    #[case(0, "1.0000", "1.22", "10.00")]
    #[case(1, "1.0200", "1.24", "10.02")]
    #[case(2, "1.0404", "1.27", "10.05")]
    #[case(3, "1.0612", "1.29", "10.07")]
    #[case(10, "1.2190", "1.49", "10.27")]
    #[case(11, "1.2434", "1.52", "10.30")]
    #[case(12, "1.2682", "1.55", "10.33")]
    fn each_pivot_multiplies_the_base(
        #[case] pivots: i32,
        #[case] coefficient: &str,
        #[case] indexable: &str,
        #[case] price: &str,
    ) {
        let proposal = proposed(&row("2021-01-01", "1.22"), pivots);
        let said = [proposal.coefficient, proposal.indexable.to_string(), proposal.price.to_string()];
        assert_eq!(said, [coefficient, indexable, price]);
    }

    /// BIL-03: a row begins after the last one that has begun; one that is still to come can be replaced.
    #[rstest]
    #[case("2026-06-15", "2026-03-02", None)]
    #[case("2026-06-15", "2026-03-01", Some("BIL-03 from outOfRange min=2026-03-02 max=9999-12-31"))]
    #[case("2026-06-15", "2020-01-01", Some("BIL-03 from outOfRange min=2026-03-02 max=9999-12-31"))]
    #[case("2026-06-15", "2026-06-16", None)]
    #[case("2026-06-16", "2026-06-16", Some("BIL-03 from outOfRange min=2026-06-17 max=9999-12-31"))]
    fn a_row_begins_after_those_that_have_begun(
        #[case] today: &str,
        #[case] from: &str,
        #[case] expected: Option<&str>,
    ) {
        let fault = later_only(&rows(), day(from), day(today)).map(|fault| described(&fault));
        assert_eq!(fault.as_deref(), expected);
    }
}
