//! What an establishment states of a year (STF-01, STF-03, STF-05): `getStaffingStatement` and `putStaffingStatement`.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, get, put, web};
use insula_domain::{
    convention::staffing::statement::YearStatement,
    exact::{Decimal, Exact},
    identifier::HospitalNumber,
};
use insula_persistence::{
    convention::{
        records::{self, Record, Version},
        staffing::Statement,
    },
    parties::organisations,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::simulate::{MOST_PATIENTS, SelfManagementRequirement, self_management};
use crate::{
    convention::record::Stated,
    http::{
        caller::{Caller, tagged},
        input::{Body, Query, Reader, path_hospital, path_number},
        parameters::{IfMatchUnlessNew, KnownAt, OfHospital, OfYear},
        problem::ApiError,
    },
};

/// What an establishment states about a year.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StaffingStatement {
    /// The version.
    #[serde(flatten)]
    #[schema(inline)]
    pub stated: Stated,
    /// The year.
    pub year: i32,
    /// Patients accompanied under the pump convention: the mean over the year (STF-03).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Decimal, nullable = false)]
    pub patients: Option<Exact>,
    /// For a new establishment: patients on the last day of the year (STF-05).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Decimal, nullable = false)]
    pub patients_at_year_end: Option<Exact>,
    /// For a new establishment: patients on the day of that year on which the convention came into force (STF-05).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Decimal, nullable = false)]
    pub patients_on_entry: Option<Exact>,
    /// The grounds of the numbers.
    pub grounds: String,
    /// What the self-management convention requires in this year (STF-01).
    #[schema(value_type = SelfManagementRequirement)]
    pub self_management: BTreeMap<&'static str, Exact>,
}

impl StaffingStatement {
    fn of(caller: &Caller, hospital: HospitalNumber, stated: &Version<Statement>) -> StaffingStatement {
        let Statement { year, numbers, grounds } = &stated.content;
        let required = numbers.self_management.iter();
        StaffingStatement {
            stated: Stated::of(caller, hospital, &format!("staffingStatements/{year}"), stated),
            year: *year,
            patients: numbers.patients.clone(),
            patients_at_year_end: numbers.patients_at_year_end.clone(),
            patients_on_entry: numbers.patients_on_entry.clone(),
            grounds: grounds.clone(),
            self_management: required.map(|(function, fte)| (function.name(), fte.clone())).collect(),
        }
    }
}

/// A year in the path.
pub fn year(path: &str) -> Result<i32, ApiError> {
    path_number("year", path, 2000..=2999)
}

/// Get the statement of a year.
///
/// The numbers of patients and what self-management requires, with the grounds.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getStaffingStatement",
    params(OfHospital, OfYear, KnownAt),
    responses((status = 200, description = "What is stated.", body = StaffingStatement))
)]
#[get("/establishments/{hospitalNumber}/staffingStatements/{year}")]
pub async fn get_staffing_statement(
    caller: Caller,
    path: web::Path<(String, String)>,
    mut query: Query,
) -> Result<HttpResponse, ApiError> {
    let (hospital, year) = (path_hospital(&path.0)?, year(&path.1)?);
    let known_at = query.instant("knownAt");
    let known_at = query.finish()?.take(known_at);
    let statement = caller.run(move |tx| records::read(tx, &Record::of(hospital, year), known_at)).await?;
    let shown = StaffingStatement::of(&caller, hospital, &statement);
    Ok(tagged(statement.version, shown))
}

/// A statement about a year.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"patients": "58.5",
    "grounds": "patient list of the diabetes centre, mean of the ends of months",
    "selfManagement": {"medical": "0.4", "education": "1.2", "dataManagement": "0", "secretariat": "0.25"}}))]
pub struct StaffingStatementEntry {
    /// Patients accompanied under the pump convention: the mean over the year (STF-03).
    #[schema(nullable = false)]
    pub patients: Option<Decimal>,
    /// For a new establishment: patients on the last day of the year (STF-05).
    #[schema(nullable = false)]
    pub patients_at_year_end: Option<Decimal>,
    /// For a new establishment: patients on the day of that year on which the convention came into force (STF-05).
    #[schema(nullable = false)]
    pub patients_on_entry: Option<Decimal>,
    /// The grounds of the numbers.
    #[schema(max_length = 1000)]
    pub grounds: String,
    /// What the self-management convention requires in this year (STF-01).
    #[schema(nullable = false)]
    pub self_management: Option<SelfManagementRequirement>,
}

/// State a year.
///
/// How many patients were accompanied and what self-management required: the basis for assessing the staffing of the
/// following years (STF-03, STF-05). The first statement of a year is sent without `If-Match`, a later one with it.
/// Earlier versions are kept.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "putStaffingStatement",
    params(OfHospital, OfYear, IfMatchUnlessNew),
    request_body = StaffingStatementEntry,
    responses((status = 200, description = "What is stated.", body = StaffingStatement))
)]
#[put("/establishments/{hospitalNumber}/staffingStatements/{year}")]
pub async fn put_staffing_statement(
    caller: Caller,
    path: web::Path<(String, String)>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let (hospital, year) = (path_hospital(&path.0)?, year(&path.1)?);
    let if_match = caller.optional_if_match()?;
    let mut reader = Reader::new(&body.members);
    let patients = reader.decimal("patients", MOST_PATIENTS);
    let patients_at_year_end = reader.decimal("patientsAtYearEnd", MOST_PATIENTS);
    let patients_on_entry = reader.decimal("patientsOnEntry", MOST_PATIENTS);
    let grounds = reader.required_text("grounds", 1000);
    let self_management = self_management(&mut reader);
    let done = reader.finish()?;
    let statement = Statement {
        year,
        numbers: YearStatement {
            patients: done.take(patients),
            patients_at_year_end: done.take(patients_at_year_end),
            patients_on_entry: done.take(patients_on_entry),
            self_management: done.take(self_management),
        },
        grounds: done.take(grounds),
    };
    let statement = caller
        .run(move |tx| {
            organisations::hospital(tx, hospital)?;
            records::state(tx, &Record::of(hospital, year), statement.clone(), if_match)
        })
        .await?;
    let shown = StaffingStatement::of(&caller, hospital, &statement);
    Ok(tagged(statement.version, shown))
}
