//! The warning to the establishment that a beneficiary leaves (COV-08).

use chrono::NaiveDate;

use super::{period::KnownPeriod, readings::WARNED_MONTHS};
use crate::clock::months_after;

/// COV-08: whether an application introduced on a day elsewhere warns the establishment of this period: while it runs,
/// and until two months after its last day. A period that has not begun gives no warning (rules.md §13).
#[must_use]
pub fn warns(period: &KnownPeriod, introduced_on: NaiveDate) -> bool {
    let Some(days) = period.period.effective() else { return false };
    let until = days.to.map_or(NaiveDate::MAX, |last| months_after(last, WARNED_MONTHS));
    !period.own && days.from <= introduced_on && introduced_on <= until
}

#[cfg(test)]
mod tests {
    use chrono::Days;
    use proptest::prelude::*;
    use rstest::rstest;
    use uuid::Uuid;

    use super::{
        super::period::{PeriodEnd, tests::period},
        *,
    };
    use crate::span::tests::{day, days};

    fn elsewhere(days: &str) -> KnownPeriod {
        KnownPeriod { id: Uuid::nil(), own: false, period: period(days) }
    }

    /// COV-08, C-12, C-13: a warning while a period runs and until two months after, both days included.
    #[rstest]
    #[case("2026-04-01/2027-03-31", "2026-03-31", false)]
    #[case("2026-04-01/2027-03-31", "2026-04-01", true)]
    #[case("2026-04-01/2027-03-31", "2026-09-10", true)]
    #[case("2026-01-01/2026-12-31", "2027-02-28", true)]
    #[case("2026-01-01/2026-12-31", "2027-03-01", false)]
    #[case("2027-01-01/2027-12-31", "2028-02-29", true)]
    #[case("2027-01-01/2027-12-31", "2028-03-01", false)]
    #[case("2026-05-01/2027-04-30", "2027-06-30", true)]
    #[case("2026-05-01/2027-04-30", "2027-07-01", false)]
    fn the_first_establishment_is_warned(#[case] of: &str, #[case] on: &str, #[case] warned: bool) {
        assert_eq!(warns(&elsewhere(of), day(on)), warned);
        // C-17 e: nobody is warned of an application of their own.
        assert!(!warns(&KnownPeriod { own: true, ..elsewhere(of) }, day(on)));
    }

    /// COV-08: the two months count from the day on which the period really ended; one without a day left gives none.
    #[test]
    fn the_months_count_from_the_early_end() {
        let of = elsewhere("2026-04-01/2027-03-31");
        let ended =
            |last| KnownPeriod { period: of.period.ended(day(last), PeriodEnd::EstablishmentStops).unwrap(), ..of };
        assert!(warns(&ended("2026-06-15"), day("2026-08-15")));
        assert!(!warns(&ended("2026-06-15"), day("2026-08-16")));
        assert!(!warns(&ended("2026-03-31"), day("2026-04-15")));
    }

    proptest! {
        /// COV-08: over 2019 to 2035 the warning lasts between 59 and 62 days after the last one.
        #[test]
        fn two_months_are_two_months(last in days()) {
            let of = KnownPeriod {
                id: Uuid::nil(),
                own: false,
                period: super::super::period::Period::granted(last - Days::new(300), last),
            };
            let warned = last.iter_days().skip(1).take_while(|day| warns(&of, *day)).count();
            prop_assert!((59..=62).contains(&warned), "{warned}");
        }
    }
}
