//! The schema of problem documents. [`crate::http::problem`] writes them.

use insula_domain::{
    names::{ApplicationCommand, ApplicationStatus, Command, Status},
    nomenclature::{Counter, JoinedPair},
    parties::beneficiary::IdentificationCode,
    rule::RuleId,
};
use utoipa::{ToResponse, ToSchema};

pub use crate::http::issue::InputValidationIssue;

/// Why an operation did not succeed (RFC 9457, according to the Belgian guide).
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({
    "type": "urn:problem-type:insula:transitionNotPossible", "title": "Transition Not Possible", "status": 409,
    "detail": "`reopen` cannot be done from status `open`. Nothing was changed.",
    "instance": "urn:uuid:5b3c1f0a-0f6e-4c1d-9f55-d0a7b2b1c0de", "rule": "CGM-12", "source": "Decision"
}))]
pub struct Problem {
    /// The problem type; stable, for programs.
    #[schema(rename = "type", format = "uri")]
    pub kind: String,
    /// Where the type is documented.
    #[schema(nullable = false, format = "uri")]
    pub href: Option<String>,
    /// The type in English.
    pub title: String,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    pub status: i32,
    /// What happened, in the reader's language.
    pub detail: String,
    /// This occurrence: the trace id, also in `BelGov-Trace-Id` and in the log.
    #[schema(format = "uri")]
    pub instance: String,
    /// The rule behind the refusal, if any.
    #[schema(nullable = false)]
    pub rule: Option<RuleId>,
    /// The rule's source.
    #[schema(nullable = false)]
    pub source: Option<String>,
    /// Every fault in the request; only with status 400.
    #[schema(nullable = false)]
    pub issues: Option<Vec<InputValidationIssue>>,
    /// How many seconds to wait before a retry; only with status 503.
    #[schema(nullable = false)]
    pub retry_after_sec: Option<i32>,
    /// The registration's status, when the command is not possible in it.
    #[schema(nullable = false)]
    pub registration_status: Option<Status>,
    /// The command that is not possible.
    #[schema(nullable = false)]
    pub command: Option<Command>,
    /// The status of the application for coverage, when the command is not possible in it.
    #[schema(nullable = false)]
    pub application_status: Option<ApplicationStatus>,
    /// The command that is not possible for the application.
    #[schema(nullable = false)]
    pub application_command: Option<ApplicationCommand>,
    /// The last decision about the application, which a new one supersedes.
    #[schema(nullable = false)]
    pub last_decision_id: Option<uuid::Uuid>,
    /// The closed counter.
    #[schema(nullable = false)]
    pub counter: Option<Counter>,
    /// The year of the counter.
    #[schema(nullable = false)]
    pub year: Option<i32>,
    /// The pair that can be chosen instead.
    #[schema(nullable = false)]
    pub other_pair: Option<JoinedPair>,
    /// The existing first implantation.
    #[schema(nullable = false)]
    pub existing_registration_id: Option<uuid::Uuid>,
    /// Contact for access to the registry.
    #[schema(nullable = false)]
    pub contact: Option<String>,
    /// The patient numbers that have to be stated first: each the year and the name in its statement.
    #[schema(nullable = false)]
    pub needed: Option<Vec<String>>,
    /// Persons who may be the same as the beneficiary.
    #[schema(nullable = false)]
    pub candidates: Option<Vec<DuplicateCandidate>>,
    /// The scopes of which the token needs one.
    #[schema(nullable = false)]
    pub required_scopes: Option<Vec<String>>,
    /// The maximum size of a body, in bytes.
    #[schema(nullable = false)]
    pub limit: Option<i32>,
}

/// A person who may be the same as a new beneficiary (BEN-03).
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct DuplicateCandidate {
    /// The person's generated identification code.
    pub identification_code: IdentificationCode,
    /// The beneficiary in the caller's own hospital, if there is one.
    #[schema(nullable = false)]
    pub beneficiary_id: Option<uuid::Uuid>,
}

/// A problem document.
#[derive(ToResponse)]
#[response(
    description = "Why the operation did not succeed. Nothing was changed.",
    content_type = "application/problem+json"
)]
pub struct ProblemResponse(#[to_schema] pub Problem);
