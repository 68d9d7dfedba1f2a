//! A circuit breaker for a recipient that does not answer: after some failures in a row it gets only an occasional
//! probe (CGM-07). Pure: the state is in the database, shared by all processes.

use chrono::{DateTime, Duration, Utc};

/// The number of failures in a row that open it.
pub const TRIPS_AFTER: u32 = 5;
/// The pause before the first probe, in seconds; it doubles with every probe.
const FIRST_PAUSE: u32 = 30;
/// The longest pause between two probes, in seconds.
const LONGEST_PAUSE: u32 = 300;

/// Whether a recipient gets deliveries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breaker {
    /// It does.
    Closed {
        /// Failures in a row since it last answered.
        failures: u32,
    },
    /// It gets only a probe when one is due.
    Open {
        /// When it opened.
        since: DateTime<Utc>,
        /// When the next probe is due.
        probe_at: DateTime<Utc>,
        /// The pause before that probe, in seconds.
        pause: u32,
    },
}

impl Default for Breaker {
    fn default() -> Breaker {
        Breaker::Closed { failures: 0 }
    }
}

impl Breaker {
    /// How many deliveries may start now, of at most `most`. After a failure, no more start than would open the
    /// breaker, so the recipient gets exactly [`TRIPS_AFTER`] failing requests, however many wait.
    pub fn admits(&self, now: DateTime<Utc>, most: u32) -> u32 {
        match self {
            Breaker::Closed { failures: 0 } => most,
            Breaker::Closed { failures } => most.min(TRIPS_AFTER.saturating_sub(*failures).max(1)),
            Breaker::Open { probe_at, .. } if *probe_at <= now => most.min(1),
            Breaker::Open { .. } => 0,
        }
    }

    /// An admitted delivery starts. A probe schedules the next one after twice the pause, so that only one of several
    /// processes probes, and a process that dies while probing leaves nothing to clean up.
    #[must_use]
    pub fn begun(self, now: DateTime<Utc>) -> Breaker {
        match self {
            Breaker::Closed { .. } => self,
            Breaker::Open { since, pause, .. } => {
                let pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
                Breaker::Open { since, probe_at: now + seconds(pause), pause }
            }
        }
    }

    /// A delivery ended: answered by an acknowledgement or a refusal, or failed.
    #[must_use]
    pub fn heard(self, answered: bool, now: DateTime<Utc>) -> Breaker {
        match self {
            _ if answered => Breaker::default(),
            Breaker::Closed { failures } if failures.saturating_add(1) < TRIPS_AFTER => {
                Breaker::Closed { failures: failures.saturating_add(1) }
            }
            Breaker::Closed { .. } => {
                Breaker::Open { since: now, probe_at: now + seconds(FIRST_PAUSE), pause: FIRST_PAUSE }
            }
            // A probe, or a delivery that started before the breaker opened: the next probe is already scheduled.
            Breaker::Open { .. } => self,
        }
    }
}

fn seconds(pause: u32) -> Duration {
    Duration::seconds(i64::from(pause))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + Duration::seconds(second)
    }

    fn closed(failures: u32) -> Breaker {
        Breaker::Closed { failures }
    }

    fn open(since: i64, probe_at: i64, pause: u32) -> Breaker {
        Breaker::Open { since: at(since), probe_at: at(probe_at), pause }
    }

    /// CGM-07: every state and every event.
    #[test]
    fn each_state_and_each_event() {
        let now = at(1000);
        for (before, admits, begun, answered, failed) in [
            (closed(0), 100, closed(0), closed(0), closed(1)),
            (closed(1), 4, closed(1), closed(0), closed(2)),
            (closed(3), 2, closed(3), closed(0), closed(4)),
            (closed(4), 1, closed(4), closed(0), open(1000, 1030, 30)),
            (closed(u32::MAX), 1, closed(u32::MAX), closed(0), open(1000, 1030, 30)),
            (open(990, 1001, 30), 0, open(990, 1060, 60), closed(0), open(990, 1001, 30)),
            (open(970, 1000, 30), 1, open(970, 1060, 60), closed(0), open(970, 1000, 30)),
            (open(10, 999, 240), 1, open(10, 1300, 300), closed(0), open(10, 999, 240)),
            (open(10, 20, 300), 1, open(10, 1300, 300), closed(0), open(10, 20, 300)),
        ] {
            assert_eq!(before.admits(now, 100), admits, "{before:?} admits");
            assert_eq!(before.admits(now, 0), 0);
            assert_eq!(before.begun(now), begun, "{before:?} begun");
            assert_eq!(before.heard(true, now), answered, "{before:?} answered");
            assert_eq!(before.heard(false, now), failed, "{before:?} failed");
        }
    }

    /// CGM-07: a recipient that is down for a day gets five failing requests, then probes after 30, 60, 120, 240 and
    /// then always 300 s; the first answer closes the breaker.
    #[test]
    fn a_recipient_that_is_down_for_a_day() {
        let mut breaker = Breaker::default();
        let mut asked = Vec::new();
        for second in 0..86_400 {
            for _ in 0..breaker.admits(at(second), 1) {
                asked.push(second);
                breaker = breaker.begun(at(second)).heard(false, at(second));
            }
        }
        assert_eq!(asked[..5], [0, 1, 2, 3, 4]);
        let pauses: Vec<_> = asked[4..].windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert_eq!(pauses[..6], [30, 60, 120, 240, 300, 300]);
        assert!(pauses[4..].iter().all(|pause| *pause == 300));
        assert_eq!(breaker.heard(true, at(86_400)), closed(0));
    }
}
