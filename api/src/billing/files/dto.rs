//! Schemas of invoice files and of what is foreseen of them.

use chrono::{DateTime, NaiveDate, Utc};
use insula_domain::{
    amount::{Amount, Balance},
    billing::{
        credit::Total,
        file_state::FileState,
        forecast::{Ground, Remedy, Risk, WHOLE_FILE_ABOVE, fells_the_file, goes, share},
        line::Line,
        refusal_code::RefusalCode,
    },
    identifier::InsurerNumber,
    refusal::Fault,
    rule::RuleId,
    span::Span,
};
use insula_persistence::billing::{files, make::Survey};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    billing::lines::{InvoiceCorrection, said},
    http::{
        caller::Caller,
        issue::{InputValidationIssue, shown_faults},
        language::{Language, labels},
    },
};

/// The path of a file.
pub(crate) fn path(id: Uuid) -> String {
    format!("/invoiceFiles/{id}")
}

/// An invoice file. What it bills never changes; its state does.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvoiceFile {
    /// Its identifier.
    pub id: Uuid,
    /// Its address.
    #[schema(format = "uri")]
    pub href: String,
    /// The address of its records.
    #[schema(format = "uri")]
    pub records_href: String,
    /// The sending number.
    #[schema(minimum = 1, maximum = 999)]
    pub sending_number: i32,
    /// The month that it bills.
    #[schema(pattern = "^[0-9]{4}-(0[1-9]|1[0-2])$")]
    pub month: String,
    /// What became of it.
    pub state: FileState,
    /// How many invoices it holds.
    pub invoices: i32,
    /// How many records, its own two among them.
    pub records: i32,
    /// The sum of its lines.
    pub invoiced: Balance,
    /// The sum of its credits, without sign.
    pub credited: Balance,
    /// Of its lines and credits: the sum of those that insurers accepted.
    pub accepted: Balance,
    /// The sum of those that they refused.
    pub refused: Balance,
    /// The sum of those without answer.
    pub pending: Balance,
    /// The SHA-256 of its bytes, in hexadecimal digits.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub sha256: String,
    /// When it was handed over to the insurers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub handed_over_on: Option<NaiveDate>,
    /// The hospital's own file with these invoices in it, when `mergeInvoiceFile` gave one out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub merged: Option<MergedInvoiceFile>,
    /// Who made it.
    pub made_by: String,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// Counts every change of its state, from 1.
    pub version: i32,
    /// When its state last changed.
    pub updated_at: DateTime<Utc>,
}

impl InvoiceFile {
    pub(crate) fn of(caller: &Caller, one: files::InvoiceFile) -> InvoiceFile {
        let path = path(one.id);
        InvoiceFile {
            id: one.id,
            href: caller.href(&path),
            records_href: caller.href(&format!("{path}/records")),
            sending_number: one.sending,
            month: one.month.format("%Y-%m").to_string(),
            state: one.state,
            invoices: one.invoices,
            records: one.records,
            invoiced: one.invoiced,
            credited: one.credited,
            accepted: one.accounts.accepted,
            refused: one.accounts.refused,
            pending: one.accounts.pending,
            sha256: hex::encode(one.sha256),
            handed_over_on: one.handed_over_on,
            merged: one.merged.map(|merged| MergedInvoiceFile {
                at: merged.at,
                records: merged.records,
                lines: merged.lines,
                sha256: hex::encode(merged.sha256),
            }),
            made_by: one.made_by,
            made_at: one.made_at,
            version: one.version,
            updated_at: one.updated_at,
        }
    }
}

/// The hospital's own file, with the invoices of one of Insula's in it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MergedInvoiceFile {
    /// When it was given out.
    pub at: DateTime<Utc>,
    /// How many records it has.
    pub records: i32,
    /// How many lines: services, medicines, days. Insurers refuse a whole file by the share of its lines.
    pub lines: i32,
    /// The SHA-256 of its bytes, in hexadecimal.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub sha256: String,
}

