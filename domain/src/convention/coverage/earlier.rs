//! Periods that were granted under the convention before 2021 (CON-07).

use chrono::NaiveDate;

use super::readings::LONGEST_MONTHS;
use crate::{
    clock::{eve, last_day_of_months, months_before},
    convention::term::FIRST_DAY,
    refusal::Fault,
    rule::RuleId,
    span::Span,
};

/// CON-07: the days of a period granted under the earlier convention that are invoiced at this convention's price: from
/// the day this one took effect to the period's own end, which is not shortened. `None` if the period had ended before.
#[must_use]
pub fn at_present_price(period: Span, in_force_from: NaiveDate) -> Option<Span> {
    period.clip(Span::since(in_force_from))
}

/// CON-07: the faults of a period that was granted under the earlier convention and runs on under this one: it began
/// before this one took effect, ends after that, and lasts twelve months at most.
#[must_use]
pub fn earlier_faults(period: Span) -> Vec<Fault> {
    let begins = Span { from: months_before(FIRST_DAY, LONGEST_MONTHS), to: Some(eve(FIRST_DAY)) };
    let ends = Span::between(FIRST_DAY, last_day_of_months(period.from, LONGEST_MONTHS));
    let first = (!begins.holds(period.from)).then(|| begins.outside("from", RuleId::Con07));
    let last = period.to.filter(|to| first.is_none() && !ends.holds(*to)).map(|_| ends.outside("to", RuleId::Con07));
    first.into_iter().chain(last).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::span::tests::span;

    /// CON-07: a period granted before this convention runs to its end, at this convention's price from its first day
    /// on.
    #[rstest]
    #[case("2020-06-15/2021-06-14", Some("2021-01-01/2021-06-14"))]
    #[case("2020-01-01/2021-01-01", Some("2021-01-01/2021-01-01"))]
    #[case("2020-01-01/2020-12-31", None)]
    #[case("2021-03-01/2022-02-28", Some("2021-03-01/2022-02-28"))]
    fn an_earlier_period_runs_on_at_the_present_price(#[case] period: &str, #[case] days: Option<&str>) {
        assert_eq!(at_present_price(span(period), FIRST_DAY), days.map(span));
    }

    /// CON-07, C-19: only a period that runs into this convention is entered.
    #[rstest]
    #[case("2020-09-01/2021-08-31", &[])]
    #[case("2020-01-01/2021-01-01", &["to"])]
    #[case("2020-01-02/2021-01-01", &[])]
    #[case("2020-12-31/2021-12-30", &[])]
    #[case("2020-12-31/2021-12-31", &["to"])]
    #[case("2020-06-01/2020-12-31", &["to"])]
    #[case("2021-01-01/2021-12-31", &["from"])]
    #[case("2019-12-31/2021-01-01", &["from"])]
    fn an_earlier_period_runs_into_this_convention(#[case] period: &str, #[case] fields: &[&str]) {
        let faults = earlier_faults(span(period));
        assert_eq!(faults.iter().map(|fault| fault.field.as_str()).collect::<Vec<_>>(), fields);
    }
}
