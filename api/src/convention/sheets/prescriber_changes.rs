//! `listPrescriberChanges`.

use actix_web::{HttpResponse, get};
use chrono::{DateTime, NaiveDate, Utc};
use insula_domain::{
    identifier::{HospitalNumber, NihdiNumber},
    names::{self, Qualification},
};
use insula_persistence::convention::sheets;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::{
    caller::Caller,
    input::Query,
    parameters::{After, PageSize},
    problem::ApiError,
};

/// A change in a list of prescribers.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PrescriberChange {
    /// The establishment.
    pub hospital_number: HospitalNumber,
    /// What changed.
    pub change: names::PrescriberChange,
    /// The physician's NIHDI number.
    pub nihdi_number: NihdiNumber,
    /// Their name.
    pub name: String,
    /// Their qualification.
    pub qualification: Qualification,
    /// The first day on which they may prescribe.
    pub from: NaiveDate,
    /// The last one, if one is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub to: Option<NaiveDate>,
    /// The version of the list that made the change.
    pub version: i32,
    /// When it was made.
    pub changed_at: DateTime<Utc>,
}

/// A part of the feed.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PrescriberChangeCollection {
    /// The changes, in a fixed order.
    pub items: Vec<PrescriberChange>,
    /// How many items a page holds at most.
    pub page_size: i32,
    /// The address to continue from. Always present: the feed never ends. Empty `items` mean nothing new yet.
    #[schema(format = "uri")]
    pub next: String,
}

/// Follow the changes of prescribers.
///
/// Every change in the lists of all establishments, from the beginning or from a `next` (CON-08). A client that follows
/// `next` to the end, and again later, misses and repeats no change, even when changes commit out of order.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listPrescriberChanges",
    params(After, PageSize),
    responses((status = 200, description = "A part of the feed.", body = PrescriberChangeCollection))
)]
#[get("/prescriberChanges")]
pub async fn list_prescriber_changes(caller: Caller, mut query: Query) -> Result<HttpResponse, ApiError> {
    let page = query.page(|text| text.parse().ok());
    let (after, page_size) = query.finish()?.take(page);
    let after = after.unwrap_or_default();
    let changes = caller.run(move |tx| sheets::prescriber_changes(tx, after, page_size)).await?;
    let last = changes.last().map_or(after, |last| last.in_feed);
    let items = changes.into_iter().map(|one| PrescriberChange {
        hospital_number: one.hospital,
        change: one.told.change,
        nihdi_number: one.told.prescriber.number,
        name: one.told.prescriber.name,
        qualification: one.told.prescriber.qualification,
        from: one.told.prescriber.span.from,
        to: one.told.prescriber.span.to,
        version: one.version,
        changed_at: one.changed_at,
    });
    Ok(HttpResponse::Ok().json(PrescriberChangeCollection {
        items: items.collect(),
        page_size,
        next: caller.next_page("after", last, page_size),
    }))
}
