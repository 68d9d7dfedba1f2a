//! What travels.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use insula_domain::{exact::Exact, identifier::HospitalNumber};
use insula_persistence::convention::{records::Version, staffing::Statement};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    convention::shown_number,
    http::{caller::Caller, problem::ApiError},
};

/// What an establishment states of a year.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"hospitalNumber": "71000436", "year": 2025,
    "href": "https://insula.example/insula/v1/establishments/71000436/staffingStatements/2025",
    "patients": 58.5, "grounds": "patient list of the diabetes centre, mean of the ends of months",
    "selfManagement": {"medical": 0.4, "education": 1.2, "dataManagement": 0, "secretariat": 0.25}, "version": 1,
    "recordedAt": "2026-01-12T09:12:00Z", "recordedBy": "dr.maes"}))]
pub struct StaffingStatement {
    /// The establishment.
    pub hospital_number: String,
    /// The year.
    pub year: i32,
    /// Its address.
    #[schema(format = "uri")]
    pub href: String,
    /// Patients accompanied under the pump convention: the mean over the year (STF-03).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = f64, nullable = false, minimum = 0)]
    pub patients: Option<Value>,
    /// Patients on the last day of the year; of a new establishment (STF-05).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = f64, nullable = false, minimum = 0)]
    pub patients_at_year_end: Option<Value>,
    /// Patients on the day the convention came into force, in that year; of a new establishment (STF-05).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = f64, nullable = false, minimum = 0)]
    pub patients_on_entry: Option<Value>,
    /// What the numbers are stated on.
    pub grounds: String,
    /// What the self-management convention requires of each function in this year, in FTE (STF-01).
    #[schema(value_type = std::collections::BTreeMap<String, f64>)]
    pub self_management: BTreeMap<&'static str, Value>,
    /// Counts every change, from 1; also the ETag.
    pub version: i32,
    /// When this was stated.
    pub recorded_at: DateTime<Utc>,
    /// By whom.
    pub recorded_by: String,
}

impl StaffingStatement {
    pub(super) fn of(caller: &Caller, hospital: HospitalNumber, stated: &Version<Statement>) -> StaffingStatement {
        let shown = |number: &Option<Exact>| number.as_ref().map(shown_number);
        let Statement { year, numbers, grounds } = &stated.content;
        let required = numbers.self_management.iter();
        StaffingStatement {
            hospital_number: hospital.to_string(),
            year: *year,
            href: caller.href(&format!("/establishments/{hospital}/staffingStatements/{year}")),
            patients: shown(&numbers.patients),
            patients_at_year_end: shown(&numbers.patients_at_year_end),
            patients_on_entry: shown(&numbers.patients_on_entry),
            grounds: grounds.clone(),
            self_management: required.map(|(function, fte)| (function.name(), shown_number(fte))).collect(),
            version: stated.version,
            recorded_at: stated.recorded_at,
            recorded_by: stated.recorded_by.clone(),
        }
    }
}

/// The year of a path. One of another form leads nowhere.
pub fn year(path: &str) -> Result<i32, ApiError> {
    let digits = path.len() == 4 && path.bytes().all(|byte| byte.is_ascii_digit());
    let year = path.parse().ok().filter(|year| digits && (2000..3000).contains(year));
    year.ok_or(ApiError::NotFound)
}
