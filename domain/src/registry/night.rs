//! The nightly run, one per day: which comes next, whether it may run, and its outcome (CNT-02, CNT-06 to CNT-08,
//! NOT-01).

use std::collections::BTreeSet;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};

use super::counter::{CounterId, Ledger, Reached, Verdict};
use crate::clock::{brussels_day, brussels_midnight};

/// How long after midnight a run starts: by then everything acknowledged before midnight is committed (CNT-07).
pub const NIGHT_BEGINS_AFTER: TimeDelta = TimeDelta::minutes(30);

/// CNT-07: whether the day is over, so that its night may run.
pub fn is_over(day: NaiveDate, now: DateTime<Utc>) -> bool {
    arrivals_before(day) <= now
}

/// CNT-07: the midnight that ends the day; its night takes everything acknowledged before.
pub fn arrivals_before(day: NaiveDate) -> DateTime<Utc> {
    brussels_midnight(day.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX))
}

/// The progress of the nights (CNT-07).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Nights {
    /// The day of the last night that was run.
    pub last: Option<NaiveDate>,
    /// When the first waiting registration was acknowledged. Used only before the first night.
    pub first_acknowledged: Option<DateTime<Utc>>,
}

/// Why the night of a day cannot run now (CNT-07).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotRun {
    /// It was already run.
    AlreadyRun,
    /// The night of this day must run first.
    AfterNightOf(NaiveDate),
    /// No night was run yet, and nothing has arrived for a first one.
    NothingArrived,
    /// The day is not over.
    NotOver,
}

impl Nights {
    /// CNT-07: the day whose night comes next, over or not: the day after the last night or, before the first, the day
    /// of the first acknowledgement. `None` if nothing has arrived yet.
    #[must_use]
    pub fn next(self) -> Option<NaiveDate> {
        match self.last {
            Some(last) => last.succ_opt(),
            None => self.first_acknowledged.map(brussels_day),
        }
    }

    /// CNT-07: the next night, if it is due. A night is due once [`NIGHT_BEGINS_AFTER`] has passed since the end of its
    /// day.
    #[must_use]
    pub fn due(self, now: DateTime<Utc>) -> Option<NaiveDate> {
        self.next().filter(|next| arrivals_before(*next) + NIGHT_BEGINS_AFTER <= now)
    }

    /// CNT-07: checks that the night of a day may run.
    ///
    /// # Errors
    /// Why not. Each night runs once, in the order of the days, after its day.
    pub fn may_run(self, day: NaiveDate, now: DateTime<Utc>) -> Result<(), NotRun> {
        if self.last.is_some_and(|last| day <= last) {
            return Err(NotRun::AlreadyRun);
        }
        match self.next() {
            None => Err(NotRun::NothingArrived),
            Some(next) if next != day => Err(NotRun::AfterNightOf(next)),
            Some(_) if !is_over(day, now) => Err(NotRun::NotOver),
            Some(_) => Ok(()),
        }
    }
}

/// The number of arrivals by verdict (CNT-03, CNT-04).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Kept the place they held.
    pub kept: u32,
    /// Took a place.
    pub taken: u32,
    /// Found the counter exceeded.
    pub exceeded: u32,
}

impl Tally {
    /// Counts a verdict.
    pub fn count(&mut self, verdict: Verdict) {
        *match verdict {
            Verdict::Keeps(_) => &mut self.kept,
            Verdict::Takes(_) => &mut self.taken,
            Verdict::Exceeded => &mut self.exceeded,
        } += 1;
    }
}

/// A counter before the night.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CounterBefore {
    /// The counter.
    pub id: CounterId,
    /// Its figure.
    pub figure: u32,
    /// The highest threshold announced so far.
    pub announced: Option<u32>,
}

/// The outcome of a night.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NightOutcome {
    /// The figure of every counter with places held or once held (CNT-08).
    pub figures: Vec<(CounterId, u32)>,
    /// Those that changed (CNT-08).
    pub changed: Vec<(CounterId, u32)>,
    /// The full counters, for which submitting is refused (CNT-06).
    pub closed: Vec<CounterId>,
    /// The thresholds to announce (NOT-01).
    pub reached: Vec<Reached>,
}

