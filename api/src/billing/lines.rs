//! `listInvoiceLines`, `contestInvoiceLine` and `listInvoiceCorrections`.

use actix_web::{HttpResponse, get, http::StatusCode, post, web};
use chrono::NaiveDate;
use insula_domain::{
    amount::{Amount, Balance},
    billing::{
        answered::{contest, signed},
        credit::LineState,
        forecast::Ground,
        line::Line,
        refusal_code::RefusalCode,
        undue::{Bearer, UndueCause},
    },
    convention::number::PumpConventionNumber,
    identifier::InsurerNumber,
};
use insula_persistence::billing::{
    corrections::{self, Credited},
    lines::{self, Filter, KeptLine},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::{
    caller::Caller,
    collection::Page,
    input::{Query, identifier, path_uuid},
    language::{Language, labels},
    parameters::{After, IdempotencyKey, OfInvoiceLine, PageSize},
    problem::ApiError,
};

/// Two sentences as one text.
pub(super) fn said(first: &str, second: &str) -> String {
    format!("{first}. {second}.")
}

/// A code with which an insurer refused a line.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LineRefusal {
    /// The code.
    pub code: RefusalCode,
    /// The zone of the record that it is about.
    pub zone: String,
    /// What it means, in the reader's language; absent when the code is not among those that concern pump days.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub detail: Option<String>,
}

impl LineRefusal {
    fn of(language: Language, code: RefusalCode) -> LineRefusal {
        let ground = Ground::ALL.iter().find(|ground| ground.codes().contains(&code.as_str()));
        let values = labels(language).value.get("LikelyRefusal");
        let detail = ground.and_then(|ground| values?.get(ground.name())).cloned();
        LineRefusal { code, zone: code.zone().to_owned(), detail }
    }
}

/// A line of an invoice.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvoiceLine {
    /// Its identifier.
    pub id: Uuid,
    /// The file.
    pub invoice_file_id: Uuid,
    /// The sending number of the file.
    #[schema(minimum = 1, maximum = 999)]
    pub sending_number: u16,
    /// The number of the invoice.
    #[schema(minimum = 1, maximum = 999_999_999_999_i64)]
    pub invoice_number: u64,
    /// For whom.
    pub beneficiary_id: Uuid,
    /// The granted period.
    pub granted_period_id: Uuid,
    /// The number of the convention.
    pub convention_number: PumpConventionNumber,
    /// The insurer of affiliation on its days.
    pub insurer_number: InsurerNumber,
    /// Where its invoice went: the insurer, or its union.
    pub destination: InsurerNumber,
    /// The day of the agreement.
    pub agreed_on: NaiveDate,
    /// Its first day.
    pub from: NaiveDate,
    /// Its last day.
    pub to: NaiveDate,
    /// How many days; negative in a credit.
    pub units: i64,
    /// The price of each.
    pub price: Amount,
    /// Its days times the price; negative in a credit.
    pub amount: Balance,
    /// What became of it.
    pub state: LineState,
    /// Whether the insurer accepted it.
    pub accepted: bool,
    /// With which codes the insurer refused it.
    pub codes: Vec<LineRefusal>,
    /// The line that it credits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub credits: Option<Uuid>,
    /// When it was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub answered_on: Option<NaiveDate>,
    /// When the hospital contested the refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub contested_on: Option<NaiveDate>,
    /// On which article of the convention.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub contested_by: Option<String>,
}

impl InvoiceLine {
    pub(crate) fn of(language: Language, kept: &KeptLine) -> InvoiceLine {
        let one = &kept.line;
        let Line { terms, from, to, price } = &one.line;
        let units = one.line.units();
        let (contested_by, contested_on) = kept.contested.clone().unzip();
        InvoiceLine {
            id: one.id,
            invoice_file_id: kept.file,
            sending_number: one.reference.sending,
            invoice_number: one.reference.invoice,
            beneficiary_id: terms.beneficiary.0,
            granted_period_id: terms.period,
            convention_number: terms.convention,
            insurer_number: terms.insurer,
            destination: terms.destination,
            agreed_on: terms.agreed_on,
            from: *from,
            to: *to,
            units: if one.credits.is_some() { -units } else { units },
            price: price.clone(),
            amount: signed(one),
            state: one.state,
            accepted: kept.accepted,
            codes: kept.codes.iter().map(|code| LineRefusal::of(language, *code)).collect(),
            credits: one.credits,
            answered_on: kept.answered_on,
            contested_on,
            contested_by,
        }
    }
}

