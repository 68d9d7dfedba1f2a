//! Schemas of coded data, and their CSV and NDJSON forms.

use std::sync::LazyLock;

use chrono::{DateTime, NaiveDate, Utc};
use insula_domain::{
    actor::OrganisationKind,
    clock::brussels_day,
    csv,
    identifier::HospitalNumber,
    names::RegistrationType,
    nomenclature::JoinedPair,
    registry::{
        registration::dictionary::CURRENT,
        transmission::table::{self, Column},
    },
};
use insula_persistence::registry::coded_data;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    http::{caller::Caller, collection::Page},
    registry::registrations::dto::RegistrationContent,
};

/// A registration without the person.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CodedRegistration {
    /// Healthdata's identifier of the registration. For INAMI only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub technical_id: Option<Uuid>,
    /// The version that was delivered; a later version replaces it. For INAMI only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub version: Option<i32>,
    /// The beneficiary's pseudonym: the same in all registrations of a person, at every hospital. It cannot be traced
    /// back to the person.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub pseudonym: String,
    /// The hospital's number.
    #[schema(value_type = HospitalNumber)]
    pub hospital: String,
    /// Its type.
    #[serde(rename = "type")]
    pub registration_type: RegistrationType,
    /// The date of the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub event_date: Option<NaiveDate>,
    /// The reimbursed nomenclature pair.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<JoinedPair>)]
    pub nomenclature_pair: Option<String>,
    /// The version of the dictionary that the content follows.
    pub dictionary_version: i32,
    /// The transmitted dictionary fields that have a value.
    #[schema(value_type = RegistrationContent)]
    pub content: Map<String, Value>,
    /// The Brussels day on which it was received.
    pub received_on: NaiveDate,
    /// When it was received. For INAMI only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub received_at: Option<DateTime<Utc>>,
}

impl CodedRegistration {
    /// The registration as this caller may see it. Technical id, version and instant identify a registration, so only
    /// INAMI sees them. A hospital that compares content and order with its own registrations can still match its own
    /// rows (TRA-01).
    pub fn of(caller: &Caller, row: coded_data::CodedRegistration) -> CodedRegistration {
        let is_inami = caller.call.actor.kind == OrganisationKind::Inami;
        CodedRegistration {
            technical_id: is_inami.then_some(row.technical_id),
            version: is_inami.then_some(row.version),
            pseudonym: row.pseudonym,
            hospital: row.hospital,
            registration_type: row.registration_type,
            event_date: row.event_date,
            nomenclature_pair: row.nomenclature_pair,
            dictionary_version: row.dictionary_version,
            content: row.content,
            received_on: brussels_day(row.received_at),
            received_at: is_inami.then_some(row.received_at),
        }
    }
}

/// The registrations, in the order in which they were received.
pub type CodedRegistrationCollection = Page<CodedRegistration>;

/// The columns before those of the content. Every reader gets the same columns; cells the reader may not see are
/// empty.
const FIXED: [&str; 10] = [
    "technicalId",
    "version",
    "pseudonym",
    "hospital",
    "type",
    "eventDate",
    "nomenclaturePair",
    "dictionaryVersion",
    "receivedOn",
    "receivedAt",
];

static COLUMNS: LazyLock<Vec<Column>> = LazyLock::new(|| table::columns(&CURRENT, &["eventDate", "nomenclaturePair"]));

/// The header line of the CSV form.
pub fn csv_header() -> String {
    csv::line(FIXED.into_iter().chain(COLUMNS.iter().map(|column| column.name.as_str())))
}

/// A registration as a line of CSV.
pub fn csv_line(one: &CodedRegistration) -> String {
    let text = |value: Option<String>| value.unwrap_or_default();
    let mut cells = vec![
        text(one.technical_id.map(|id| id.to_string())),
        text(one.version.map(|version| version.to_string())),
        one.pseudonym.clone(),
        one.hospital.clone(),
        one.registration_type.to_string(),
        text(one.event_date.map(|day| day.to_string())),
        text(one.nomenclature_pair.clone()),
        one.dictionary_version.to_string(),
        one.received_on.to_string(),
        text(one.received_at.map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true))),
    ];
    cells.extend(COLUMNS.iter().map(|column| column.text(&one.content)));
    csv::line(cells.iter().map(String::as_str))
}

/// A registration as a line of NDJSON.
pub fn json_line(one: &CodedRegistration) -> Result<String, serde_json::Error> {
    serde_json::to_string(one).map(|line| line + "\n")
}
