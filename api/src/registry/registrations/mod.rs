//! Registrations: one file per operation, schemas in `dto`.

pub mod check;
pub mod create;
pub mod delete;
pub mod dto;
pub mod get;
pub mod history;
pub mod list;
pub mod query;
pub mod reopen;
pub mod save;
pub mod submit;

use insula_domain::{
    ids::{BeneficiaryId, RegistrationId},
    refusal::{Fault, Reason},
    registry::registration::{
        RegistrationType,
        content::{form_faults, without_foreign},
        dictionary::CURRENT,
    },
    rule::RuleId,
};
use serde_json::{Map, Value};

use crate::http::{
    input::{Field, Reader, path_uuid, shortened},
    problem::ApiError,
};

/// The content of a draft, read from a body without faults.
pub struct Draft {
    /// The beneficiary.
    pub beneficiary: Option<BeneficiaryId>,
    /// The fields that have a value.
    pub content: Map<String, Value>,
}

/// CGM-04: reads `beneficiaryId` and `content`, both optional. Without a type the fields cannot be checked.
fn draft(reader: &mut Reader, registration_type: Option<RegistrationType>) -> Field<Draft> {
    let beneficiary = reader.uuid("beneficiaryId");
    let content = content(reader, registration_type);
    reader.build(|done| Draft { beneficiary: done.take(beneficiary).map(BeneficiaryId), content: done.take(content) })
}

/// CGM-04: reads `content` and checks it against the fields of its type.
pub fn content(reader: &mut Reader, registration_type: Option<RegistrationType>) -> Field<Map<String, Value>> {
    let mut content = reader.object("content").map(|content| content.cloned().unwrap_or_default());
    if let Some(registration_type) = registration_type {
        content = content.map(|content| without_foreign(&CURRENT, registration_type, content));
        reader.judge(&content, |content| {
            form_faults(&CURRENT, registration_type, content).into_iter().map(fault_in_content).collect()
        });
    }
    content
}

/// The names removed by a merge patch that do not exist.
fn unknown_removals(patch: &Map<String, Value>, registration_type: RegistrationType) -> Vec<Fault> {
    let removed = only_nulls(patch);
    let unknown = |name: &&String| !["beneficiaryId", "content"].contains(&name.as_str());
    let top = removed.keys().filter(unknown);
    let top = top.map(|name| Fault::new(shortened(name), Reason::UnknownField, RuleId::Sys04));
    let content = removed.get("content").and_then(Value::as_object).cloned().unwrap_or_default();
    let content = without_foreign(&CURRENT, registration_type, content);
    let inside = form_faults(&CURRENT, registration_type, &content);
    let inside = inside.into_iter().filter(|fault| fault.reason == Reason::UnknownField).map(fault_in_content);
    top.chain(inside).collect()
}

fn only_nulls(members: &Map<String, Value>) -> Map<String, Value> {
    let nulls = members.iter().filter_map(|(name, value)| match value {
        Value::Null => Some((name.clone(), Value::Null)),
        Value::Object(inner) => Some((name.clone(), Value::Object(only_nulls(inner)))),
        _ => None,
    });
    nulls.filter(|(_, value)| !value.as_object().is_some_and(Map::is_empty)).collect()
}

/// Prefixes the field with its place in the body.
fn fault_in_content(mut fault: Fault) -> Fault {
    fault.field = shortened(&fault.field);
    fault.under("content")
}

fn id(path: &str) -> Result<RegistrationId, ApiError> {
    path_uuid(path).map(RegistrationId)
}
