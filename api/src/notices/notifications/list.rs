//! `listNotifications` and `getNotification`.

use actix_web::{HttpResponse, get, web};
use insula_domain::{
    identifier::HospitalNumber, notices::mail::MailState, refusal::Reason, registry::counter::CounterId,
};
use insula_persistence::notices::mails::{self, NotificationFilter};

use super::dto::Notification;
use crate::http::{
    caller::Caller,
    collection::Page,
    input::{Query, identifier, path_uuid},
    parameters::{After, PageSize},
    problem::ApiError,
};

/// The e-mails, the newest first.
pub type NotificationCollection = Page<Notification>;

/// List e-mails.
///
/// The e-mails about counters that reached a threshold (NOT-02) and about changed lists of prescribers (CON-08), with
/// their outcome (NOT-04). A hospital's people see those addressed to their hospital, and those to INAMI about its
/// list. The order is fixed: newest first.
#[utoipa::path(
    tag = "Notifications",
    operation_id = "listNotifications",
    params(
        ("state" = Option<Vec<MailState>>, Query, style = Form, explode, nullable = false, description = "Any of these states."),
        ("hospitalNumber" = Option<HospitalNumber>, Query, nullable = false, description = "Addressed to this hospital, or about its prescribers."),
        ("counterId" = Option<Vec<CounterId>>, Query, style = Form, explode, nullable = false, description = "About any of these counters."),
        After,
        PageSize
    ),
    responses((status = 200, description = "The e-mails, the newest first.", body = NotificationCollection))
)]
#[get("/notifications")]
pub async fn list_notifications(caller: Caller, mut query: Query) -> Result<HttpResponse, ApiError> {
    let number = |text: &str| text.parse::<HospitalNumber>().ok().map(|number| number.to_string());
    let state = query.any_of("state", MailState::ALL, MailState::name);
    let hospital = query.one("hospitalNumber", Reason::NotAnIdentifier, number);
    let counter = query.many("counterId", Reason::NotAnIdentifier, |text| text.parse::<CounterId>().ok());
    let page = query.page(identifier);
    let done = query.finish()?;
    let (after, page_size) = done.take(page);
    let filter = NotificationFilter {
        state: done.take(state),
        hospital: done.take(hospital),
        counter: done.take(counter),
        after,
        page_size,
    };
    let page = caller.run(move |tx| mails::list(tx, &filter)).await?;
    let next = page.last().map(|last| caller.next_page("after", last.id, page_size));
    Ok(HttpResponse::Ok().json(NotificationCollection {
        items: page.items.into_iter().map(|mail| Notification::of(&caller, mail)).collect(),
        page_size,
        next,
    }))
}

/// Get an e-mail.
///
/// Its subject and text, its recipients, and the outcome for each (NOT-02, NOT-04).
#[utoipa::path(
    tag = "Notifications",
    operation_id = "getNotification",
    params(("notificationId" = uuid::Uuid, Path, description = "Its identifier.")),
    responses((status = 200, description = "The e-mail.", body = Notification))
)]
#[get("/notifications/{notificationId}")]
pub async fn get_notification(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let id = path_uuid(&path)?;
    let mail = caller.run(move |tx| mails::get(tx, id)).await?;
    Ok(HttpResponse::Ok().json(Notification::of(&caller, mail)))
}
