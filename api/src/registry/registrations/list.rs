//! `listRegistrations`.

use actix_web::{HttpResponse, get};
use insula_domain::{
    ids::RegistrationId,
    registry::registration::{RegistrationType, Status},
};
use insula_persistence::registry::registrations::{self, RegistrationFilter};

use super::dto::Registration;
use crate::http::{
    caller::Caller,
    collection::Page,
    input::{Query, identifier},
    parameters::{After, PageSize},
    problem::ApiError,
};

/// The registrations, most recently created first.
pub type RegistrationCollection = Page<Registration>;

/// List registrations.
///
/// All that the caller may see: a study lead all of the hospital's, an associate their own, support those of the
/// authors they support (CGM-04). The order is fixed: by creation, newest first. Following `next` repeats and misses
/// no registration that existed when the first page was read, even while others arrive and change.
#[utoipa::path(
    tag = "Registrations",
    operation_id = "listRegistrations",
    params(
        ("status" = Option<Vec<Status>>, Query, style = Form, explode, nullable = false, description = "Any of these statuses."),
        ("type" = Option<Vec<RegistrationType>>, Query, style = Form, explode, nullable = false, description = "Any of these types."),
        ("changedSince" = Option<chrono::DateTime<chrono::Utc>>, Query, nullable = false, description = "Changed at this instant or later."),
        After,
        PageSize
    ),
    responses((status = 200, description = "The registrations, most recently created first.", body = RegistrationCollection))
)]
#[get("/registrations")]
pub async fn list_registrations(caller: Caller, mut query: Query) -> Result<HttpResponse, ApiError> {
    let status = query.any_of("status", Status::ALL, Status::name);
    let registration_type = query.any_of("type", RegistrationType::ALL, RegistrationType::name);
    let changed_since = query.instant("changedSince");
    let page = query.page(identifier);
    let done = query.finish()?;
    let (after, page_size) = done.take(page);
    let filter = RegistrationFilter {
        status: done.take(status),
        registration_type: done.take(registration_type),
        changed_since: done.take(changed_since),
        beneficiary: None,
        after: after.map(RegistrationId),
        page_size,
    };
    let page = caller.run(move |tx| registrations::list(tx, &filter)).await?;
    let next = page.last().map(|last| caller.next_page("after", last.id, page_size));
    Ok(HttpResponse::Ok().json(RegistrationCollection {
        items: page.items.iter().map(|registration| Registration::of(&caller, registration)).collect(),
        page_size,
        next,
    }))
}
