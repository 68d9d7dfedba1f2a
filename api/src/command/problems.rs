//! `insula problems`: every problem, fault and verdict of the API, as the tables of `docs/problems.md`.

use std::collections::{BTreeMap, HashMap};

use insula_domain::{
    nomenclature::Counter,
    notices::mail::MailState,
    refusal::{Fault, Reason, Refusal},
    registry::registration::{Command, Status},
    rule::RuleId,
};
use uuid::Uuid;

use crate::http::{
    issue::issue,
    language::{Language, texts},
    problem::{self, ApiError, InputPlace},
};

/// The three tables, in English.
pub fn as_markdown() -> String {
    let texts = texts(Language::En);
    let (mut text, rules) = (String::from("## Problems\n\n"), rules());
    text.push_str("| `type` | status | rule | `title` | `detail` |\n|---|---|---|---|---|\n");
    for (kind, status, title, code) in problem::every() {
        let rule = rules.get(&kind).map_or("", String::as_str);
        let detail = texts.problem.get(code).map_or("", String::as_str);
        text.push_str(&format!("| `{kind}` | {status} | {rule} | {title} | {detail} |\n"));
    }
    text.push_str("\n## Faults\n\n| `code` | `type` | `detail` |\n|---|---|---|\n");
    for reason in Reason::ALL {
        // The rule differs between faults of one reason, so the table leaves it out.
        let shown = issue(InputPlace::Body, &Fault::new("", *reason, RuleId::Sys04), Language::En);
        let kind = shown.kind.trim_start_matches("urn:problem-type:");
        let detail = texts.reason.get(reason.code()).map_or("", String::as_str);
        text.push_str(&format!("| `{}` | `{kind}` | {detail} |\n", reason.code()));
    }
    text.push_str("\n## Verdicts on a registration code\n\n| `code` | `detail` |\n|---|---|\n");
    for (code, detail) in texts.verdict.iter().collect::<BTreeMap<_, _>>() {
        text.push_str(&format!("| `{code}` | {detail} |\n"));
    }
    text
}

/// The rule of each problem type that always names the same one.
fn rules() -> HashMap<String, String> {
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
    ];
    let refused = refusals.into_iter().map(|refusal| ApiError::Refused(Box::new(refusal)));
    let others = [ApiError::PreconditionFailed, ApiError::PreconditionRequired, ApiError::KeyReused];
    let named = refused.chain(others).filter_map(|error| {
        let document = error.document(Language::En, Uuid::nil());
        Some((document["type"].as_str()?.to_owned(), document["rule"].as_str()?.to_owned()))
    });
    named.collect()
}
