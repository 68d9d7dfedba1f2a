//! `replaceRegistration` and `changeRegistration`.

use actix_web::{HttpResponse, patch, put, web};
use insula_domain::{
    ids::BeneficiaryId,
    refusal::Refusal,
    registry::registration::{Command, State},
};
use insula_persistence::registry::registrations::{self, Effects};
use serde_json::{Map, Value, json};

use super::{
    draft,
    dto::{Registration, RegistrationDraft, RegistrationDraftPatch},
    id, unknown_removals,
};
use crate::http::{
    caller::Caller,
    input::{Body, Reader},
    parameters::{IfMatch, OfRegistration},
    problem::ApiError,
};

/// Save a draft as a whole.
///
/// Replaces beneficiary and content of an open registration, complete or not (CGM-04). What is left out is removed.
#[utoipa::path(
    tag = "Registrations",
    operation_id = "replaceRegistration",
    params(OfRegistration, IfMatch),
    request_body = RegistrationDraft,
    responses(
        (status = 200, description = "The draft as saved.", body = Registration),
    )
)]
#[put("/registrations/{registrationId}")]
pub async fn replace_registration(
    caller: Caller,
    path: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    save(caller, &path, Map::new(), move |_| body.members.clone()).await
}

/// Save a part of a draft.
///
/// A JSON merge patch (RFC 7396) of beneficiary and content of an open registration. What is left out stays, `null`
/// removes a field.
#[utoipa::path(
    tag = "Registrations",
    operation_id = "changeRegistration",
    params(OfRegistration, IfMatch),
    request_body(content = RegistrationDraftPatch, content_type = "application/merge-patch+json"),
    responses(
        (status = 200, description = "The draft as saved.", body = Registration),
    )
)]
#[patch("/registrations/{registrationId}")]
pub async fn change_registration(
    caller: Caller,
    path: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let patch = body.members.clone();
    save(caller, &path, patch, move |present| {
        let mut merged = Value::Object(present.clone());
        json_patch::merge(&mut merged, &Value::Object(body.members.clone()));
        match merged {
            Value::Object(members) => members,
            _ => Map::new(),
        }
    })
    .await
}

/// Both operations: `change` turns the present draft into the new one. `patch` is the merge patch, needed because
/// removed names that never existed leave no mark on the result.
async fn save(
    caller: Caller,
    path: &str,
    patch: Map<String, Value>,
    change: impl Fn(&Map<String, Value>) -> Map<String, Value> + Send + 'static,
) -> Result<HttpResponse, ApiError> {
    let id = id(path)?;
    let if_match = caller.if_match()?;
    caller
        .run_answered(move |caller, tx| {
            let present = registrations::find_for_update(tx, id, if_match)?;
            if !matches!(present.state, State::Open { .. }) {
                // Checked before the content: no change to it would help.
                return Err(Refusal::Transition { from: present.state.status(), attempted: Command::Save }.into());
            }
            let mut members = Map::new();
            members.insert("content".to_owned(), Value::Object(present.content.clone()));
            if let Some(BeneficiaryId(beneficiary)) = present.beneficiary {
                members.insert("beneficiaryId".to_owned(), json!(beneficiary));
            }
            let members = change(&members);
            let mut reader = Reader::new(&members);
            let draft = draft(&mut reader, Some(present.registration_type));
            for fault in unknown_removals(&patch, present.registration_type) {
                if !reader.has_fault_on(&fault.field) {
                    reader.add(fault);
                }
            }
            let draft = reader.end()?.take(draft);
            let next = present.save(draft.beneficiary, draft.content, tx.now)?;
            let answer = Registration::answer(caller, &next, &[]);
            registrations::store(tx, &next, Command::Save, &Effects::default(), &answer)?;
            Ok(answer)
        })
        .await
}
