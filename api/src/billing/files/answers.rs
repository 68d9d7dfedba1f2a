//! `answerInvoiceFile`.

use actix_web::{HttpResponse, http::StatusCode, post, web};
use chrono::NaiveDate;
use insula_domain::{
    billing::refusal_code::RefusalCode,
    refusal::{Fault, Reason},
    rule::RuleId,
};
use insula_persistence::billing::{
    files,
    lines::{self, NewAnswer},
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{dto::InvoiceFile, list::past_day};
use crate::http::{
    caller::Caller,
    input::{Body, Field, Reader, path_uuid},
    parameters::{IdempotencyKey, OfInvoiceFile},
    problem::ApiError,
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

fn line(reader: &mut Reader) -> Field<NewAnswer> {
    let line = reader.required_uuid("lineId");
    let codes = reader.each("codes", MOST_CODES, |value| {
        let wrong_type = || Fault::new("", Reason::WrongType, RuleId::Sys04).with("expected", "string");
        let text = value.as_str().ok_or_else(wrong_type)?;
        text.parse().map_err(|_| Fault::new("", Reason::NotARefusalCode, RuleId::Bil05))
    });
    let reference = reader.text("reference", 25);
    reader.build(|done| NewAnswer { line: done.take(line), codes: done.take(codes), reference: done.take(reference) })
}

/// BIL-05: a line is named once, and something is said.
fn faults(answers: &[NewAnswer], whole: bool) -> Vec<Fault> {
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
    let (on, whole, answers) = (done.take(on), done.take(whole), done.take(answers));
    caller
        .run_keyed(move |caller, tx| {
            lines::answer(tx, id, &answers, whole, on)?;
            let file = files::find(tx, id)?;
            let version = file.version;
            let shown = InvoiceFile::of(caller, file);
            Ok((files::subject(id), caller.answer(StatusCode::OK, Some(version), None, &shown)))
        })
        .await
}
