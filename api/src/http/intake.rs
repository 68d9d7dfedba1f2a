//! Room for the largest bodies.

use std::{sync::Arc, time::Duration};

use actix_web::web;
use futures_util::StreamExt;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::{problem::ApiError, share::Shares};

/// A file arrives in pieces of this size (the last one smaller), each within [`Intake::piece_within`]. A slow upload
/// loses its turn to waiting ones.
const PIECE: usize = 1024 * 1024;

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

impl Intake {
    /// Reads a body of at most `max` bytes, in pieces of which none may take too long.
    pub async fn read(&self, mut payload: web::Payload, max: usize) -> Result<web::Bytes, ApiError> {
        let mut bytes = web::BytesMut::new();
        while timeout(self.piece_within, read_piece(&mut payload, &mut bytes, max))
            .await
            .map_err(|_| ApiError::Unavailable)??
        {}
        Ok(bytes.freeze())
    }
}

/// Reads a piece, no further than the limit. Returns whether there may be more.
async fn read_piece(payload: &mut web::Payload, bytes: &mut web::BytesMut, max: usize) -> Result<bool, ApiError> {
    let until = bytes.len() + PIECE;
    while bytes.len() < until {
        let Some(part) = payload.next().await else { return Ok(false) };
        let part = part.map_err(|_| ApiError::Unavailable)?;
        if bytes.len() + part.len() > max {
            return Err(ApiError::PayloadTooLarge(max));
        }
        bytes.extend_from_slice(&part);
    }
    Ok(true)
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
