use actix_web::{HttpResponse, get};
use chrono::{DateTime, Utc};
use insula_domain::refusal::Reason;
use insula_persistence::registry::codes;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::{
    caller::Caller,
    input::Query,
    parameters::{After, PageSize},
    problem::ApiError,
};

/// A change of status of a code.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"code": "20240000004241", "href": "https://insula.example/insula/v1/registrationCodes/20240000004241",
    "status": "submitted", "version": 3, "changedAt": "2026-03-02T14:05:11.4Z"}))]
pub struct RegistrationCodeChange {
    /// The code.
    pub code: String,
    /// Its address.
    #[schema(format = "uri")]
    pub href: String,
    /// The status from then on.
    pub status: String,
    /// The version from then on; a greater one is later.
    pub version: i32,
    /// When.
    pub changed_at: DateTime<Utc>,
}

/// A part of the feed.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"items": [], "pageSize": 50, "next": "https://insula.example/insula/v1/registrationCodes/changes?after=812-44&pageSize=50"}))]
pub struct RegistrationCodeChangeCollection {
    /// The changes, in the order in which they will always be read.
    pub items: Vec<RegistrationCodeChange>,
    /// How many items a page holds at most.
    pub page_size: i32,
    /// Where to read on; always there, because the feed never ends. No items means: nothing new yet.
    #[schema(format = "uri")]
    pub next: String,
}

/// Follow the changes of registration codes.
///
/// Every change of status of a member's code, from the beginning or from where `next` led. Followed to its end and again
/// later, it never misses a change nor repeats one, whatever commits meanwhile and in which order (TRA-02).
#[utoipa::path(
    tag = "Registration codes",
    operation_id = "listRegistrationCodeChanges",
    params(After, PageSize),
    responses((status = 200, description = "A part of the feed.", body = RegistrationCodeChangeCollection))
)]
#[get("/registrationCodes/changes")]
pub async fn list_registration_code_changes(caller: Caller, mut query: Query) -> Result<HttpResponse, ApiError> {
    let after = query.one("after", Reason::NotAnIdentifier, |text| text.parse().ok()).or_default();
    let page_size = query.page_size();
    let (after, page_size) = query.finish()?.take(after.and(page_size));
    let changes = caller.run(move |tx| codes::changes(tx, after, page_size)).await?;
    let last = changes.last().map_or(after, |last| last.in_feed);
    let items = changes.into_iter().map(|change| RegistrationCodeChange {
        href: caller.href(&format!("/registrationCodes/{}", change.code)),
        code: change.code,
        status: change.status.name().to_owned(),
        version: change.version,
        changed_at: change.changed_at,
    });
    Ok(HttpResponse::Ok().json(RegistrationCodeChangeCollection {
        items: items.collect(),
        page_size,
        next: caller.href(&format!("/registrationCodes/changes?after={last}&pageSize={page_size}")),
    }))
}