impl NightOutcome {
    /// CNT-06, CNT-08, NOT-01: the outcome, from the places held after the night and the counters before it.
    #[must_use]
    pub fn of(ledger: &Ledger, before: &[CounterBefore]) -> NightOutcome {
        let was = |id: CounterId| before.iter().find(|one| one.id == id);
        let mut outcome = NightOutcome::default();
        // The ledger no longer knows a counter whose last place was freed.
        let counters: BTreeSet<_> = ledger.counters().into_iter().chain(before.iter().map(|one| one.id)).collect();
        for id in counters {
            let figure = ledger.figure(id);
            outcome.figures.push((id, figure));
            if was(id).is_none_or(|was| was.figure != figure) {
                outcome.changed.push((id, figure));
            }
            if ledger.is_full(id) {
                outcome.closed.push(id);
            }
            outcome.reached.extend(id.reached(figure, was(id).and_then(|was| was.announced)));
        }
        outcome
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use uuid::Uuid;

    use super::*;
    use crate::{ids::RegistrationId, span::tests::day};

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// A ledger with these figures.
    fn ledger(held: &[(CounterId, u32)]) -> Ledger {
        let places = held.iter().flat_map(|(id, figure)| (1..=*figure).map(|position| (*id, position)));
        Ledger::of(places.zip(1u128..).map(|((id, position), n)| (id, position, RegistrationId(Uuid::from_u128(n)))))
    }

    /// CNT-07: nights are due day by day from half past midnight, on days of any length.
    #[test]
    fn nights_are_due_day_by_day() {
        let due = |last: Option<&str>, first: Option<&str>, now: &str| {
            let nights = Nights { last: last.map(day), first_acknowledged: first.map(at) };
            nights.due(at(now)).map(|due| due.to_string())
        };
        assert_eq!(due(None, None, "2026-06-15T08:00:00Z"), None);
        // Acknowledged on 1 June in Brussels, on 31 May in UTC.
        assert_eq!(due(None, Some("2026-05-31T22:30:00Z"), "2026-06-01T22:29:59Z"), None);
        assert_eq!(due(None, Some("2026-05-31T22:30:00Z"), "2026-06-01T22:30:00Z"), Some("2026-06-01".into()));
        assert_eq!(due(Some("2026-03-28"), None, "2026-03-29T22:30:00Z"), Some("2026-03-29".into()), "23 hours");
        assert_eq!(due(Some("2026-10-24"), None, "2026-10-25T22:30:00Z"), None, "25 hours");
        assert_eq!(due(Some("2026-10-24"), None, "2026-10-25T23:30:00Z"), Some("2026-10-25".into()));
        assert_eq!(
            due(Some("2026-06-01"), None, "2026-06-20T08:00:00Z"),
            Some("2026-06-02".into()),
            "missed ones first"
        );
        assert_eq!(arrivals_before(day("2026-12-31")), at("2026-12-31T23:00:00Z"));
        assert!(is_over(day("2026-12-31"), at("2026-12-31T23:00:00Z")));
        assert!(!is_over(day("2026-12-31"), at("2026-12-31T22:59:59Z")));
    }

    /// CNT-07: a night runs once, after its day, and no day is skipped; the first is that of the first acknowledgement.
    #[rstest]
    #[case(Some("2026-06-14"), None, "2026-06-14", Err(NotRun::AlreadyRun))]
    #[case(Some("2026-06-14"), None, "2026-06-01", Err(NotRun::AlreadyRun))]
    #[case(Some("2026-06-14"), None, "2026-06-15", Ok(()))]
    #[case(Some("2026-06-14"), None, "2026-06-16", Err(NotRun::AfterNightOf(day("2026-06-15"))))]
    #[case(Some("2026-06-15"), None, "2026-06-16", Err(NotRun::NotOver))]
    #[case(None, None, "2026-06-15", Err(NotRun::NothingArrived))]
    // Acknowledged on the 10th in Brussels, on the 9th in UTC.
    #[case(None, Some("2026-06-09T22:30:00Z"), "2026-06-10", Ok(()))]
    #[case(None, Some("2026-06-09T22:30:00Z"), "2026-06-09", Err(NotRun::AfterNightOf(day("2026-06-10"))))]
    #[case(None, Some("2026-06-09T22:30:00Z"), "2026-06-11", Err(NotRun::AfterNightOf(day("2026-06-10"))))]
    #[case(None, Some("2026-06-16T08:00:00Z"), "2026-06-16", Err(NotRun::NotOver))]
    fn a_night_is_run_once_and_in_order(
        #[case] last: Option<&str>,
        #[case] first: Option<&str>,
        #[case] of: &str,
        #[case] expected: Result<(), NotRun>,
    ) {
        let nights = Nights { last: last.map(day), first_acknowledged: first.map(at) };
        assert_eq!(nights.may_run(day(of), at("2026-06-15T22:00:00Z")), expected);
    }

    /// CNT-03, CNT-04: verdicts are counted by kind.
    #[test]
    fn verdicts_are_counted() {
        let mut tally = Tally::default();
        for verdict in [Verdict::Takes(1), Verdict::Exceeded, Verdict::Keeps(2), Verdict::Exceeded, Verdict::Takes(3)] {
            tally.count(verdict);
        }
        assert_eq!(tally, Tally { kept: 1, taken: 2, exceeded: 2 });
    }

    /// CNT-06, CNT-08, NOT-01: changed figures, full counters, unannounced thresholds; a counter that lost its last
    /// place is included.
    #[test]
    fn a_night_leaves_figures_closed_counters_and_thresholds() {
        let (b25, b26, b27) = (CounterId::b(2025), CounterId::b(2026), CounterId::b(2027));
        let before = [
            CounterBefore { id: CounterId::A, figure: 349, announced: None },
            CounterBefore { id: b25, figure: 1, announced: None },
            CounterBefore { id: b26, figure: 60, announced: Some(55) },
        ];
        let outcome = NightOutcome::of(&ledger(&[(CounterId::A, 361), (b26, 60), (b27, 2)]), &before);
        assert_eq!(outcome.figures, [(CounterId::A, 361), (b25, 0), (b26, 60), (b27, 2)]);
        assert_eq!(outcome.changed, [(CounterId::A, 361), (b25, 0), (b27, 2)]);
        assert_eq!(outcome.closed, [b26]);
        let reached: Vec<_> = outcome.reached.iter().map(|one| (one.counter, one.threshold, one.figure)).collect();
        assert_eq!(reached, [(CounterId::A, 350, 361), (CounterId::A, 360, 361), (b26, 60, 60)]);
        // An announced threshold is not announced again, and a full counter reopens when a place is freed.
        let before = [CounterBefore { id: b26, figure: 60, announced: Some(60) }];
        let outcome = NightOutcome::of(&ledger(&[(b26, 59)]), &before);
        assert_eq!((outcome.changed, outcome.closed, outcome.reached), (vec![(b26, 59)], vec![], vec![]));
        assert_eq!(NightOutcome::of(&Ledger::default(), &[]), NightOutcome::default());
    }
}
