//! `denounceConvention` and `checkDenunciation`.

use actix_web::{HttpResponse, http::StatusCode, post, web};
use insula_domain::{
    clock::brussels_day, convention::term::Denunciation, identifier::HospitalNumber, names::ConventionParty,
};
use insula_persistence::{
    Stop, Tx,
    convention::conventions::{self, Denounced},
    parties::organisations,
};

use super::dto::{Convention, CutPeriod, convention_number};
use crate::http::{
    caller::{Caller, tagged},
    input::{Body, Reader, path_hospital},
    parameters::{IdempotencyKey, IfMatch, OfConvention, OfHospital},
    problem::ApiError,
};

/// Reads a letter.
fn letter(body: &Body) -> Result<Denunciation, ApiError> {
    let mut reader = Reader::new(&body.members);
    let sent_on = reader.required_date("sentOn");
    let by = reader.required_one_of("by", ConventionParty::ALL, ConventionParty::name);
    let done = reader.finish()?;
    Ok(Denunciation { sent_on: done.take(sent_on), by: done.take(by) })
}

/// Shows a convention as a denunciation leaves it, with the periods that it cuts.
fn shown(caller: &Caller, tx: &Tx, hospital: HospitalNumber, denounced: &Denounced) -> Result<Convention, Stop> {
    let (own, held) = denounced.held_by(hospital);
    let convention = Convention::of(caller, &held.ok_or(Stop::NotFound)?, &own, brussels_day(tx.now));
    Ok(Convention { cut_periods: Some(denounced.cuts.iter().map(CutPeriod::of).collect()), ..convention })
}

/// Check a denunciation.
///
/// The convention as a letter would leave it, and the granted periods that would lose days with it (CON-05, COV-07).
/// Nothing is stored.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "checkDenunciation",
    params(OfHospital, OfConvention),
    request_body = Denunciation,
    responses((status = 200, description = "The convention as it would be.", body = Convention))
)]
#[post("/establishments/{hospitalNumber}/conventions/{conventionNumber}/denounce/check")]
pub async fn check_denunciation(
    caller: Caller,
    path: web::Path<(String, String)>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let (hospital, number) = (path_hospital(&path.0)?, convention_number(&path.1)?);
    let letter = letter(&body)?;
    let asked = caller.clone();
    let convention = caller
        .run(move |tx| {
            organisations::hospital(tx, hospital)?;
            let denounced = conventions::denounced(tx, hospital, number, letter, None)?;
            shown(&asked, tx, hospital, &denounced)
        })
        .await?;
    Ok(tagged(convention.version, convention))
}

/// Denounce a convention.
///
/// Either party may denounce it by registered letter, for any reason, with a notice of three months from the first day
/// of the month after the letter (CON-05). The answer shows the last day, and the granted periods that lose days with it
/// (COV-07). Of two letters, the one whose notice ends first counts.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "denounceConvention",
    params(OfHospital, OfConvention, IfMatch, IdempotencyKey),
    request_body = Denunciation,
    responses((status = 200, description = "The convention, with its last day.", body = Convention))
)]
#[post("/establishments/{hospitalNumber}/conventions/{conventionNumber}/denounce")]
pub async fn denounce_convention(
    caller: Caller,
    path: web::Path<(String, String)>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let (hospital, number) = (path_hospital(&path.0)?, convention_number(&path.1)?);
    let if_match = caller.if_match()?;
    let caller = caller.keyed(&body.bytes)?;
    let letter = letter(&body)?;
    caller
        .run_keyed(move |caller, tx| {
            organisations::hospital(tx, hospital)?;
            let denounced = conventions::denounced(tx, hospital, number, letter, Some(if_match))?;
            conventions::denounce(tx, &denounced)?;
            let shown = shown(caller, tx, hospital, &denounced)?;
            let answer = caller.answer(StatusCode::OK, Some(shown.version), None, &shown);
            Ok((format!("convention:{}", number.as_str()), answer))
        })
        .await
}
