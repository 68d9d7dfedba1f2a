use actix_web::{HttpResponse, get};
use chrono::{DateTime, Utc};
use insula_domain::{parties::beneficiary::holds_national_number, refusal::Reason};
use insula_persistence::trail::events;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::{
    caller::Caller,
    input::Query,
    parameters::{After, PageSize},
    problem::ApiError,
};

/// One event of the trail.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditEvent {
    /// Its identifier.
    pub id: Uuid,
    /// Its position in the sealed chain; absent until it is sealed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub position: Option<i64>,
    /// The signed event.
    #[serde(flatten)]
    #[schema(inline)]
    pub event: TracedEvent,
}

/// An event as it was signed.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TracedEvent {
    /// When it happened.
    pub at: DateTime<Utc>,
    /// The caller's organisation, with its kind.
    pub organisation: String,
    /// The caller.
    pub person: String,
    /// The `operationId`.
    pub operation: String,
    /// What was done.
    pub action: String,
    /// The subject of the action.
    pub subject: String,
    /// The trace id of the request.
    pub trace_id: Uuid,
    /// Versions, statuses, hashes; never an identity.
    #[schema(value_type = Object)]
    pub details: Value,
}

/// One page of the trail.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditEventCollection {
    /// The events, in the order in which they were committed.
    pub items: Vec<AuditEvent>,
    /// How many items a page holds at most.
    pub page_size: i32,
    /// The address to continue from. Always present: the trail never ends.
    #[schema(format = "uri")]
    pub next: String,
}

/// Read the trail.
///
/// Who did or read what, and when (SYS-01). It contains no identities. `insula audit verify` checks that it is
/// intact.
#[utoipa::path(
    tag = "Service",
    operation_id = "listAuditEvents",
    params(
        ("subject" = Option<String>, Query, nullable = false, description = "Only events about this subject, such as `registration:` followed by its identifier."),
        ("organisation" = Option<String>, Query, nullable = false, description = "Only events of this organisation, such as `hospital:71000436`."),
        After,
        PageSize
    ),
    responses((status = 200, description = "A part of the trail.", body = AuditEventCollection))
)]
#[get("/auditEvents")]
pub async fn list_audit_events(caller: Caller, mut query: Query) -> Result<HttpResponse, ApiError> {
    let is_name = |text: &str| text.len() <= 200 && text.bytes().all(|b| b.is_ascii_graphic());
    let name = |text: &str| (is_name(text) && !holds_national_number(text)).then(|| text.to_owned());
    let subject = query.one("subject", Reason::NotAnIdentifier, name);
    let organisation = query.one("organisation", Reason::NotAnIdentifier, name);
    let page = query.page(|text| text.parse().ok());
    let done = query.finish()?;
    let (subject, organisation) = (done.take(subject), done.take(organisation));
    let (after, page_size) = done.take(page);
    let after = after.unwrap_or_default();
    let found =
        caller.run(move |tx| events::list(tx, subject.as_deref(), organisation.as_deref(), after, page_size)).await?;
    let last = found.last().map_or(after, |last| last.in_feed);
    let items: Result<Vec<_>, _> = found
        .into_iter()
        .map(|recorded| {
            serde_json::from_str(&recorded.body).map(|event| AuditEvent {
                id: recorded.id,
                position: recorded.position,
                event,
            })
        })
        .collect();
    Ok(HttpResponse::Ok().json(AuditEventCollection {
        items: items.map_err(|_| ApiError::Internal)?,
        page_size,
        next: caller.next_page("after", last, page_size),
    }))
}
