//! `getSites`.

use actix_web::{HttpResponse, get, web};
use insula_domain::{clock::brussels_day, refusal::Reason, text::parse_date};
use insula_persistence::convention::{
    records::{self, Kind},
    sheets,
};

use super::dto::SiteSheet;
use crate::{
    http::{
        caller::{Caller, tagged},
        input::Query,
        parameters::{KnownAt, OfHospital},
        problem::ApiError,
    },
    parties::organisations::hospitals::hospital_number_of_path,
};

/// Get the sites of an establishment.
///
/// Where the programme is offered, with the multidisciplinary half-days and who is present, and what is missing on a day (CON-02).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getSites",
    params(
        OfHospital,
        ("on" = Option<NaiveDate>, Query, nullable = false, description = "Only the sites of that day."),
        KnownAt
    ),
    responses(
        (status = 200, description = "The sites.", body = SiteSheet, headers(("ETag" = String, description = "Its version."))),
    )
)]
#[get("/establishments/{hospitalNumber}/sites")]
pub async fn get_sites(caller: Caller, path: web::Path<String>, mut query: Query) -> Result<HttpResponse, ApiError> {
    let hospital = hospital_number_of_path(&path)?;
    let on = query.one("on", Reason::NotADate, parse_date);
    let known_at = query.instant("knownAt");
    let (on, known_at) = query.finish()?.take(on.and(known_at));
    let (sheet, today) = caller
        .run(move |tx| Ok((records::read(tx, &sheets::of(hospital, Kind::Sites), known_at)?, brussels_day(tx.now))))
        .await?;
    let shown = SiteSheet::of(&caller, hospital, &sheet, on, today);
    Ok(tagged(shown.version, shown))
}
