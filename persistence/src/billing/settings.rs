//! What INAMI entered of the configuration of invoice files (BIL-05).

use chrono::NaiveDate;
use diesel::{
    PgConnection, QueryableByName, RunQueryDsl,
    sql_types::{Date, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::billing::file::settings::{Entered, Settings};
use serde_json::json;

use crate::{
    db::Db,
    error::{DbError, Stop},
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Date)]
    valid_from: NaiveDate,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    value: String,
    #[diesel(sql_type = Text)]
    source: String,
}

fn read(conn: &mut PgConnection, day: NaiveDate) -> Result<Settings, DbError> {
    let query = diesel::sql_query(
        "SELECT valid_from, name, value, source FROM insula.billing_settings ORDER BY valid_from, entered_at, id",
    );
    let rows: Vec<Row> = Constant(query).load(conn)?;
    let read = |Row { valid_from, name, value, source }| Entered { from: valid_from, name, value, source };
    let entered: Vec<Entered> = rows.into_iter().map(read).collect();
    Settings::on(&entered, day).map_err(|_| DbError::inconsistent("insula.billing_settings", "value", day))
}

/// BIL-05: the configuration in force on a day.
pub fn on(tx: &mut Tx, day: NaiveDate) -> Result<Settings, Stop> {
    Ok(read(tx.conn, day)?)
}

/// BIL-05: the same, for `doctor`.
pub fn in_force(db: &Db, day: NaiveDate) -> Result<Settings, DbError> {
    read(&mut *db.worker()?, day)
}

/// BIL-05: enters a value, in force from its day on.
pub fn enter(tx: &mut Tx, one: &Entered) -> Result<(), Stop> {
    let details = json!({"from": one.from, "value": one.value, "source": one.source});
    trail::record(tx, Action::Create, &format!("billingSetting:{}", one.name), &details)?;
    let query = diesel::sql_query(
        "INSERT INTO insula.billing_settings (id, valid_from, name, value, source, entered_by, entered_at)
         VALUES ($1, $2, $3, $4, $5, insula.person(), $6) RETURNING 1",
    )
    .bind::<SqlUuid, _>(tx.ids.uuid())
    .bind::<Date, _>(one.from)
    .bind::<Text, _>(&one.name)
    .bind::<Text, _>(&one.value)
    .bind::<Text, _>(&one.source)
    .bind::<Timestamptz, _>(tx.now);
    Constant(query).execute(tx.conn)?;
    Ok(())
}
