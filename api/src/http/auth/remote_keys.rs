//! The keys of an external issuer, and when they are fetched:
//!
//! - when a plausible token names an unknown key: at most once in five seconds, one fetch for all waiting requests. Whoever
//!   asks for a key, all are fetched, so forged tokens delay a new key by five seconds at most; until then its tokens are
//!   told to come again, not refused;
//! - in use, when the keys are ten minutes old: in the background, while requests use the known keys;
//! - after an idle time: before the request is admitted, so that a key withdrawn meanwhile grants no access.
//!
//! Known keys stay in use while the issuer cannot be reached.

use std::error::Error;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::algorithm::SigningAlgorithm;
use super::jwks::{JwksHost, KeySet};
use super::refusal::TokenRefusal;

/// The age at which keys are refreshed.
const REFRESH_AFTER: Duration = Duration::from_mins(10);
/// The pause after a failed refresh.
const PAUSE: Duration = Duration::from_mins(1);
/// The pause between two fetches for unknown keys.
const PAUSE_OF_SEARCH: Duration = Duration::from_secs(5);
/// After this time without a fetch, keys are refreshed before use.
const IDLE_AFTER: Duration = Duration::from_mins(20);

/// Monotonic time; never the wall clock, which can be set. A parameter so that tests can move it.
pub(super) type Monotonic = Box<dyn Fn() -> Instant + Send + Sync>;

pub(super) struct RemoteKeys {
    host: JwksHost,
    monotonic: Monotonic,
    held: RwLock<Held>,
    /// Held during a fetch, so that only one runs at a time.
    turn: Arc<Mutex<()>>,
}

#[derive(Clone)]
struct Held {
    keys: Arc<KeySet>,
    /// When the keys were fetched.
    fetched_at: Option<Instant>,
    /// When a fetch last ended, successful or not.
    tried_at: Option<Instant>,
    /// When a fetch for an unknown key last ended.
    sought_at: Option<Instant>,
    /// The key that it was for and did not bring: the issuer does not have it.
    absent: Option<String>,
    /// Whether the last fetch failed.
    failing: bool,
}

impl Held {
    fn is_due(&self, at: Instant) -> bool {
        let old = self.fetched_at.is_some_and(|then| at.saturating_duration_since(then) >= REFRESH_AFTER);
        old && passed(self.tried_at, PAUSE, at)
    }

    fn may_seek(&self, at: Instant) -> bool {
        passed(self.sought_at, PAUSE_OF_SEARCH, at)
    }
}

fn passed(since: Option<Instant>, pause: Duration, at: Instant) -> bool {
    since.is_none_or(|then| at.saturating_duration_since(then) >= pause)
}

impl RemoteKeys {
    pub(super) fn new(host: JwksHost, algorithm: SigningAlgorithm, monotonic: Monotonic) -> Self {
        let keys = Arc::new(KeySet::empty(algorithm));
        let held = Held { keys, fetched_at: None, tried_at: None, sought_at: None, absent: None, failing: false };
        Self { host, monotonic, held: RwLock::new(held), turn: Arc::new(Mutex::new(())) }
    }

    /// The known keys.
    pub(super) fn current(&self) -> Arc<KeySet> {
        self.held().keys
    }

    /// Looks for a key with id `kid` and returns keys that contain it.
    ///
    /// # Errors
    /// `Invalid` when the issuer has no such key; `IssuerUnavailable` when it did not answer or was asked for another key a
    /// moment ago, so that this one may exist.
    pub(super) async fn seek(self: &Arc<Self>, kid: &str) -> Result<Arc<KeySet>, TokenRefusal> {
        let turn = Arc::clone(&self.turn).lock_owned().await;
        // The previous holder of the turn may have fetched the key.
        let held = self.held();
        if !held.keys.has(kid) && held.may_seek((self.monotonic)()) {
            finish(self.start(turn, Some(kid.to_owned()))).await;
        }
        let held = self.held();
        match (held.keys.has(kid), held.absent.as_deref() == Some(kid) && !held.failing) {
            (true, _) => Ok(held.keys),
            (false, true) => Err(TokenRefusal::Invalid),
            (false, false) => Err(TokenRefusal::IssuerUnavailable),
        }
    }

    /// The keys to trust after a token was verified; refreshed when they are old.
    pub(super) async fn kept_fresh(self: &Arc<Self>) -> Arc<KeySet> {
        let held = self.held();
        let at = (self.monotonic)();
        if !held.is_due(at) {
            return held.keys;
        }
        let idle = passed(held.tried_at, IDLE_AFTER, at);
        let turn = if idle {
            Arc::clone(&self.turn).lock_owned().await
        } else if let Ok(turn) = Arc::clone(&self.turn).try_lock_owned() {
            turn
        } else {
            return held.keys;
        };
        if self.held().is_due(at) {
            let task = self.start(turn, None);
            if idle {
                finish(task).await;
            }
        }
        self.current()
    }

    /// Fetches in its own task: a caller who disconnects neither cancels the fetch for others nor causes a second
    /// one.
    fn start(self: &Arc<Self>, turn: OwnedMutexGuard<()>, sought: Option<String>) -> JoinHandle<()> {
        let keys = Arc::clone(self);
        tokio::spawn(async move {
            keys.fetch(sought).await;
            drop(turn);
        })
    }

    async fn fetch(&self, sought: Option<String>) {
        let outcome = self.host.fetch().await;
        let at = (self.monotonic)();
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        let first = held.keys.is_empty();
        held.tried_at = Some(at);
        held.failing = outcome.is_err();
        match outcome {
            Ok(keys) => {
                held.fetched_at = Some(at);
                if !keys.has_same_keys(&held.keys) {
                    let generation = held.keys.generation + 1;
                    tracing::info!(generation, "the issuer's signing keys have changed");
                    held.keys = Arc::new(keys.numbered(generation));
                }
            }
            Err(error) => {
                let error = with_causes(&error);
                tracing::warn!(error, keys_known = !first, "the issuer's signing keys could not be fetched");
            }
        }
        // A first load that brings the requested key does not count as a search; every other fetch for a key does.
        if let Some(kid) = sought.filter(|kid| !(first && held.keys.has(kid))) {
            held.sought_at = Some(at);
            held.absent = Some(kid).filter(|kid| !held.keys.has(kid));
        }
    }

    /// Returns when no fetch goes on.
    #[cfg(test)]
    pub(super) async fn settled(&self) {
        drop(self.turn.lock().await);
    }

    fn held(&self) -> Held {
        self.held.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// reqwest reports what failed (`error sending request`) and, as its source, why (`connection refused`).
fn with_causes(error: &dyn Error) -> String {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    let mut texts: Vec<String> = causes.map(ToString::to_string).collect();
    texts.dedup_by(|inner, outer| outer.ends_with(inner.as_str()));
    texts.join(": ")
}

async fn finish(task: JoinHandle<()>) {
    if let Err(error) = task.await {
        tracing::error!(%error, "the fetch of the issuer's signing keys was aborted");
    }
}
