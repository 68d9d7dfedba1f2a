//! Room for requests. Each organisation has a share of the whole, so that none keeps the others out, whatever it does
//! (design §3).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError, Weak},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::http::problem::ApiError;

/// Above so many holders, those that hold nothing are forgotten.
const MANY: usize = 1000;

/// As much for each holder, whoever else holds what.
#[derive(Debug)]
pub struct Shares {
    each: usize,
    held: Mutex<HashMap<String, Weak<Semaphore>>>,
}

impl Shares {
    /// So much for each, and at least one.
    #[must_use]
    pub fn new(each: usize) -> Shares {
        Shares { each: each.max(1), held: Mutex::default() }
    }

    fn of(&self, holder: &str) -> Arc<Semaphore> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = held.get(holder).and_then(Weak::upgrade) {
            return share;
        }
        if held.len() >= MANY {
            held.retain(|_, share| share.strong_count() > 0);
        }
        let share = Arc::new(Semaphore::new(self.each));
        held.insert(holder.to_owned(), Arc::downgrade(&share));
        share
    }

    /// One of the holder's share, until it is dropped; nothing when all of it is taken.
    pub fn take(&self, holder: &str) -> Option<OwnedSemaphorePermit> {
        self.of(holder).try_acquire_owned().ok()
    }

    /// The same, waiting for it: for ever, unless the wait is dropped.
    pub async fn turn(&self, holder: &str) -> Option<OwnedSemaphorePermit> {
        self.of(holder).acquire_owned().await.ok()
    }

    /// How much of its share the holder has left.
    pub fn free(&self, holder: &str) -> usize {
        self.of(holder).available_permits()
    }
}

/// The shares of requests and of database connections.
#[derive(Debug)]
pub struct RequestShares {
    /// Of running requests: by organisation and, without a token, by address.
    pub requests: Shares,
    /// Of database connections, by organisation.
    pub connections: Shares,
    /// How long a request waits for one of its organisation's connections.
    pub within: Duration,
}

impl RequestShares {
    /// A connection of the organisation's share.
    ///
    /// # Errors
    /// `Unavailable` when none became free in time.
    pub async fn connection(&self, organisation: &str) -> Result<OwnedSemaphorePermit, ApiError> {
        let turn = timeout(self.within, self.connections.turn(organisation)).await;
        turn.ok().flatten().ok_or(ApiError::Unavailable)
    }
}

/// The room of a running request: in its organisation's share from the beginning, and in the whole from when its body has
/// arrived.
#[derive(Debug)]
pub struct Room {
    admission: Arc<Semaphore>,
    of_whole: OnceLock<OwnedSemaphorePermit>,
    _of_share: OwnedSemaphorePermit,
}

impl Room {
    /// Room in the share only.
    #[must_use]
    pub fn in_share(of_share: OwnedSemaphorePermit, admission: Arc<Semaphore>) -> Room {
        Room { admission, of_whole: OnceLock::new(), _of_share: of_share }
    }

    /// Takes a place in the whole, unless it has one.
    ///
    /// # Errors
    /// `Unavailable` when the service is full.
    pub fn enter(&self) -> Result<(), ApiError> {
        if self.of_whole.get().is_none() {
            let place = Arc::clone(&self.admission).try_acquire_owned().map_err(|_| ApiError::Unavailable)?;
            let _ = self.of_whole.set(place);
        }
        Ok(())
    }

    /// Waits for a place in the whole.
    ///
    /// # Errors
    /// `Unavailable` when the service ends.
    pub async fn entered(of_share: OwnedSemaphorePermit, admission: Arc<Semaphore>) -> Result<Room, ApiError> {
        let place = Arc::clone(&admission).acquire_owned().await.map_err(|_| ApiError::Unavailable)?;
        Ok(Room { admission, of_whole: OnceLock::from(place), _of_share: of_share })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SYS-02, SYS-03: each holder has its own share, and holders that hold nothing are forgotten.
    #[test]
    fn each_has_its_own_share() {
        let shares = Shares::new(2);
        let held: Vec<_> = (0..3).map(|_| shares.take("a")).collect();
        assert_eq!(held.iter().map(Option::is_some).collect::<Vec<_>>(), [true, true, false]);
        assert!(shares.take("b").is_some());
        drop(held);
        assert!(shares.take("a").is_some());
        for n in 0..5 * MANY {
            shares.take(&n.to_string());
        }
        assert!(shares.held.lock().unwrap().len() <= MANY);
        assert_eq!(Shares::new(0).free("a"), 1);
    }
}
