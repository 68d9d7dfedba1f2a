//! Room for the largest bodies.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::share::Shares;

/// The few files that a service reads and holds at once; the others wait, their bodies unread.
#[derive(Debug)]
pub struct Intake {
    room: Arc<Semaphore>,
    shares: Shares,
    turn_within: Duration,
    /// How long a piece of a file may take. One that trickles in loses its place to those who wait for it.
    pub piece_within: Duration,
}

impl Intake {
    /// Room for `files`, of which `of_each` of one organisation, and each of which waits so long for its turn.
    pub fn new(files: usize, of_each: usize, turn_within: Duration, piece_within: Duration) -> Intake {
        Intake { room: Arc::new(Semaphore::new(files)), shares: Shares::new(of_each), turn_within, piece_within }
    }

    /// A place, until it is dropped; nothing when none became free in time. An organisation's files wait for its own first,
    /// so that each organisation has one in the queue.
    pub async fn turn(&self, organisation: &str) -> Option<Place> {
        let turn = async {
            let of_share = self.shares.turn(organisation).await?;
            let of_whole = Arc::clone(&self.room).acquire_owned().await.ok()?;
            Some(Place { _of_share: of_share, _of_whole: of_whole })
        };
        timeout(self.turn_within, turn).await.ok()?
    }
}

/// A place among the files.
#[derive(Debug)]
pub struct Place {
    _of_share: OwnedSemaphorePermit,
    _of_whole: OwnedSemaphorePermit,
}

impl Default for Intake {
    fn default() -> Intake {
        Intake::new(4, 1, Duration::from_secs(20), Duration::from_secs(5))
    }
}
