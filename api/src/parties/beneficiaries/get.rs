//! `getBeneficiary`.

use actix_web::{HttpResponse, get, web};
use insula_domain::ids::BeneficiaryId;
use insula_persistence::parties::beneficiaries;

use super::dto::Beneficiary;
use crate::http::{
    caller::{Caller, tagged},
    input::path_uuid,
    problem::ApiError,
};

/// Get a beneficiary.
///
/// Their identity. Every read is recorded in the trail (SYS-01).
#[utoipa::path(
    tag = "Beneficiaries",
    operation_id = "getBeneficiary",
    params(("beneficiaryId" = uuid::Uuid, Path, description = "Their identifier.")),
    responses((status = 200, description = "The beneficiary.", body = Beneficiary))
)]
#[get("/beneficiaries/{beneficiaryId}")]
pub async fn get_beneficiary(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let id = path_uuid(&path).map(BeneficiaryId)?;
    let beneficiary = caller.run(move |tx| beneficiaries::find(tx, id)).await?;
    Ok(tagged(beneficiary.version, Beneficiary::of(&caller, &beneficiary, &[])))
}
