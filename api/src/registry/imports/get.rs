//! `getRegistrationImport`.

use actix_web::{HttpResponse, get, web};
use insula_persistence::registry::imports;

use super::dto::RegistrationImport;
use crate::http::{caller::Caller, input::path_uuid, parameters::OfImport, problem::ApiError};

/// Read an import.
///
/// How far it is, and how many rows have which outcome. It is forgotten thirty days after its end; what it made stays.
#[utoipa::path(
    tag = "Registration imports",
    operation_id = "getRegistrationImport",
    params(OfImport),
    responses(
        (status = 200, description = "The import.", body = RegistrationImport),
    )
)]
#[get("/registrationImports/{importId}")]
pub async fn get_registration_import(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let id = path_uuid(&path)?;
    let import = caller.run(move |tx| imports::find(tx, id)).await?;
    Ok(HttpResponse::Ok().json(RegistrationImport::of(&caller, &import)))
}
