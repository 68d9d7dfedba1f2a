//! A fault or a warning about the input, as a client sees it (SYS-04).

use insula_domain::{
    refusal::{Fault, IssueKind, Reason},
    registry::registration::import::KeptFault,
    rule::RuleId,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::language::{Language, about, filled, label, labelled, texts, word};

/// Where in the request a fault is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = InputPlace)]
pub enum InputPlace {
    /// The body.
    Body,
    /// A header.
    Header,
    /// The path.
    Path,
    /// The query.
    Query,
}

/// One fault in the request, or one warning.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "type": "urn:problem-type:belgif-ext:input-validation:requiredInput", "title": "Input isn't valid", "in": "body",
    "name": "content.eventDate", "label": "Date of the event", "code": "required",
    "detail": "Date of the event: This field is mandatory.", "rule": "CGM-05", "source": "M 2"
}))]
pub struct InputValidationIssue {
    /// The fault type; stable.
    #[serde(rename = "type")]
    #[schema(format = "uri")]
    pub kind: String,
    /// The type in English.
    pub title: &'static str,
    /// The part of the request.
    #[serde(rename = "in")]
    pub place: InputPlace,
    /// The path of the value, such as `content.devices[0].udiDi`. The value itself is never repeated.
    pub name: String,
    /// The field's label, in the reader's language; absent for an unknown name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub label: Option<String>,
    /// The stable code of the fault.
    pub code: Reason,
    /// The explanation, in the reader's language; it begins with the label.
    pub detail: String,
    /// The rule behind the fault.
    pub rule: RuleId,
    /// The rule's source.
    pub source: &'static str,
}

/// A fault as an input validation issue of the Belgian guide. It never contains the value that was sent (BEN-04).
pub fn issue(place: InputPlace, fault: &Fault, language: Language) -> InputValidationIssue {
    let params = fault.params.iter().map(|(name, value)| (*name, value.as_str()));
    of(place, &fault.field, (fault.reason, fault.rule), params, language)
}

/// The same for a stored fault of an import's row.
pub fn kept_issue(fault: &KeptFault, language: Language) -> InputValidationIssue {
    let params = fault.params.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    of(InputPlace::Body, &fault.field, (fault.reason, fault.rule), params, language)
}

/// Faults of a body, or the warnings of a successful answer about it.
pub fn shown_faults(faults: &[Fault], language: Language) -> Vec<InputValidationIssue> {
    faults.iter().map(|fault| issue(InputPlace::Body, fault, language)).collect()
}

fn of<'a>(
    place: InputPlace,
    field: &str,
    (reason, rule): (Reason, RuleId),
    params: impl Iterator<Item = (&'a str, &'a str)>,
    language: Language,
) -> InputValidationIssue {
    let kind = match reason.kind() {
        IssueKind::SchemaViolation => "belgif:input-validation:schemaViolation",
        IssueKind::UnknownInput => "belgif:input-validation:unknownInput",
        IssueKind::InvalidInput => "belgif:input-validation:invalidInput",
        IssueKind::ReferencedResourceNotFound => "belgif:input-validation:referencedResourceNotFound",
        IssueKind::RequiredInput => "belgif-ext:input-validation:requiredInput",
        IssueKind::OutOfRange => "belgif-ext:input-validation:outOfRange",
        IssueKind::InvalidStructure => "belgif-ext:input-validation:invalidStructure",
        IssueKind::ExactlyOneOfExpected => "belgif-ext:input-validation:exactlyOneOfExpected",
    };
    // Names inside a sentence are translated; allowed names are those of the contract, with their labels.
    let said = |name: &str| ["function", "convention", "consultant"].contains(&name);
    let said = |(name, value)| match name {
        "allowed" => (name, labelled(language, field, value)),
        _ if said(name) => (name, word(language, value)),
        _ => (name, value.to_owned()),
    };
    let params: Vec<(&str, String)> = params.map(said).collect();
    let detail = filled(texts(language).reason.get(reason.code()), &params);
    let label = label(language, field);
    InputValidationIssue {
        kind: format!("urn:problem-type:{kind}"),
        title: "Input isn't valid",
        place,
        name: field.to_owned(),
        code: reason,
        detail: label.as_ref().map_or_else(|| detail.clone(), |label| about(language, label, &detail)),
        label,
        rule,
        source: rule.source(),
    }
}
