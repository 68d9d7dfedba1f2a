//! `previewNight`.

use actix_web::{HttpResponse, get};
use chrono::NaiveDate;
use insula_domain::{nomenclature::Counter, registry::counter::CounterId};
use insula_persistence::{
    registry::night,
    trail::{self, Action},
};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{NightDecision, nights::validation_number};
use crate::http::{
    caller::Caller,
    input::Query,
    parameters::{After, PageSize},
    problem::ApiError,
};

/// What the coming night would decide.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NightPreview {
    /// The day of the coming night.
    pub day: NaiveDate,
    /// How many registrations would keep their place.
    pub kept: u32,
    /// How many registrations would take a place.
    pub taken: u32,
    /// How many registrations would find their counter exceeded.
    pub exceeded: u32,
    /// The figures after the night.
    pub figures: Vec<PreviewedFigure>,
    /// The thresholds that would be announced (NOT-01).
    pub thresholds: Vec<PreviewedThreshold>,
    /// One page of its decisions, in the order of validation.
    pub items: Vec<NightDecision>,
    /// How many items a page holds at most.
    pub page_size: i32,
    /// The next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "uri")]
    pub next: Option<String>,
}

/// A counter's figure after the coming night.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreviewedFigure {
    /// The counter.
    pub counter_id: CounterId,
    /// The figure.
    pub figure: u32,
}

/// A threshold that the coming night would announce.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreviewedThreshold {
    /// The counter.
    pub counter_id: CounterId,
    /// The threshold.
    pub threshold: u32,
}

/// Preview the night.
///
/// What tonight's run would decide about everything that has arrived so far, by the same decision code and without
/// any change (CNT-09). A hospital previews one registration with `checkRegistration`.
#[utoipa::path(
    tag = "Counters",
    operation_id = "previewNight",
    params(
        ("counter" = Option<Counter>, Query, nullable = false, description = "Only decisions about this counter."),
        After,
        PageSize
    ),
    responses((status = 200, description = "The preview.", body = NightPreview))
)]
#[get("/nights/preview")]
pub async fn preview_night(caller: Caller, mut query: Query) -> Result<HttpResponse, ApiError> {
    let counter = query.one_of("counter", Counter::ALL, Counter::name);
    let page = query.page(validation_number);
    let done = query.finish()?;
    let (counter, (after, page_size)) = (done.take(counter), done.take(page));
    let after = after.unwrap_or_default();
    caller.run(|tx| Ok(trail::record(tx, Action::Preview, "nights", &json!({}))?)).await?;
    let size = usize::try_from(page_size).unwrap_or_default();
    let (report, mut page) = caller
        .run_as_insula(move |tx| {
            let mut page = Vec::new();
            let day = night::next(tx)?;
            let report = night::preview(tx, day, |decided| {
                let wanted = decided
                    .into_iter()
                    .filter(|one| one.number > after && counter.is_none_or(|counter| one.counter.counter == counter));
                page.extend(wanted.take(size + 1 - page.len().min(size + 1)));
            })?;
            Ok((report, page))
        })
        .await?;
    let more = page.len() > size;
    page.truncate(size);
    let next = page.last().filter(|_| more).map(|last| caller.next_page("after", last.number, page_size));
    let figures = report.figures.iter();
    let thresholds = report.reached.iter();
    Ok(HttpResponse::Ok().json(NightPreview {
        day: report.day,
        kept: report.kept,
        taken: report.taken,
        exceeded: report.exceeded,
        figures: figures.map(|(counter, figure)| PreviewedFigure { counter_id: *counter, figure: *figure }).collect(),
        thresholds: thresholds
            .map(|one| PreviewedThreshold { counter_id: one.counter, threshold: one.threshold })
            .collect(),
        items: page.iter().map(NightDecision::of).collect(),
        page_size,
        next,
    }))
}
