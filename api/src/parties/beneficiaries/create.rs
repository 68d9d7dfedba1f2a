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
/// By national number, or without one under an identification code that is generated (BEN-02). A person who is here already
/// is found, not doubled: by national number the answer is 303 with their address; without one, likely duplicates are pointed
/// out (409) and the request is repeated with `samePersonAs` or `differentPersonConfirmed` (BEN-03). Sex or birth date that
/// disagree with the number are warnings (BEN-01).
#[utoipa::path(
    tag = "Beneficiaries",
    operation_id = "createBeneficiary",
    params(IdempotencyKey),
    request_body = BeneficiaryIdentity,
    responses(
        (status = 201, description = "The beneficiary.", body = Beneficiary,
         headers(("Location" = String, description = "Their address."), ("ETag" = String, description = "Their version."))),
        (status = 303, description = "The same person is here already.", headers(("Location" = String, description = "Their address."))),
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
    let context = caller.clone();
    caller
        .run_keyed(move |tx| {
            let beneficiary = beneficiaries::create(tx, &identity, insurer.as_deref(), &same_person)?;
            let shown = Beneficiary::of(&context, &beneficiary, &warnings);
            Ok((
                format!("beneficiary:{}", shown.id),
                context.answer(StatusCode::CREATED, Some(1), Some(shown.href.clone()), &shown),
            ))
        })
        .await
}
