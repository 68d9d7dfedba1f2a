//! The body of an import: larger than any other, so that only a few are read at once.

use std::{future::Future, pin::Pin, time::Duration};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header, web};
use futures_util::StreamExt;
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::{Instant, timeout, timeout_at},
};

use super::file::Format;
use crate::{config::MAX_IMPORT, problem::ApiError};

/// Room for the files that are read and held at once in this process, in pieces of a MiB. A file takes a piece when it begins,
/// and each further one when it has filled the last: who sends slowly keeps out no more than they have sent.
static ROOM: Semaphore = Semaphore::const_new(40);
const PIECE: usize = 1024 * 1024;
/// How long a file may wait for a piece.
const TURN_WITHIN: Duration = Duration::from_secs(20);
/// How long a file may take to arrive.
const BODY_WITHIN: Duration = Duration::from_secs(60);
/// What a file may be.
const TYPES: &str = "text/csv, application/x-ndjson, Content-Encoding: identity";

/// A file as it was sent.
pub struct Upload {
    /// How it is written.
    pub format: Format,
    /// Its bytes.
    pub bytes: web::Bytes,
    /// Its part of the room, until it is dropped.
    _room: SemaphorePermit<'static>,
}

impl FromRequest for Upload {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Upload, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let essence = text(header::CONTENT_TYPE).split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let format = match essence.as_str() {
            "text/csv" => Some(Format::Csv),
            "application/x-ndjson" => Some(Format::Ndjson),
            _ => None,
        };
        let coding = request.headers().get(header::CONTENT_ENCODING);
        let is_plain = coding.is_none_or(|coding| coding.as_bytes().eq_ignore_ascii_case(b"identity"));
        let length = text(header::CONTENT_LENGTH).parse::<usize>().ok();
        let payload = web::Payload::from_request(request, payload);
        Box::pin(async move {
            let Some(format) = format.filter(|_| is_plain) else {
                return Err(ApiError::UnsupportedMediaType(TYPES));
            };
            let too_large = ApiError::PayloadTooLarge(MAX_IMPORT);
            if length.is_some_and(|length| length > MAX_IMPORT) {
                return Err(too_large);
            }
            let mut room = piece().await?;
            let mut payload = payload.await.map_err(|_| ApiError::Unavailable)?;
            let until = Instant::now() + BODY_WITHIN;
            let mut bytes = web::BytesMut::new();
            while let Some(read) = timeout_at(until, payload.next()).await.map_err(|_| ApiError::Unavailable)? {
                let read = read.map_err(|_| ApiError::Unavailable)?;
                if bytes.len() + read.len() > MAX_IMPORT {
                    return Err(too_large);
                }
                while bytes.len() + read.len() > room.num_permits() * PIECE {
                    room.merge(piece().await?);
                }
                bytes.extend_from_slice(&read);
            }
            Ok(Upload { format, bytes: bytes.freeze(), _room: room })
        })
    }
}

/// A further piece of the room, within reasonable time.
async fn piece() -> Result<SemaphorePermit<'static>, ApiError> {
    timeout(TURN_WITHIN, ROOM.acquire()).await.ok().and_then(Result::ok).ok_or(ApiError::Unavailable)
}
