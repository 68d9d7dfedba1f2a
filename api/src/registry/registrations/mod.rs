//! Registrations: one file per operation, what travels in `dto`.

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
    registry::registration::{RegistrationType, content::form_faults, dictionary::CURRENT},
    rule::RuleId,
};
use serde_json::{Map, Value};

use crate::http::{
    input::{Field, Reader, path_uuid, shortened},
    problem::ApiError,
};

/// What a draft holds, read from a body of which every fault was named.
pub struct Draft {
    /// Whom it is about.
    pub beneficiary: Option<BeneficiaryId>,
    /// The fields that are filled in.
    pub content: Map<String, Value>,
}

/// CGM-04: reads `beneficiaryId` and `content`, which a draft may leave out. Without a type the fields cannot be judged.
fn draft(reader: &mut Reader, registration_type: Option<RegistrationType>) -> Field<Draft> {
    let beneficiary = reader.uuid("beneficiaryId");
    let content = content(reader, registration_type);
    reader.build(|done| Draft { beneficiary: done.take(beneficiary).map(BeneficiaryId), content: done.take(content) })
}

/// CGM-04: reads `content`, judged by the form that its type gives it.
pub fn content(reader: &mut Reader, registration_type: Option<RegistrationType>) -> Field<Map<String, Value>> {
    let content = reader.object("content").map(|content| content.cloned().unwrap_or_default());
    if let Some(registration_type) = registration_type {
        reader.judge(&content, |content| {
            form_faults(&CURRENT, registration_type, content).into_iter().map(fault_in_content).collect()
        });
    }
    content
}

/// The names that a merge patch takes away although there are none such.
fn unknown_removals(patch: &Map<String, Value>, registration_type: RegistrationType) -> Vec<Fault> {
    let removed = only_nulls(patch);
    let unknown = |name: &&String| !["beneficiaryId", "content"].contains(&name.as_str());
    let top = removed.keys().filter(unknown);
    let top = top.map(|name| Fault::new(shortened(name), Reason::UnknownField, RuleId::Sys04));
    let content = removed.get("content").and_then(Value::as_object).cloned().unwrap_or_default();
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

/// A fault of the content, as the caller knows its place.
fn fault_in_content(mut fault: Fault) -> Fault {
    fault.field = shortened(&fault.field);
    fault.under("content")
}

fn id(path: &str) -> Result<RegistrationId, ApiError> {
    path_uuid(path).map(RegistrationId)
}
