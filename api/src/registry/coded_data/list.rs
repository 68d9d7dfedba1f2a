//! `listCodedRegistrations`.

use actix_web::{HttpResponse, get, http::header};
use chrono::{DateTime, Utc};
use insula_domain::{
    actor::OrganisationKind,
    clock::{brussels_day, brussels_midnight},
    identifier::HospitalNumber,
    nomenclature::JoinedPair,
    refusal::Reason,
    registry::registration::RegistrationType,
};
use insula_persistence::registry::coded_data::{self, CodedFilter, Cursor};

use super::{CodedRegistration, CodedRegistrationCollection, stream};
use crate::http::{caller::Caller, input::Query, parameters::After, problem::ApiError};

/// List coded registrations.
///
/// What Healthdata holds: the latest delivered version of each validated registration, with a pseudonym instead of
/// the person (TRA-01). INAMI's data managers read the whole country. A hospital that currently adheres to M-ACL-001
/// reads its own data (TRA-03, SYS-02). Figures for the whole country are at `/statistics`.
///
/// `application/json` comes in pages. Following `next` reads a snapshot taken with the first page: what arrives or
/// changes meanwhile neither shifts nor repeats an item. `application/x-ndjson` and `text/csv` (chosen by `Accept`)
/// stream everything in one response, also from a snapshot. A stream that fails ends in a transfer error, so a
/// truncated one never looks complete.
///
/// CSV follows RFC 4180, in UTF-8, with a header of field names. It always has the same columns: those of every
/// registration type. `devices.1.model` is the model of the first device. Several codes of one field are separated by
/// `|`. A text that a spreadsheet would read as a formula starts with an apostrophe.
#[utoipa::path(
    tag = "Coded data",
    operation_id = "listCodedRegistrations",
    params(
        ("type" = Option<Vec<RegistrationType>>, Query, style = Form, explode, nullable = false, description = "Any of these types."),
        ("nomenclaturePair" = Option<JoinedPair>, Query, nullable = false, description = "With this pair of nomenclature codes.", example = "174370-174381"),
        ("eventFrom" = Option<chrono::NaiveDate>, Query, nullable = false, description = "With an event on this day or later."),
        ("eventTo" = Option<chrono::NaiveDate>, Query, nullable = false, description = "With an event on this day or earlier."),
        ("pseudonym" = Option<String>, Query, nullable = false, pattern = "^[0-9a-f]{64}$", description = "Of this beneficiary: 64 hexadecimal digits."),
        ("hospital" = Option<HospitalNumber>, Query, nullable = false, description = "Of this hospital. A hospital finds no data of another hospital."),
        ("receivedSince" = Option<chrono::DateTime<chrono::Utc>>, Query, nullable = false, description = "Received at this instant or later. For a hospital: from the start of that Brussels day."),
        After,
        ("pageSize" = Option<i32>, Query, nullable = false, minimum = 1, maximum = 200, description = "How many items a page holds at most; 50 by default. Ignored for a stream.")
    ),
    responses((status = 200, description = "A page, or the whole stream.", content(
        (CodedRegistrationCollection = "application/json"),
        (String = "application/x-ndjson", example = json!("{\"pseudonym\":\"3f1c…\",\"hospital\":\"71000436\",\"type\":\"followUp\",\"dictionaryVersion\":1,\"content\":{\"stillInUse\":true},\"receivedOn\":\"2026-03-02\"}\n")),
        (String = "text/csv", example = json!("technicalId,version,pseudonym,hospital,type,eventDate,…\r\n,,3f1c…,71000436,followUp,2026-03-02,…\r\n"))
    )))
)]
#[get("/codedRegistrations")]
pub async fn list_coded_registrations(caller: Caller, mut query: Query) -> Result<HttpResponse, ApiError> {
    let is_hospital = caller.call.actor.kind == OrganisationKind::Hospital;
    let received_since = query.instant("receivedSince");
    let registration_type = query.any_of("type", RegistrationType::ALL, RegistrationType::name);
    let nomenclature_pair = query.one("nomenclaturePair", Reason::NotAnIdentifier, pair);
    let event_from = query.date("eventFrom");
    let event_to = query.date("eventTo");
    let pseudonym = query.one("pseudonym", Reason::NotAnIdentifier, pseudonym);
    let hospital = query
        .one("hospital", Reason::NotAnIdentifier, |text| text.parse::<HospitalNumber>().ok().map(|_| text.to_owned()));
    let place = query.page(|text| text.parse().ok());
    let done = query.finish()?;
    let since = done.take(received_since);
    let filter = CodedFilter {
        registration_type: done.take(registration_type),
        nomenclature_pair: done.take(nomenclature_pair),
        event_from: done.take(event_from),
        event_to: done.take(event_to),
        pseudonym: done.take(pseudonym),
        hospital: done.take(hospital),
        // An exact instant would tell a hospital which of its registrations a row is.
        received_since: if is_hospital { since.map(day_begins) } else { since },
    };
    let (after, page_size) = done.take(place);
    match caller.media.as_deref() {
        Some("application/x-ndjson") => stream::respond(caller, filter, after, stream::StreamFormat::Ndjson).await,
        Some("text/csv") => stream::respond(caller, filter, after, stream::StreamFormat::Csv).await,
        _ => page(caller, filter, after, page_size).await,
    }
}

async fn page(
    caller: Caller,
    filter: CodedFilter,
    after: Option<Cursor>,
    page_size: i32,
) -> Result<HttpResponse, ApiError> {
    let limit = u16::try_from(page_size).unwrap_or(1);
    let excerpt = caller.run(move |tx| coded_data::read(tx, &filter, after, limit, "json")).await?;
    let next = excerpt.next.map(|cursor| caller.next_page("after", cursor, page_size));
    let items = excerpt.registrations.into_iter().map(|row| CodedRegistration::of(&caller, row)).collect();
    Ok(HttpResponse::Ok().insert_header((header::VARY, "Accept")).json(CodedRegistrationCollection {
        items,
        page_size,
        next,
    }))
}

fn pair(text: &str) -> Option<String> {
    let is_code = |code: &str| code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit());
    let (one, other) = text.split_once('-')?;
    (is_code(one) && is_code(other)).then(|| text.to_owned())
}

fn pseudonym(text: &str) -> Option<String> {
    let fits = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    fits.then(|| text.to_owned())
}

fn day_begins(at: DateTime<Utc>) -> DateTime<Utc> {
    brussels_midnight(brussels_day(at))
}
