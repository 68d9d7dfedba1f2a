//! The two national counters: who gets a place, which thresholds are announced (CNT-01 to CNT-09, NOT-01).
//!
//! One decision serves the nightly run, its dry run and its replay: a [`Ledger`] of held places decides about the
//! arrivals one by one, in the order of their validation.

use std::{
    collections::{BTreeSet, HashMap},
    fmt,
    str::FromStr,
};

use serde::{Deserialize, Serialize};

use crate::{
    described::{self, described},
    ids::RegistrationId,
    names::VerdictName,
    nomenclature::Counter,
    registry::registration::Corrections,
    rule::RuleId,
};

/// A counter to count in: A for all years, B for each calendar year (CNT-01, CNT-05). Written `A` and `B-2026`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct CounterId {
    /// Which of the two.
    pub counter: Counter,
    /// The year, for B.
    pub year: Option<i32>,
}

described! {
    CounterId = described::text("A counter: `A`, or `B-` and the year of the implantations (CNT-05).", "^(A|B-[0-9]{4})$");
}

impl CounterId {
    /// Counter A, which has no year.
    pub const A: CounterId = CounterId { counter: Counter::A, year: None };

    /// Counter B of a year.
    pub const fn b(year: i32) -> CounterId {
        CounterId { counter: Counter::B, year: Some(year) }
    }

    /// CNT-01: its number of places.
    pub const fn limit(self) -> u32 {
        self.counter.limit()
    }

    /// CNT-03: the corrections asked of a registration that found no place, with the way out.
    pub fn exceeded(self) -> Corrections {
        Corrections::CounterExceeded {
            counter: self.counter,
            year: self.year,
            limit: self.limit(),
            other_pair: self.counter.other_pair().map(str::to_owned),
        }
    }

    /// NOT-01: the thresholds: 350 to 400 in steps of 10 for A, 40 to 60 in steps of 5 for B.
    pub fn thresholds(self) -> impl Iterator<Item = u32> {
        let (first, step) = match self.counter {
            Counter::A => (350, 10),
            Counter::B => (40, 5),
        };
        (first..=self.limit()).step_by(step)
    }

    /// NOT-01: the thresholds to announce when a nightly run leaves the counter at `figure`; `announced` is the highest
    /// one announced before. One run can pass several; none is announced again when the figure falls and rises.
    pub fn reached(self, figure: u32, announced: Option<u32>) -> Vec<Reached> {
        self.thresholds()
            .filter(|threshold| *threshold <= figure && announced.is_none_or(|announced| announced < *threshold))
            .map(|threshold| Reached { counter: self, threshold, figure })
            .collect()
    }
}

impl From<(Counter, Option<i32>)> for CounterId {
    fn from((counter, year): (Counter, Option<i32>)) -> CounterId {
        CounterId { counter, year }
    }
}

impl fmt::Display for CounterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.counter, self.year) {
            (Counter::A, _) => f.write_str("A"),
            (Counter::B, year) => write!(f, "B-{:04}", year.unwrap_or_default()),
        }
    }
}

impl From<CounterId> for String {
    fn from(id: CounterId) -> String {
        id.to_string()
    }
}

/// The text names no counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a counter is named A, or B- and a four-digit year")]
pub struct NoSuchCounter;

impl FromStr for CounterId {
    type Err = NoSuchCounter;

    fn from_str(text: &str) -> Result<CounterId, NoSuchCounter> {
        if text == "A" {
            return Ok(CounterId::A);
        }
        let year = text.strip_prefix("B-").filter(|year| year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit()));
        year.and_then(|year| year.parse().ok()).map(CounterId::b).ok_or(NoSuchCounter)
    }
}

impl TryFrom<String> for CounterId {
    type Error = NoSuchCounter;

    fn try_from(text: String) -> Result<CounterId, NoSuchCounter> {
        text.parse()
    }
}

/// A threshold that a nightly run reached, and the figure after it (NOT-01, NOT-02).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// The counter.
    pub counter: CounterId,
    /// The threshold.
    pub threshold: u32,
    /// The figure after the run.
    pub figure: u32,
}

impl Reached {
    /// NOT-02: whether the limit is reached, so that the mail says what to do.
    pub const fn is_limit(&self) -> bool {
        self.threshold == self.counter.limit()
    }
}

/// A registration that waits for the nightly run: acknowledged, counted, not decided since its last validation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// The registration.
    pub registration: RegistrationId,
    /// The counter it feeds.
    pub counter: CounterId,
}

