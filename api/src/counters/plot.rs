//! `getCounterPlot`.

mod axis;
mod drawing;
#[cfg(test)]
mod tests;

use actix_web::{HttpResponse, get, http::header, web};
use aws_lc_rs::digest;
use insula_domain::clock::brussels_day;
use insula_persistence::counters;
use utoipa::ToSchema;

use crate::{caller::Caller, problem::ApiError};
use drawing::Plot;

const PNG: &str = "image/png";
const SVG: &str = "image/svg+xml";

/// A PNG file.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
pub struct Bitmap(pub Vec<u8>);

/// Get a counter as a picture.
///
/// The figure after each night, the thresholds with the days on which they were reached, and the limit (CNT-08, NOT-01), in the
/// language of `Accept-Language`. `Accept` says in which form: SVG, which also says in words what it shows, or PNG of 900 by 480
/// pixels.
#[utoipa::path(
    tag = "Counters",
    operation_id = "getCounterPlot",
    params(("counterId" = String, Path, description = "`A`, or `B-` and a year.")),
    responses(
        (status = 200, description = "The picture.", content(
            (String = "image/svg+xml", example = json!("<svg width=\"900\" height=\"480\" xmlns=\"http://www.w3.org/2000/svg\">…</svg>")),
            (inline(Bitmap) = "image/png")
        ), headers(("ETag" = String, description = "Names this very picture, for `If-None-Match`."))),
        (status = 304, description = "The caller has it already."),
        (status = 404, response = crate::documents::ProblemResponse),
    ),
    security(("Bearer" = []))
)]
#[get("/counters/{counterId}/plot")]
pub async fn get_counter_plot(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let counter = super::counter(&caller, &path)?;
    let (figures, now) = caller.run(move |tx| Ok((counters::history(tx, counter)?, tx.now))).await?;
    let (language, today) = (caller.language, brussels_day(now));
    let media = if caller.media.as_deref() == Some(PNG) { PNG } else { SVG };
    // Drawing a bitmap takes milliseconds in which an HTTP thread would answer nobody else.
    let drawn = web::block(move || {
        let plot = Plot { counter, figures: &figures, today, language };
        if media == PNG { plot.png() } else { plot.svg().map(String::into_bytes) }
    });
    let picture = drawn.await.map_err(|_| ApiError::Internal)?.map_err(|error| {
        tracing::error!(%error, "a plot");
        ApiError::Internal
    })?;
    let hash = hex::encode(digest::digest(&digest::SHA256, &picture));
    let etag = format!("\"{}\"", hash.get(..24).unwrap_or_default());
    let has = caller.has(&etag);
    let mut response = if has { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header((header::ETAG, etag))
        .insert_header((header::CACHE_CONTROL, "private, no-cache"))
        .append_header((header::VARY, "Accept, Accept-Language, Authorization"));
    Ok(if has { response.finish() } else { response.content_type(media).body(picture) })
}
