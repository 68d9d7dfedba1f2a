//! The largest bodies: room for a few at once, and how they come in.

use std::{sync::Arc, time::Duration};

use actix_web::{HttpRequest, http::header, web};
use futures_util::StreamExt;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time::timeout,
};

use super::{problem::ApiError, share::Shares};

/// A file arrives in pieces of this size (the last one smaller), each within [`Intake::piece_within`]. A slow one loses
/// its place to waiting ones.
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

/// A place among the files.
#[derive(Debug)]
pub struct Place {
    _of_share: OwnedSemaphorePermit,
    _of_whole: OwnedSemaphorePermit,
}

/// The media type of a request's body, if it is one of these and the body is not compressed.
pub fn media(request: &HttpRequest, accepted: &[&'static str]) -> Option<&'static str> {
    let sent = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = sent.split(';').next().unwrap_or_default().trim();
    let coding = request.headers().get(header::CONTENT_ENCODING);
    let is_plain = coding.is_none_or(|coding| coding.as_bytes().eq_ignore_ascii_case(b"identity"));
    accepted.iter().copied().find(|media| is_plain && media.eq_ignore_ascii_case(essence))
}

/// A file on its way, in its place.
pub struct Incoming {
    payload: web::Payload,
    most: usize,
    received: usize,
    within: Duration,
    place: Place,
}

impl Incoming {
    /// Waits for a place for a file of at most so many bytes.
    ///
    /// # Errors
    /// `PayloadTooLarge` for one that says it is larger, `Unavailable` when no place became free in time.
    pub async fn begin(
        request: &HttpRequest,
        payload: web::Payload,
        most: usize,
        intake: &Intake,
        organisation: &str,
    ) -> Result<Incoming, ApiError> {
        let length = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        if length.is_some_and(|length: u64| length > most as u64) {
            return Err(ApiError::PayloadTooLarge(most));
        }
        let place = intake.turn(organisation).await.ok_or(ApiError::Unavailable)?;
        Ok(Incoming { payload, most, received: 0, within: intake.piece_within, place })
    }

    /// The next piece, empty at the end.
    ///
    /// # Errors
    /// `PayloadTooLarge` beyond the limit, `Unavailable` when the piece comes too slowly or the connection is cut.
    pub async fn piece(&mut self) -> Result<web::Bytes, ApiError> {
        timeout(self.within, self.read()).await.map_err(|_| ApiError::Unavailable)?
    }

    /// All of it, with its place for as long as it is held.
    ///
    /// # Errors
    /// Those of a piece.
    pub async fn whole(mut self) -> Result<(web::Bytes, Place), ApiError> {
        let mut bytes = web::BytesMut::new();
        loop {
            let piece = self.piece().await?;
            if piece.is_empty() {
                return Ok((bytes.freeze(), self.place));
            }
            bytes.extend_from_slice(&piece);
        }
    }

    /// Reads all of it on a thread of its own, piece by piece. What `work` returns counts only when every piece came.
    ///
    /// # Errors
    /// Those of a piece.
    pub async fn read_by<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut dyn Iterator<Item = web::Bytes>) -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let (sender, mut receiver) = mpsc::channel::<web::Bytes>(1);
        let working = web::block(move || work(&mut std::iter::from_fn(|| receiver.blocking_recv())));
        loop {
            let piece = self.piece().await?;
            if piece.is_empty() || sender.send(piece).await.is_err() {
                break;
            }
        }
        drop(sender);
        working.await.map_err(|_| ApiError::Internal)
    }

    async fn read(&mut self) -> Result<web::Bytes, ApiError> {
        let mut piece = web::BytesMut::new();
        while piece.len() < PIECE {
            let Some(part) = self.payload.next().await else { break };
            let part = part.map_err(|_| ApiError::Unavailable)?;
            self.received += part.len();
            if self.received > self.most {
                return Err(ApiError::PayloadTooLarge(self.most));
            }
            piece.extend_from_slice(&part);
        }
        Ok(piece.freeze())
    }
}

impl Default for Intake {
    fn default() -> Intake {
        Intake::new(4, 1, Duration::from_secs(20), Duration::from_secs(5))
    }
}
