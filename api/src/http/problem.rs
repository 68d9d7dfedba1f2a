//! Every unsuccessful answer, as an RFC 9457 problem document according to the Belgian guide. Only this file chooses
//! the status of an error.

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use insula_domain::{
    nomenclature::Counter,
    refusal::{Fault, Refusal, Rejection},
    rule::RuleId,
};
use insula_persistence::{DbError, Stop, idempotency::Answer};
use serde_json::{Map, Value, json};
use uuid::Uuid;

pub use crate::http::issue::InputPlace;
use crate::{
    config::BASE_PATH,
    http::{
        auth::TokenRefusal,
        issue::issue,
        language::{Language, filled, texts},
    },
};

/// Why an operation did not succeed.
#[derive(Debug, Clone)]
pub enum ApiError {
    /// The input has faults; all of them (SYS-04).
    Faulty(Vec<(InputPlace, Fault)>),
    /// The token is missing or refused.
    Token(TokenRefusal),
    /// The token lacks the scope of this operation.
    MissingScope(&'static str),
    /// The caller's roles do not allow this operation.
    MissingPermission,
    /// The domain refuses.
    Refused(Box<Refusal>),
    /// It does not exist for this caller.
    NotFound,
    /// The path exists with other methods only.
    MethodNotAllowed(String),
    /// The operation offers no media type that the caller accepts.
    NotAcceptable,
    /// `If-Match` names another version.
    PreconditionFailed,
    /// `If-Match` is missing.
    PreconditionRequired,
    /// The idempotency key was used for another request.
    KeyReused,
    /// The body is too long.
    PayloadTooLarge(usize),
    /// The body's media type or encoding is not accepted.
    UnsupportedMediaType(&'static str),
    /// The service is at capacity, or the database cannot be reached.
    Unavailable,
    /// An internal error. Its cause is in the log, under the trace id.
    Internal,
    /// Not an error: a retry, answered with the stored answer.
    Answered(Answer),
    /// Not an error: the beneficiary already exists under this id (BEN-03).
    Exists(Uuid),
}

impl ApiError {
    /// A single fault in the body.
    pub fn body(fault: Fault) -> ApiError {
        ApiError::Faulty(vec![(InputPlace::Body, fault)])
    }
}

impl From<Stop> for ApiError {
    fn from(stop: Stop) -> ApiError {
        match stop {
            Stop::Rejected(Rejection::Refused(refusal)) => ApiError::Refused(Box::new(refusal)),
            Stop::Rejected(Rejection::Faulty(faults)) => {
                ApiError::Faulty(faults.into_iter().map(|fault| (InputPlace::Body, fault)).collect())
            }
            Stop::NotFound => ApiError::NotFound,
            Stop::Stale => ApiError::PreconditionFailed,
            Stop::Exists(id) => ApiError::Exists(id),
            Stop::Answered(answer) => ApiError::Answered(answer),
            Stop::KeyReused => ApiError::KeyReused,
            Stop::Db(DbError::Busy | DbError::Retry) => ApiError::Unavailable,
            Stop::Db(error) => {
                tracing::error!(%error, "the database refused what the domain allowed");
                ApiError::Internal
            }
        }
    }
}

/// A problem type.
pub struct ProblemType {
    /// Its stable code; each has a text in four languages.
    pub code: &'static str,
    /// Its status.
    pub status: StatusCode,
    /// Its title, in English.
    pub title: &'static str,
    /// Whether the Belgian guide defines the type; otherwise Insula does.
    pub belgif: bool,
}

macro_rules! problem_types {
    ($($name:ident = $code:literal $status:ident $title:literal $belgif:literal;)*) => {
        $(const $name: ProblemType = ProblemType { code: $code, status: StatusCode::$status, title: $title, belgif: $belgif };)*
        /// Every problem type.
        pub const ALL: &[ProblemType] = &[$($name,)*];
    };
}

problem_types! {
    BAD_REQUEST = "badRequest" BAD_REQUEST "Bad Request" true;
    NO_TOKEN = "noAccessToken" UNAUTHORIZED "No Access Token" true;
    INVALID_TOKEN = "invalidAccessToken" UNAUTHORIZED "Invalid Access Token" true;
    EXPIRED_TOKEN = "expiredAccessToken" UNAUTHORIZED "Expired Access Token" true;
    MISSING_SCOPE = "missingScope" FORBIDDEN "Missing Scope" true;
    MISSING_PERMISSION = "missingPermission" FORBIDDEN "Missing Permission" true;
    NOT_GRANTED = "registryNotGranted" FORBIDDEN "Registry Not Granted" false;
    NOT_FOUND = "resourceNotFound" NOT_FOUND "Resource Not Found" true;
    METHOD = "methodNotAllowed" METHOD_NOT_ALLOWED "Method Not Allowed" false;
    NOT_ACCEPTABLE = "notAcceptable" NOT_ACCEPTABLE "Not Acceptable" false;
    TRANSITION = "transitionNotPossible" CONFLICT "Transition Not Possible" false;
    NOT_ADHERED = "hospitalNotAdhered" CONFLICT "Hospital Not Adhered" false;
    NOT_ADHERED_TODAY = "hospitalNotAdheredToday" FORBIDDEN "Hospital Not Adhered Today" false;
    CLOSED_A = "counterClosedA" CONFLICT "Counter Closed" false;
    CLOSED_B = "counterClosedB" CONFLICT "Counter Closed" false;
    SECOND_FIRST = "secondFirstImplantation" CONFLICT "Second First Implantation" false;
    DELETION = "deletionNotAllowed" FORBIDDEN "Deletion Not Allowed" false;
    DUPLICATE = "likelyDuplicate" CONFLICT "Likely Duplicate" false;
    TOO_MANY_SUBSCRIPTIONS = "tooManyWebhookSubscriptions" CONFLICT "Too Many Webhook Subscriptions" false;
    SUBSCRIPTION_INACTIVE = "webhookSubscriptionInactive" CONFLICT "Webhook Subscription Inactive" false;
    IMPORTED_OTHERWISE = "importedOtherwise" CONFLICT "Imported Otherwise" false;
    IMPORT_ENDED = "importEnded" CONFLICT "Import Ended" false;
    IMPORT_NOT_STORED = "importNotStored" CONFLICT "Import Not Stored" false;
    NOT_PARKED = "notificationNotParked" CONFLICT "Notification Not Parked" false;
    NUMBERS_MISSING = "patientNumbersMissing" CONFLICT "Patient Numbers Missing" false;
    MERGER_BUILT_UPON = "mergerBuiltUpon" CONFLICT "Merger Built Upon" false;
    NO_RECIPIENTS = "noRecipients" CONFLICT "No Recipients" false;
    APPLICATION_TRANSITION = "applicationTransitionNotPossible" CONFLICT "Application Transition Not Possible" false;
    APPLICATION_OPEN = "applicationAlreadyOpen" CONFLICT "Application Already Open" false;
    DECISION_STANDS = "decisionStands" CONFLICT "Decision Stands" false;
    PERIOD_IN_THE_WAY = "periodInTheWay" CONFLICT "Period In The Way" false;
    DAY_TRANSITION = "pumpDayTransitionNotPossible" CONFLICT "Pump Day Transition Not Possible" false;
    LINE_CREDITED = "invoiceLineCredited" CONFLICT "Invoice Line Credited" false;
    CREDIT_OF_CREDIT = "creditOfCredit" CONFLICT "Credit Of Credit" false;
    LINE_REFUSED = "invoiceLineRefused" CONFLICT "Invoice Line Refused" false;
    FILE_TRANSITION = "invoiceFileTransitionNotPossible" CONFLICT "Invoice File Transition Not Possible" false;
    IDENTITY_MISSING = "billingIdentityMissing" CONFLICT "Billing Identity Missing" false;
    PUMP_CODE_MISSING = "pumpCodeMissing" CONFLICT "Pump Code Missing" false;
    NOTHING_TO_BILL = "nothingToBill" CONFLICT "Nothing To Bill" false;
    NUMBERS_USED_UP = "invoiceNumbersUsedUp" CONFLICT "Invoice Numbers Used Up" false;
    REPORT_TOO_EARLY = "reportTooEarly" CONFLICT "Report Too Early" false;
    REPORT_AS_SENT = "reportAsSent" CONFLICT "Report As Sent" false;
    NOTHING_TO_CONTEST = "nothingToContest" CONFLICT "Nothing To Contest" false;
    NO_SUMMARY_DUE = "noSummaryDue" CONFLICT "No Summary Due" false;
    TARIFF_USED = "tariffUsed" CONFLICT "Tariff Used" false;
    REGULARISATION_NEEDED = "regularisationNeeded" CONFLICT "Regularisation Needed" false;
    KEY_REUSED = "idempotencyKeyReused" CONFLICT "Idempotency Key Reused" false;
    PRECONDITION = "preconditionFailed" PRECONDITION_FAILED "Precondition Failed" false;
    TOO_LARGE = "payloadTooLarge" PAYLOAD_TOO_LARGE "Payload Too Large" true;
    MEDIA_TYPE = "unsupportedMediaType" UNSUPPORTED_MEDIA_TYPE "Unsupported Media Type" false;
    REQUIRED = "preconditionRequired" PRECONDITION_REQUIRED "Precondition Required" false;
    INTERNAL = "internalServerError" INTERNAL_SERVER_ERROR "Internal Server Error" true;
    UNAVAILABLE = "serviceUnavailable" SERVICE_UNAVAILABLE "Service Unavailable" true;
}

impl ProblemType {
    /// Its URN, which problems have as `type`.
    pub fn uri(&self) -> String {
        let owner = if self.belgif { "belgif" } else { "insula" };
        format!("urn:problem-type:{owner}:{}", self.code)
    }
}

/// The maximum number of faults in a problem. No honest request has more, and an answer cannot become many times
/// larger than its request.
const MAX_ISSUES: usize = 500;

/// How many seconds a caller waits before retrying after an overload.
const RETRY_AFTER: u64 = 1;

impl ApiError {
    /// The problem type, the values of its text's placeholders, and its additional members.
    fn problem_type(&self) -> (ProblemType, Vec<(&'static str, String)>, Value) {
        let none = || Value::Object(Map::new());
        match self {
            ApiError::Faulty(_) => (BAD_REQUEST, vec![], none()),
            ApiError::Token(TokenRefusal::Missing) => (NO_TOKEN, vec![], none()),
            ApiError::Token(TokenRefusal::Expired) => (EXPIRED_TOKEN, vec![], none()),
            ApiError::Token(TokenRefusal::Malformed | TokenRefusal::Invalid) => (INVALID_TOKEN, vec![], none()),
            ApiError::Token(TokenRefusal::IssuerUnavailable) | ApiError::Unavailable => {
                (UNAVAILABLE, vec![], json!({"retryAfterSec": RETRY_AFTER}))
            }
            ApiError::MissingScope(scope) => {
                (MISSING_SCOPE, vec![("scope", (*scope).to_owned())], json!({"requiredScopes": [scope]}))
            }
            ApiError::MissingPermission => (MISSING_PERMISSION, vec![], none()),
            ApiError::Refused(refusal) => refused(refusal),
            ApiError::NotFound => (NOT_FOUND, vec![], none()),
            ApiError::MethodNotAllowed(allow) => (METHOD, vec![("allow", allow.clone())], none()),
            ApiError::NotAcceptable => (NOT_ACCEPTABLE, vec![], none()),
            ApiError::PreconditionFailed => (PRECONDITION, vec![], rule(RuleId::Cgm12)),
            ApiError::PreconditionRequired => (REQUIRED, vec![], rule(RuleId::Cgm12)),
            ApiError::KeyReused => (KEY_REUSED, vec![], rule(RuleId::Sys03)),
            ApiError::PayloadTooLarge(limit) => {
                (TOO_LARGE, vec![("limit", limit.to_string())], json!({"limit": limit}))
            }
            ApiError::UnsupportedMediaType(expected) => {
                (MEDIA_TYPE, vec![("expected", (*expected).to_owned())], none())
            }
            ApiError::Internal | ApiError::Answered(_) | ApiError::Exists(_) => (INTERNAL, vec![], none()),
        }
    }

    /// The problem document in the reader's language. `trace_id` is also in the log and in the trail; at `public_url`
    /// the problem type is described.
    pub fn document(&self, language: Language, trace_id: Uuid, public_url: &str) -> Value {
        let (problem_type, values, more) = self.problem_type();
        let mut document = json!({
            "type": problem_type.uri(),
            "href": format!("{public_url}{BASE_PATH}/problems/{}", problem_type.code),
            "title": problem_type.title,
            "status": problem_type.status.as_u16(),
            "detail": filled(texts(language).problem.get(problem_type.code), &values),
            "instance": format!("urn:uuid:{trace_id}"),
        });
        if let (Some(document), Value::Object(more)) = (document.as_object_mut(), more) {
            document.extend(more);
        }
        if let ApiError::Faulty(faults) = self {
            let issues = faults.iter().take(MAX_ISSUES).map(|(place, fault)| issue(*place, fault, language));
            document["issues"] = json!(issues.collect::<Vec<_>>());
        }
        document
    }

    /// The headers that go with the status.
    pub fn headers(&self) -> Vec<(header::HeaderName, String)> {
        match self {
            ApiError::Token(TokenRefusal::Missing) => {
                vec![(header::WWW_AUTHENTICATE, r#"Bearer realm="insula""#.to_owned())]
            }
            ApiError::Token(TokenRefusal::Expired) => vec![(
                header::WWW_AUTHENTICATE,
                r#"Bearer realm="insula", error="invalid_token", error_description="expired""#.to_owned(),
            )],
            ApiError::Token(TokenRefusal::Malformed | TokenRefusal::Invalid) => {
                vec![(header::WWW_AUTHENTICATE, r#"Bearer realm="insula", error="invalid_token""#.to_owned())]
            }
            ApiError::Token(TokenRefusal::IssuerUnavailable) | ApiError::Unavailable => {
                vec![(header::RETRY_AFTER, RETRY_AFTER.to_string())]
            }
            ApiError::MissingScope(scope) => vec![(
                header::WWW_AUTHENTICATE,
                format!(r#"Bearer realm="insula", error="insufficient_scope", scope="{scope}""#),
            )],
            ApiError::MethodNotAllowed(allow) => vec![(header::ALLOW, allow.clone())],
            _ => Vec::new(),
        }
    }
}

fn rule(rule: RuleId) -> Value {
    json!({"rule": rule.id(), "source": rule.source()})
}

fn refused(refusal: &Refusal) -> (ProblemType, Vec<(&'static str, String)>, Value) {
    let mut more = rule(refusal.rule());
    match refusal {
        Refusal::Transition { from, attempted } => {
            more["registrationStatus"] = json!(from);
            more["command"] = json!(attempted);
            (TRANSITION, vec![("status", from.to_string()), ("command", attempted.to_string())], more)
        }
        Refusal::NotAdhered => (NOT_ADHERED, vec![], more),
        Refusal::NotAdheredToday => (NOT_ADHERED_TODAY, vec![], more),
        Refusal::CounterClosed { counter, year, other_pair } => {
            more["counter"] = json!(counter);
            if let Some(year) = year {
                more["year"] = json!(year);
            }
            if let Some(pair) = other_pair {
                more["otherPair"] = json!(pair);
            }
            match counter {
                Counter::A => (CLOSED_A, vec![("pair", other_pair.clone().unwrap_or_default())], more),
                Counter::B => (CLOSED_B, vec![("year", year.map(|year| year.to_string()).unwrap_or_default())], more),
            }
        }
        Refusal::SecondFirstImplantation { existing } => {
            if let Some(existing) = existing {
                more["existingRegistrationId"] = json!(existing);
            }
            (SECOND_FIRST, vec![], more)
        }
        Refusal::DeletionNotAllowed => (DELETION, vec![], more),
        Refusal::DeletionReasonMissing => (BAD_REQUEST, vec![], more),
        Refusal::RegistryNotGranted { contact } => {
            if let Some(contact) = contact {
                more["contact"] = json!(contact);
            }
            (NOT_GRANTED, vec![("contact", contact.clone().unwrap_or_else(|| "-".to_owned()))], more)
        }
        Refusal::ImportedOtherwise => (IMPORTED_OTHERWISE, vec![], more),
        Refusal::ImportEnded => (IMPORT_ENDED, vec![], more),
        Refusal::ImportNotStored => (IMPORT_NOT_STORED, vec![], more),
        Refusal::NotificationNotParked { state } => {
            more["notificationState"] = json!(state);
            (NOT_PARKED, vec![("state", state.to_string())], more)
        }
        Refusal::NoRecipients => (NO_RECIPIENTS, vec![], more),
        Refusal::PatientNumbersMissing { needed } => {
            more["needed"] = json!(needed);
            (NUMBERS_MISSING, vec![("needed", needed.join(", "))], more)
        }
        Refusal::MergerBuiltUpon { number } => {
            more["conventionNumber"] = json!(number);
            (MERGER_BUILT_UPON, vec![("number", number.clone())], more)
        }
        Refusal::LikelyDuplicate { candidates } => {
            more["candidates"] = json!(candidates);
            (DUPLICATE, vec![], more)
        }
        Refusal::TooManySubscriptions { limit } => {
            more["limit"] = json!(limit);
            (TOO_MANY_SUBSCRIPTIONS, vec![("limit", limit.to_string())], more)
        }
        Refusal::SubscriptionInactive => (SUBSCRIPTION_INACTIVE, vec![], more),
        Refusal::ApplicationTransition { from, attempted } => {
            more["applicationStatus"] = json!(from);
            more["applicationCommand"] = json!(attempted);
            (APPLICATION_TRANSITION, vec![("status", from.to_string()), ("command", attempted.to_string())], more)
        }
        Refusal::ApplicationOpen => (APPLICATION_OPEN, vec![], more),
        Refusal::DecisionStands { last } => {
            if let Some(last) = last {
                more["lastDecisionId"] = json!(last);
            }
            (DECISION_STANDS, vec![], more)
        }
        Refusal::PeriodInTheWay => (PERIOD_IN_THE_WAY, vec![], more),
        Refusal::DayTransition { from, attempted } => {
            more["pumpDayState"] = json!(from);
            more["pumpDayCommand"] = json!(attempted);
            (DAY_TRANSITION, vec![("status", from.to_string()), ("command", attempted.to_string())], more)
        }
        Refusal::LineCredited => (LINE_CREDITED, vec![], more),
        Refusal::CreditOfCredit => (CREDIT_OF_CREDIT, vec![], more),
        Refusal::LineRefused => (LINE_REFUSED, vec![], more),
        Refusal::FileTransition { from, attempted } => {
            more["invoiceFileState"] = json!(from);
            more["invoiceFileCommand"] = json!(attempted);
            (FILE_TRANSITION, vec![("status", from.to_string()), ("command", attempted.to_string())], more)
        }
        Refusal::BillingIdentityMissing => (IDENTITY_MISSING, vec![], more),
        Refusal::PumpCodeMissing => (PUMP_CODE_MISSING, vec![], more),
        Refusal::NothingToBill => (NOTHING_TO_BILL, vec![], more),
        Refusal::InvoiceNumbersUsedUp => (NUMBERS_USED_UP, vec![], more),
        Refusal::NothingToContest => (NOTHING_TO_CONTEST, vec![], more),
        Refusal::NoSummaryDue => (NO_SUMMARY_DUE, vec![], more),
        Refusal::ReportTooEarly { from } => {
            more["from"] = json!(from);
            (REPORT_TOO_EARLY, vec![("from", from.to_string())], more)
        }
        Refusal::ReportAsSent { version } => {
            more["version"] = json!(version);
            (REPORT_AS_SENT, vec![("version", version.to_string())], more)
        }
        Refusal::TariffUsed { lines } => {
            more["lines"] = json!(lines);
            (TARIFF_USED, vec![("lines", lines.to_string())], more)
        }
        Refusal::RegularisationNeeded { lines } => {
            more["lines"] = json!(lines);
            (REGULARISATION_NEEDED, vec![("lines", lines.to_string())], more)
        }
    }
}

/// A refusal for storage, to be shown later in a language not known yet: its code and the values of its text.
pub fn kept_refusal(refusal: &Refusal) -> (&'static str, Vec<(&'static str, String)>) {
    let (problem_type, values, _) = refused(refusal);
    (problem_type.code, values)
}

/// The code of an internal error in the report of a single row.
pub const OURS: &str = INTERNAL.code;

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.problem_type().0.code)
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.problem_type().0.status
    }

    /// The gate writes the document: it knows the reader's language and the trace id.
    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::new(self.status_code());
        response.extensions_mut().insert(self.clone());
        response
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// SYS-04: codes are unique.
    #[test]
    fn problem_codes_are_unique() {
        assert_eq!(ALL.iter().map(|one| one.code).collect::<HashSet<_>>().len(), ALL.len());
    }
}
