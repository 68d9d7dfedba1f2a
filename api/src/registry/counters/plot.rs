//! `getCounterPlot`.

mod axis;
mod drawing;
#[cfg(test)]
mod tests;

use actix_web::{HttpResponse, get, web};
use insula_domain::registry::counter::CounterId;
use insula_persistence::registry::counters;

use crate::http::{
    caller::Caller,
    parameters::IfNoneMatch,
    picture::{self, Bitmap, Picture},
    problem::ApiError,
};
use drawing::Plot;

/// Get a counter as a plot.
///
/// The figure after each night, the thresholds with the days on which they were reached, and the limit (CNT-08,
/// NOT-01), in the language of `Accept-Language`. `Accept` chooses the format: SVG, which also describes the plot in
/// words, or PNG of 900 by 480 pixels.
#[utoipa::path(
    tag = "Counters",
    operation_id = "getCounterPlot",
    params(("counterId" = CounterId, Path, description = "The counter."), IfNoneMatch),
    responses(
        (status = 200, description = "The plot.", content(
            (String = "image/svg+xml", example = json!("<svg width=\"900\" height=\"480\" xmlns=\"http://www.w3.org/2000/svg\">…</svg>")),
            (inline(Bitmap) = "image/png")
        )),
    )
)]
#[get("/counters/{counterId}/plot")]
pub async fn get_counter_plot(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let counter = super::counter(&caller, &path)?;
    let figures = caller.run(move |tx| counters::history(tx, counter)).await?;
    let (language, today) = (caller.language, caller.today());
    picture::answer(&caller, move |form| Plot { counter, figures: &figures, today, language }.drawn(form)).await
}