/// A file that was made, and what is not in it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MadeInvoiceFile {
    /// The file.
    #[serde(flatten)]
    #[schema(inline)]
    pub file: InvoiceFile,
    /// How many lines are held back, for the reasons that the preview names.
    pub held_back: usize,
    /// How many invoices had no place in it (999 999 records): they wait for the next file.
    pub left: usize,
    /// The lines whose credit waits, because their insurer would be asked for less than it is given back.
    pub waiting: Vec<Uuid>,
}

/// A refusal that is probable for some days of a line, or for the file.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = LikelyRefusalRisk)]
pub struct ShownRisk {
    /// Why.
    pub ground: Ground,
    /// The codes with which insurers would refuse; the first one is the most probable.
    pub codes: Vec<RefusalCode>,
    /// What helps.
    pub remedy: Remedy,
    /// Whether the line is held back.
    pub holds_back: bool,
    /// The first day that it is about; absent when it is about the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub from: Option<NaiveDate>,
    /// The last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub to: Option<NaiveDate>,
    /// The ground and what helps, in the reader's language.
    pub detail: String,
    /// The rule.
    pub rule: RuleId,
    /// The rule's source.
    pub source: &'static str,
}

/// The label of a value of a list.
fn label(language: Language, list: &str, value: &str) -> String {
    let found = labels(language).value.get(list).and_then(|values| values.get(value));
    found.cloned().unwrap_or_else(|| value.to_owned())
}

impl ShownRisk {
    fn of(language: Language, ground: Ground, days: Option<Span>) -> ShownRisk {
        let because = label(language, "LikelyRefusal", ground.name());
        let remedy = label(language, "LikelyRefusalRemedy", ground.remedy().name());
        ShownRisk {
            ground,
            codes: ground.codes().iter().filter_map(|code| code.parse().ok()).collect(),
            remedy: ground.remedy(),
            holds_back: ground.holds_back(),
            from: days.map(|days| days.from),
            to: days.and_then(|days| days.to),
            detail: said(&because, &remedy),
            rule: ground.rule(),
            source: ground.rule().source(),
        }
    }
}

/// A line that would be made.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreviewedInvoiceLine {
    /// For whom.
    pub beneficiary_id: Uuid,
    /// The granted period.
    pub granted_period_id: Uuid,
    /// The insurer of affiliation on its days.
    pub insurer_number: InsurerNumber,
    /// Where its invoice goes: the insurer, or its union.
    pub destination: InsurerNumber,
    /// The day of the agreement.
    pub agreed_on: NaiveDate,
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
    /// Whether it goes into the file.
    pub goes: bool,
    /// What the insurers' programs would probably say.
    pub risks: Vec<ShownRisk>,
}

impl PreviewedInvoiceLine {
    pub(crate) fn of(language: Language, line: &Line, risks: &[Risk]) -> PreviewedInvoiceLine {
        PreviewedInvoiceLine {
            beneficiary_id: line.terms.beneficiary.0,
            granted_period_id: line.terms.period,
            insurer_number: line.terms.insurer,
            destination: line.terms.destination,
            agreed_on: line.terms.agreed_on,
            from: line.from,
            to: line.to,
            units: line.units(),
            price: line.price.clone(),
            amount: line.amount(),
            goes: goes(risks),
            risks: risks.iter().map(|risk| ShownRisk::of(language, risk.ground, Some(risk.days))).collect(),
        }
    }
}

/// What an insurer would be asked for.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InsurerTotal {
    /// The insurer.
    pub insurer_number: InsurerNumber,
    /// The sum of the lines that go.
    pub invoiced: Amount,
    /// The sum of the credits, without sign.
    pub credited: Amount,
    /// What is asked for, all in all.
    pub balance: Balance,
    /// Whether its credits wait for a month in which more is due: nobody pays a negative sum.
    pub waits: bool,
}

impl InsurerTotal {
    fn of(insurer_number: InsurerNumber, total: &Total) -> InsurerTotal {
        InsurerTotal {
            insurer_number,
            invoiced: total.invoiced.clone(),
            credited: total.credited.clone(),
            balance: total.balance(),
            waits: total.waits(),
        }
    }
}

/// Days that follow each other.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DaysOfBeneficiary {
    /// The beneficiary.
    pub beneficiary_id: Uuid,
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
}

