//! `cancelRegistrationImport`.

use actix_web::{HttpResponse, delete, web};
use insula_persistence::registry::imports;

use crate::http::{caller::Caller, input::path_uuid, parameters::OfImport, problem::ApiError};

/// Cancel an import.
///
/// Rows that are done stay; the others are not done any more, and what they said is forgotten. One that has ended is refused.
/// While an import that is stored as a whole is being stored, the answer is 503: it may be asked for again.
#[utoipa::path(
    tag = "Registration imports",
    operation_id = "cancelRegistrationImport",
    params(OfImport),
    responses(
        (status = 204, description = "Cancelled."),
        (status = 409, response = crate::reference::documents::ProblemResponse),
    )
)]
#[delete("/registrationImports/{importId}")]
pub async fn cancel_registration_import(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let id = path_uuid(&path)?;
    caller.run(move |tx| imports::cancel(tx, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}