/// Lines of invoices.
pub type InvoiceLineCollection = Page<InvoiceLine>;

/// List the lines of invoices.
///
/// The hospital's own, the latest made first, each with what insurers answered (BIL-05).
#[utoipa::path(
    tag = "Billing",
    operation_id = "listInvoiceLines",
    params(
        ("invoiceFileId" = Option<uuid::Uuid>, Query, nullable = false, description = "Only those of this file."),
        ("beneficiaryId" = Option<uuid::Uuid>, Query, nullable = false, description = "Only those of this beneficiary."),
        ("state" = Option<insula_domain::billing::credit::LineState>, Query, nullable = false, description = "Only those in this state."),
        ("contested" = Option<bool>, Query, nullable = false, description = "Only those whose refusal is contested."),
        After,
        PageSize
    ),
    responses((status = 200, description = "The lines.", body = InvoiceLineCollection))
)]
#[get("/invoiceLines")]
pub async fn list_invoice_lines(caller: Caller, mut query: Query) -> Result<HttpResponse, ApiError> {
    let file = query.uuid("invoiceFileId");
    let beneficiary = query.uuid("beneficiaryId");
    let state = query.one_of("state", LineState::ALL, LineState::name);
    let contested = query.flag("contested");
    let page = query.page(identifier);
    let done = query.finish()?;
    let (after, page_size) = done.take(page);
    let filter = Filter {
        file: done.take(file),
        beneficiary: done.take(beneficiary),
        state: done.take(state),
        contested: done.take(contested).then_some(true),
        after,
        page_size,
    };
    let page = caller.run(move |tx| lines::list(tx, &filter)).await?;
    let next = page.last().map(|last| caller.next_page("after", last.line.id, page_size));
    let items = page.items.iter().map(|one| InvoiceLine::of(caller.language, one)).collect();
    Ok(HttpResponse::Ok().json(InvoiceLineCollection { items, page_size, next }))
}

/// Contest the refusal of a line.
///
/// When the convention says the opposite of a refusal, days in hospital with the pump going on for example, the line is
/// contested, on the article that says so: nothing is credited and its days stay claimed (BIL-11).
#[utoipa::path(
    tag = "Billing",
    operation_id = "contestInvoiceLine",
    params(OfInvoiceLine, IdempotencyKey),
    responses((status = 200, description = "The line.", body = InvoiceLine))
)]
#[post("/invoiceLines/{invoiceLineId}/contest")]
pub async fn contest_invoice_line(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let caller = caller.keyed(b"")?;
    let id = path_uuid(&path)?;
    caller
        .run_keyed(move |caller, tx| {
            let kept = lines::one(tx, id)?;
            let (stays, anew) = (corrections::stays(tx, &kept)?, lines::is_billed_anew(tx, id)?);
            let found = contest(&kept.line, &kept.codes, &stays, anew, caller.today())?;
            lines::note_contest(tx, id, &found)?;
            let shown = InvoiceLine::of(caller.language, &lines::one(tx, id)?);
            Ok((lines::subject(id), caller.answer(StatusCode::OK, None, None, &shown)))
        })
        .await
}

/// Days that were billed and are not due.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UndueDayRange {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// Why they are not due.
    pub cause: UndueCause,
    /// What was asked for them.
    pub amount: Amount,
    /// Who bears it.
    pub borne_by: Bearer,
}

/// A line in place of a credited one.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LineAnew {
    /// The insurer.
    pub insurer_number: InsurerNumber,
    /// Where its invoice goes.
    pub destination: InsurerNumber,
    /// Its first day.
    pub from: NaiveDate,
    /// Its last day.
    pub to: NaiveDate,
    /// How many days.
    pub units: i64,
    /// The price of each.
    pub price: Amount,
    /// Its days times the price.
    pub amount: Amount,
}

