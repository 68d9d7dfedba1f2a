//! The price of a day, row by row (BIL-02, BIL-03).

use chrono::NaiveDate;
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{Date, Text, Timestamptz},
};
use insula_domain::{
    clock::brussels_day,
    convention::tariff::{Tariff, later_only},
};
use serde_json::json;

use crate::{
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
    indexable: String,
    #[diesel(sql_type = Text)]
    fixed: String,
    #[diesel(sql_type = Text)]
    source: String,
}

impl Row {
    fn read(self) -> Result<Tariff, DbError> {
        let amount = |text: &str, column| {
            text.parse().map_err(|_| DbError::inconsistent("insula.tariffs", column, self.valid_from))
        };
        Ok(Tariff {
            from: self.valid_from,
            indexable: amount(&self.indexable, "indexable")?,
            fixed: amount(&self.fixed, "fixed")?,
            source: self.source,
        })
    }
}

/// Every row, the earliest first.
pub fn all(tx: &mut Tx) -> Result<Vec<Tariff>, Stop> {
    let query = diesel::sql_query(
        "SELECT valid_from, indexable::text AS indexable, fixed::text AS fixed, source FROM insula.tariffs
         ORDER BY valid_from",
    );
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    Ok(rows.into_iter().map(Row::read).collect::<Result<_, _>>()?)
}

/// BIL-03: enters a row, in place of those to come from its first day on. One at a time: each is checked against all.
pub fn enter(tx: &mut Tx, tariff: &Tariff) -> Result<(), Stop> {
    let lock = diesel::sql_query("SELECT pg_advisory_xact_lock(hashtext('insula.tariffs'))");
    Constant(lock).execute(tx.conn)?;
    let present = all(tx)?;
    if let Some(fault) = later_only(&present, tariff.from, brussels_day(tx.now)) {
        return Err(vec![fault].into());
    }
    let replaced: Vec<_> = present.iter().map(|one| one.from).filter(|from| *from >= tariff.from).collect();
    let details = json!({"indexable": tariff.indexable, "fixed": tariff.fixed, "replaced": replaced});
    trail::record(tx, Action::Create, &format!("tariff:{}", tariff.from), &details)?;
    let query = diesel::sql_query("DELETE FROM insula.tariffs WHERE valid_from >= $1 RETURNING 1");
    Constant(query.bind::<Date, _>(tariff.from)).execute(tx.conn)?;
    let query = diesel::sql_query(
        "INSERT INTO insula.tariffs (valid_from, indexable, fixed, source, entered_at)
         VALUES ($1, $2::numeric, $3::numeric, $4, $5) RETURNING 1",
    )
    .bind::<Date, _>(tariff.from)
    .bind::<Text, _>(tariff.indexable.to_string())
    .bind::<Text, _>(tariff.fixed.to_string())
    .bind::<Text, _>(&tariff.source)
    .bind::<Timestamptz, _>(tx.now);
    Constant(query).execute(tx.conn)?;
    Ok(())
}
