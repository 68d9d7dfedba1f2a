//! `listCounters`, `getCounter` and `listCounterFigures`.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, get, web};
use chrono::{Datelike, NaiveDate};
use insula_domain::{nomenclature::JoinedPair, registry::counter::CounterId};
use insula_persistence::registry::counters::{self, Standing};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::{caller::Caller, collection::List, problem::ApiError};

/// One of the two national counters: A counts all years together, B one year.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Counter {
    /// Its identifier, with the year of the implantations it counts (CNT-05).
    pub id: CounterId,
    /// Its address.
    #[schema(format = "uri")]
    pub href: String,
    /// The nomenclature pair it counts (CNT-01).
    #[schema(value_type = JoinedPair)]
    pub nomenclature_pair: &'static str,
    /// The year, for counter B.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub year: Option<i32>,
    /// How many places are held now, in all hospitals together (CNT-08).
    pub figure: u32,
    /// How many places there are: 400 in all for A, 60 a year for B (CNT-01).
    pub limit: u32,
    /// How many places are left.
    pub places_left: u32,
    /// Whether the last night found the counter full. Submitting for it is then refused until a later night finds
    /// places left (CNT-06).
    pub closed: bool,
    /// The day whose night found it full.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub closed_since: Option<NaiveDate>,
    /// The address of its figures night by night.
    #[schema(format = "uri")]
    pub figures_href: String,
    /// The address of its plot.
    #[schema(format = "uri")]
    pub plot_href: String,
}

impl Counter {
    fn of(caller: &Caller, standing: &Standing) -> Counter {
        let id = standing.id;
        Counter {
            id,
            href: caller.href(&format!("/counters/{id}")),
            nomenclature_pair: id.counter.pair(),
            year: id.year,
            figure: standing.figure,
            limit: id.limit(),
            places_left: id.limit().saturating_sub(standing.figure),
            closed: standing.closed_since.is_some(),
            closed_since: standing.closed_since,
            figures_href: caller.href(&format!("/counters/{id}/figures")),
            plot_href: caller.href(&format!("/counters/{id}/plot")),
        }
    }
}

/// A, then B by year: this year and every year with a held place.
pub type CounterCollection = List<Counter>;

/// List the counters.
///
/// Both national counters as they are now: places held, limit, places left, closed or not (CNT-01, CNT-06, CNT-08).
/// Figures cover all hospitals and identify no one.
#[utoipa::path(
    tag = "Counters",
    operation_id = "listCounters",
    responses((status = 200, description = "A, then B by year: this year and every year with a held place.", body = CounterCollection))
)]
#[get("/counters")]
pub async fn list_counters(caller: Caller) -> Result<HttpResponse, ApiError> {
    let standings = caller.run(counters::standings).await?;
    let year = caller.today().year();
    // Both are always listed, even when no place is held.
    let mut all = BTreeMap::from([CounterId::A, CounterId::b(year)].map(|id| (id, empty(id))));
    all.extend(standings.into_iter().map(|standing| (standing.id, standing)));
    let items = all.values().map(|standing| Counter::of(&caller, standing)).collect();
    Ok(HttpResponse::Ok().json(List::of(items)))
}

fn empty(id: CounterId) -> Standing {
    Standing { id, figure: 0, closed_since: None }
}

/// Get a counter.
///
/// One counter as it is now.
#[utoipa::path(
    tag = "Counters",
    operation_id = "getCounter",
    params(("counterId" = CounterId, Path, description = "The counter.")),
    responses((status = 200, description = "The counter.", body = Counter))
)]
#[get("/counters/{counterId}")]
pub async fn get_counter(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let id = super::counter(&caller, &path)?;
    let standings = caller.run(counters::standings).await?;
    let standing = standings.into_iter().find(|standing| standing.id == id).unwrap_or_else(|| empty(id));
    Ok(HttpResponse::Ok().json(Counter::of(&caller, &standing)))
}

/// The figures, oldest first. Nights without a change are left out.
pub type CounterFigureCollection = List<counters::Figure>;

/// List a counter's figures.
///
/// The figure after each night that changed it, and the thresholds reached by that night (CNT-08, NOT-01).
#[utoipa::path(
    tag = "Counters",
    operation_id = "listCounterFigures",
    params(("counterId" = CounterId, Path, description = "The counter.")),
    responses(
        (status = 200, description = "The figures, oldest first. Nights without a change are left out.", body = CounterFigureCollection),
    )
)]
#[get("/counters/{counterId}/figures")]
pub async fn list_counter_figures(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let id = super::counter(&caller, &path)?;
    let figures = caller.run(move |tx| counters::history(tx, id)).await?;
    Ok(HttpResponse::Ok().json(List::of(figures)))
}
