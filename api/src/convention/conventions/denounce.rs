//! `denounceConvention`.

use actix_web::{HttpResponse, post, web};
use insula_domain::{convention::term::Denunciation, names::ConventionParty};
use insula_persistence::{convention::conventions, parties::organisations};

use super::dto::{Convention, answer_for, convention_number};
use crate::http::{
    caller::Caller,
    input::{Body, Reader, path_hospital},
    parameters::{IdempotencyKey, IfMatch, OfConvention, OfHospital},
    problem::ApiError,
};

/// Denounce a convention.
///
/// Either party may denounce it by registered letter, for any reason, with a notice of three months from the first day
/// of the month after the letter (CON-05). The answer shows the last day. Of two letters, the one whose notice ends
/// first counts.
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
    let mut reader = Reader::new(&body.members);
    let sent_on = reader.required_date("sentOn");
    let by = reader.required_one_of("by", ConventionParty::ALL, ConventionParty::name);
    let done = reader.finish()?;
    let letter = Denunciation { sent_on: done.take(sent_on), by: done.take(by) };
    caller
        .run_keyed(move |caller, tx| {
            organisations::hospital(tx, hospital)?;
            conventions::denounce(tx, hospital, number, letter, if_match)?;
            Ok((format!("convention:{}", number.as_str()), answer_for(caller, tx, hospital, number)?))
        })
        .await
}
