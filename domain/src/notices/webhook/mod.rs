//! Webhooks: what EHRs are told, how long it is tried, and which addresses may be asked (CGM-07 to CGM-11, NOT-01).

pub mod address;

use chrono::{DateTime, TimeDelta, Utc};

use crate::names::names;
pub use crate::names::{DeliveryState, InactiveBecause};

names! {
    /// What a hospital's EHR can be told, as CloudEvents name it.
    EventType {
        /// CGM-07: Healthdata has acknowledged a registration.
        Submitted = "be.insula.registration.submitted",
        /// CGM-07, CGM-08: Healthdata refused it, or the night found its counter exceeded.
        CorrectionsNeeded = "be.insula.registration.correctionsNeeded",
        /// CGM-09: it was opened for correction.
        Reopened = "be.insula.registration.reopened",
        /// CGM-11: it was deleted.
        Deleted = "be.insula.registration.deleted",
        /// NOT-01: a night left a counter at or above a threshold.
        ThresholdReached = "be.insula.counter.thresholdReached",
        /// Asked for by the hospital, to see whether it arrives.
        Test = "be.insula.webhook.test",
    }
}

impl EventType {
    /// Those that can be subscribed to; a test event comes whenever it is asked for.
    pub fn subscribable() -> impl Iterator<Item = EventType> {
        EventType::ALL.iter().copied().filter(|one| *one != EventType::Test)
    }
}

/// How many subscriptions a hospital has at most. The schema says so too.
pub const MAX_SUBSCRIPTIONS: i32 = 20;

/// How long the secret before the present one goes on signing.
pub const SECRETS_OVERLAP: TimeDelta = TimeDelta::hours(24);

/// How long a delivery is tried again, from its first attempt on.
pub const TRIED_FOR: TimeDelta = TimeDelta::days(3);

/// The pause after the first failure; each further one doubles it.
const FIRST_PAUSE: TimeDelta = TimeDelta::seconds(5);
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(12);

names! {
    /// Why an attempt did not deliver.
    Failure {
        /// The address, or every one that the name leads to, is none that may be asked.
        AddressNotAllowed = "addressNotAllowed",
        /// The name leads nowhere, nobody listens, or the certificate is not good.
        Unreachable = "unreachable",
        /// No answer in time.
        Timeout = "timeout",
        /// The connection broke, or what came back was no answer.
        Broken = "broken",
        /// The answer leads elsewhere, which is not followed.
        Redirect = "redirect",
        /// The answer says that the address no longer exists (410).
        Gone = "gone",
        /// Any other answer that is not 2xx.
        Status = "status",
        /// Nothing was sent: Insula could not read the secret that signs. Its operator has to look.
        NotSigned = "notSigned",
    }
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Answered with this status, one of 2xx.
    Delivered(u16),
    /// Not delivered, with the status if there was an answer.
    Failed(Failure, Option<u16>),
}

impl Outcome {
    /// What an answer's status means.
    pub const fn of_status(status: u16) -> Outcome {
        match status {
            200..=299 => Outcome::Delivered(status),
            300..=399 => Outcome::Failed(Failure::Redirect, Some(status)),
            410 => Outcome::Failed(Failure::Gone, Some(status)),
            _ => Outcome::Failed(Failure::Status, Some(status)),
        }
    }
}

/// What becomes of a delivery that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterFailure {
    /// It is tried again at this instant.
    Again(DateTime<Utc>),
    /// It waits, visible, until the hospital has it sent again.
    Parked,
}

/// After `failures` failures in a row, the last one just `now`, of a delivery first tried at `tried_since`: again after 5 s,
/// 10 s, 20 s … at most 12 h, the last time when three days are over, and then parked. Nothing is dropped.
pub fn after_failure(failures: u32, tried_since: DateTime<Utc>, now: DateTime<Utc>) -> AfterFailure {
    let end = tried_since + TRIED_FOR;
    if now >= end {
        return AfterFailure::Parked;
    }
    // Doubled fourteen times, the first pause is longer than the longest.
    let doubled = FIRST_PAUSE * (1 << failures.saturating_sub(1).min(14));
    AfterFailure::Again((now + doubled.min(LONGEST_PAUSE)).min(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CGM-07: names go there and back; a test is not subscribed to.
    #[test]
    fn types_have_names() {
        for one in EventType::ALL {
            assert_eq!(EventType::from_name(one.name()), Some(*one));
        }
        assert_eq!(EventType::from_name("be.insula.registration.opened"), None);
        assert_eq!(EventType::subscribable().count(), EventType::ALL.len() - 1);
    }

    /// SYS-03: 2xx has arrived, everything else has not.
    #[test]
    fn only_2xx_has_arrived() {
        for status in [200, 202, 204, 299] {
            assert_eq!(Outcome::of_status(status), Outcome::Delivered(status));
        }
        for (status, failure) in [
            (101, Failure::Status),
            (301, Failure::Redirect),
            (308, Failure::Redirect),
            (400, Failure::Status),
            (410, Failure::Gone),
            (429, Failure::Status),
            (503, Failure::Status),
        ] {
            assert_eq!(Outcome::of_status(status), Outcome::Failed(failure, Some(status)));
        }
    }

    /// SYS-03: a delivery that fails is tried again, less and less often, for exactly three days, and then parked.
    #[test]
    fn failures_are_retried_for_three_days() {
        let first: DateTime<Utc> = "2026-06-15T08:00:00Z".parse().unwrap();
        let (mut now, mut pauses) = (first, Vec::new());
        for failures in 1.. {
            match after_failure(failures, first, now) {
                AfterFailure::Again(at) => {
                    pauses.push((at - now).num_seconds());
                    now = at;
                }
                AfterFailure::Parked => break,
            }
        }
        assert_eq!(pauses[..5], [5, 10, 20, 40, 80]);
        assert_eq!(pauses[13..17], [40960, 43200, 43200, 43200]);
        assert_eq!(now - first, TRIED_FOR, "the last attempt is when three days are over");
        assert_eq!(after_failure(1, first, first + TRIED_FOR + TimeDelta::days(9)), AfterFailure::Parked);
        assert_eq!(after_failure(u32::MAX, first, first), AfterFailure::Again(first + LONGEST_PAUSE));
    }
}
