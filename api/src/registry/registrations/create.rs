//! `createRegistration`.

use actix_web::{HttpResponse, http::StatusCode, post};
use insula_domain::{
    ids::RegistrationId,
    refusal::{Fault, Reason},
    registry::registration::{self, RegistrationType, State, dictionary::CURRENT},
    rule::RuleId,
};
use insula_persistence::{Stop, Tx, parties::organisations, registry::registrations};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Draft, draft,
    dto::{Registration, RegistrationContent, example_content, path},
};
use crate::http::{
    caller::Caller,
    input::{Body, Reader},
    parameters::IdempotencyKey,
    problem::ApiError,
};

/// A new draft.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({
    "type": "firstImplantation",
    "beneficiaryId": "0198c1de-6d11-7c05-8f00-5b1f7a9e2c44",
    "content": example_content()
}))]
pub struct RegistrationEntry {
    /// Its type, which cannot be changed later (CGM-03).
    #[schema(rename = "type")]
    pub registration_type: RegistrationType,
    /// The person responsible for it. Default: the caller. Study support names one of the authors they support.
    #[schema(nullable = false)]
    pub author: Option<String>,
    /// The beneficiary; one of this hospital's.
    #[schema(nullable = false)]
    pub beneficiary_id: Option<Uuid>,
    /// The dictionary fields that have a value; a draft may be incomplete.
    #[schema(nullable = false)]
    pub content: Option<RegistrationContent>,
}

/// Create a draft.
///
/// The type is chosen here and cannot be changed (CGM-03). Everything else may be filled in later (CGM-04). A retry
/// with the same `Idempotency-Key` gets the same answer and creates nothing.
#[utoipa::path(
    tag = "Registrations",
    operation_id = "createRegistration",
    params(IdempotencyKey),
    request_body = RegistrationEntry,
    responses((status = 201, description = "The draft.", body = Registration))
)]
#[post("/registrations")]
pub async fn create_registration(caller: Caller, body: Body) -> Result<HttpResponse, ApiError> {
    let caller = caller.keyed(&body.bytes)?;
    let mut reader = Reader::new(&body.members);
    reader.require("type", RuleId::Cgm03);
    let registration_type = reader.required_one_of("type", RegistrationType::ALL, RegistrationType::name);
    let author = reader.person("author");
    let draft = draft(&mut reader, registration_type.known().copied());
    let done = reader.finish()?;
    let (registration_type, author, draft) = (done.take(registration_type), done.take(author), done.take(draft));

    caller
        .run_answered(move |caller, tx| {
            let author = author_for(tx, author.as_deref())?;
            let registration = new_draft(tx, registration_type, author, &draft);
            let shown = Registration::of(caller, &registration);
            let answer = caller.answer(StatusCode::CREATED, Some(1), Some(caller.href(&path(&registration))), &shown);
            registrations::create(tx, &registration, &answer)?;
            Ok(answer)
        })
        .await
}

/// CGM-02, SYS-02: the author of a new registration: the caller unless stated otherwise, and only someone the caller
/// may register for.
pub fn author_for(tx: &mut Tx, stated: Option<&str>) -> Result<String, Stop> {
    let actor = &tx.call.actor;
    let author = stated.unwrap_or(&actor.person);
    if !actor.may_register_for(author, &[]) {
        let supported = organisations::supported_by(tx, &actor.person)?;
        if !actor.may_register_for(author, &supported) {
            return Err(Stop::from(vec![Fault::new("author", Reason::AuthorNotAllowed, RuleId::Cgm02)]));
        }
    }
    Ok(author.to_owned())
}

/// CGM-03, CGM-04: a new draft at the caller's hospital.
pub fn new_draft(
    tx: &Tx,
    registration_type: RegistrationType,
    author: String,
    draft: &Draft,
) -> registration::Registration {
    registration::Registration {
        id: RegistrationId(tx.ids.uuid()),
        hospital: tx.call.actor.number.clone(),
        registration_type,
        beneficiary: draft.beneficiary,
        author,
        version: 1,
        dictionary_version: CURRENT.version,
        content: draft.content.clone(),
        code: None,
        state: State::Open { validation: None, corrections: None },
        place: None,
        created_at: tx.now,
        updated_at: tx.now,
    }
}
