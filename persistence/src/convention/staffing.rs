//! What establishments state of a year, for their staffing to be assessed (STF-01, STF-03, STF-05).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{Array, Integer, Jsonb, Nullable, Text, Timestamptz},
};
use insula_domain::convention::staffing::statement::YearStatement;
use serde_json::{Value, json};

use crate::{
    error::{DbError, Stop},
    sql::Constant,
    trail,
    tx::Tx,
};

/// What is stated of a year.
#[derive(Debug, Clone)]
pub struct Statement {
    /// The year.
    pub year: i32,
    /// The numbers.
    pub numbers: YearStatement,
    /// What they are stated on.
    pub grounds: String,
    /// Counts the changes, from 1; 0 as long as nothing is stated.
    pub version: i32,
    /// When it was stated.
    pub recorded_at: DateTime<Utc>,
    /// By whom.
    pub recorded_by: String,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Integer)]
    year: i32,
    #[diesel(sql_type = Nullable<Text>)]
    patients: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    patients_at_year_end: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    patients_on_entry: Option<String>,
    #[diesel(sql_type = Text)]
    grounds: String,
    #[diesel(sql_type = Jsonb)]
    self_management: Value,
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = Timestamptz)]
    recorded_at: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    recorded_by: String,
}

impl Row {
    fn read(self) -> Result<Statement, DbError> {
        let year = self.year;
        let inconsistent = |column| DbError::Inconsistent {
            table: "insula.staffing_statements",
            column,
            row: format!("{year}, version {}", self.version),
        };
        let number =
            |text: Option<String>, column| text.map(|text| text.parse()).transpose().map_err(|_| inconsistent(column));
        Ok(Statement {
            year,
            numbers: YearStatement {
                patients: number(self.patients, "patients")?,
                patients_at_year_end: number(self.patients_at_year_end, "patients_at_year_end")?,
                patients_on_entry: number(self.patients_on_entry, "patients_on_entry")?,
                self_management: serde_json::from_value(self.self_management)
                    .map_err(|_| inconsistent("self_management"))?,
            },
            grounds: self.grounds,
            version: self.version,
            recorded_at: self.recorded_at,
            recorded_by: self.recorded_by,
        })
    }
}

/// What is stated of some years now, or was at an instant.
pub fn statements(
    tx: &mut Tx,
    hospital: &str,
    years: &[i32],
    known_at: Option<DateTime<Utc>>,
) -> Result<BTreeMap<i32, Statement>, Stop> {
    let query = diesel::sql_query(
        "SELECT year, patients::text, patients_at_year_end::text, patients_on_entry::text, grounds, self_management, version,
             recorded_at, recorded_by
         FROM insula.staffing_statements WHERE hospital = $1 AND year = ANY ($2)
             AND CASE WHEN $3 IS NULL THEN replaced_at IS NULL
                 ELSE recorded_at <= $3 AND (replaced_at IS NULL OR replaced_at > $3) END",
    )
    .bind::<Text, _>(hospital)
    .bind::<Array<Integer>, _>(years)
    .bind::<Nullable<Timestamptz>, _>(known_at);
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    let read = rows.into_iter().map(|row| row.read().map(|statement| (statement.year, statement)));
    Ok(read.collect::<Result<_, _>>()?)
}

/// What is stated of a year now, or was at an instant.
pub fn statement(tx: &mut Tx, hospital: &str, year: i32, known_at: Option<DateTime<Utc>>) -> Result<Statement, Stop> {
    statements(tx, hospital, &[year], known_at)?.remove(&year).ok_or(Stop::NotFound)
}

/// States a year, or states it anew when `if_match` names what was stated; that stays in the history.
pub fn state(tx: &mut Tx, hospital: &str, mut statement: Statement, if_match: Option<i32>) -> Result<Statement, Stop> {
    let query = diesel::sql_query(
        "UPDATE insula.staffing_statements SET replaced_at = greatest($4, recorded_at)
         WHERE hospital = $1 AND year = $2 AND replaced_at IS NULL AND version = $3 RETURNING 1",
    )
    .bind::<Text, _>(hospital)
    .bind::<Integer, _>(statement.year)
    .bind::<Integer, _>(if_match.unwrap_or_default())
    .bind::<Timestamptz, _>(tx.now);
    if Constant(query).execute(tx.conn)? == 0 && if_match.is_some() {
        return Err(Stop::Stale);
    }
    statement.version = if_match.unwrap_or_default() + 1;
    statement.recorded_at = tx.now;
    statement.recorded_by.clone_from(&tx.call.actor.person);
    let numbers = &statement.numbers;
    let self_management = json!(numbers.self_management);
    let numbers = [&numbers.patients, &numbers.patients_at_year_end, &numbers.patients_on_entry];
    let [patients, at_year_end, on_entry] = numbers.map(|number| number.as_ref().map(ToString::to_string));
    let details = json!({"year": statement.year, "version": statement.version, "patients": patients,
        "patientsAtYearEnd": at_year_end, "patientsOnEntry": on_entry, "selfManagement": self_management});
    let subject = format!("staffingStatement:{hospital}:{}", statement.year);
    let event = trail::event(tx, "stateStaffing", &subject, &details)?;
    let query = diesel::sql_query(
        "WITH said AS (INSERT INTO insula.staffing_statements (hospital, year, version, patients, patients_at_year_end,
               patients_on_entry, grounds, self_management, recorded_at, recorded_by)
           VALUES ($1, $2, $3, $4::numeric, $5::numeric, $6::numeric, $7, $8, $9, insula.person())
           -- Of two who state it first at once, the second has not seen what the first stated.
           ON CONFLICT DO NOTHING RETURNING 1)
         INSERT INTO trail.events (id, body, mac) SELECT $10, $11, $12 FROM said RETURNING 1",
    )
    .bind::<Text, _>(hospital)
    .bind::<Integer, _>(statement.year)
    .bind::<Integer, _>(statement.version)
    .bind::<Nullable<Text>, _>(patients)
    .bind::<Nullable<Text>, _>(at_year_end)
    .bind::<Nullable<Text>, _>(on_entry)
    .bind::<Text, _>(&statement.grounds)
    .bind::<Jsonb, _>(&self_management)
    .bind::<Timestamptz, _>(tx.now)
    .bind::<diesel::sql_types::Uuid, _>(event.id)
    .bind::<Text, _>(event.body)
    .bind::<diesel::sql_types::Binary, _>(event.mac);
    if Constant(query).execute(tx.conn)? == 0 {
        return Err(Stop::Stale);
    }
    Ok(statement)
}
