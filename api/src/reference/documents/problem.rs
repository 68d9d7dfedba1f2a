//! The schema of problem documents. They are made in [`crate::http::problem`].

use utoipa::{ToResponse, ToSchema};

pub use crate::http::issue::InputValidationIssue;

/// Why an operation did not succeed (RFC 9457, after the Belgian guide).
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({
    "type": "urn:problem-type:insula:transitionNotPossible", "title": "Transition Not Possible", "status": 409,
    "detail": "`reopen` cannot be done from status `open`. Nothing was changed.",
    "instance": "urn:uuid:5b3c1f0a-0f6e-4c1d-9f55-d0a7b2b1c0de", "rule": "CGM-12", "source": "Decision"
}))]
pub struct Problem {
    /// What kind of problem; stable, to be read by programs.
    #[schema(rename = "type", format = "uri")]
    pub kind: String,
    /// Where the kind is described.
    #[schema(nullable = false, format = "uri")]
    pub href: Option<String>,
    /// The kind in English.
    pub title: String,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    pub status: i32,
    /// What happened, in the reader's language.
    pub detail: String,
    /// This occurrence; the same identifier as in `BelGov-Trace-Id` and in the log.
    #[schema(format = "uri")]
    pub instance: String,
    /// The rule that refuses, where one does.
    #[schema(nullable = false)]
    pub rule: Option<String>,
    /// The rule's source.
    #[schema(nullable = false)]
    pub source: Option<String>,
    /// Every fault of the input, all at once; only with status 400.
    #[schema(nullable = false)]
    pub issues: Option<Vec<InputValidationIssue>>,
    /// After how many seconds to try again; only with status 503.
    #[schema(nullable = false)]
    pub retry_after_sec: Option<i32>,
    /// The status the registration is in, when a command does not start from it.
    #[schema(nullable = false)]
    pub registration_status: Option<String>,
    /// The command that does not start from it.
    #[schema(nullable = false)]
    pub command: Option<String>,
    /// The counter that is closed, `A` or `B`.
    #[schema(nullable = false)]
    pub counter: Option<String>,
    /// Its year.
    #[schema(nullable = false)]
    pub year: Option<i32>,
    /// The pair that can be chosen instead.
    #[schema(nullable = false)]
    pub other_pair: Option<String>,
    /// The first implantation there is already.
    #[schema(nullable = false)]
    pub existing_registration_id: Option<uuid::Uuid>,
    /// Whom to ask for the registry.
    #[schema(nullable = false)]
    pub contact: Option<String>,
    /// The numbers of patients that have to be stated first: the year and the name in its statement.
    #[schema(nullable = false)]
    pub needed: Option<Vec<String>>,
    /// Persons the beneficiary may be identical with.
    #[schema(nullable = false)]
    pub candidates: Option<Vec<DuplicateCandidate>>,
    /// The scopes of which the token must hold one.
    #[schema(nullable = false)]
    pub required_scopes: Option<Vec<String>>,
    /// How many bytes a body may have.
    #[schema(nullable = false)]
    pub limit: Option<i32>,
}

/// A person a new beneficiary may be identical with (BEN-03).
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct DuplicateCandidate {
    /// The code generated for that person.
    pub identification_code: String,
    /// The beneficiary of the caller's own hospital, when there is one.
    #[schema(nullable = false)]
    pub beneficiary_id: Option<uuid::Uuid>,
}

/// A problem document.
#[derive(ToResponse)]
#[response(
    description = "Why the operation did not succeed; nothing was changed.",
    content_type = "application/problem+json"
)]
pub struct ProblemResponse(#[to_schema] pub Problem);
