//! `cancelRegistrationImport`.

use actix_web::{HttpResponse, delete, web};
use insula_persistence::registry::imports;

use crate::http::{caller::Caller, input::path_uuid, parameters::OfImport, problem::ApiError};

/// Cancel an import.
///
/// Finished rows stay. The remaining rows are dropped and their data is erased. An import that has ended is refused.
/// While an atomic import is being stored, the answer is 503: try again.
#[utoipa::path(
    tag = "Registration imports",
    operation_id = "cancelRegistrationImport",
    params(OfImport),
    responses(
        (status = 204, description = "Cancelled."),
    )
)]
#[delete("/registrationImports/{importId}")]
pub async fn cancel_registration_import(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let id = path_uuid(&path)?;
    caller.run(move |tx| imports::cancel(tx, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}