/// Days that are due and come too late to be billed anew (BIL-08).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LostDayRange {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// What would be asked for them.
    pub amount: Amount,
}

/// What a line is corrected by: a credit of the whole line, and new lines for what is due of it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvoiceCorrection {
    /// The line.
    pub line: InvoiceLine,
    /// What the credit gives back, negative.
    pub credit: Balance,
    /// The days that are not due.
    pub undue: Vec<UndueDayRange>,
    /// What was asked for those.
    pub undue_amount: Amount,
    /// The lines for what is due.
    pub anew: Vec<LineAnew>,
    /// The days that are lost with the credit.
    pub lost: Vec<LostDayRange>,
    /// What would be asked for those.
    pub lost_amount: Amount,
}

impl InvoiceCorrection {
    pub(crate) fn of(caller: &Caller, one: &Credited) -> InvoiceCorrection {
        let correction = one.correction.as_ref();
        let undue = correction.into_iter().flat_map(|found| &found.undue).map(|days| UndueDayRange {
            from: days.days.from,
            to: days.days.to.unwrap_or(days.days.from),
            cause: days.cause,
            amount: days.amount.clone(),
            borne_by: days.borne_by,
        });
        let anew = correction.into_iter().flat_map(|found| &found.anew).flat_map(|block| &block.lines);
        let anew = anew.map(|line| LineAnew {
            insurer_number: line.terms.insurer,
            destination: line.terms.destination,
            from: line.from,
            to: line.to,
            units: line.units(),
            price: line.price.clone(),
            amount: line.amount(),
        });
        let lost = correction.into_iter().flat_map(|found| &found.lost).map(|days| LostDayRange {
            from: days.days.from,
            to: days.days.to.unwrap_or(days.days.from),
            amount: days.amount.clone(),
        });
        InvoiceCorrection {
            line: InvoiceLine::of(caller.language, &one.kept),
            credit: one.credit.amount(),
            undue: undue.collect(),
            undue_amount: correction.map(insula_domain::billing::undue::Correction::undue_amount).unwrap_or_default(),
            anew: anew.collect(),
            lost: lost.collect(),
            lost_amount: correction.map(insula_domain::billing::undue::Correction::lost_amount).unwrap_or_default(),
        }
    }
}

/// Corrections of lines.
pub type InvoiceCorrectionCollection = Page<InvoiceCorrection>;

/// List the corrections that are due.
///
/// Lines whose days are no longer due as they were billed: a period that ended, a death, a stay, an insurer or a price
/// learned afterwards. Each with the days that are undue, why, what was asked for them and who bears it; what is billed in
/// their place; and what is lost because it comes too late (BIL-07, BIL-08, BIL-12). They are made with an invoice file,
/// which names the lines. A page is of so many beneficiaries, and may be empty although more follow.
#[utoipa::path(
    tag = "Billing",
    operation_id = "listInvoiceCorrections",
    params(
        ("beneficiaryId" = Option<uuid::Uuid>, Query, nullable = false, description = "Only those of this beneficiary."),
        After,
        PageSize
    ),
    responses((status = 200, description = "The corrections.", body = InvoiceCorrectionCollection))
)]
#[get("/invoiceCorrections")]
pub async fn list_invoice_corrections(caller: Caller, mut query: Query) -> Result<HttpResponse, ApiError> {
    let beneficiary = query.uuid("beneficiaryId");
    let page = query.page(identifier);
    let done = query.finish()?;
    let beneficiary = done.take(beneficiary);
    let (after, page_size) = done.take(page);
    let (page, found) = caller.run(move |tx| corrections::due(tx, beneficiary, after, page_size)).await?;
    let next = page.last().map(|last| caller.next_page("after", *last, page_size));
    let items = found.iter().map(|one| InvoiceCorrection::of(&caller, one)).collect();
    Ok(HttpResponse::Ok().json(InvoiceCorrectionCollection { items, page_size, next }))
}
