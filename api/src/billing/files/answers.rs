//! `answerInvoiceFile` and `importInvoiceAnswer`.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, post, web};
use aws_lc_rs::digest;
use chrono::NaiveDate;
use insula_domain::{
    billing::{
        file::{
            answer::AnswerReader,
            answer_csv,
            hearing::{Heard, Hearing, LineAnswer},
        },
        refusal_code::RefusalCode,
    },
    refusal::{Fault, Reason},
    rule::RuleId,
};
use insula_persistence::billing::{files, lines};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{dto::InvoiceFile, list::past_day};
use crate::{
    config::{MAX_BILLING_ANSWER, MAX_IMPORT},
    http::{
        caller::Caller,
        input::{Body, Field, Query, Reader, path_uuid},
        intake::{Incoming, media},
        parameters::{IdempotencyKey, OfInvoiceFile},
        problem::ApiError,
    },
};

/// How many lines one answer names.
const MOST: usize = 2000;
/// How many codes a line is refused with.
const MOST_CODES: usize = 3;

/// What an insurer says of a line.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct InvoiceLineAnswer {
    /// The line.
    pub line_id: Uuid,
    /// The codes with which it is refused; none when it is accepted.
    #[schema(max_items = 3, required = false)]
    pub codes: Vec<RefusalCode>,
    /// The insurer's own reference, which a correction of the line names (203810).
    #[schema(nullable = false, max_length = 25)]
    pub reference: Option<String>,
}

/// What insurers answer to a file.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"on": "2026-06-12", "lines": [
    {"lineId": "0198c1de-7b20-7d05-8f00-5b1f7a9e2c44", "codes": ["300645"]}]}))]
pub struct InvoiceFileAnswer {
    /// When it was received: today or earlier.
    pub on: NaiveDate,
    /// Whether the file as a whole is refused.
    #[schema(default = false, required = false)]
    pub whole_file_refused: bool,
    /// What is said of each line; the others are not answered yet.
    #[schema(max_items = 2000, required = false)]
    pub lines: Vec<InvoiceLineAnswer>,
}

fn line(reader: &mut Reader) -> Field<LineAnswer> {
    let line = reader.required_uuid("lineId");
    let codes = reader.each("codes", MOST_CODES, |value| {
        let wrong_type = || Fault::new("", Reason::WrongType, RuleId::Sys04).with("expected", "string");
        let text = value.as_str().ok_or_else(wrong_type)?;
        text.parse().map_err(|_| Fault::new("", Reason::NotARefusalCode, RuleId::Bil05))
    });
    let reference = reader.text("reference", 25);
    reader.build(|done| LineAnswer {
        line: done.take(line),
        codes: done.take(codes),
        reference: done.take(reference),
        place: String::new(),
    })
}

/// BIL-05: a line is named once, and something is said.
fn faults(answers: &[LineAnswer], whole: bool) -> Vec<Fault> {
    if answers.is_empty() && !whole {
        return vec![Fault::new("lines", Reason::Required, RuleId::Bil05)];
    }
    let mut earlier = std::collections::BTreeSet::new();
    let again = answers.iter().enumerate().filter(|(_, one)| !earlier.insert(one.line));
    again.map(|(at, _)| Fault::new(format!("lines[{at}].lineId"), Reason::Repeated, RuleId::Bil05)).collect()
}

/// Enter an answer to an invoice file.
///
/// What insurers say of lines, or that the whole file is refused: it is, when more than 5 % of its lines are. The days
/// of refused lines are free and can be recorded anew; what is refused was never paid, so it is not credited. Lines
/// whose refusal is contested can be answered once more (BIL-05, BIL-11).
#[utoipa::path(
    tag = "Billing",
    operation_id = "answerInvoiceFile",
    params(OfInvoiceFile, IdempotencyKey),
    request_body = InvoiceFileAnswer,
    responses((status = 200, description = "The file.", body = InvoiceFile))
)]
#[post("/invoiceFiles/{invoiceFileId}/answers")]
pub async fn answer_invoice_file(
    caller: Caller,
    path: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let caller = caller.keyed(&body.bytes)?;
    let id = path_uuid(&path)?;
    let mut reader = Reader::new(&body.members);
    let on = past_day(&mut reader, caller.today());
    let whole = reader.flag("wholeFileRefused");
    let answers = reader.objects("lines", MOST, line);
    let refused = whole.known().copied().unwrap_or(true);
    reader.judge(&answers, |answers| faults(answers, refused));
    let done = reader.finish()?;
    let on = done.take(on);
    let placed = |(at, one)| LineAnswer { place: format!("lines[{at}].lineId"), ..one };
    let lines = done.take(answers).into_iter().enumerate().map(placed).collect();
    let heard = Heard { whole_file_refused: done.take(whole), lines };
    enter(&caller, id, heard, on).await
}

