//! The yearly statements by which staffing is assessed (STF-01, STF-03, STF-05).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use insula_domain::{convention::staffing::statement::YearStatement, identifier::HospitalNumber};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    convention::records::{self, Change, Kind, Record, Version},
    error::Stop,
    trail::Action,
    tx::Tx,
};

/// The statement of a year.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Statement {
    /// The year.
    pub year: i32,
    /// The numbers.
    #[serde(flatten)]
    pub numbers: YearStatement,
    /// The grounds on which they are stated.
    pub grounds: String,
}

/// The record of a year's statement.
pub fn of(hospital: HospitalNumber, year: i32) -> Record {
    Record { hospital, kind: Kind::StaffingStatement, key: year.to_string() }
}

/// The statements of some years, as known now or at an instant.
pub fn statements(
    tx: &mut Tx,
    hospital: HospitalNumber,
    years: &[i32],
    known_at: Option<DateTime<Utc>>,
) -> Result<BTreeMap<i32, Version<Statement>>, Stop> {
    let all: Vec<Version<Statement>> = records::list(tx, hospital, Kind::StaffingStatement, known_at)?;
    let all = all.into_iter().map(|one| (one.content.year, one));
    Ok(all.filter(|(year, _)| years.contains(year)).collect())
}

/// States a year, or a new version of it if `if_match` is the current one; earlier versions are kept.
pub fn state(
    tx: &mut Tx,
    hospital: HospitalNumber,
    statement: Statement,
    if_match: Option<i32>,
) -> Result<Version<Statement>, Stop> {
    let numbers = &statement.numbers;
    let details = json!({"year": statement.year, "patients": numbers.patients,
        "patientsAtYearEnd": numbers.patients_at_year_end, "patientsOnEntry": numbers.patients_on_entry,
        "selfManagement": numbers.self_management});
    let change = Change { action: Action::Put, details, why: None, withdrawn: false };
    records::put(tx, &of(hospital, statement.year), statement, if_match, change)
}
