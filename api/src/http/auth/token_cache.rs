//! A cache of verified tokens. A caller sends the same token with each request; checking a signature costs 30 to 60
//! µs.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use quick_cache::sync::Cache;

use super::claims::{Claims, in_time};
use super::refusal::TokenRefusal;

/// The maximum number of cached tokens. Beyond it, the least used are evicted and verified again.
const CAPACITY: usize = 10_000;

/// The SHA-256 of a token. Tokens are secrets and are not stored.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Fingerprint([u8; 32]);

impl Fingerprint {
    pub(super) fn of(token: &str) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
        Self(bytes)
    }
}

#[derive(Clone)]
struct Entry {
    claims: Arc<Claims>,
    not_before: Option<i64>,
    /// The key set that verified the token. With another key set the token is verified again, so that a withdrawn key
    /// ends its tokens.
    generation: u64,
}

pub(super) struct TokenCache(Cache<Fingerprint, Entry>);

impl TokenCache {
    pub(super) fn new() -> Self {
        Self(Cache::new(CAPACITY))
    }

    /// The cached result for a token under the keys of `generation` at `now` (unix seconds); `None` when it must be
    /// verified. Its time is still checked, so an expired token is refused without further work.
    pub(super) fn get(
        &self,
        fingerprint: &Fingerprint,
        generation: u64,
        now: i64,
    ) -> Option<Result<Arc<Claims>, TokenRefusal>> {
        let entry = self.0.get(fingerprint).filter(|entry| entry.generation == generation)?;
        Some(match in_time(entry.claims.expires_at, entry.not_before, now) {
            Ok(()) => Ok(entry.claims),
            Err(refusal) => {
                self.0.remove(fingerprint);
                Err(refusal)
            }
        })
    }

    pub(super) fn put(&self, fingerprint: Fingerprint, claims: Arc<Claims>, not_before: Option<i64>, generation: u64) {
        self.0.insert(fingerprint, Entry { claims, not_before, generation });
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
