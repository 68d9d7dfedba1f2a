//! `mergeInvoiceFile`.

use std::io;

use actix_web::{HttpRequest, HttpResponse, http::header, post, web};
use aws_lc_rs::digest;
use insula_domain::{
    billing::{
        compose::month_of,
        file::{
            merge::{Merged, Merger, Unmergeable},
            settings::Settings,
            write::WrittenBlock,
        },
    },
    identifier::HospitalNumber,
};
use insula_persistence::billing::{files, settings};
use tokio::runtime::Handle;
use uuid::Uuid;

use super::records::InvoiceRecords;
use crate::{
    config::MAX_BILLING_FILE,
    http::{
        caller::Caller,
        input::path_uuid,
        intake::{Incoming, media},
        parameters::OfInvoiceFile,
        problem::{ApiError, InputPlace},
        spool::Spool,
    },
};

/// The accepted media type and encoding.
const TYPES: &str = "application/octet-stream, Content-Encoding: identity";

/// The invoices of a file, in their order, read some at a time on a thread that may wait.
struct Invoices {
    caller: Caller,
    handle: Handle,
    id: Uuid,
    hospital: HospitalNumber,
    settings: Settings,
    some: std::vec::IntoIter<WrittenBlock>,
    after: Option<(String, i64)>,
    failed: Option<ApiError>,
}

impl Invoices {
    fn read(&self) -> Result<Vec<WrittenBlock>, ApiError> {
        let (id, hospital, settings, after) = (self.id, self.hospital, self.settings.clone(), self.after.clone());
        self.handle.block_on(self.caller.run(move |tx| files::written(tx, id, hospital, &settings, after.as_ref())))
    }
}

impl Iterator for &mut Invoices {
    type Item = WrittenBlock;

    fn next(&mut self) -> Option<WrittenBlock> {
        if let Some(next) = self.some.next() {
            return Some(next);
        }
        if self.failed.is_some() {
            return None;
        }
        match self.read() {
            Ok(some) => {
                let last = some.last()?;
                let number = i64::try_from(last.number).unwrap_or(i64::MAX);
                self.after = Some((last.destination.as_str().to_owned(), number));
                self.some = some.into_iter();
                self.some.next()
            }
            Err(error) => {
                self.failed = Some(error);
                None
            }
        }
    }
}

/// Why nothing was merged.
enum Failed {
    Service(ApiError),
    File(Unmergeable),
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Failed {
        tracing::error!(%error, "a merged invoice file cannot be kept");
        Failed::Service(ApiError::Internal)
    }
}

/// Merges the invoices into the file that comes in.
fn merge(
    pieces: &mut dyn Iterator<Item = web::Bytes>,
    file: &files::InvoiceFile,
    mut invoices: Invoices,
    mut spool: Spool,
) -> Result<(Merged, digest::Digest, Spool), Failed> {
    let settings = invoices.settings.clone();
    let sending = u16::try_from(file.sending).unwrap_or_default();
    let mut merger = Merger::new(&settings, sending, month_of(file.month), &mut invoices);
    let (mut hash, mut kept) = (digest::Context::new(&digest::SHA256), Ok(()));
    let mut out = |bytes: &[u8]| {
        hash.update(bytes);
        if kept.is_ok() {
            kept = spool.add(bytes);
        }
    };
    for piece in pieces {
        merger.feed(&piece, &mut out);
    }
    let merged = merger.finish(&mut out);
    kept?;
    if let Some(error) = invoices.failed {
        return Err(Failed::Service(error));
    }
    Ok((merged.map_err(Failed::File)?, hash.finish(), spool))
}

/// Put an invoice file into the hospital's own.
///
/// Takes the file that the hospital's own system made for the same sending number and month, and gives it back with the
/// invoices of this file in their place: records numbered anew, sums and check digits anew, everything else to the byte
/// (BIL-05). It is the file to hand over; until it is, a later one replaces it. Nothing of the hospital's file is
/// stored. A file that insurers would refuse as it is takes no invoices. At most 360 MB, not compressed.
#[utoipa::path(
    tag = "Billing",
    operation_id = "mergeInvoiceFile",
    params(OfInvoiceFile),
    request_body(content(
        (inline(InvoiceRecords) = "application/octet-stream", example = json!(include_str!("../records/example.txt")))
    )),
    responses((status = 200, description = "The file to hand over.", content(
        (inline(InvoiceRecords) = "application/octet-stream", example = json!("10000001…"))
    )))
)]
#[post("/invoiceFiles/{invoiceFileId}/merge")]
pub async fn merge_invoice_file(
    caller: Caller,
    path: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let id = path_uuid(&path)?;
    media(&request, &["application/octet-stream"]).ok_or(ApiError::UnsupportedMediaType(TYPES))?;
    let hospital = caller.hospital()?;
    let today = caller.today();
    let read = caller.run(move |tx| Ok((files::to_merge(tx, id)?, settings::on(tx, today)?)));
    let (file, settings) = read.await?;
    let organisation = caller.call.organisation();
    let mut incoming = Incoming::begin(&request, payload, MAX_BILLING_FILE, &caller.state.checks, organisation).await?;
    let spool = Spool::new(caller.state.db.keys.clone(), caller.state.db.ids.opaque_uuid()).map_err(|error| {
        tracing::error!(%error, "no temporary file");
        ApiError::Internal
    })?;
    let invoices = Invoices {
        caller: caller.clone(),
        handle: Handle::current(),
        id,
        hospital,
        settings,
        some: Vec::new().into_iter(),
        after: None,
        failed: None,
    };
    let merged = incoming.read_by(move |pieces| merge(pieces, &file, invoices, spool)).await?;
    let (merged, hash, spool) = merged.map_err(|failed| match failed {
        Failed::Service(error) => error,
        Failed::File(why) => ApiError::Faulty(vec![(InputPlace::Body, why.fault())]),
    })?;
    caller.run(move |tx| files::note_merge(tx, id, &merged, hash.as_ref())).await?;
    let name = format!("attachment; filename=\"{id}.txt\"");
    let mut response = HttpResponse::Ok();
    response.content_type("application/octet-stream").insert_header((header::CONTENT_DISPOSITION, name));
    Ok(response.streaming(spool.give().map_err(|_| ApiError::Internal)?))
}
