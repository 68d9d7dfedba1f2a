//! The price of a day, row by row (BIL-02, BIL-03).

use chrono::NaiveDate;
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{Date, Text},
};
use insula_domain::convention::tariff::Tariff;

use crate::{
    error::{DbError, Stop},
    sql::Constant,
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
