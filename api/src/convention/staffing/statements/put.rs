//! `putStaffingStatement`.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, put, web};
use insula_domain::{
    convention::staffing::statement::YearStatement,
    parties::beneficiary::holds_national_number,
    refusal::{Fault, Reason},
    rule::RuleId,
};
use insula_persistence::{
    convention::staffing::{self, Statement},
    parties::organisations,
};
use utoipa::ToSchema;

use super::dto::{StaffingStatement, year};
use crate::{
    convention::staffing::simulate::{MOST_PATIENTS, self_management},
    http::{
        caller::{Caller, tagged},
        input::{Body, Reader},
        parameters::{IfMatchUnlessNew, OfHospital, OfYear},
        problem::ApiError,
    },
    parties::organisations::hospitals::hospital_number_of_path,
};

/// What is stated of a year.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"patients": 58.5,
    "grounds": "patient list of the diabetes centre, mean of the ends of months",
    "selfManagement": {"medical": 0.4, "education": 1.2, "dataManagement": 0, "secretariat": 0.25}}))]
pub struct StaffingStatementEntry {
    /// Patients accompanied under the pump convention: the mean over the year (STF-03).
    #[schema(nullable = false, minimum = 0, maximum = 100_000, multiple_of = 0.0001)]
    pub patients: Option<f64>,
    /// Patients on the last day of the year; of a new establishment (STF-05).
    #[schema(nullable = false, minimum = 0, maximum = 100_000, multiple_of = 0.0001)]
    pub patients_at_year_end: Option<f64>,
    /// Patients on the day the convention came into force, in that year; of a new establishment (STF-05).
    #[schema(nullable = false, minimum = 0, maximum = 100_000, multiple_of = 0.0001)]
    pub patients_on_entry: Option<f64>,
    /// What the numbers are stated on.
    #[schema(max_length = 1000)]
    pub grounds: String,
    /// What the self-management convention requires of each function in this year, in FTE: `medical`, `education`,
    /// `dataManagement`, `secretariat`; what is left out is 0 (STF-01).
    #[schema(nullable = false)]
    pub self_management: Option<BTreeMap<String, f64>>,
}

/// State a year.
///
/// How many patients were accompanied, and what self-management required: what the staffing of the following years is assessed
/// on (STF-03, STF-05). A year not stated yet is stated without `If-Match`, a stated one anew with it; what was stated before is
/// kept.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "putStaffingStatement",
    params(OfHospital, OfYear, IfMatchUnlessNew),
    request_body = StaffingStatementEntry,
    responses(
        (status = 200, description = "What is stated.", body = StaffingStatement, headers(("ETag" = String, description = "Its version."))),
    )
)]
#[put("/establishments/{hospitalNumber}/staffingStatements/{year}")]
pub async fn put_staffing_statement(
    caller: Caller,
    path: web::Path<(String, String)>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let (hospital, year) = (hospital_number_of_path(&path.0)?, year(&path.1)?);
    let if_match = caller.optional_if_match()?;
    let mut reader = Reader::new(&body.members);
    let patients = reader.decimal("patients", MOST_PATIENTS);
    let patients_at_year_end = reader.decimal("patientsAtYearEnd", MOST_PATIENTS);
    let patients_on_entry = reader.decimal("patientsOnEntry", MOST_PATIENTS);
    let grounds = reader.required_text("grounds", 1000);
    let self_management = self_management(&mut reader);
    if grounds.known().is_some_and(|grounds| holds_national_number(grounds)) {
        reader.add(Fault::new("grounds", Reason::NationalNumber, RuleId::Ben04));
    }
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
            staffing::state(tx, hospital, statement.clone(), if_match)
        })
        .await?;
    let shown = StaffingStatement::of(&caller, hospital, &statement);
    Ok(tagged(shown.version, shown))
}
