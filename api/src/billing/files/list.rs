//! `listInvoiceFiles`, `getInvoiceFile` and `handOverInvoiceFile`.

use actix_web::{HttpResponse, get, http::StatusCode, post, web};
use chrono::NaiveDate;
use insula_domain::{
    billing::file_state::FileState,
    refusal::{Fault, Reason},
    rule::RuleId,
};
use insula_persistence::billing::files;
use utoipa::ToSchema;

use super::dto::InvoiceFile;
use crate::http::{
    caller::{Caller, tagged},
    collection::Page,
    input::{Body, Field, Query, Reader, identifier, path_uuid},
    parameters::{After, IdempotencyKey, OfInvoiceFile, PageSize},
    problem::ApiError,
};

/// Invoice files.
pub type InvoiceFileCollection = Page<InvoiceFile>;

/// List invoice files.
///
/// The hospital's own, the latest made first, each with what became of its sums (BIL-05).
#[utoipa::path(
    tag = "Billing",
    operation_id = "listInvoiceFiles",
    params(
        ("state" = Option<insula_domain::billing::file_state::FileState>, Query, nullable = false, description = "Only those in this state."),
        After,
        PageSize
    ),
    responses((status = 200, description = "The files.", body = InvoiceFileCollection))
)]
#[get("/invoiceFiles")]
pub async fn list_invoice_files(caller: Caller, mut query: Query) -> Result<HttpResponse, ApiError> {
    let state = query.one_of("state", FileState::ALL, FileState::name);
    let page = query.page(identifier);
    let done = query.finish()?;
    let state = done.take(state);
    let (after, page_size) = done.take(page);
    let page = caller.run(move |tx| files::list(tx, state, after, page_size)).await?;
    let next = page.last().map(|last| caller.next_page("after", last.id, page_size));
    let items = page.items.into_iter().map(|one| InvoiceFile::of(&caller, one)).collect();
    Ok(HttpResponse::Ok().json(InvoiceFileCollection { items, page_size, next }))
}

/// Get an invoice file.
///
/// What it holds and what became of it; its records are at `recordsHref`, its lines in `/invoiceLines`.
#[utoipa::path(
    tag = "Billing",
    operation_id = "getInvoiceFile",
    params(OfInvoiceFile),
    responses((status = 200, description = "The file.", body = InvoiceFile))
)]
#[get("/invoiceFiles/{invoiceFileId}")]
pub async fn get_invoice_file(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let id = path_uuid(&path)?;
    let file = caller.run(move |tx| files::find(tx, id)).await?;
    Ok(tagged(file.version, InvoiceFile::of(&caller, file)))
}

/// That a file was handed over.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"on": "2026-06-12"}))]
pub struct HandOver {
    /// When it was handed over to the insurers: today or earlier.
    pub on: NaiveDate,
}

/// Hand over an invoice file.
///
/// Notes that the hospital handed the file over to the insurers, by its own way: Insula sends none (BIL-05).
#[utoipa::path(
    tag = "Billing",
    operation_id = "handOverInvoiceFile",
    params(OfInvoiceFile, IdempotencyKey),
    request_body = HandOver,
    responses((status = 200, description = "The file.", body = InvoiceFile))
)]
#[post("/invoiceFiles/{invoiceFileId}/handOver")]
pub async fn hand_over_invoice_file(
    caller: Caller,
    path: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let caller = caller.keyed(&body.bytes)?;
    let id = path_uuid(&path)?;
    let mut reader = Reader::new(&body.members);
    let on = past_day(&mut reader, caller.today());
    let on = reader.finish()?.take(on);
    caller
        .run_keyed(move |caller, tx| {
            let file = files::hand_over(tx, id, on)?;
            let version = file.version;
            let shown = InvoiceFile::of(caller, file);
            Ok((files::subject(id), caller.answer(StatusCode::OK, Some(version), None, &shown)))
        })
        .await
}

/// Reads the day `on`, which is today or earlier.
pub(super) fn past_day(reader: &mut Reader, today: NaiveDate) -> Field<NaiveDate> {
    let on = reader.required_date("on");
    reader.judge(&on, |on| {
        let late = (*on > today).then(|| Fault::new("on", Reason::InFuture, RuleId::Bil05));
        late.into_iter().collect()
    });
    on
}
