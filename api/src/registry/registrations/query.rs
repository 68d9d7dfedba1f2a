//! `queryRegistrations`.

use actix_web::{HttpResponse, post};
use insula_domain::{
    ids::BeneficiaryId,
    parties::beneficiary::{IdentificationCode, NationalNumber},
};
use insula_persistence::{parties::beneficiaries, registry::registrations};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{dto::Registration, list::RegistrationCollection};
use crate::{
    http::{
        caller::Caller,
        input::{Body, Reader},
        problem::ApiError,
    },
    parties::beneficiaries::reference,
};

/// Names a beneficiary in exactly one of three ways.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"niss": "85.07.30-033.28"}))]
pub struct RegistrationQuery {
    /// A beneficiary of this hospital.
    #[schema(nullable = false)]
    pub beneficiary_id: Option<Uuid>,
    /// A national number.
    #[schema(nullable = false)]
    pub niss: Option<NationalNumber>,
    /// The code of a person without national number.
    #[schema(nullable = false)]
    pub identification_code: Option<IdentificationCode>,
}

/// Query registrations by beneficiary.
///
/// The beneficiary is named in the body, so that no URL identifies a person (BEN-04).
#[utoipa::path(
    tag = "Registrations",
    operation_id = "queryRegistrations",
    request_body = RegistrationQuery,
    responses((status = 200, description = "Their registrations, newest first.", body = RegistrationCollection))
)]
#[post("/registrations/query")]
pub async fn query_registrations(caller: Caller, body: Body) -> Result<HttpResponse, ApiError> {
    let mut reader = Reader::new(&body.members);
    let beneficiary = reader.uuid("beneficiaryId");
    let reference = reference::read(&mut reader, beneficiary.is_given());
    let done = reader.finish()?;
    let (beneficiary, reference) = (done.take(beneficiary).map(BeneficiaryId), done.take(reference));
    let found = caller
        .run(move |tx| {
            let beneficiary = match (beneficiary, &reference) {
                (Some(beneficiary), _) => Some(beneficiary),
                (None, Some(reference)) => {
                    beneficiaries::query(tx, &reference.borrowed())?.first().map(|found| found.id)
                }
                (None, None) => None,
            };
            match beneficiary {
                Some(beneficiary) => registrations::of_beneficiary(tx, beneficiary),
                None => Ok(Vec::new()),
            }
        })
        .await?;
    Ok(HttpResponse::Ok().json(RegistrationCollection {
        page_size: i32::try_from(found.len()).unwrap_or(i32::MAX),
        items: found.iter().map(|registration| Registration::of(&caller, registration)).collect(),
        next: None,
    }))
}
