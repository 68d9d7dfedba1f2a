//! `getPumps`.

use actix_web::{HttpResponse, get, web};
use insula_persistence::convention::{
    records::{self, Kind},
    sheets,
};

use super::dto::PumpSheet;
use crate::{
    http::{
        caller::{Caller, tagged},
        input::Query,
        parameters::{KnownAt, OfHospital},
        problem::ApiError,
    },
    parties::organisations::hospitals::hospital_number_of_path,
};

/// Get the pumps that an establishment offers.
///
/// The types of pump, each with what belongs to a programme: transmitter, consumables, platform (PMP-05).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getPumps",
    params(OfHospital, KnownAt),
    responses(
        (status = 200, description = "The pumps.", body = PumpSheet, headers(("ETag" = String, description = "Its version."))),
    )
)]
#[get("/establishments/{hospitalNumber}/pumps")]
pub async fn get_pumps(caller: Caller, path: web::Path<String>, mut query: Query) -> Result<HttpResponse, ApiError> {
    let hospital = hospital_number_of_path(&path)?;
    let known_at = query.instant("knownAt");
    let known_at = query.finish()?.take(known_at);
    let sheet = caller.run(move |tx| records::read(tx, &sheets::of(hospital, Kind::Pumps), known_at)).await?;
    let shown = PumpSheet::of(&caller, hospital, &sheet);
    Ok(tagged(shown.version, shown))
}
