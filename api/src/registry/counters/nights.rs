//! `listNights`, `getNight` and `listNightDecisions`.

use actix_web::{HttpResponse, get, web};
use chrono::{DateTime, NaiveDate, Utc};
use insula_domain::nomenclature::Counter;
use insula_persistence::registry::counters::{self, NightRun};
use serde::Serialize;
use utoipa::ToSchema;

use super::NightDecision;
use crate::http::{
    caller::Caller,
    collection::Page,
    input::{Query, path_day},
    parameters::{After, PageSize},
    problem::ApiError,
};

/// A night that has run.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Night {
    /// The Brussels day whose night it was (CNT-07).
    pub day: NaiveDate,
    /// Its address.
    #[schema(format = "uri")]
    pub href: String,
    /// The midnight that ends the day. The night decides about everything that Healthdata acknowledged before it
    /// (CNT-02).
    pub arrivals_before: DateTime<Utc>,
    /// When it ran.
    pub run_at: DateTime<Utc>,
    /// How many registrations kept their place (CNT-04).
    pub kept: i32,
    /// How many registrations took a place (CNT-03).
    pub taken: i32,
    /// How many registrations found their counter exceeded and need correction (CNT-03).
    pub exceeded: i32,
    /// The address of its decisions.
    #[schema(format = "uri")]
    pub decisions_href: String,
}

impl Night {
    fn of(caller: &Caller, run: NightRun) -> Night {
        let href = caller.href(&format!("/nights/{}", run.day));
        Night {
            day: run.day,
            decisions_href: format!("{href}/decisions"),
            href,
            arrivals_before: run.arrivals_before,
            run_at: run.run_at,
            kept: run.kept,
            taken: run.taken,
            exceeded: run.exceeded,
        }
    }
}

/// The nights, the latest first.
pub type NightCollection = Page<Night>;

/// List the nights.
///
/// Every night that has run, the latest first: one per day; a missed night is caught up (CNT-07).
#[utoipa::path(
    tag = "Counters",
    operation_id = "listNights",
    params(
        ("before" = Option<NaiveDate>, Query, nullable = false, description = "Only nights before this day. Take it from `next`."),
        PageSize
    ),
    responses((status = 200, description = "The nights, the latest first.", body = NightCollection))
)]
#[get("/nights")]
pub async fn list_nights(caller: Caller, mut query: Query) -> Result<HttpResponse, ApiError> {
    let before = query.date("before");
    let page_size = query.page_size();
    let (before, page_size) = query.finish()?.take(before.and(page_size));
    let page = caller.run(move |tx| counters::runs(tx, before, page_size)).await?;
    let next = page.last().map(|run| caller.next_page("before", run.day, page_size));
    Ok(HttpResponse::Ok().json(NightCollection {
        items: page.items.into_iter().map(|run| Night::of(&caller, run)).collect(),
        page_size,
        next,
    }))
}

/// Get a night.
///
/// The result of one night, in figures.
#[utoipa::path(
    tag = "Counters",
    operation_id = "getNight",
    params(("day" = NaiveDate, Path, description = "The day.")),
    responses((status = 200, description = "The night.", body = Night))
)]
#[get("/nights/{day}")]
pub async fn get_night(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let day = path_day(&path)?;
    let run = caller.run(move |tx| counters::run_of(tx, day)).await?;
    Ok(HttpResponse::Ok().json(Night::of(&caller, run)))
}

/// The decisions, in the order of validation, in which they were made (CNT-02).
pub type NightDecisionCollection = Page<NightDecision>;

/// List a night's decisions.
///
/// The decision about each registration, with its rule (CNT-02 to CNT-04).
#[utoipa::path(
    tag = "Counters",
    operation_id = "listNightDecisions",
    params(
        ("day" = NaiveDate, Path, description = "The day."),
        ("counter" = Option<Counter>, Query, nullable = false, description = "Only decisions about this counter."),
        After,
        PageSize
    ),
    responses(
        (status = 200, description = "The decisions, in the order of validation, in which they were made (CNT-02).", body = NightDecisionCollection),
    )
)]
#[get("/nights/{day}/decisions")]
pub async fn list_night_decisions(
    caller: Caller,
    path: web::Path<String>,
    mut query: Query,
) -> Result<HttpResponse, ApiError> {
    let counter = query.one_of("counter", Counter::ALL, Counter::name);
    let page = query.page(validation_number);
    let done = query.finish()?;
    let (counter, (after, page_size)) = (done.take(counter), done.take(page));
    let after = after.unwrap_or_default();
    let day = path_day(&path)?;
    let page = caller
        .run(move |tx| {
            counters::run_of(tx, day)?;
            counters::decisions(tx, day, counter, after, page_size)
        })
        .await?;
    let next = page.last().map(|last| caller.next_page("after", last.number, page_size));
    Ok(HttpResponse::Ok().json(NightDecisionCollection {
        items: page.items.iter().map(NightDecision::of).collect(),
        page_size,
        next,
    }))
}

/// A number in the order of validation, as a cursor states it.
pub fn validation_number(text: &str) -> Option<i64> {
    text.parse().ok().filter(|number: &i64| *number >= 0 && number.to_string() == text)
}
