//! The body of an import: larger than other bodies, so only a few are read at once.

use std::{future::Future, pin::Pin};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, web};

use super::file::Format;
use crate::{
    config::MAX_IMPORT,
    http::{
        caller::Caller,
        intake::{Incoming, Place, media},
        problem::ApiError,
    },
};

/// The accepted media types and encoding.
const TYPES: &str = "text/csv, application/x-ndjson, Content-Encoding: identity";

/// A received file.
pub struct Upload {
    /// Its format.
    pub format: Format,
    /// Its bytes.
    pub bytes: web::Bytes,
    /// Its turn among the few files held at once, until dropped.
    _room: Place,
}

impl FromRequest for Upload {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Upload, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let format = match media(request, &["text/csv", "application/x-ndjson"]) {
            Some("text/csv") => Some(Format::Csv),
            Some(_) => Some(Format::Ndjson),
            None => None,
        };
        let payload = web::Payload::from_request(request, payload);
        let caller = request.extensions().get::<Caller>().cloned();
        let request = request.clone();
        Box::pin(async move {
            let format = format.ok_or(ApiError::UnsupportedMediaType(TYPES))?;
            let caller = caller.ok_or(ApiError::Internal)?;
            let payload = payload.await.map_err(|_| ApiError::Unavailable)?;
            let organisation = caller.call.organisation();
            let incoming = Incoming::begin(&request, payload, MAX_IMPORT, &caller.state.intake, organisation).await?;
            let (bytes, place) = incoming.whole().await?;
            Ok(Upload { format, bytes, _room: place })
        })
    }
}
