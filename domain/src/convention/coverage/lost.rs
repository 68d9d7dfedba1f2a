//! The days that a late application loses, and what they cost (COV-05, COV-13, BIL-04).

use crate::{amount::Amount, clock::eve, convention::tariff::Tariff, exact::Exact, names::Introducer, span::Span};

/// Days lost because the application came late (COV-05).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// The days.
    pub days: Span,
    /// Their price, in EUR: the most that can be charged for them, and to the beneficiary only if `borne_by` says so
    /// (BIL-04).
    pub amount: Amount,
    /// Who bears the loss (COV-13): the establishment when it took on to introduce the application, else the
    /// beneficiary; unknown while who introduces it is.
    pub borne_by: Option<Introducer>,
}

/// BIL-03: the price of all days of a span; days before the first price cost nothing. An open-ended span costs nothing.
#[must_use]
pub fn price_of(days: Span, tariffs: &[Tariff]) -> Amount {
    let mut rows: Vec<&Tariff> = tariffs.iter().collect();
    rows.sort_by_key(|row| row.from);
    let parts = rows.iter().enumerate().filter_map(|(index, row)| {
        let to = rows.get(index + 1).map(|next| eve(next.from));
        let part = days.clip(Span { from: row.from, to })?;
        Some(row.price().exact() * &Exact::from(part.days()?))
    });
    Amount::rounded(parts.sum())
}

#[cfg(test)]
pub(super) mod tests {
    use rstest::rstest;

    use super::*;
    use crate::span::tests::{day, span};

    /// The tariff of the scenarios.
    pub(crate) fn tariffs() -> Vec<Tariff> {
        let rows = [("2026-06-16", "1.55"), ("2021-01-01", "1.22"), ("2025-03-01", "1.49"), ("2026-03-01", "1.52")];
        let row = |(from, indexable): (&str, &str)| Tariff {
            from: day(from),
            indexable: indexable.parse().unwrap(),
            fixed: "8.78".parse().unwrap(),
            source: "test data".to_owned(),
        };
        rows.map(row).to_vec()
    }

    /// BIL-03: each day bears the price in force on it, on both sides of a change; none before the first.
    #[rstest]
    #[case("2026-03-01/2026-03-01", "10.30")]
    #[case("2027-04-01/2027-04-10", "103.30")]
    #[case("2026-02-28/2026-03-01", "20.57")]
    #[case("2026-06-14/2026-06-17", "41.26")]
    #[case("2020-12-31/2021-01-01", "10.00")]
    #[case("2020-01-01/2020-12-31", "0.00")]
    #[case("2026-03-02/2026-03-01", "0.00")]
    fn days_cost_the_price_of_their_day(#[case] days: &str, #[case] amount: &str) {
        assert_eq!(price_of(span(days), &tariffs()).to_string(), amount);
    }

    /// CON-07, C-19: the days of an earlier period from 2021 on bear this convention's price.
    #[test]
    fn an_earlier_period_is_priced_from_2021_on() {
        use super::super::earlier::at_present_price;
        use crate::convention::term::FIRST_DAY;
        let days = at_present_price(span("2020-09-01/2021-08-31"), FIRST_DAY).unwrap();
        assert_eq!(days.days(), Some(243));
        assert_eq!(price_of(days, &tariffs()).to_string(), "2430.00");
    }
}
