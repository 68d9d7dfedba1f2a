//! The calendar feeds of what is due (REG-17): made, listed and revoked by the establishment, read by its calendars.

use actix_web::{
    HttpResponse, delete, get,
    http::{StatusCode, header},
    post, web,
};
use chrono::{DateTime, Utc};
use insula_domain::{
    convention::reports::feed::{self, calendar},
    names::Language,
};
use insula_persistence::{
    convention::{conventions, feeds, obligations},
    parties::organisations,
    trail::{self, Action},
};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{facts, page};
use crate::{
    convention::record::{Answered, RecordPath, RegisterPath},
    http::{
        caller::Caller,
        collection::List,
        input::{Body, Reader, path_hospital, path_uuid},
        parameters::{IdempotencyKey, OfHospital},
    },
};

/// A calendar feed of what is due (REG-17).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ObligationFeed {
    /// Its identifier.
    pub id: Uuid,
    /// What it is for.
    pub name: String,
    /// In which language it speaks.
    pub language: Language,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub revoked_at: Option<DateTime<Utc>>,
    /// The address to subscribe to, which holds the token; only in the answer that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "uri")]
    pub feed_href: Option<String>,
}

impl ObligationFeed {
    fn of(caller: &Caller, feed: feeds::Feed, token: Option<&str>) -> ObligationFeed {
        let feeds::Feed { id, name, language, created_by, created_at, revoked_at } = feed;
        let feed_href = token.map(|token| caller.href(&format!("/obligationFeeds/{token}")));
        ObligationFeed { id, name, language, created_by, created_at, revoked_at, feed_href }
    }
}

/// A calendar feed as it is asked for.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"name": "Calendar of the team", "language": "fr"}))]
pub struct ObligationFeedEntry {
    /// What it is for.
    #[schema(max_length = 100)]
    pub name: String,
    /// In which language it speaks.
    pub language: Language,
}

/// The calendar feeds, the latest first.
pub type ObligationFeedCollection = List<ObligationFeed>;

/// List the calendar feeds of what is due.
///
/// Those of the establishment, revoked ones too, without their tokens (REG-17).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listObligationFeeds",
    params(OfHospital),
    responses((status = 200, description = "The feeds, the latest first.", body = ObligationFeedCollection))
)]
#[get("/establishments/{hospitalNumber}/obligationFeeds")]
pub async fn list_obligation_feeds(caller: Caller, path: RegisterPath) -> Answered {
    let hospital = path_hospital(&path)?;
    let found = caller
        .run(move |tx| {
            organisations::hospital(tx, hospital)?;
            feeds::list(tx)
        })
        .await?;
    let items = found.into_iter().map(|feed| ObligationFeed::of(&caller, feed, None)).collect();
    Ok(HttpResponse::Ok().json(List::of(items)))
}

/// Make a calendar feed of what is due.
///
/// The answer holds the address to which a calendar subscribes. The token in it needs no other authorisation, and is
/// shown only here; a retry with the same `Idempotency-Key` shows it again (REG-17).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "createObligationFeed",
    params(OfHospital, IdempotencyKey),
    request_body = ObligationFeedEntry,
    responses((status = 201, description = "The feed, with its address.", body = ObligationFeed))
)]
#[post("/establishments/{hospitalNumber}/obligationFeeds")]
pub async fn create_obligation_feed(caller: Caller, path: RegisterPath, body: Body) -> Answered {
    let hospital = path_hospital(&path)?;
    let caller = caller.keyed(&body.bytes)?;
    let mut reader = Reader::new(&body.members);
    let name = reader.required_text("name", 100);
    let language = reader.required_one_of("language", Language::ALL, Language::name);
    let (name, language) = reader.finish()?.take(name.and(language));
    caller
        .run_keyed(move |caller, tx| {
            organisations::hospital(tx, hospital)?;
            let (made, token) = feeds::create(tx, &name, language)?;
            let subject = feeds::subject(made.id);
            let shown = ObligationFeed::of(caller, made, Some(&token));
            Ok((subject, caller.answer(StatusCode::CREATED, None, shown.feed_href.clone(), &shown)))
        })
        .await
}

/// Revoke a calendar feed of what is due.
///
/// From the next request on its token opens nothing (REG-17).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "revokeObligationFeed",
    params(OfHospital, ("obligationFeedId" = Uuid, Path, description = "Its identifier.")),
    responses((status = 204, description = "Revoked."))
)]
#[delete("/establishments/{hospitalNumber}/obligationFeeds/{obligationFeedId}")]
pub async fn revoke_obligation_feed(caller: Caller, path: RecordPath) -> Answered {
    let (hospital, id) = (path_hospital(&path.0)?, path_uuid(&path.1)?);
    caller
        .run(move |tx| {
            organisations::hospital(tx, hospital)?;
            feeds::revoke(tx, id)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Read a calendar feed of what is due.
///
/// What is due and open, as a calendar (RFC 5545) of whole days, for whoever has the token in the address. It holds no
/// name, number or birth date of anybody, and each entry keeps its identifier (REG-17). An unknown or revoked token is
/// 404. Each read is recorded in the trail.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getObligationFeed",
    security(()),
    params(("feedToken" = String, Path, description = "The token of the feed.")),
    responses((status = 200, description = "The calendar.", content(
        (String = "text/calendar", example = json!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"))
    )))
)]
#[get("/obligationFeeds/{feedToken}")]
pub async fn get_obligation_feed(caller: Caller, path: web::Path<String>) -> Answered {
    let token = path.into_inner();
    let (opened, all) = caller
        .run_as_insula(move |tx| {
            let opened = feeds::open(tx, &token)?;
            Ok((opened, conventions::all(tx)?))
        })
        .await?;
    let feeds::Opened { id, hospital, language } = opened;
    let (on, reader) = (caller.today(), caller.within(hospital, format!("feed:{id}")));
    let known = reader
        .run(move |tx| {
            let known = facts::known(tx, hospital, &all, on)?;
            let details = json!({"feed": id, "rows": known.rows.len()});
            trail::record(tx, Action::List, &obligations::subject(hospital), &details)?;
            Ok(known)
        })
        .await?;
    let speech = page::speech(language);
    let name = speech.filled("calendar", &[("hospital", known.hospital.clone())]);
    let host = format!("{hospital}.insula");
    let made_at = caller.state.db.clock.now();
    let text = calendar(&known.rows, feed::Feed { name: &name, host: &host, made_at }, |row| page::what(speech, row));
    let mut response = HttpResponse::Ok();
    response.content_type("text/calendar").insert_header((header::CACHE_CONTROL, "private, no-store"));
    Ok(response.body(text))
}
