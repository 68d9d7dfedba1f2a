//! `getPrescribers`.

use actix_web::{HttpResponse, get, web};
use insula_domain::{refusal::Reason, text::parse_date};
use insula_persistence::convention::{
    records::{self, Kind},
    sheets,
};

use super::dto::PrescriberSheet;
use crate::{
    http::{
        caller::{Caller, tagged},
        input::Query,
        parameters::{KnownAt, OfHospital},
        problem::ApiError,
    },
    parties::organisations::hospitals::hospital_number_of_path,
};

/// Get who may prescribe.
///
/// The physicians of an establishment who may prescribe the programme, with their days (CON-08). Insurers read it too: an
/// application is signed by one who is on it on that day.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getPrescribers",
    params(
        OfHospital,
        ("on" = Option<NaiveDate>, Query, nullable = false, description = "Only those who may prescribe on that day."),
        KnownAt
    ),
    responses(
        (status = 200, description = "The list.", body = PrescriberSheet, headers(("ETag" = String, description = "Its version."))),
    )
)]
#[get("/establishments/{hospitalNumber}/prescribers")]
pub async fn get_prescribers(
    caller: Caller,
    path: web::Path<String>,
    mut query: Query,
) -> Result<HttpResponse, ApiError> {
    let hospital = hospital_number_of_path(&path)?;
    let on = query.one("on", Reason::NotADate, parse_date);
    let known_at = query.instant("knownAt");
    let (on, known_at) = query.finish()?.take(on.and(known_at));
    let sheet = caller.run(move |tx| records::read(tx, &sheets::of(hospital, Kind::Prescribers), known_at)).await?;
    let shown = PrescriberSheet::of(&caller, hospital, &sheet, on);
    Ok(tagged(shown.version, shown))
}
