//! `previewInvoiceFile` and `createInvoiceFile`.

use actix_web::{HttpResponse, http::StatusCode, post};
use chrono::NaiveDate;
use insula_domain::{
    identifier::HospitalNumber,
    refusal::{Fault, Reason},
    rule::RuleId,
};
use insula_persistence::billing::{
    corrections::Asked,
    files,
    make::{self, NewFile},
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::dto::{InvoiceFile, InvoiceFilePreview, MadeInvoiceFile, path};
use crate::http::{
    caller::Caller,
    input::{Body, Field, Reader},
    parameters::IdempotencyKey,
    problem::ApiError,
};

/// How many lines one file corrects or credits.
const MOST: usize = 2000;

/// A file to make.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"month": "2026-05", "sendingNumber": 17}))]
pub struct InvoiceFileEntry {
    /// The month that it bills: the recorded days until its end that are on no line.
    #[schema(pattern = "^[0-9]{4}-(0[1-9]|1[0-2])$")]
    pub month: String,
    /// The sending number of the file with which the insurers get it: once a year, for all that the hospital sends.
    #[schema(minimum = 1, maximum = 999)]
    pub sending_number: i32,
    /// Whether the insurers allow a third file of the month.
    #[schema(default = false, required = false)]
    pub derogation: bool,
    /// Lines to correct: they are credited wholly, and what is due of them is billed anew.
    #[schema(max_items = 2000, required = false)]
    pub corrections: Vec<Uuid>,
    /// Lines to credit wholly; their days are free.
    #[schema(max_items = 2000, required = false)]
    pub credits: Vec<Uuid>,
    /// Whether credits go to an insurer that would be asked for less than it is given back. By default they wait.
    #[schema(default = false, required = false)]
    pub even_negative: bool,
}

/// The first day of a month such as `2026-05`.
pub fn month(text: &str) -> Option<NaiveDate> {
    let form = text.len() == 7 && text.as_bytes()[4] == b'-';
    form.then(|| format!("{text}-01").parse().ok())?
}

fn new_file(reader: &mut Reader, hospital: HospitalNumber) -> Field<NewFile> {
    let month = reader.required_parsed("month", Reason::NotAMonth, month);
    let sending = reader.required_integer("sendingNumber", 1..=999);
    let derogation = reader.flag("derogation");
    let corrections = reader.uuids("corrections", MOST);
    let credits = reader.uuids("credits", MOST);
    let even_negative = reader.flag("evenNegative");
    if let (Some(corrected), Some(credited)) = (corrections.known(), credits.known()) {
        let again = credited.iter().enumerate().filter(|(_, id)| corrected.contains(id));
        let fault = |at| Fault::new(format!("credits[{at}]"), Reason::Repeated, RuleId::Bil05);
        reader.extend(again.map(|(at, _)| fault(at)).collect::<Vec<_>>());
    }
    reader.build(|done| NewFile {
        hospital,
        month: done.take(month),
        sending: u16::try_from(done.take(sending)).unwrap_or_default(),
        derogation: done.take(derogation),
        asked: Asked { corrections: done.take(corrections), credits: done.take(credits) },
        even_negative: done.take(even_negative),
    })
}

/// Preview an invoice file.
///
/// What `createInvoiceFile` would make of the same body, line by line: what the insurers' programs would probably
/// refuse, with the remedy; the share of lines at risk beside the 5 % above which a whole file is refused; the total of
/// each insurer; days that expire at the end of this month, and days of the month that nobody recorded (BIL-05,
/// BIL-08). Nothing is made. The month need not be over.
#[utoipa::path(
    tag = "Billing",
    operation_id = "previewInvoiceFile",
    request_body = InvoiceFileEntry,
    responses((status = 200, description = "What it would come to.", body = InvoiceFilePreview))
)]
#[post("/invoiceFiles/preview")]
pub async fn preview_invoice_file(caller: Caller, body: Body) -> Result<HttpResponse, ApiError> {
    let hospital = caller.hospital()?;
    let mut reader = Reader::new(&body.members);
    let read = new_file(&mut reader, hospital);
    let new = reader.finish()?.take(read);
    let survey = caller.run(move |tx| make::preview(tx, &new)).await?;
    Ok(HttpResponse::Ok().json(InvoiceFilePreview::of(&caller, &survey)))
}

/// Make an invoice file.
///
/// Every recorded day until the end of the month that is on no line goes on one: consecutive days of one price, period,
/// insurer and entitlement (BIL-10). Lines that the insurers could not attribute are held back. What is made never
/// changes: a correction is a credit and a new line (BIL-05). An invoice has a number of the hospital's range for
/// Insula.
#[utoipa::path(
    tag = "Billing",
    operation_id = "createInvoiceFile",
    params(IdempotencyKey),
    request_body = InvoiceFileEntry,
    responses((status = 201, description = "The file.", body = MadeInvoiceFile,
        headers(("Location" = String, description = "Its address."))))
)]
#[post("/invoiceFiles")]
pub async fn create_invoice_file(caller: Caller, body: Body) -> Result<HttpResponse, ApiError> {
    let caller = caller.keyed(&body.bytes)?;
    let hospital = caller.hospital()?;
    let mut reader = Reader::new(&body.members);
    let read = new_file(&mut reader, hospital);
    let new = reader.finish()?.take(read);
    caller
        .run_keyed(move |caller, tx| {
            let made = make::make(tx, &new)?;
            let file = files::find(tx, made.file)?;
            let version = file.version;
            let shown = MadeInvoiceFile {
                file: InvoiceFile::of(caller, file),
                held_back: made.held_back,
                left: made.left,
                waiting: made.waiting,
            };
            let location = caller.href(&path(made.file));
            let answer = caller.answer(StatusCode::CREATED, Some(version), Some(location), &shown);
            Ok((files::subject(made.file), answer))
        })
        .await
}
