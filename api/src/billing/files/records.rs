//! `getInvoiceRecords`: the bytes of an invoice file.

use std::io;

use actix_web::{HttpResponse, get, http::header, web};
use futures_util::stream;
use insula_domain::billing::file::{layout::LENGTH, record::renumber};
use insula_persistence::billing::files::{self, Ends, KeptInvoice};
use uuid::Uuid;

use crate::http::{
    caller::Caller,
    input::{Query, path_uuid},
    parameters::OfInvoiceFile,
    problem::ApiError,
};

/// The records of an invoice file.
#[derive(utoipa::ToSchema)]
#[schema(value_type = String, format = Binary)]
pub struct InvoiceRecords(pub Vec<u8>);

/// A file being sent, invoice by invoice. Only some of them are in memory.
struct Sending {
    caller: Caller,
    id: Uuid,
    invoices_only: bool,
    ends: Ends,
    after: Option<(String, i64)>,
    /// The number of the last record sent.
    number: u32,
}

impl Sending {
    /// Reads the next invoices.
    async fn next(&mut self) -> Result<Vec<KeptInvoice>, ApiError> {
        let (id, after) = (self.id, self.after.clone());
        self.caller.run_on(move |tx| files::invoices(tx, id, after.as_ref())).await
    }

    /// The records of these invoices, with the numbers that follow.
    fn bytes(&mut self, invoices: &[KeptInvoice]) -> web::Bytes {
        let mut bytes = Vec::with_capacity(invoices.iter().map(|one| one.records.len()).sum());
        for record in invoices.iter().flat_map(|one| one.records.as_chunks::<LENGTH>().0) {
            self.number += 1;
            let mut record = *record;
            renumber(&mut record, self.number, None);
            bytes.extend_from_slice(&record);
        }
        bytes.into()
    }
}

/// Get the records of an invoice file.
///
/// Records of 350 positions without separator (BIL-05): the same bytes for ever, whose SHA-256 the file names. With
/// `invoicesOnly` the invoices alone, numbered from 1, for the hospital's own file.
#[utoipa::path(
    tag = "Billing",
    operation_id = "getInvoiceRecords",
    params(
        OfInvoiceFile,
        ("invoicesOnly" = Option<bool>, Query, nullable = false, description = "Whether the file's own first and last record are left out; false by default.")
    ),
    responses((status = 200, description = "The records.", content(
        (inline(InvoiceRecords) = "application/octet-stream", example = json!("10000001…"))
    )))
)]
#[get("/invoiceFiles/{invoiceFileId}/records")]
pub async fn get_invoice_records(
    caller: Caller,
    path: web::Path<String>,
    mut query: Query,
) -> Result<HttpResponse, ApiError> {
    let id = path_uuid(&path)?;
    let invoices_only = query.flag("invoicesOnly");
    let invoices_only = query.finish()?.take(invoices_only);
    let ends = caller.run(move |tx| files::read_ends(tx, id)).await?;
    let number = u32::from(!invoices_only);
    let sending = Sending { caller, id, invoices_only, ends, after: None, number };
    let header = (!invoices_only).then(|| Ok(web::Bytes::from(sending.ends.header.clone())));
    let parts = stream::try_unfold(Some(sending), |state| async move {
        let Some(mut sending) = state else { return Ok(None) };
        let invoices = sending.next().await.map_err(|error| cut(&error))?;
        let Some(last) = invoices.last() else {
            let footer = web::Bytes::from(std::mem::take(&mut sending.ends.footer));
            return Ok((!sending.invoices_only).then_some((footer, None)));
        };
        sending.after = Some((last.destination.clone(), last.number));
        let bytes = sending.bytes(&invoices);
        Ok::<_, io::Error>(Some((bytes, Some(sending))))
    });
    let body = futures_util::StreamExt::chain(stream::iter(header), parts);
    let name = format!("attachment; filename=\"{id}.txt\"");
    let mut response = HttpResponse::Ok();
    response.content_type("application/octet-stream").insert_header((header::CONTENT_DISPOSITION, name));
    Ok(response.streaming(body))
}

fn cut(error: &impl std::fmt::Display) -> io::Error {
    tracing::warn!(%error, "an invoice file was cut short");
    io::Error::other("cut short")
}
