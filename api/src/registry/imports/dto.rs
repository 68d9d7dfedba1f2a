//! Schemas of imports and their rows.

use chrono::{DateTime, Utc};
use insula_domain::{
    names::{ImportMode, ImportOutcome, ImportState},
    refusal::Refusal,
    registry::registration::{
        code::RegistrationCode,
        import::{KeptFault, KeptRefusal},
    },
    rule::RuleId,
};
use insula_persistence::registry::imports::{self, RowReport};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::{
    caller::Caller,
    issue::{InputValidationIssue, kept_issue},
    language::{Language, filled, texts},
    problem::ApiError,
};

/// An import task.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegistrationImport {
    /// Its identifier. It is the trace id of everything that its rows change in the trail.
    pub id: Uuid,
    /// Its address.
    #[schema(format = "uri")]
    pub href: String,
    /// The address of its row-by-row report.
    #[schema(format = "uri")]
    pub rows_href: String,
    /// Its state; when it failed, `problem` says why.
    pub state: ImportState,
    /// What is done with each row.
    pub mode: ImportMode,
    /// Whether all rows are stored or none.
    pub atomic: bool,
    /// Whether nothing is stored.
    pub dry_run: bool,
    /// The person in whose name the rows are handled.
    pub posted_by: String,
    /// How many rows the file has.
    #[schema(minimum = 1)]
    pub total: i32,
    /// How many rows have each outcome; the others wait.
    pub counts: RegistrationImportCounts,
    /// Why it failed, as a problem document.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<crate::reference::documents::Problem>)]
    pub problem: Option<Value>,
    /// When it was accepted.
    pub created_at: DateTime<Utc>,
    /// When it started.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub completed_at: Option<DateTime<Utc>>,
}

/// How many rows have each outcome.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegistrationImportCounts {
    /// Became a new draft.
    pub created: i32,
    /// Changed the draft of an earlier import.
    pub changed: i32,
    /// Submitted.
    pub submitted: i32,
    /// Was imported before and is unchanged.
    pub unchanged: i32,
    /// Has faults.
    pub faulty: i32,
    /// Was refused as a whole.
    pub refused: i32,
    /// Not done, because the import ended early or stored nothing because of other rows.
    pub not_done: i32,
}

impl RegistrationImport {
    /// Shows an import as this caller sees it.
    pub fn of(caller: &Caller, import: &imports::Import) -> RegistrationImport {
        let count = |outcome| {
            import.counts.iter().find(|(known, _)| *known == outcome).map(|(_, count)| *count).unwrap_or_default()
        };
        let href = caller.href(&path(import.id));
        RegistrationImport {
            id: import.id,
            rows_href: format!("{href}/rows"),
            href,
            state: import.state,
            mode: import.options.mode,
            atomic: import.options.atomic,
            dry_run: import.options.dry_run,
            posted_by: import.person.clone(),
            total: import.total,
            counts: RegistrationImportCounts {
                created: count(ImportOutcome::Created),
                changed: count(ImportOutcome::Changed),
                submitted: count(ImportOutcome::Submitted),
                unchanged: count(ImportOutcome::Unchanged),
                faulty: count(ImportOutcome::Faulty),
                refused: count(ImportOutcome::Refused),
                not_done: count(ImportOutcome::NotDone),
            },
            problem: (import.state == ImportState::Failed).then(|| problem(import, caller)),
            created_at: import.created_at,
            started_at: import.started_at,
            completed_at: import.ended_at,
        }
    }
}

/// The path of an import below the base path.
pub fn path(id: Uuid) -> String {
    format!("/registrationImports/{id}")
}

/// Why an import failed: a row stopped it, its owner lost access to the registry, or an internal error.
fn problem(import: &imports::Import, caller: &Caller) -> Value {
    let error = match import.problem.as_deref() {
        Some("registryNotGranted") => ApiError::Refused(Box::new(Refusal::RegistryNotGranted { contact: None })),
        Some("importNotStored") => ApiError::Refused(Box::new(Refusal::ImportNotStored)),
        _ => ApiError::Internal,
    };
    error.document(caller.language, import.id, &caller.state.public_url)
}

/// The outcome of one row.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegistrationImportRow {
    /// The line in the file; in CSV the row number in a spreadsheet, where the header is row 1.
    pub row: i32,
    /// What became of it.
    pub outcome: ImportOutcome,
    /// The registration that the row became.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub registration_id: Option<Uuid>,
    /// The registration code, once validated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<RegistrationCode>)]
    pub code: Option<String>,
    /// Every fault in the row.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<InputValidationIssue>,
    /// Why the row was refused as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub refusal: Option<RegistrationImportRefusal>,
    /// Points to check; they do not prevent anything.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<InputValidationIssue>,
}

/// Why a row was refused as a whole.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegistrationImportRefusal {
    /// The problem code that the single operation would answer with.
    pub code: String,
    /// The meaning and what to do, in the reader's language.
    pub detail: String,
    /// The rule that refuses.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub rule: Option<RuleId>,
    /// The rule's source.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub source: Option<&'static str>,
}

impl RegistrationImportRow {
    /// Shows a row's report in the reader's language.
    pub fn of((number, report): (i32, RowReport), language: Language) -> RegistrationImportRow {
        let issues = |kept: &[KeptFault]| kept.iter().map(|fault| kept_issue(fault, language)).collect();
        let refusal = |kept: KeptRefusal| {
            let params: Vec<_> = kept.params.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
            RegistrationImportRefusal {
                detail: filled(texts(language).problem.get(&kept.code), &params),
                code: kept.code,
                rule: kept.rule,
                source: kept.rule.map(RuleId::source),
            }
        };
        RegistrationImportRow {
            row: number,
            outcome: report.outcome,
            registration_id: report.registration.map(|id| id.0),
            code: report.code,
            faults: issues(&report.faults),
            refusal: report.refusal.map(refusal),
            warnings: issues(&report.warnings),
        }
    }
}
