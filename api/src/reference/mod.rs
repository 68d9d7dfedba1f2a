//! Reference data: code lists, the dictionary of fields, and the rules with their sources.

mod dictionary;
pub mod documents;
mod labels;
mod lists;
mod problems;
mod rules;

pub use dictionary::*;
pub use labels::*;
pub use lists::*;
pub use problems::*;
pub use rules::*;

use actix_web::{HttpResponse, http::header};
use aws_lc_rs::digest;
use serde::Serialize;

use crate::http::caller::Caller;

/// Reference data rarely changes: clients may cache it for an hour, and an unchanged copy is answered with 304.
fn cacheable(caller: &Caller, body: &impl Serialize) -> HttpResponse {
    cacheable_text(caller, "application/json", serde_json::to_string(body).unwrap_or_default())
}

/// The same for a text of another media type.
fn cacheable_text(caller: &Caller, content_type: &'static str, text: String) -> HttpResponse {
    let hash = hex::encode(digest::digest(&digest::SHA256, text.as_bytes()));
    let etag = format!("\"{}\"", hash.get(..24).unwrap_or_default());
    let mut response = if caller.has(&etag) { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header((header::ETAG, etag.clone()))
        .insert_header((header::CACHE_CONTROL, "private, max-age=3600"))
        .insert_header((header::VARY, "Accept, Accept-Language"));
    if caller.has(&etag) { response.finish() } else { response.content_type(content_type).body(text) }
}
