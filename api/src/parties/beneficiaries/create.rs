//! `createBeneficiary`.

use actix_web::{HttpResponse, http::StatusCode, post};
use insula_domain::clock::brussels_day;
use insula_persistence::parties::beneficiaries;

use super::dto::{Beneficiary, BeneficiaryIdentity, Person, person, same_person};
use crate::http::{
    caller::Caller,
    input::{Body, Reader},
    parameters::IdempotencyKey,
    problem::ApiError,
};

/// Enter a beneficiary.
///
/// With a national number, or without one under a generated identification code (BEN-02). An existing person is found
/// instead of entered twice. With a national number, the answer is 303 with their address. Without one, likely
/// duplicates are listed (409) and the client repeats the request with `samePersonAs` or `differentPersonConfirmed`
/// (BEN-03). A sex or birth date that contradicts the national number is a warning (BEN-01).
#[utoipa::path(
    tag = "Beneficiaries",
    operation_id = "createBeneficiary",
    params(IdempotencyKey),
    request_body = BeneficiaryIdentity,
    responses(
        (status = 201, description = "The beneficiary.", body = Beneficiary),
        (status = 303, description = "The hospital already has this person.", headers(("Location" = String, description = "Their address."))),
    )
)]
#[post("/beneficiaries")]
pub async fn create_beneficiary(caller: Caller, body: Body) -> Result<HttpResponse, ApiError> {
    let caller = caller.keyed(&body.bytes)?;
    let mut reader = Reader::new(&body.members);
    let today = brussels_day(caller.state.db.clock.now());
    let person = person(&mut reader, today);
    let same_person = same_person(&mut reader);
    let done = reader.finish()?;
    let Person { identity, insurer, warnings } = done.take(person);
    let same_person = done.take(same_person);
    caller
        .run_keyed(move |caller, tx| {
            let beneficiary = beneficiaries::create(tx, &identity, insurer, &same_person)?;
            let shown = Beneficiary::of(caller, &beneficiary, &warnings);
            Ok((
                format!("beneficiary:{}", shown.id),
                caller.answer(StatusCode::CREATED, Some(1), Some(shown.href.clone()), &shown),
            ))
        })
        .await
}
