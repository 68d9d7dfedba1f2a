//! Days from one to another, both included, and months counted from a day (CON-03 to CON-06, rules.md §13).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use crate::clock::{eve, last_day_of_months, months_after, months_before};
use crate::{
    refusal::{Fault, Reason},
    rule::RuleId,
};

/// What stands for "without end" where a latest day has to be named.
const NO_LATEST: &str = "9999-12-31";

/// From a day to a day, both included, or without end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Span {
    /// The first day.
    pub from: NaiveDate,
    /// The last day, if there is one.
    pub to: Option<NaiveDate>,
}

impl Span {
    /// Whether it ends before it begins, and so has no day (CON-02, CON-08).
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.to.is_some_and(|to| to < self.from)
    }

    /// Whether the day is one of it (CON-02, CON-08).
    #[must_use]
    pub fn holds(self, on: NaiveDate) -> bool {
        self.from <= on && self.to.is_none_or(|to| on <= to)
    }

    /// Whether the two have a day in common (CON-01, CON-02, CON-08).
    #[must_use]
    pub fn meets(self, other: Span) -> bool {
        !self.is_empty()
            && !other.is_empty()
            && self.to.is_none_or(|to| other.from <= to)
            && other.to.is_none_or(|to| self.from <= to)
    }

    /// Whether all days of it are days of the other one (CON-02).
    #[must_use]
    pub fn is_within(self, outer: Span) -> bool {
        outer.holds(self.from) && outer.to.is_none_or(|last| self.to.is_some_and(|to| to <= last))
    }

    /// The first day of it that none of the others has; they may overlap and follow each other in any order (CON-02, CON-06).
    #[must_use]
    pub fn first_day_without(self, covers: &[Span]) -> Option<NaiveDate> {
        let mut day = self.from;
        while self.holds(day) {
            let reaching = covers.iter().filter(|cover| cover.holds(day));
            match reaching.map(|cover| cover.to.unwrap_or(NaiveDate::MAX)).max() {
                Some(last) => day = last.succ_opt()?,
                None => return Some(day),
            }
        }
        None
    }

    /// CON-01, CON-02, CON-08: the fault of a last day before the first one.
    #[must_use]
    pub fn end_fault(self, field: impl Into<String>, rule: RuleId) -> Option<Fault> {
        let from_on = Span { to: None, ..self };
        self.is_empty().then(|| from_on.outside(field, rule))
    }

    /// CON-02 to CON-05: the fault of a day that is none of it.
    #[must_use]
    pub fn outside(self, field: impl Into<String>, rule: RuleId) -> Fault {
        let max = self.to.map_or_else(|| NO_LATEST.to_owned(), |to| to.to_string());
        Fault::new(field, Reason::OutOfRange, rule).with("min", self.from).with("max", max)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use chrono::Datelike;
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    /// A day, as the tests of the convention write it.
    pub(crate) fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// `2026-01-01/2026-12-31`, or `2026-01-01/` without end.
    pub(crate) fn span(text: &str) -> Span {
        let (from, to) = text.split_once('/').unwrap();
        Span { from: day(from), to: (!to.is_empty()).then(|| day(to)) }
    }

    /// Days of some years around those of the convention, ends of February among them.
    pub(crate) fn days() -> impl Strategy<Value = NaiveDate> {
        (0..6000u64).prop_map(|n| day("2019-01-01") + chrono::Days::new(n))
    }

    /// What a fault says, in one line: field, code, then the values.
    pub(crate) fn said(fault: &Fault) -> String {
        let values: Vec<_> = fault.params.iter().map(|(name, value)| format!(" {name}={value}")).collect();
        format!("{} {} {}{}", fault.rule, fault.field, fault.reason.code(), values.concat())
    }

    /// CON-02, CON-06: the first day without cover, whatever the order, across neighbours and not across a gap.
    #[rstest]
    #[case("2026-01-01/2026-12-31", &["2025-01-01/"], None)]
    #[case("2026-01-01/2026-12-31", &["2026-07-01/2026-12-31", "2026-01-01/2026-06-30"], None)]
    #[case("2026-01-01/2026-12-31", &["2026-07-02/2026-12-31", "2026-01-01/2026-06-30"], Some("2026-07-01"))]
    #[case("2026-01-01/", &["2026-01-01/2026-12-31"], Some("2027-01-01"))]
    #[case("2026-01-01/", &["2026-01-02/"], Some("2026-01-01"))]
    #[case("2026-01-01/", &[], Some("2026-01-01"))]
    #[case("2026-01-01/", &["2026-01-01/2025-12-31"], Some("2026-01-01"))]
    #[case("2026-01-01/2026-03-31", &["2025-01-01/2026-02-01", "2026-01-15/2026-03-31"], None)]
    fn days_without_cover_are_found(#[case] of: &str, #[case] covers: &[&str], #[case] first: Option<&str>) {
        let covers: Vec<Span> = covers.iter().map(|text| span(text)).collect();
        assert_eq!(span(of).first_day_without(&covers), first.map(day));
    }

    /// CON-03, rules.md §13: months end on the eve of the same day number; from a day that the month lacks, on its last day.
    #[rstest]
    #[case("2024-03-01", 24, "2026-02-28")]
    #[case("2024-02-29", 24, "2026-02-28")]
    #[case("2024-02-29", 48, "2028-02-28")]
    #[case("2024-02-28", 24, "2026-02-27")]
    #[case("2026-01-01", 24, "2027-12-31")]
    #[case("2022-03-01", 24, "2024-02-29")]
    #[case("2026-08-31", 1, "2026-09-30")]
    fn months_end_before_the_same_day(#[case] from: &str, #[case] months: u32, #[case] last: &str) {
        assert_eq!(last_day_of_months(day(from), months), day(last));
    }

    proptest! {
        /// CON-01, CON-02: meeting is to have a day in common, being within to have none outside.
        #[test]
        fn spans_are_their_days(from in 0..20u64, length in -2..20i64, other_from in 0..20u64, other_length in -2..20i64) {
            let start = day("2024-02-20");
            let of = |from: u64, length: i64| {
                let from = start + chrono::Days::new(from);
                Span { from, to: Some(from + chrono::TimeDelta::days(length)) }
            };
            let (one, other) = (of(from, length), of(other_from, other_length));
            let all = || start.iter_days().take(50);
            prop_assert_eq!(one.meets(other), all().any(|day| one.holds(day) && other.holds(day)));
            prop_assert_eq!(one.is_empty(), !all().any(|day| one.holds(day)));
            prop_assert_eq!(one.end_fault("to", RuleId::Con02).is_some(), one.is_empty());
            if !one.is_empty() {
                prop_assert_eq!(one.is_within(other), all().all(|day| !one.holds(day) || other.holds(day)));
            }
            let first = all().find(|day| one.holds(*day) && !other.holds(*day));
            prop_assert_eq!(one.first_day_without(&[other]), first);
        }

        /// rules.md §13: consecutive twelves of months leave no day out and none twice, but for the end of February.
        #[test]
        fn years_follow_each_other(from in days()) {
            let next = last_day_of_months(from, 12).succ_opt().unwrap();
            let leap = (from.month(), from.day()) == (2, 29);
            prop_assert_eq!(next, if leap { NaiveDate::from_ymd_opt(from.year() + 1, 3, 1).unwrap() } else { months_after(from, 12) });
        }
    }
}
