//! Schemas of registrations.

use chrono::{DateTime, Utc};
use insula_domain::{
    names::{CorrectionsCause, RegistrationType, Status},
    nomenclature::{Counter, JoinedPair},
    refusal::Fault,
    registry::registration::{self, code::RegistrationCode, dictionary::CURRENT},
};
use insula_persistence::idempotency::Answer;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};
use uuid::Uuid;

use crate::http::{
    caller::Caller,
    issue::{InputValidationIssue, shown_faults},
};

/// A registration.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Registration {
    /// Its identifier, from the first draft on.
    pub id: Uuid,
    /// Its address.
    #[schema(format = "uri")]
    pub href: String,
    /// Its type, fixed at creation (CGM-03).
    #[serde(rename = "type")]
    pub registration_type: RegistrationType,
    /// Its status (CGM-07).
    pub status: Status,
    /// Counts every change, from 1; also the ETag.
    pub version: i32,
    /// The person responsible for it, by the `sub` of their tokens.
    pub author: String,
    /// The beneficiary.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub beneficiary_id: Option<Uuid>,
    /// The version of the dictionary that the content follows.
    pub dictionary_version: i32,
    /// The dictionary fields that have a value.
    #[schema(value_type = RegistrationContent)]
    pub content: Map<String, Value>,
    /// The registration code: 14 digits, assigned at the first validation, never changed (CGM-06, CGM-09).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub code: Option<RegistrationCode>,
    /// When it was last validated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub validated_at: Option<DateTime<Utc>>,
    /// When Healthdata acknowledged the present content.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub acknowledged_at: Option<DateTime<Utc>>,
    /// Why it needs correction, and how to resolve it (CGM-08).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<Corrections>)]
    pub corrections: Option<Value>,
    /// When it was deleted. A deleted registration stays as a tombstone; its code is never issued again (CGM-11).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub deleted_at: Option<DateTime<Utc>>,
    /// Points to check; only in the answer to a submit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<InputValidationIssue>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// Why a registration needs correction, and how to resolve it.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct Corrections {
    /// Which of the two it is.
    pub because: CorrectionsCause,
    /// The counter.
    #[schema(nullable = false)]
    pub counter: Option<Counter>,
    /// The year of counter B.
    #[schema(nullable = false)]
    pub year: Option<i32>,
    /// The limit of the counter.
    #[schema(nullable = false, minimum = 0)]
    pub limit: Option<i32>,
    /// The pair that can be chosen instead. Absent: the registration has to be deleted.
    #[schema(nullable = false)]
    pub other_pair: Option<JoinedPair>,
    /// The reasons given by Healthdata.
    #[schema(nullable = false)]
    pub reasons: Option<Vec<String>>,
}

impl Registration {
    /// Shows a registration as this caller sees it.
    pub fn of(caller: &Caller, registration: &registration::Registration) -> Registration {
        let state = &registration.state;
        Registration {
            id: registration.id.0,
            href: caller.href(&path(registration)),
            registration_type: registration.registration_type,
            status: state.status(),
            version: registration.version,
            author: registration.author.clone(),
            beneficiary_id: registration.beneficiary.map(|id| id.0),
            dictionary_version: registration.dictionary_version,
            content: registration.content.clone(),
            code: registration.code,
            validated_at: state.validation().map(|validation| validation.at),
            acknowledged_at: state.acknowledged_at(),
            corrections: state.corrections().map(|corrections| json!(corrections)),
            deleted_at: match state {
                registration::State::Deleted { at, .. } => Some(*at),
                _ => None,
            },
            warnings: Vec::new(),
            created_at: registration.created_at,
            updated_at: registration.updated_at,
        }
    }

    /// The answer to a command: the registration as it is now.
    pub fn answer(caller: &Caller, registration: &registration::Registration, warnings: &[Fault]) -> Answer {
        let mut shown = Registration::of(caller, registration);
        shown.warnings = shown_faults(warnings, caller.language);
        caller.answer(actix_web::http::StatusCode::OK, Some(registration.version), None, &shown)
    }
}

/// The path of a registration below the base path.
pub fn path(registration: &registration::Registration) -> String {
    format!("/registrations/{}", registration.id)
}

/// What the contract shows as the content of a registration: a first implantation with all that a submit asks for.
pub fn example_content() -> Value {
    json!({
        "responsiblePhysician": "10000106690", "eventDate": "2026-03-02", "setting": "ambulatory",
        "nomenclaturePair": "174370-174381", "diabetesType": "type1", "diagnosisYear": 1999, "therapy": "pump",
        "hba1c": {"value": "7.2", "unit": "percent", "date": "2026-02-20"}, "severeHypoglycaemiasLast12Months": 1,
        "devices": [{"kind": "sensor", "model": "Eversense E3", "udiDi": "00817870020003", "serial": "S1",
            "expiryDate": "2027-01-01", "armSide": "left"}]
    })
}

/// The content of a draft. Every member may be left out (CGM-04).
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({
    "beneficiaryId": "0198c1de-6d11-7c05-8f00-5b1f7a9e2c44",
    "content": example_content()
}))]
pub struct RegistrationDraft {
    /// The beneficiary; one of this hospital's.
    #[schema(nullable = false)]
    pub beneficiary_id: Option<Uuid>,
    /// The dictionary fields that have a value.
    #[schema(nullable = false)]
    pub content: Option<RegistrationContent>,
}

/// A change of a draft, as a JSON merge patch: `null` removes a field.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"content": {"remark": null, "setting": "hospitalised"}}))]
pub struct RegistrationDraftPatch {
    /// The beneficiary.
    pub beneficiary_id: Option<Uuid>,
    /// The fields to change.
    pub content: Option<RegistrationContentPatch>,
}

/// The fields of a registration, defined by the dictionary.
pub struct RegistrationContent;

/// The fields of a registration to change; `null` removes one.
pub struct RegistrationContentPatch;

/// A device, its fields defined by the dictionary.
pub struct Device;

/// An HbA1c measurement, its fields defined by the dictionary.
pub struct GlycatedHaemoglobin;

macro_rules! from_dictionary {
    ($($name:ident = $schema:expr;)*) => {$(
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                // The dictionary is compiled in; if it failed to convert, a contract test would find the empty
                // schema.
                serde_json::from_value($schema).unwrap_or_else(|_| RefOr::T(Schema::default()))
            }
        }
        impl ToSchema for $name {
            fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
                schemas.push(("Device".to_owned(), Device::schema()));
                schemas.push(("GlycatedHaemoglobin".to_owned(), GlycatedHaemoglobin::schema()));
            }
        }
    )*};
}

from_dictionary! {
    RegistrationContent = crate::reference::schema_of_fields(&CURRENT.fields, "The dictionary fields that have a value.", false);
    RegistrationContentPatch = crate::reference::schema_of_fields(&CURRENT.fields, "The fields to change; `null` removes one.", true);
    Device = crate::reference::schema_of_field("devices", "One device.");
    GlycatedHaemoglobin = crate::reference::schema_of_field("hba1c", "An HbA1c.");
}
