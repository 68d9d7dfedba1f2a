//! Webhooks: the events sent to EHRs, how long delivery is retried, and which addresses are allowed (CGM-07 to CGM-11,
//! NOT-01).

pub mod address;

use chrono::{DateTime, TimeDelta, Utc};

use crate::names::names;
pub use crate::names::{DeliveryState, InactiveBecause};

names! {
    /// The type of an event sent to a hospital's EHR, by its CloudEvents name.
    EventType as "WebhookEventType", growing {
        /// CGM-07: Healthdata acknowledged a registration.
        Submitted = "be.insula.registration.submitted",
        /// CGM-07, CGM-08: Healthdata refused a registration, or the nightly run found its counter exceeded.
        CorrectionsNeeded = "be.insula.registration.correctionsNeeded",
        /// CGM-09: a registration was reopened for correction.
        Reopened = "be.insula.registration.reopened",
        /// CGM-11: a registration was deleted.
        Deleted = "be.insula.registration.deleted",
        /// NOT-01: after a nightly run a counter has reached a threshold.
        ThresholdReached = "be.insula.counter.thresholdReached",
        /// COV-01: an application for coverage was submitted.
        CoverageSubmitted = "be.insula.coverage.submitted",
        /// COV-12: the adviser asked about an application.
        CoverageQuestionAsked = "be.insula.coverage.questionAsked",
        /// COV-12: the establishment answered.
        CoverageAnswered = "be.insula.coverage.answered",
        /// COV-03: the adviser decided about an application.
        CoverageDecided = "be.insula.coverage.decided",
        /// COV-01: the establishment withdrew an application.
        CoverageWithdrawn = "be.insula.coverage.withdrawn",
        /// COV-07: an application was closed because the beneficiary died.
        CoverageClosed = "be.insula.coverage.closed",
        /// COV-08: a beneficiary applies elsewhere; only the establishment that is warned is told.
        CoverageWarned = "be.insula.coverage.warned",
        /// COV-04: a granted period ends in 60 or in 30 days, and none follows.
        PeriodEnding = "be.insula.coverage.periodEnding",
        /// COV-04, COV-07: a granted period ended, or its end was brought forward.
        PeriodEnded = "be.insula.coverage.periodEnded",
        /// CON-03 to CON-06: a granted period got days back, because the end of its convention was entered in error.
        PeriodRestored = "be.insula.coverage.periodRestored",
        /// A test requested by the hospital.
        Test = "be.insula.webhook.test",
    }
}

impl EventType {
    /// The types one can subscribe to; a test event needs no subscription to its type.
    pub fn subscribable() -> impl Iterator<Item = EventType> {
        EventType::ALL.iter().copied().filter(|one| *one != EventType::Test)
    }
}

/// The most subscriptions a hospital can have. The schema states the same limit.
pub const MAX_SUBSCRIPTIONS: i32 = 20;

/// How long the previous secret keeps signing beside the new one.
pub const SECRETS_OVERLAP: TimeDelta = TimeDelta::hours(24);

/// How long a delivery is retried, from its first attempt on.
pub const TRIED_FOR: TimeDelta = TimeDelta::days(3);

/// The pause after the first failure; each further failure doubles it.
const FIRST_PAUSE: TimeDelta = TimeDelta::seconds(5);
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(12);

names! {
    /// Why an attempt failed.
    Failure as "WebhookFailure", growing {
        /// The address is a number or `localhost`, and not allowed.
        AddressNotAllowed = "addressNotAllowed",
        /// The name does not resolve or leads to no allowed address, nothing listens there, or the certificate is invalid.
        Unreachable = "unreachable",
        /// No answer in time.
        Timeout = "timeout",
        /// The connection broke, or the response was not valid HTTP.
        Broken = "broken",
        /// The answer was a redirect, which is not followed.
        Redirect = "redirect",
        /// The address no longer exists (410).
        Gone = "gone",
        /// Any other status than 2xx.
        Status = "status",
        /// Nothing was sent because Insula could not read the signing secret. Its operator must act.
        NotSigned = "notSigned",
    }
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Answered with this 2xx status.
    Delivered(u16),
    /// Not delivered; the status, if there was an answer.
    Failed(Failure, Option<u16>),
}

impl Outcome {
    /// The outcome for an HTTP status.
    pub const fn of_status(status: u16) -> Outcome {
        match status {
            200..=299 => Outcome::Delivered(status),
            300..=399 => Outcome::Failed(Failure::Redirect, Some(status)),
            410 => Outcome::Failed(Failure::Gone, Some(status)),
            _ => Outcome::Failed(Failure::Status, Some(status)),
        }
    }
}

/// What happens after a failed delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterFailure {
    /// It is retried at this instant.
    Again(DateTime<Utc>),
    /// It stays visible until the hospital has it sent again.
    Parked,
}

/// What happens after `failures` failures in a row, the last one at `now`, of a delivery first tried at `tried_since`:
/// retries after 5 s, 10 s, 20 s … at most 12 h, the last one when three days are over; then it is parked, never
/// dropped.
pub fn after_failure(failures: u32, tried_since: DateTime<Utc>, now: DateTime<Utc>) -> AfterFailure {
    let end = tried_since + TRIED_FOR;
    if now >= end {
        return AfterFailure::Parked;
    }
    // Fourteen doublings already exceed the longest pause.
    let doubled = FIRST_PAUSE * (1 << failures.saturating_sub(1).min(14));
    AfterFailure::Again((now + doubled.min(LONGEST_PAUSE)).min(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CGM-07: names round-trip; every type but the test can be subscribed to.
    #[test]
    fn types_have_names() {
        for one in EventType::ALL {
            assert_eq!(EventType::from_name(one.name()), Some(*one));
        }
        assert_eq!(EventType::from_name("be.insula.registration.opened"), None);
        assert_eq!(EventType::subscribable().count(), EventType::ALL.len() - 1);
    }

    /// SYS-03: only 2xx counts as delivered.
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

    /// SYS-03: a failed delivery is retried with growing pauses for exactly three days, then parked.
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
