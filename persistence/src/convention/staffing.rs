//! The yearly statements by which staffing is assessed (STF-01, STF-03, STF-05).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{BigInt, Integer, Text},
};
use insula_domain::{convention::staffing::statement::YearStatement, identifier::HospitalNumber};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    convention::records::{self, Content, Kind, Version},
    error::Stop,
    sql::Constant,
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

impl Content for Statement {
    const KIND: Kind = Kind::StaffingStatement;

    fn trace(&self) -> Value {
        let numbers = &self.numbers;
        json!({"year": self.year, "patients": numbers.patients, "patientsAtYearEnd": numbers.patients_at_year_end,
            "patientsOnEntry": numbers.patients_on_entry, "selfManagement": numbers.self_management})
    }
}

/// The statements of some years, as known now or at an instant.
pub fn statements(
    tx: &mut Tx,
    hospital: HospitalNumber,
    years: &[i32],
    known_at: Option<DateTime<Utc>>,
) -> Result<BTreeMap<i32, Version<Statement>>, Stop> {
    let all: Vec<Version<Statement>> = records::list(tx, hospital, known_at)?;
    let all = all.into_iter().map(|one| (one.content.year, one));
    Ok(all.filter(|(year, _)| years.contains(year)).collect())
}

#[derive(QueryableByName)]
struct DaysRow {
    #[diesel(sql_type = Integer)]
    year: i32,
    #[diesel(sql_type = BigInt)]
    days: i64,
}

/// STF-03: how many days of programme of an establishment are due, in each year with recorded days.
pub fn patient_days(tx: &mut Tx, hospital: HospitalNumber) -> Result<BTreeMap<i32, i64>, Stop> {
    let query = diesel::sql_query("SELECT * FROM insula.patient_days($1)").bind::<Text, _>(hospital.to_string());
    let rows: Vec<DaysRow> = Constant(query).load(tx.conn)?;
    Ok(rows.into_iter().map(|row| (row.year, row.days)).collect())
}
