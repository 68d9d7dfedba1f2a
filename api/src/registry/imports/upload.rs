//! The body of an import: larger than other bodies, so only a few are read at once.

use std::{future::Future, pin::Pin};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, http::header, web};

use super::file::Format;
use crate::{
    config::MAX_IMPORT,
    http::{
        caller::Caller,
        intake::{Intake, Place},
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
        let intake = request.app_data::<web::Data<Intake>>().cloned();
        let organisation = request.extensions().get::<Caller>().map(|caller| caller.call.organisation().to_owned());
        Box::pin(async move {
            let Some(format) = format.filter(|_| is_plain) else {
                return Err(ApiError::UnsupportedMediaType(TYPES));
            };
            if length.is_some_and(|length| length > MAX_IMPORT) {
                return Err(ApiError::PayloadTooLarge(MAX_IMPORT));
            }
            let (intake, organisation) = intake.zip(organisation).ok_or(ApiError::Internal)?;
            let room = intake.turn(&organisation).await.ok_or(ApiError::Unavailable)?;
            let payload = payload.await.map_err(|_| ApiError::Unavailable)?;
            let bytes = intake.read(payload, MAX_IMPORT).await?;
            Ok(Upload { format, bytes, _room: room })
        })
    }
}