/// The decision about an arrival (CNT-03, CNT-04).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It already holds this place and keeps it.
    Keeps(u32),
    /// It takes this place, the lowest free one.
    Takes(u32),
    /// No place is left.
    Exceeded,
}

impl Verdict {
    /// Its name, its place, and the rule behind it.
    #[must_use]
    pub const fn told(self) -> (VerdictName, Option<u32>, RuleId) {
        match self {
            Verdict::Keeps(place) => (VerdictName::Keeps, Some(place), RuleId::Cnt04),
            Verdict::Takes(place) => (VerdictName::Takes, Some(place), RuleId::Cnt03),
            Verdict::Exceeded => (VerdictName::Exceeded, None, RuleId::Cnt03),
        }
    }
}

/// The places held in all counters.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    free: HashMap<CounterId, BTreeSet<u32>>,
    held: HashMap<RegistrationId, (CounterId, u32)>,
}

impl Ledger {
    /// The ledger of these held places.
    pub fn of(held: impl IntoIterator<Item = (CounterId, u32, RegistrationId)>) -> Ledger {
        let mut ledger = Ledger::default();
        for (counter, position, registration) in held {
            ledger.free_places(counter).remove(&position);
            ledger.held.insert(registration, (counter, position));
        }
        ledger
    }

    fn free_places(&mut self, counter: CounterId) -> &mut BTreeSet<u32> {
        self.free.entry(counter).or_insert_with(|| (1..=counter.limit()).collect())
    }

    /// CNT-03, CNT-04, CNT-08: decides about the next arrival. It keeps the place it holds in this counter, or takes
    /// the lowest free one; if none is free, the counter is exceeded. Call it in the order of validation.
    pub fn decide(&mut self, arrival: Arrival) -> Verdict {
        if let Some((counter, position)) = self.held.get(&arrival.registration)
            && *counter == arrival.counter
        {
            return Verdict::Keeps(*position);
        }
        match self.free_places(arrival.counter).pop_first() {
            Some(position) => {
                self.held.insert(arrival.registration, (arrival.counter, position));
                Verdict::Takes(position)
            }
            None => Verdict::Exceeded,
        }
    }

    /// CNT-08: the counter's figure, the number of places held.
    pub fn figure(&self, counter: CounterId) -> u32 {
        let free = self.free.get(&counter).map_or(counter.limit() as usize, BTreeSet::len);
        counter.limit().saturating_sub(u32::try_from(free).unwrap_or(u32::MAX))
    }

    /// CNT-06: whether the counter is full, so that submitting is refused.
    pub fn is_full(&self, counter: CounterId) -> bool {
        self.figure(counter) == counter.limit()
    }

