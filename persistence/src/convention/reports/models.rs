//! The models of reports (REG-06, C 13 §3).

use chrono::NaiveDate;
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{Date, Integer, Text, Timestamptz},
};
use insula_domain::convention::reports::model::{self, Model, ReportKind};
use serde_json::json;

use crate::{
    error::{DbError, Stop},
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = Date)]
    valid_from: NaiveDate,
    #[diesel(sql_type = Text)]
    source: String,
}

impl Row {
    fn read(self) -> Result<Model, DbError> {
        let kind = ReportKind::from_name(&self.kind)
            .ok_or_else(|| DbError::inconsistent("insula.report_models", "kind", &self.kind))?;
        Ok(Model { kind, version: self.version, from: self.valid_from, source: self.source })
    }
}

/// Every model, by kind, the earliest first.
pub fn all(tx: &mut Tx) -> Result<Vec<Model>, Stop> {
    let query = diesel::sql_query(
        "SELECT kind, version, valid_from, source FROM insula.report_models ORDER BY kind, valid_from",
    );
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    Ok(rows.into_iter().map(Row::read).collect::<Result<_, _>>()?)
}

/// The name of a model in the trail.
#[must_use]
pub fn subject(model: &Model) -> String {
    format!("reportModel:{}:{}", model.kind, model.version)
}

/// REG-06: enters a model. One at a time: each is checked against all.
pub fn enter(tx: &mut Tx, model: &Model) -> Result<(), Stop> {
    let lock = diesel::sql_query("SELECT pg_advisory_xact_lock(hashtext('insula.report_models'))");
    Constant(lock).execute(tx.conn)?;
    let faults = model::faults(model, &all(tx)?);
    if !faults.is_empty() {
        return Err(faults.into());
    }
    trail::record(tx, Action::Create, &subject(model), &json!({"from": model.from}))?;
    let query = diesel::sql_query(
        "INSERT INTO insula.report_models (kind, version, valid_from, source, entered_at) VALUES ($1, $2, $3, $4, $5)
         RETURNING 1",
    )
    .bind::<Text, _>(model.kind.name())
    .bind::<Integer, _>(model.version)
    .bind::<Date, _>(model.from)
    .bind::<Text, _>(&model.source)
    .bind::<Timestamptz, _>(tx.now);
    Constant(query).execute(tx.conn)?;
    Ok(())
}
