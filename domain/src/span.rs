//! Spans of days.
//!
//! A span is closed: its last day belongs to it. The texts name last days ("until 30 June 2021, that day included", a
//! notice, a period of twelve months), and so do the contract and the tables; with half-open spans each would be one
//! day off where it is written or shown. An open-ended span has no last day, rather than a far one that could be
//! mistaken for a real date.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Stands in for the last day of an open-ended span where one must be named.
pub const LATEST: NaiveDate = match NaiveDate::from_ymd_opt(9999, 12, 31) {
    Some(day) => day,
    None => NaiveDate::MAX,
};

/// A span of days, both ends included, or open-ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Days)]
pub struct Span {
    /// The first day.
    pub from: NaiveDate,
    /// The last day, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub to: Option<NaiveDate>,
}

impl Span {
    /// An open-ended span.
    #[must_use]
    pub const fn since(from: NaiveDate) -> Span {
        Span { from, to: None }
    }

    /// A span with a last day.
    #[must_use]
    pub const fn between(from: NaiveDate, to: NaiveDate) -> Span {
        Span { from, to: Some(to) }
    }

    /// Whether it ends before it begins, and so has no day.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.to.is_some_and(|to| to < self.from)
    }

    /// Whether it contains the day.
    #[must_use]
    pub fn holds(self, on: NaiveDate) -> bool {
        self.from <= on && self.to.is_none_or(|to| on <= to)
    }

    /// The number of its days; `None` if it is open-ended.
    #[must_use]
    pub fn days(self) -> Option<i64> {
        self.to.map(|to| ((to - self.from).num_days() + 1).max(0))
    }

    /// The intersection; `None` if it is empty.
    #[must_use]
    pub fn clip(self, other: Span) -> Option<Span> {
        let to = self.to.into_iter().chain(other.to).min();
        let both = Span { from: self.from.max(other.from), to };
        (!self.is_empty() && !other.is_empty() && !both.is_empty()).then_some(both)
    }

    /// Whether the two have a day in common.
    #[must_use]
    pub fn overlaps(self, other: Span) -> bool {
        self.clip(other).is_some()
    }

    /// Whether `outer` contains all its days.
    #[must_use]
    pub fn is_within(self, outer: Span) -> bool {
        self.is_empty() || self.clip(outer) == Some(self)
    }

    /// Its first day that none of the `covers` contains. They may overlap and come in any order.
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
}

#[cfg(test)]
pub(crate) mod tests {
    use chrono::{Days, TimeDelta};
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    /// Parses a day.
    pub(crate) fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// Parses `2026-01-01/2026-12-31`, or the open-ended `2026-01-01/`.
    pub(crate) fn span(text: &str) -> Span {
        let (from, to) = text.split_once('/').unwrap();
        Span { from: day(from), to: (!to.is_empty()).then(|| day(to)) }
    }

    /// Days in the years around the convention's start, ends of February included.
    pub(crate) fn days() -> impl Strategy<Value = NaiveDate> {
        (0..6000u64).prop_map(|n| day("2019-01-01") + Days::new(n))
    }

    /// CON-05, STF-14: a span includes both ends and may be a single day; an open-ended span has no length.
    #[rstest]
    #[case("2026-01-01/2026-12-31", Some(365))]
    #[case("2028-01-01/2028-12-31", Some(366))]
    #[case("2026-06-15/2026-06-15", Some(1))]
    #[case("2026-06-15/2026-06-14", Some(0))]
    #[case("2026-06-15/2026-01-01", Some(0))]
    #[case("2026-06-15/", None)]
    fn both_ends_are_days_of_a_span(#[case] of: &str, #[case] days: Option<i64>) {
        let of = span(of);
        assert_eq!(of.days(), days);
        assert_eq!(of.holds(of.from), days != Some(0));
        assert_eq!(of.to.is_none_or(|to| of.holds(to)), days != Some(0));
        assert!(!of.holds(of.from.pred_opt().unwrap()));
    }

    /// CON-02, CON-06: the first uncovered day, whatever the order; adjacent covers leave no gap.
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

    /// Short spans around the end of a February, some empty and some open-ended.
    fn spans() -> impl Strategy<Value = Span> {
        (0..20u64, prop::option::weighted(0.8, -3..20i64)).prop_map(|(from, length)| {
            let from = day("2024-02-20") + Days::new(from);
            Span { from, to: length.map(|length| from + TimeDelta::days(length)) }
        })
    }

    /// Days enough to tell any two of these spans apart.
    fn all() -> impl Iterator<Item = NaiveDate> {
        day("2024-02-19").iter_days().take(50)
    }

    fn days_of(span: Option<Span>) -> Vec<NaiveDate> {
        all().filter(|day| span.is_some_and(|span| span.holds(*day))).collect()
    }

    proptest! {
        /// CON-01, CON-02, CON-08: the operations on spans are those on sets of days.
        #[test]
        fn spans_are_their_days(one in spans(), other in spans(), third in spans()) {
            let (days, others) = (days_of(Some(one)), days_of(Some(other)));
            let common: Vec<_> = days.iter().copied().filter(|day| others.contains(day)).collect();
            prop_assert_eq!(one.is_empty(), days.is_empty());
            prop_assert_eq!(one.days().is_none_or(|length| length == i64::try_from(days.len()).unwrap()), true);
            prop_assert_eq!(one.days().is_none(), one.to.is_none());
            prop_assert_eq!(one.overlaps(other), !common.is_empty());
            prop_assert_eq!(one.is_within(other), common == days);
            prop_assert_eq!(days_of(one.clip(other)), common);
            prop_assert!(one.clip(other).is_none_or(|both| !both.is_empty()));
            // Clipping is commutative, idempotent and associative.
            prop_assert_eq!(one.clip(other), other.clip(one));
            prop_assert_eq!(one.clip(other).and_then(|both| both.clip(other)), one.clip(other));
            prop_assert_eq!(
                one.clip(other).and_then(|both| both.clip(third)),
                other.clip(third).and_then(|both| one.clip(both))
            );
            prop_assert_eq!(one.clip(Span::since(one.from)), (!one.is_empty()).then_some(one));
        }

        /// CON-02, CON-06: the first day without cover is the first one that no cover contains.
        #[test]
        fn the_first_day_without_cover_is_the_first(one in spans(), covers in prop::collection::vec(spans(), 0..4)) {
            let first = all().find(|day| one.holds(*day) && !covers.iter().any(|cover| cover.holds(*day)));
            prop_assert_eq!(one.first_day_without(&covers), first);
        }

        /// CON-03: cutting a span at a day leaves neither gap nor overlap, and the lengths add up.
        #[test]
        fn parts_make_the_whole(one in spans(), cut in 0..40u64) {
            let cut = day("2024-02-20") + Days::new(cut);
            let before = one.clip(Span::between(NaiveDate::MIN, cut.pred_opt().unwrap()));
            let after = one.clip(Span::since(cut));
            prop_assert_eq!([days_of(before), days_of(after)].concat(), days_of(Some(one)));
            let length = |part: Option<Span>| part.map_or(Some(0), Span::days);
            prop_assert_eq!(length(before).zip(length(after)).map(|(before, after)| before + after), one.days());
        }
    }
}