/// A recorded day that can be on no line.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UnbillableDay {
    /// The beneficiary.
    pub beneficiary_id: Uuid,
    /// The day.
    pub day: NaiveDate,
    /// Why.
    pub issues: Vec<InputValidationIssue>,
}

/// What a file would come to (BIL-05). Nothing is made.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvoiceFilePreview {
    /// The lines, at most 1000; when there are more, those at risk come first.
    #[schema(max_items = 1000)]
    pub lines: Vec<PreviewedInvoiceLine>,
    /// How many lines go.
    pub going: usize,
    /// How many of those are at risk.
    pub at_risk: usize,
    /// How many lines are held back.
    pub held_back: usize,
    /// The share of the lines that go and are at risk, in percent with two decimals.
    #[schema(pattern = "^[0-9]{1,3}\\.[0-9]{2}$")]
    pub share_at_risk: String,
    /// The share of refused lines above which insurers refuse a whole file, in percent.
    pub whole_file_above: i64,
    /// Whether the whole file would be refused if every line at risk were.
    pub would_fell_the_file: bool,
    /// What each insurer would be asked for.
    pub totals: Vec<InsurerTotal>,
    /// Why the file as a whole would be refused.
    pub file_risks: Vec<ShownRisk>,
    /// What is credited, and billed in its place.
    pub corrections: Vec<InvoiceCorrection>,
    /// The lines whose credit would wait.
    pub waiting: Vec<Uuid>,
    /// Recorded days that can be on no line, at most 1000.
    #[schema(max_items = 1000)]
    pub unbillable: Vec<UnbillableDay>,
    /// Recorded days that can no longer be billed after this month (BIL-08).
    pub expiring: Vec<DaysOfBeneficiary>,
    /// Days of the month that could be recorded and are not.
    pub not_recorded: Vec<DaysOfBeneficiary>,
}

/// Days in as few parts as possible.
fn parts(id: Uuid, days: &[NaiveDate]) -> Vec<DaysOfBeneficiary> {
    let mut parts: Vec<DaysOfBeneficiary> = Vec::new();
    for day in days {
        match parts.last_mut() {
            Some(last) if last.to.succ_opt() == Some(*day) => last.to = *day,
            _ => parts.push(DaysOfBeneficiary { beneficiary_id: id, from: *day, to: *day }),
        }
    }
    parts
}

fn unbillable(language: Language, (id, day, why): &(Uuid, NaiveDate, Fault)) -> UnbillableDay {
    UnbillableDay { beneficiary_id: *id, day: *day, issues: shown_faults(std::slice::from_ref(why), language) }
}

impl InvoiceFilePreview {
    pub(crate) fn of(caller: &Caller, survey: &Survey) -> InvoiceFilePreview {
        let language = caller.language;
        let share = share(survey.at_risk, survey.going);
        let missing = survey.not_recorded.iter().flat_map(|(id, spans)| {
            spans.iter().map(|days| DaysOfBeneficiary {
                beneficiary_id: *id,
                from: days.from,
                to: days.to.unwrap_or(days.from),
            })
        });
        InvoiceFilePreview {
            lines: survey.lines.iter().map(|(line, risks)| PreviewedInvoiceLine::of(language, line, risks)).collect(),
            going: survey.going,
            at_risk: survey.at_risk,
            held_back: survey.held_back,
            share_at_risk: share.shown(2),
            whole_file_above: WHOLE_FILE_ABOVE,
            would_fell_the_file: fells_the_file(&share),
            totals: survey.totals.iter().map(|(insurer, total)| InsurerTotal::of(*insurer, total)).collect(),
            file_risks: survey.grounds.iter().map(|ground| ShownRisk::of(language, *ground, None)).collect(),
            corrections: survey.credited.iter().map(|one| InvoiceCorrection::of(caller, one)).collect(),
            waiting: survey.waiting.clone(),
            unbillable: survey.unbillable.iter().map(|one| unbillable(language, one)).collect(),
            expiring: survey.expiring.iter().flat_map(|(id, days)| parts(*id, days)).collect(),
            not_recorded: missing.collect(),
        }
    }
}
