//! A log that repeats itself is cut short: an attack or a broken database must not fill the disk (SYS-03).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use insula_domain::clock::Clock;
use tracing::{Event, Level, Subscriber, callsite::Identifier};
use tracing_subscriber::{Layer, layer::Context};

/// How often one place in the code may warn within a minute.
const MOST: u64 = 10;

/// Lets warnings and errors of one place in the code through ten times a minute. The rest is counted, and told when it
/// warns again later. What answers tell (INFO) is never left out.
pub struct Throttle {
    clock: Arc<dyn Clock>,
    told: Mutex<HashMap<Identifier, Told>>,
}

/// What a place told since an instant.
struct Told {
    since: DateTime<Utc>,
    times: u64,
}

impl Throttle {
    /// With a clock that is never moved.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Throttle {
        Throttle { clock, told: Mutex::default() }
    }

    /// Whether a place may tell once more, and how often it was not allowed to in the minute before.
    fn tells(&self, place: Identifier, now: DateTime<Utc>) -> (bool, u64) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let told = told.entry(place).or_insert(Told { since: now, times: 0 });
        let mut left_out = 0;
        if now < told.since || now - told.since >= TimeDelta::minutes(1) {
            left_out = told.times.saturating_sub(MOST);
            *told = Told { since: now, times: 0 };
        }
        told.times += 1;
        (told.times <= MOST, left_out)
    }
}

impl<S: Subscriber> Layer<S> for Throttle {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        let metadata = event.metadata();
        if *metadata.level() > Level::WARN {
            return true;
        }
        let now = self.clock.now();
        let (shown, left_out) = self.tells(metadata.callsite(), now);
        if left_out > 0 {
            // An event within an event would be lost.
            let timestamp = now.to_rfc3339_opts(SecondsFormat::Micros, true);
            let fields = serde_json::json!({"message": "left out of the log", "times": left_out,
                "place": format!("{}:{}", metadata.file().unwrap_or_default(), metadata.line().unwrap_or_default())});
            let target = metadata.target();
            eprintln!(
                "{}",
                serde_json::json!({"timestamp": timestamp, "level": "WARN", "fields": fields, "target": target})
            );
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

    use tracing_subscriber::{layer::SubscriberExt, registry};

    use super::*;

    struct Hand(AtomicI64);

    impl Clock for Hand {
        fn now(&self) -> DateTime<Utc> {
            DateTime::from_timestamp(self.0.load(Ordering::SeqCst), 0).unwrap()
        }
    }

    struct Counted(Arc<AtomicUsize>);

    impl<S: Subscriber> Layer<S> for Counted {
        fn on_event(&self, _: &Event<'_>, _: Context<'_, S>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// SYS-03: a place that warns without end fills no log; another still warns, and nothing is left out of what answers tell.
    #[test]
    fn a_log_that_repeats_itself_is_cut_short() {
        let (hand, lines) = (Arc::new(Hand(AtomicI64::new(0))), Arc::new(AtomicUsize::new(0)));
        let subscriber = registry().with(Counted(Arc::clone(&lines))).with(Throttle::new(hand.clone()));
        let written = |f: &dyn Fn()| {
            let before = lines.load(Ordering::SeqCst);
            f();
            lines.load(Ordering::SeqCst) - before
        };
        tracing::subscriber::with_default(subscriber, || {
            let warn = || (0..500).for_each(|_| tracing::warn!("again"));
            assert_eq!(written(&warn), 10);
            assert_eq!(written(&warn), 0);
            assert_eq!(written(&|| tracing::error!("something else")), 1);
            assert_eq!(written(&|| (0..500).for_each(|_| tracing::info!("answered"))), 500);
            hand.0.store(60, Ordering::SeqCst);
            assert_eq!(written(&warn), 10);
        });
    }
}
