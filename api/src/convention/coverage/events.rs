//! `listCoverageEvents`.

use actix_web::{HttpResponse, get};
use chrono::{DateTime, Utc};
use insula_domain::notices::webhook::EventType;
use insula_persistence::convention::coverage::events;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::{
    caller::Caller,
    input::Query,
    parameters::{After, PageSize},
    problem::ApiError,
};

/// Something that happened to an application or a granted period, without anything about the beneficiary.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoverageEvent {
    /// Its identifier, the same as in a webhook.
    pub id: Uuid,
    /// What happened: `be.insula.coverage.submitted`, `.questionAsked`, `.answered`, `.decided`, `.withdrawn`, `.closed`,
    /// `.warned`, `.periodEnding` (60 and 30 days before), `.periodEnded` or `.periodRestored`.
    #[serde(rename = "type")]
    pub event_type: EventType,
    /// The application that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub coverage_application_id: Option<Uuid>,
    /// The period that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub granted_period_id: Option<Uuid>,
    /// Where to read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "uri")]
    pub href: Option<String>,
    /// The version that it made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1)]
    pub version: Option<i32>,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
}

/// A part of the feed.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoverageEventCollection {
    /// The events, in a fixed order.
    pub items: Vec<CoverageEvent>,
    /// How many items a page holds at most.
    pub page_size: i32,
    /// The address to continue from. Always present: the feed never ends. Empty `items` mean nothing new yet.
    #[schema(format = "uri")]
    pub next: String,
}

/// Follow what happens to coverage.
///
/// For an establishment what concerns its applications and periods, for an adviser what concerns the insurer's members,
/// from the beginning or from a `next`. A client that follows `next` to the end, and again later, misses and repeats
/// nothing, even when changes commit out of order.
#[utoipa::path(
    tag = "Coverage",
    operation_id = "listCoverageEvents",
    params(After, PageSize),
    responses((status = 200, description = "A part of the feed.", body = CoverageEventCollection))
)]
#[get("/coverageEvents")]
pub async fn list_coverage_events(caller: Caller, mut query: Query) -> Result<HttpResponse, ApiError> {
    let page = query.page(|text| text.parse().ok());
    let (after, page_size) = query.finish()?.take(page);
    let after = after.unwrap_or_default();
    let found = caller.run(move |tx| events::list(tx, after, page_size)).await?;
    let last = found.last().map_or(after, |last| last.in_feed);
    let href = |event: &events::Event| {
        let application = event.application.map(super::dto::path);
        application.or(event.period.map(super::periods::path)).map(|path| caller.href(&path))
    };
    let items = found.iter().map(|event| CoverageEvent {
        id: event.id,
        event_type: event.event_type,
        coverage_application_id: event.application,
        granted_period_id: event.period,
        href: href(event),
        version: event.version,
        occurred_at: event.occurred_at,
    });
    Ok(HttpResponse::Ok().json(CoverageEventCollection {
        items: items.collect(),
        page_size,
        next: caller.next_page("after", last, page_size),
    }))
}
