//! `getAvailability`.

use actix_web::{HttpResponse, get, web};
use insula_domain::{clock::brussels_day, refusal::Reason, text::parse_date};
use insula_persistence::convention::{
    records::{self, Kind},
    sheets,
};

use super::dto::AvailabilitySheet;
use crate::{
    http::{
        caller::{Caller, tagged},
        input::Query,
        parameters::{KnownAt, OfHospital},
        problem::ApiError,
    },
    parties::organisations::hospitals::hospital_number_of_path,
};

/// Get how an establishment can be reached.
///
/// Its phone permanence and the physician who can be consulted at any time, and what is missing on a day (REG-05).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getAvailability",
    params(
        OfHospital,
        ("on" = Option<NaiveDate>, Query, nullable = false, description = "The day for which `warnings` answers; today unless stated."),
        KnownAt
    ),
    responses(
        (status = 200, description = "How it can be reached.", body = AvailabilitySheet, headers(("ETag" = String, description = "Its version."))),
    )
)]
#[get("/establishments/{hospitalNumber}/availability")]
pub async fn get_availability(
    caller: Caller,
    path: web::Path<String>,
    mut query: Query,
) -> Result<HttpResponse, ApiError> {
    let hospital = hospital_number_of_path(&path)?;
    let on = query.one("on", Reason::NotADate, parse_date);
    let known_at = query.instant("knownAt");
    let (on, known_at) = query.finish()?.take(on.and(known_at));
    let (sheet, today) = caller
        .run(move |tx| {
            Ok((records::read(tx, &sheets::of(hospital, Kind::Availability), known_at)?, brussels_day(tx.now)))
        })
        .await?;
    let shown = AvailabilitySheet::of(&caller, hospital, &sheet, on.unwrap_or(today));
    Ok(tagged(shown.version, shown))
}
