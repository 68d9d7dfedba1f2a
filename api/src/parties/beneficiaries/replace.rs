//! `replaceBeneficiary`.

use actix_web::{HttpResponse, http::StatusCode, put, web};
use insula_domain::{clock::brussels_day, ids::BeneficiaryId};
use insula_persistence::{convention::coverage::deaths, parties::beneficiaries};

use super::dto::{Beneficiary, BeneficiaryIdentity, Person, person};
use crate::http::{
    caller::{Caller, respond},
    input::{Body, Reader, path_uuid},
    parameters::IfMatch,
    problem::ApiError,
};

/// Correct a beneficiary.
///
/// Replaces all data about them; previous versions stay in the history. An `insurerNumber` is their insurer from the
/// beginning and without end; with dated affiliations, only the insurer of today is accepted, and they stay (BEN-05).
/// The national number cannot be changed once the beneficiary has a validated registration, because their pseudonym at
/// Healthdata is derived from it (TRA-01). Instead, enter the right person, reopen the registration, name that person
/// in it and submit it again; the code stays. A death ends the periods of coverage with its day, and closes
/// applications that wait for a decision (COV-07).
#[utoipa::path(
    tag = "Beneficiaries",
    operation_id = "replaceBeneficiary",
    params(
        ("beneficiaryId" = uuid::Uuid, Path, description = "Their identifier."),
        IfMatch
    ),
    request_body = BeneficiaryIdentity,
    responses((status = 200, description = "The beneficiary as corrected.", body = Beneficiary))
)]
#[put("/beneficiaries/{beneficiaryId}")]
pub async fn replace_beneficiary(
    caller: Caller,
    path: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let id = path_uuid(&path).map(BeneficiaryId)?;
    let mut reader = Reader::new(&body.members);
    let today = brussels_day(caller.state.db.clock.now());
    let person = person(&mut reader, today);
    let Person { identity, insurer, warnings } = reader.finish()?.take(person);
    let if_match = caller.if_match()?;
    let beneficiary = caller
        .run(move |tx| {
            let corrected = beneficiaries::update(tx, id, if_match, &identity, insurer)?;
            if let Some(death) = corrected.identity.death_date {
                deaths::close(tx, id, death)?;
            }
            Ok(corrected)
        })
        .await?;
    let shown = Beneficiary::of(&caller, &beneficiary, &warnings);
    Ok(respond(&caller.answer(StatusCode::OK, Some(beneficiary.version), None, &shown)))
}
