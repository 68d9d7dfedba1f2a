//! `listRegistrationImports` and `getRegistrationImport`.

use actix_web::{HttpResponse, get, web};
use insula_persistence::registry::imports;

use super::dto::RegistrationImport;
use crate::http::{
    caller::Caller,
    collection::Page,
    input::{Query, identifier, path_uuid},
    parameters::{After, OfImport, PageSize},
    problem::ApiError,
};

/// The imports, the newest first.
pub type RegistrationImportCollection = Page<RegistrationImport>;

/// List imports.
///
/// The imports of the last thirty days that the caller may see. A study lead sees all of the hospital's, others their
/// own and those of the authors they support.
#[utoipa::path(
    tag = "Registration imports",
    operation_id = "listRegistrationImports",
    params(After, PageSize),
    responses((status = 200, description = "The imports, the newest first.", body = RegistrationImportCollection))
)]
#[get("/registrationImports")]
pub async fn list_registration_imports(caller: Caller, mut query: Query) -> Result<HttpResponse, ApiError> {
    let page = query.page(identifier);
    let (after, page_size) = query.finish()?.take(page);
    let page = caller.run(move |tx| imports::list(tx, after, page_size)).await?;
    let next = page.last().map(|last| caller.next_page("after", last.id, page_size));
    Ok(HttpResponse::Ok().json(RegistrationImportCollection {
        items: page.items.iter().map(|import| RegistrationImport::of(&caller, import)).collect(),
        page_size,
        next,
    }))
}

/// Get an import.
///
/// Its progress, and how many rows have each outcome. It is erased thirty days after it ends; the registrations it
/// created stay.
#[utoipa::path(
    tag = "Registration imports",
    operation_id = "getRegistrationImport",
    params(OfImport),
    responses((status = 200, description = "The import.", body = RegistrationImport))
)]
#[get("/registrationImports/{importId}")]
pub async fn get_registration_import(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let id = path_uuid(&path)?;
    let import = caller.run(move |tx| imports::find(tx, id)).await?;
    Ok(HttpResponse::Ok().json(RegistrationImport::of(&caller, &import)))
}
