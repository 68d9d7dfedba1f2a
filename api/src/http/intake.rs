//! Room for the largest bodies.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// The few files that a service reads and holds at once; the others wait, their bodies unread.
#[derive(Debug)]
pub struct Intake {
    room: Arc<Semaphore>,
    turn_within: Duration,
    /// How long a piece of a file may take. One that trickles in loses its place to those who wait for it.
    pub piece_within: Duration,
}

impl Intake {
    /// Room for `files`, each of which waits so long for its turn.
    pub fn new(files: usize, turn_within: Duration, piece_within: Duration) -> Intake {
        Intake { room: Arc::new(Semaphore::new(files)), turn_within, piece_within }
    }

    /// A place, until it is dropped; nothing when none became free in time.
    pub async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        timeout(self.turn_within, Arc::clone(&self.room).acquire_owned()).await.ok()?.ok()
    }
}

impl Default for Intake {
    fn default() -> Intake {
        Intake::new(4, Duration::from_secs(20), Duration::from_secs(5))
    }
}
