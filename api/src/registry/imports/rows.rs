//! `listRegistrationImportRows`.

use actix_web::{HttpResponse, get, web};
use insula_domain::names::ImportOutcome;
use insula_persistence::registry::imports;

use super::dto::RegistrationImportRow;
use crate::http::{
    caller::Caller,
    collection::Page,
    input::{Query, path_uuid},
    parameters::{After, OfImport, PageSize},
    problem::ApiError,
};

/// The rows that have an outcome, in the order of the file.
pub type RegistrationImportRowCollection = Page<RegistrationImportRow>;

/// Get the report of an import.
///
/// Row by row: the outcome, the registration and its code, and every fault with field, rule and a text in the
/// reader's language. It never repeats a value of the file. The report grows while the import runs.
#[utoipa::path(
    tag = "Registration imports",
    operation_id = "listRegistrationImportRows",
    params(
        OfImport,
        ("outcome" = Option<Vec<ImportOutcome>>, Query, style = Form, explode, nullable = false, description = "Any of these outcomes."),
        After,
        PageSize
    ),
    responses(
        (status = 200, description = "The rows that have an outcome, in the order of the file.", body = RegistrationImportRowCollection),
    )
)]
#[get("/registrationImports/{importId}/rows")]
pub async fn list_registration_import_rows(
    caller: Caller,
    import: web::Path<String>,
    mut query: Query,
) -> Result<HttpResponse, ApiError> {
    let id = path_uuid(&import)?;
    let outcomes = query.any_of("outcome", ImportOutcome::ALL, ImportOutcome::name);
    let page = query.page(|text| text.parse().ok().filter(|row| *row >= 0));
    let done = query.finish()?;
    let (outcomes, (after, page_size)) = (done.take(outcomes), done.take(page));
    let page = caller.run(move |tx| imports::reported(tx, id, &outcomes, after, page_size)).await?;
    let next = page.last().map(|(number, _)| caller.next_page("after", number, page_size));
    Ok(HttpResponse::Ok().json(RegistrationImportRowCollection {
        items: page.items.into_iter().map(|row| RegistrationImportRow::of(row, caller.language)).collect(),
        page_size,
        next,
    }))
}
