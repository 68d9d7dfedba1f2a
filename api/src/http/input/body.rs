//! The body of a request.

use std::{future::Future, pin::Pin};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header, web};
use insula_domain::{
    refusal::{Fault, Reason},
    rule::RuleId,
};
use serde_json::{Map, Value};

use crate::{
    config::MAX_BODY,
    http::{auth::strict_json, problem::ApiError},
};

/// Timeout for receiving a body.
const BODY_WITHIN: std::time::Duration = std::time::Duration::from_secs(10);

/// A JSON object, and the bytes it was read from.
pub struct Body {
    /// Its members; no object in it repeats a name.
    pub members: Map<String, Value>,
    /// As received.
    pub bytes: web::Bytes,
}

impl FromRequest for Body {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Body, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence =
            content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let patches = request.method() == actix_web::http::Method::PATCH;
        let expected = if patches { "application/merge-patch+json" } else { "application/json" };
        let fits = essence == expected;
        let coding = request.headers().get(header::CONTENT_ENCODING);
        let is_plain = coding.is_none_or(|coding| coding.as_bytes().eq_ignore_ascii_case(b"identity"));
        let length =
            request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
        let bytes = web::Payload::from_request(request, payload);
        Box::pin(async move {
            if !fits {
                return Err(ApiError::UnsupportedMediaType(expected));
            }
            if !is_plain {
                // A small body can unpack to any size, and the limit leaves no need for compression.
                return Err(ApiError::UnsupportedMediaType("application/json, Content-Encoding: identity"));
            }
            if length.is_some_and(|length| length > MAX_BODY) {
                return Err(ApiError::PayloadTooLarge(MAX_BODY));
            }
            let payload = bytes.await.map_err(|_| not_json())?;
            // A body that trickles in would hold its slot forever.
            let read = tokio::time::timeout(BODY_WITHIN, payload.to_bytes_limited(MAX_BODY)).await;
            let bytes = read.map_err(|_| not_json())?.map_err(|_| ApiError::PayloadTooLarge(MAX_BODY))?;
            let bytes = bytes.map_err(|_| not_json())?;
            let members = strict_json::object(&bytes).ok_or_else(not_json)?;
            Ok(Body { members, bytes })
        })
    }
}

fn not_json() -> ApiError {
    ApiError::body(Fault::new("", Reason::NotJson, RuleId::Sys04))
}
