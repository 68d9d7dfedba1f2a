//! Granted periods whose convention ends (CON-03 to CON-06).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{holder::Convention, number::PumpConventionNumber, term::Term};
use crate::clock::eve;

/// A granted period, as the end of its convention bears on it (COV-07).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrantedPeriod {
    /// Its identifier.
    pub id: Uuid,
    /// The number under which it was granted.
    pub number: PumpConventionNumber,
    /// Its first day.
    pub from: NaiveDate,
    /// Its last day, but for the end of its convention.
    pub to: NaiveDate,
    /// Its last day because its convention ends, as was known so far.
    pub cut_to: Option<NaiveDate>,
}

/// What an end of a convention changes of a period (CON-03 to CON-06).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cut {
    /// The period.
    pub period: Uuid,
    /// Its first day.
    pub from: NaiveDate,
    /// The last day left; none when the convention ends before the period begins.
    pub last_day: Option<NaiveDate>,
    /// The days that it loses; negative when it gets days back, because an end was entered in error.
    pub days: i64,
}

/// CON-03 to CON-06: the actual last day of a pump convention, at the hospital that holds it last.
fn last_day_of(number: PumpConventionNumber, conventions: &[Convention]) -> Option<NaiveDate> {
    let all: Vec<Term> = conventions.iter().flat_map(Convention::terms).collect();
    let own = conventions.iter().find(|one| one.number.pump() == Some(number))?;
    Some(own.terms().last()?.with_expiry(&all).end?.last_day)
}

/// CON-03 to CON-06: the pump conventions whose last day a change of conventions moves, that of another one included.
#[must_use]
pub fn with_another_end(before: &[Convention], after: &[Convention]) -> Vec<PumpConventionNumber> {
    let numbers = before.iter().filter_map(|one| one.number.pump());
    numbers.filter(|number| last_day_of(*number, before) != last_day_of(*number, after)).collect()
}

/// CON-03 to CON-06, COV-07: the periods that change because their convention ends no later than its last day: cut short,
/// lost as a whole, or given days back. Those that stay as they are, are left out.
#[must_use]
pub fn cuts(conventions: &[Convention], granted: &[GrantedPeriod]) -> Vec<Cut> {
    let cut = |one: &GrantedPeriod| {
        let last_day = last_day_of(one.number, conventions).map_or(one.to, |end| end.min(one.to)).max(eve(one.from));
        let present = one.cut_to.unwrap_or(one.to);
        (last_day != present).then(|| Cut {
            period: one.id,
            from: one.from,
            last_day: Some(last_day).filter(|day| one.from <= *day),
            days: (present - last_day).num_days(),
        })
    };
    granted.iter().filter_map(cut).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::{super::holder::tests::convention_of, *};
    use crate::span::tests::{day, days, span};

    /// The identifier of that number.
    pub(crate) fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    const NUMBER: &str = "7.86.501.72";

    /// A hospital's conventions of both kinds, with these days.
    fn conventions(pump: &str, self_management: &str) -> Vec<Convention> {
        [(NUMBER, pump), ("7.86.000.01", self_management)].map(|(n, days)| convention_of("71000436", n, days)).to_vec()
    }

    fn granted(days: &str, cut_to: Option<&str>) -> GrantedPeriod {
        let (days, number) = (span(days), NUMBER.parse().unwrap());
        GrantedPeriod { id: id(1), number, from: days.from, to: days.to.unwrap(), cut_to: cut_to.map(day) }
    }

    /// CON-03 to CON-06, COV-07: a period ends on its convention's last day at the latest; one that would begin later
    /// is lost; one whose convention lasts longer after all gets its days back, to its own end at most.
    #[rstest]
    #[case("2026-01-01/2026-06-29", None, None)]
    #[case("2026-01-01/2026-06-30", None, None)]
    #[case("2026-01-01/2026-07-01", None, Some((Some("2026-06-30"), 1)))]
    #[case("2026-06-30/2026-12-31", None, Some((Some("2026-06-30"), 184)))]
    #[case("2026-07-01/2026-12-31", None, Some((None, 184)))]
    #[case("2026-01-01/2026-12-31", Some("2026-06-30"), None)]
    #[case("2026-01-01/2026-12-31", Some("2026-03-31"), Some((Some("2026-06-30"), -91)))]
    #[case("2026-01-01/2026-05-31", Some("2026-03-31"), Some((Some("2026-05-31"), -61)))]
    #[case("2026-07-01/2026-12-31", Some("2026-06-30"), None)]
    fn periods_end_with_their_convention(
        #[case] period: &str,
        #[case] cut_to: Option<&str>,
        #[case] expected: Option<(Option<&str>, i64)>,
        #[values(("2021-01-01/2026-06-30", "2016-07-01/"), ("2021-01-01/", "2016-07-01/2026-06-30"))] of: (&str, &str),
    ) {
        let found = cuts(&conventions(of.0, of.1), &[granted(period, cut_to)]);
        let found: Vec<_> = found.iter().map(|cut| (cut.last_day, cut.days)).collect();
        assert_eq!(found, expected.map(|(last, days)| (last.map(day), days)).into_iter().collect::<Vec<_>>());
    }

    /// CON-05, CON-06: what moves the end of self-management moves that of the pump convention.
    #[test]
    fn an_end_moves_with_self_management() {
        let [open, pump, managed] = [
            ("2021-01-01/", "2016-07-01/"),
            ("2021-01-01/2026-06-30", "2016-07-01/"),
            ("2021-01-01/", "2016-07-01/2027-06-30"),
        ]
        .map(|(pump, managed)| conventions(pump, managed));
        let moved = |before: &[Convention], after: &[Convention]| with_another_end(before, after).len();
        assert_eq!([moved(&open, &pump), moved(&open, &managed), moved(&open, &open)], [1, 1, 0]);
        let both = conventions("2021-01-01/2026-06-30", "2016-07-01/2027-06-30");
        assert_eq!(moved(&pump, &both), 0);
    }

    proptest! {
        /// CON-03 to CON-06: whenever a convention ends, no day of a period is left after it, and every day before it is.
        #[test]
        fn no_day_outlasts_a_convention(end in days(), from in 0..800u64, length in 0..365u64) {
            let from = end - chrono::Days::new(400) + chrono::Days::new(from);
            let period = GrantedPeriod { from, to: from + chrono::Days::new(length), ..granted("2026-01-01/2026-12-31", None) };
            let own = conventions(&format!("2015-01-01/{end}"), "2015-01-01/");
            let lost = period.from.iter_days().take_while(|day| *day <= period.to).filter(|day| *day > end).count();
            let found = cuts(&own, &[period]);
            prop_assert_eq!(found.iter().map(|cut| cut.days).sum::<i64>(), i64::try_from(lost).unwrap());
            prop_assert!(found.iter().all(|cut| cut.last_day.is_none_or(|last| last == end)));
        }
    }
}