    /// The counters with places held or once held, in order.
    pub fn counters(&self) -> BTreeSet<CounterId> {
        self.free.keys().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn registration(n: u32) -> RegistrationId {
        RegistrationId(Uuid::from_u128(u128::from(n)))
    }

    fn arrival(n: u32, counter: CounterId) -> Arrival {
        Arrival { registration: registration(n), counter }
    }

    /// CNT-03: the 400th and the 60th pass, the next does not; years and counters are separate.
    #[test]
    fn the_limit_passes_and_the_next_does_not() {
        for counter in [CounterId::A, CounterId::b(2026)] {
            let mut ledger = Ledger::default();
            for n in 1..=counter.limit() {
                assert!(!ledger.is_full(counter));
                assert_eq!(ledger.decide(arrival(n, counter)), Verdict::Takes(n));
            }
            assert!(ledger.is_full(counter));
            assert_eq!(ledger.decide(arrival(1000, counter)), Verdict::Exceeded);
            assert_eq!(ledger.figure(counter), counter.limit());
            assert_eq!(ledger.decide(arrival(1001, CounterId::b(2027))), Verdict::Takes(1));
        }
    }

    /// CNT-04: a holder keeps its place, also in a full counter; a place in another counter does not count.
    #[test]
    fn a_holder_keeps_its_place() {
        let full = (1..=60).map(|n| (CounterId::b(2026), n, registration(n)));
        let mut ledger = Ledger::of(full);
        assert_eq!(ledger.decide(arrival(17, CounterId::b(2026))), Verdict::Keeps(17));
        assert_eq!(ledger.decide(arrival(99, CounterId::b(2026))), Verdict::Exceeded);
        let mut ledger = Ledger::of([(CounterId::A, 3, registration(1))]);
        assert_eq!(ledger.decide(arrival(1, CounterId::b(2026))), Verdict::Takes(1));
    }

    /// CNT-08, rules.md §13: freed positions are reused, the lowest first.
    #[test]
    fn the_lowest_free_position_is_given_again() {
        let held = (1..=400).filter(|n| ![7, 300].contains(n)).map(|n| (CounterId::A, n, registration(n)));
        let mut ledger = Ledger::of(held);
        assert_eq!(ledger.figure(CounterId::A), 398);
        let verdicts: Vec<_> = (1001..=1003).map(|n| ledger.decide(arrival(n, CounterId::A))).collect();
        assert_eq!(verdicts, [Verdict::Takes(7), Verdict::Takes(300), Verdict::Exceeded]);
    }

    /// CNT-03, CGM-10: an exceeded counter A names the other pair, B names none.
    #[test]
    fn the_way_out_is_said() {
        let text = |id: CounterId| serde_json::to_value(id.exceeded()).unwrap();
        assert_eq!(text(CounterId::A)["otherPair"], "174495-174506");
        assert_eq!(
            (&text(CounterId::b(2026))["year"], text(CounterId::b(2026)).get("otherPair")),
            (&2026.into(), None)
        );
    }

    /// NOT-01: 350, 360 … 400 and 40, 45 … 60; a run that passes several announces each, none twice.
    #[test]
    fn each_threshold_is_announced_once() {
        let thresholds = |id: CounterId| id.thresholds().collect::<Vec<_>>();
        assert_eq!(thresholds(CounterId::A), [350, 360, 370, 380, 390, 400]);
        assert_eq!(thresholds(CounterId::b(2026)), [40, 45, 50, 55, 60]);
        let reached = |id: CounterId, figure, announced| {
            id.reached(figure, announced).into_iter().map(|one| one.threshold).collect::<Vec<_>>()
        };
        assert_eq!(reached(CounterId::A, 349, None), [0; 0]);
        assert_eq!(reached(CounterId::A, 372, None), [350, 360, 370]);
        assert_eq!(reached(CounterId::A, 372, Some(360)), [370]);
        assert_eq!(reached(CounterId::A, 355, Some(370)), [0; 0], "fallen");
        assert_eq!(reached(CounterId::A, 380, Some(370)), [380], "risen again");
        assert_eq!(reached(CounterId::b(2027), 60, None), [40, 45, 50, 55, 60]);
        assert!(CounterId::b(2027).reached(60, Some(55))[0].is_limit());
        assert!(!CounterId::A.reached(400, Some(380))[0].is_limit());
    }

    /// Counters are named A, and B with a year.
    #[test]
    fn names_go_there_and_back() {
        for id in [CounterId::A, CounterId::b(2026)] {
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        for text in ["", "a", "B", "B-", "B-26", "B-02026", "B-+202", "C", "A-2026"] {
            assert_eq!(text.parse::<CounterId>(), Err(NoSuchCounter), "{text}");
        }
    }

    proptest! {
        /// CNT-03, CNT-04, CNT-08: positions are distinct and within the limit, the figure is their number, nobody is
        /// refused while a place is free, and two runs in sequence decide like one.
        #[test]
        fn places_are_distinct_and_bounded(arrivals in prop::collection::vec((1u32..90, prop::sample::select(vec![2026, 2027])), 0..300), cut in 0usize..300) {
            let arrivals: Vec<_> = arrivals.into_iter().map(|(n, year)| arrival(n * 10 + u32::from(year == 2027), CounterId::b(year))).collect();
            let mut whole = Ledger::default();
            let verdicts: Vec<_> = arrivals.iter().map(|one| whole.decide(*one)).collect();
            let mut held = HashMap::new();
            for (one, verdict) in arrivals.iter().zip(&verdicts) {
                let holders = held.entry(one.counter).or_insert_with(HashMap::new);
                match verdict {
                    Verdict::Takes(position) => {
                        prop_assert!((1..=60).contains(position));
                        prop_assert!(holders.insert(*position, one.registration).is_none());
                    }
                    Verdict::Keeps(position) => prop_assert_eq!(holders.get(position), Some(&one.registration)),
                    Verdict::Exceeded => prop_assert_eq!(holders.len(), 60),
                }
            }
            for (counter, holders) in &held {
                prop_assert_eq!(whole.figure(*counter) as usize, holders.len());
            }
            let (first, second) = arrivals.split_at(cut.min(arrivals.len()));
            let mut part = Ledger::default();
            let mut again: Vec<_> = first.iter().map(|one| part.decide(*one)).collect();
            let kept = part.held.iter().map(|(registration, (counter, position))| (*counter, *position, *registration));
            let mut resumed = Ledger::of(kept);
            again.extend(second.iter().map(|one| resumed.decide(*one)));
            prop_assert_eq!(again, verdicts);
        }
    }
}
