//! Granted periods whose convention ends (CON-03, CON-04) or that date from the earlier convention (CON-07).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::span::Span;

/// A period granted by an adviser (COV-04).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrantedPeriod {
    /// Its identifier.
    pub id: Uuid,
    /// Its first day.
    pub from: NaiveDate,
    /// Its last day.
    pub to: NaiveDate,
}

impl GrantedPeriod {
    /// CON-07: the days of a period granted under the earlier convention that are invoiced at this convention's price:
    /// from the day this one took effect to the period's own end, which is not shortened. `None` if the period had
    /// ended before.
    #[must_use]
    pub fn at_present_price(&self, in_force_from: NaiveDate) -> Option<Span> {
        Span::between(self.from, self.to).clip(Span::since(in_force_from))
    }
}

/// What becomes of granted periods when their convention ends. Periods that end in time are not listed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cuts {
    /// Periods cut short on the convention's last day.
    pub shortened: Vec<Uuid>,
    /// Periods that would begin after it and are lost entirely.
    pub dropped: Vec<Uuid>,
}

impl Cuts {
    /// CON-03, CON-04: the periods that would outlast their convention's last day.
    #[must_use]
    pub fn at(last_day: NaiveDate, granted: &[GrantedPeriod]) -> Cuts {
        let too_long = granted.iter().filter(|period| last_day < period.to);
        let (dropped, shortened) = too_long.partition::<Vec<&GrantedPeriod>, _>(|period| last_day < period.from);
        let ids = |periods: Vec<&GrantedPeriod>| periods.into_iter().map(|period| period.id).collect();
        Cuts { shortened: ids(shortened), dropped: ids(dropped) }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use rstest::rstest;

    use super::{super::term::FIRST_DAY, *};
    use crate::span::tests::span;

    /// Periods numbered from 1.
    pub(crate) fn granted(periods: &[&str]) -> Vec<GrantedPeriod> {
        let of = |(n, period): (u128, &&str)| GrantedPeriod {
            id: id(n),
            from: span(period).from,
            to: span(period).to.unwrap(),
        };
        (1..).zip(periods).map(of).collect()
    }

    /// The identifier of the period of that number.
    pub(crate) fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    /// CON-07: a period granted before this convention runs to its end, at this convention's price from its first day
    /// on.
    #[rstest]
    #[case("2020-06-15/2021-06-14", Some("2021-01-01/2021-06-14"))]
    #[case("2020-01-01/2021-01-01", Some("2021-01-01/2021-01-01"))]
    #[case("2020-01-01/2020-12-31", None)]
    #[case("2021-03-01/2022-02-28", Some("2021-03-01/2022-02-28"))]
    fn an_earlier_period_runs_on_at_the_present_price(#[case] period: &str, #[case] days: Option<&str>) {
        let [period] = granted(&[period]).try_into().unwrap();
        assert_eq!(period.at_present_price(FIRST_DAY), days.map(span));
    }

    /// CON-03, CON-04: a period ends on the convention's last day at the latest; one that would begin later is dropped.
    #[test]
    fn periods_end_with_their_convention() {
        let periods = granted(&[
            "2026-01-01/2026-06-29",
            "2026-01-01/2026-06-30",
            "2026-01-01/2026-07-01",
            "2026-06-30/2026-12-31",
            "2026-07-01/2026-12-31",
        ]);
        let cuts = Cuts::at(span("2026-01-01/2026-06-30").to.unwrap(), &periods);
        assert_eq!(cuts, Cuts { shortened: vec![id(3), id(4)], dropped: vec![id(5)] });
    }
}
