//! `getStaffingStatement`.

use actix_web::{HttpResponse, get, web};
use insula_persistence::convention::{records, staffing};

use super::dto::{StaffingStatement, year};
use crate::{
    http::{
        caller::{Caller, tagged},
        input::Query,
        parameters::{KnownAt, OfHospital, OfYear},
        problem::ApiError,
    },
    parties::organisations::hospitals::hospital_number_of_path,
};

/// Get what is stated of a year.
///
/// The numbers of patients and what self-management requires, with the grounds they are stated on.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getStaffingStatement",
    params(OfHospital, OfYear, KnownAt),
    responses(
        (status = 200, description = "What is stated.", body = StaffingStatement, headers(("ETag" = String, description = "Its version."))),
    )
)]
#[get("/establishments/{hospitalNumber}/staffingStatements/{year}")]
pub async fn get_staffing_statement(
    caller: Caller,
    path: web::Path<(String, String)>,
    mut query: Query,
) -> Result<HttpResponse, ApiError> {
    let (hospital, year) = (hospital_number_of_path(&path.0)?, year(&path.1)?);
    let known_at = query.instant("knownAt");
    let known_at = query.finish()?.take(known_at);
    let statement = caller.run(move |tx| records::read(tx, &staffing::of(hospital, year), known_at)).await?;
    let shown = StaffingStatement::of(&caller, hospital, &statement);
    Ok(tagged(shown.version, shown))
}
