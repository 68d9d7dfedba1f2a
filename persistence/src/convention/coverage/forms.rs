//! The versions of the form (COV-14).

use chrono::NaiveDate;
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{Date, Integer, Text},
};
use insula_domain::{
    clock::brussels_day,
    convention::coverage::form::{FormVersion, begins_later},
};
use serde_json::json;

use crate::{
    error::Stop,
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

/// A version of the form, and where it is published.
#[derive(Debug, Clone, QueryableByName)]
pub struct Form {
    /// Its number, from 1.
    #[diesel(sql_type = Integer)]
    pub version: i32,
    /// The first day on which it is used.
    #[diesel(sql_type = Date)]
    pub valid_from: NaiveDate,
    /// Where it is published.
    #[diesel(sql_type = Text)]
    pub source: String,
}

impl Form {
    /// The version and its first day.
    #[must_use]
    pub const fn version(&self) -> FormVersion {
        FormVersion { version: self.version, from: self.valid_from }
    }
}

/// Every version, the earliest first.
pub fn all(tx: &mut Tx) -> Result<Vec<Form>, Stop> {
    let query = diesel::sql_query("SELECT version, valid_from, source FROM insula.coverage_forms ORDER BY valid_from");
    Ok(Constant(query).load(tx.conn)?)
}

/// COV-14: enters a version that is used from a day to come, in place of those to come from that day on. One at a time.
pub fn enter(tx: &mut Tx, from: NaiveDate, source: &str) -> Result<Form, Stop> {
    let lock = diesel::sql_query("SELECT pg_advisory_xact_lock(hashtext('insula.coverage_forms'))");
    Constant(lock).execute(tx.conn)?;
    if let Some(fault) = begins_later(from, brussels_day(tx.now)) {
        return Err(vec![fault].into());
    }
    let query = diesel::sql_query("DELETE FROM insula.coverage_forms WHERE valid_from >= $1 RETURNING 1");
    Constant(query.bind::<Date, _>(from)).execute(tx.conn)?;
    let query = diesel::sql_query(
        "INSERT INTO insula.coverage_forms (version, valid_from, source)
         SELECT max(version) + 1, $1, $2 FROM insula.coverage_forms RETURNING version, valid_from, source",
    )
    .bind::<Date, _>(from)
    .bind::<Text, _>(source);
    let entered: Form = Constant(query).found(tx.conn)?;
    trail::record(tx, Action::Create, &format!("coverageForm:{}", entered.version), &json!({"from": from}))?;
    Ok(entered)
}
