//! `getRegistrationImport`.

use actix_web::{HttpResponse, get, web};
use insula_persistence::registry::imports;

use super::dto::RegistrationImport;
use crate::http::{caller::Caller, input::path_uuid, parameters::OfImport, problem::ApiError};

/// Get an import.
///
/// Its progress, and how many rows have each outcome. It is erased thirty days after it ends; the registrations it
/// created stay.
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
