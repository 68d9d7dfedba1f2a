//! The problem types, each described at the address in `href` of a problem.

use std::collections::{BTreeMap, HashMap};

use actix_web::{HttpResponse, get, web};
use chrono::NaiveDate;
use insula_domain::{
    names::{Command, DayCommand, DayState, FileCommand, FileState, Language, Status},
    nomenclature::Counter,
    notices::mail::MailState,
    refusal::Refusal,
    rule::RuleId,
};
use maud::{DOCTYPE, Markup, html};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{cacheable, cacheable_text};
use crate::http::{
    caller::Caller,
    collection::List,
    language::texts,
    parameters::IfNoneMatch,
    problem::{ALL, ApiError, ProblemType as Type},
};

/// A problem type.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProblemType {
    /// Its stable code, the end of its `type`.
    pub code: &'static str,
    /// The `type` of the problems.
    #[serde(rename = "type")]
    #[schema(format = "uri")]
    pub kind: String,
    /// Its address; a browser gets a page in its own language.
    #[schema(format = "uri")]
    pub href: String,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// The title, in English.
    pub title: &'static str,
    /// The rule that it names, when it is always the same one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub rule: Option<RuleId>,
    /// The text of `detail` by language; words in braces are placeholders.
    pub detail: BTreeMap<&'static str, String>,
}

/// The problem types.
pub type ProblemTypeCollection = List<ProblemType>;

fn shown(caller: &Caller, problem: &Type, rules: &HashMap<String, RuleId>) -> ProblemType {
    let detail = |language: Language| texts(language).problem.get(problem.code).cloned().unwrap_or_default();
    ProblemType {
        code: problem.code,
        kind: problem.uri(),
        href: caller.href(&format!("/problems/{}", problem.code)),
        status: problem.status.as_u16(),
        title: problem.title,
        rule: rules.get(&problem.uri()).copied(),
        detail: Language::ALL.iter().map(|one| (one.name(), detail(*one))).collect(),
    }
}

/// The rule of each problem type that always names the same one, by the type's URN.
pub fn rules_of_problems() -> HashMap<String, RuleId> {
    let refusals = [
        Refusal::Transition { from: Status::Open, attempted: Command::Reopen },
        Refusal::NotAdhered,
        Refusal::NotAdheredToday,
        Refusal::CounterClosed { counter: Counter::A, year: None, other_pair: None },
        Refusal::CounterClosed { counter: Counter::B, year: None, other_pair: None },
        Refusal::SecondFirstImplantation { existing: None },
        Refusal::DeletionNotAllowed,
        Refusal::RegistryNotGranted { contact: None },
        Refusal::NotificationNotParked { state: MailState::Sent },
        Refusal::NoRecipients,
        Refusal::PatientNumbersMissing { needed: vec!["2024: patients".to_owned()] },
        Refusal::MergerBuiltUpon { number: "7.86.512.34".to_owned() },
        Refusal::LikelyDuplicate { candidates: Vec::new() },
        Refusal::ApplicationOpen,
        Refusal::DecisionStands { last: None },
        Refusal::PeriodInTheWay,
        Refusal::DayTransition { from: DayState::Undue, attempted: DayCommand::Claim },
        Refusal::LineCredited,
        Refusal::FileTransition { from: FileState::Made, attempted: FileCommand::Answer },
        Refusal::BillingIdentityMissing,
        Refusal::PumpCodeMissing,
        Refusal::NothingToBill,
        Refusal::InvoiceNumbersUsedUp,
        Refusal::CreditOfCredit,
        Refusal::LineRefused,
        Refusal::NothingToContest,
        Refusal::NoSummaryDue,
        Refusal::ReportTooEarly { from: NaiveDate::default() },
        Refusal::ReportAsSent { version: 1 },
        Refusal::TariffUsed { lines: 1 },
        Refusal::RegularisationNeeded { lines: 1 },
    ];
    let refused = refusals.into_iter().map(|refusal| ApiError::Refused(Box::new(refusal)));
    let others = [ApiError::PreconditionFailed, ApiError::PreconditionRequired, ApiError::KeyReused];
    let named = refused.chain(others).filter_map(|error| {
        let document = error.document(Language::En, Uuid::nil(), "");
        Some((document["type"].as_str()?.to_owned(), document["rule"].as_str()?.parse().ok()?))
    });
    named.collect()
}

/// List the problem types.
///
/// Every type that a problem can have, with its text in four languages.
#[utoipa::path(
    tag = "Reference data",
    operation_id = "listProblemTypes",
    params(IfNoneMatch),
    responses((status = 200, description = "The types.", body = ProblemTypeCollection)),
    security(())
)]
#[get("/problems")]
pub async fn list_problem_types(caller: Caller) -> Result<HttpResponse, ApiError> {
    let rules = rules_of_problems();
    Ok(cacheable(&caller, &List::of(ALL.iter().map(|one| shown(&caller, one, &rules)).collect())))
}

/// Get a problem type.
///
/// The address in `href` of a problem. `text/html` is a page for people, in the language of `Accept-Language`: what it
/// means and what to do.
#[utoipa::path(
    tag = "Reference data",
    operation_id = "getProblemType",
    params(("problemCode" = String, Path, description = "Its code.", example = "noRecipients"), IfNoneMatch),
    responses(
        (status = 200, description = "The type.", content(
            (ProblemType = "application/json"),
            (String = "text/html", example = json!("<!DOCTYPE html><html lang=\"fr\">…</html>"))
        )),
    ),
    security(())
)]
#[get("/problems/{problemCode}")]
pub async fn get_problem_type(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let problem = ALL.iter().find(|one| one.code == *path).ok_or(ApiError::NotFound)?;
    let shown = shown(&caller, problem, &rules_of_problems());
    if caller.media.as_deref() != Some("text/html") {
        return Ok(cacheable(&caller, &shown));
    }
    Ok(cacheable_text(&caller, "text/html; charset=utf-8", page(caller.language, &shown).into_string()))
}

const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}\
    code{overflow-wrap:anywhere}dt{font-weight:600;margin-top:.8rem}dd{margin:0}:root{color-scheme:light dark}";

/// The page of a problem type.
fn page(language: Language, shown: &ProblemType) -> Markup {
    let said = &texts(language).problem_page;
    let detail = shown.detail.get(language.name()).map(String::as_str).unwrap_or_default();
    html! {
        (DOCTYPE)
        html lang=(language.name()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (shown.title) " – Insula" }
                style { (STYLE) }
            }
            body {
                h1 { (shown.title) }
                p { (detail) }
                dl {
                    dt { (said.kind) }
                    dd { code { (shown.kind) } }
                    dt { (said.status) }
                    dd { (shown.status) }
                    @if let Some(rule) = shown.rule {
                        dt { (said.rule) }
                        dd { (rule.id()) " (" (rule.source()) "): " span lang="en" { (rule.text()) } }
                    }
                }
            }
        }
    }
}