/// Enters what is heard of a file.
async fn enter(caller: &Caller, id: Uuid, heard: Heard, on: NaiveDate) -> Result<HttpResponse, ApiError> {
    caller
        .run_keyed(move |caller, tx| {
            lines::answer(tx, id, &heard, on)?;
            let file = files::find(tx, id)?;
            let version = file.version;
            let shown = InvoiceFile::of(caller, file);
            Ok((files::subject(id), caller.answer(StatusCode::OK, Some(version), None, &shown)))
        })
        .await
}

/// An answer of the insurers.
#[derive(utoipa::ToSchema)]
#[schema(value_type = String, format = Binary)]
pub struct SentAnswer(pub Vec<u8>);

/// The accepted media types and encoding.
const TYPES: &str = "application/octet-stream, text/csv, Content-Encoding: identity";

/// Import an answer to an invoice file.
///
/// Reads what the insurers' programs send back: records of 800 positions (`application/octet-stream`), or a table of
/// sending number, record, code and amount (`text/csv`). Each record is brought to its line by its number in the file
/// that went, the hospital's own if the invoices were put into it; the hospital's own records are passed over. Nothing is
/// taken of an answer that cannot be read, or that is about another file (BIL-05, `docs/billing.md`).
#[utoipa::path(
    tag = "Billing",
    operation_id = "importInvoiceAnswer",
    params(
        OfInvoiceFile,
        IdempotencyKey,
        ("on" = Option<chrono::NaiveDate>, Query, nullable = false, description = "When it was received: today or earlier; today by default.")
    ),
    request_body(content(
        (inline(SentAnswer) = "text/csv", example = json!("sending;record;code;amount\n17;3;300645;\n")),
        (inline(SentAnswer) = "application/octet-stream", example = json!("920900…"))
    )),
    responses((status = 200, description = "The file.", body = InvoiceFile))
)]
#[post("/invoiceFiles/{invoiceFileId}/answerFiles")]
pub async fn import_invoice_answer(
    caller: Caller,
    path: web::Path<String>,
    request: HttpRequest,
    mut query: Query,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let id = path_uuid(&path)?;
    let media =
        media(&request, &["application/octet-stream", "text/csv"]).ok_or(ApiError::UnsupportedMediaType(TYPES))?;
    let hospital = caller.hospital()?;
    let today = caller.today();
    let on = query.date("on");
    if on.given().is_some_and(|on| *on > today) {
        query.add(Fault::new("on", Reason::InFuture, RuleId::Bil05));
    }
    let sent = caller.run(move |tx| files::sent(tx, id, hospital)).await?;
    let is_table = media == "text/csv";
    let most = if is_table { MAX_IMPORT } else { MAX_BILLING_ANSWER };
    let organisation = caller.call.organisation();
    let mut incoming = Incoming::begin(&request, payload, most, &caller.state.checks, organisation).await?;
    let read = incoming.read_by(move |pieces| {
        let mut hash = digest::Context::new(&digest::SHA256);
        let mut hearing = Hearing::new(&sent);
        let (mut text, mut reader) = (Vec::new(), AnswerReader::default());
        for piece in pieces {
            hash.update(&piece);
            if is_table {
                text.extend_from_slice(&piece);
            } else {
                reader.feed(&piece, &mut |answer| hearing.take(answer));
            }
        }
        let read =
            if is_table { table(&text, &mut hearing) } else { reader.finish(&mut |answer| hearing.take(answer)) };
        (hash.finish(), read.and_then(|()| hearing.finish()))
    });
    let (hash, heard) = read.await?;
    let (done, heard) = query.finish_with(heard)?;
    let on = done.take(on).unwrap_or(today);
    let caller = caller.keyed_over(&[request.query_string().as_bytes(), media.as_bytes(), hash.as_ref()])?;
    enter(&caller, id, heard, on).await
}

/// Reads an answer as a table.
fn table(bytes: &[u8], hearing: &mut Hearing<'_>) -> Result<(), Vec<Fault>> {
    let text = std::str::from_utf8(bytes).map_err(|_| vec![Fault::new("", Reason::NotUtf8, RuleId::Sys04)])?;
    answer_csv::read(text)?.iter().for_each(|row| hearing.enter(row));
    Ok(())
}
