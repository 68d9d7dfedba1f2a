use actix_web::{HttpResponse, get};
use chrono::{DateTime, Utc};
use insula_domain::{names::Status, registry::registration::code::RegistrationCode};
use insula_persistence::registry::codes;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::{
    caller::Caller,
    input::Query,
    parameters::{After, PageSize},
    problem::ApiError,
};

/// A change of a registration code's status.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegistrationCodeChange {
    /// The code.
    #[schema(value_type = RegistrationCode)]
    pub code: String,
    /// Its address.
    #[schema(format = "uri")]
    pub href: String,
    /// The new status.
    pub status: Status,
    /// The new version. A higher version is later.
    pub version: i32,
    /// When the status changed.
    pub changed_at: DateTime<Utc>,
}

/// A part of the feed.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegistrationCodeChangeCollection {
    /// The changes, in a fixed order.
    pub items: Vec<RegistrationCodeChange>,
    /// How many items a page holds at most.
    pub page_size: i32,
    /// The address to continue from. Always present: the feed never ends. Empty `items` mean nothing new yet.
    #[schema(format = "uri")]
    pub next: String,
}

/// Follow the changes of registration codes.
///
/// Every status change of the codes of the insurer's members, from the beginning or from a `next`. A client that
/// follows `next` to the end, and again later, misses and repeats no change, even when changes commit out of order
/// (TRA-02).
#[utoipa::path(
    tag = "Registration codes",
    operation_id = "listRegistrationCodeChanges",
    params(After, PageSize),
    responses((status = 200, description = "A part of the feed.", body = RegistrationCodeChangeCollection))
)]
#[get("/registrationCodes/changes")]
pub async fn list_registration_code_changes(caller: Caller, mut query: Query) -> Result<HttpResponse, ApiError> {
    let page = query.page(|text| text.parse().ok());
    let (after, page_size) = query.finish()?.take(page);
    let after = after.unwrap_or_default();
    let changes = caller.run(move |tx| codes::changes(tx, after, page_size)).await?;
    let last = changes.last().map_or(after, |last| last.in_feed);
    let items = changes.into_iter().map(|change| RegistrationCodeChange {
        href: caller.href(&format!("/registrationCodes/{}", change.code)),
        code: change.code,
        status: change.status,
        version: change.version,
        changed_at: change.changed_at,
    });
    Ok(HttpResponse::Ok().json(RegistrationCodeChangeCollection {
        items: items.collect(),
        page_size,
        next: caller.next_page("after", last, page_size),
    }))
}
