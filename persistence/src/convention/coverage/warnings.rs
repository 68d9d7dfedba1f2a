//! Warnings that a beneficiary applies elsewhere (COV-08).

use chrono::NaiveDate;
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{Array, Date, Integer, Nullable, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    clock::brussels_day,
    convention::coverage::{period::KnownPeriod, warning::warns},
};
use serde_json::json;
use uuid::Uuid;

use super::applications::Application;
use crate::{
    error::Stop,
    page::Page,
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

/// A warning, for the establishment that is warned.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub struct Warning {
    /// Its identifier.
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    /// Who applies elsewhere, as the hospital knows them.
    #[diesel(sql_type = SqlUuid)]
    pub beneficiary_id: Uuid,
    /// The day on which the application was introduced.
    #[diesel(sql_type = Date)]
    pub introduced_on: NaiveDate,
}

/// COV-08: warns the establishments of the person's periods of an application submitted today, each once.
pub fn warn(tx: &mut Tx, submitted: &Application, periods: &[KnownPeriod]) -> Result<(), Stop> {
    let today = brussels_day(tx.now);
    let warned: Vec<Uuid> = periods.iter().filter(|one| warns(one, today)).map(|one| one.id).collect();
    if warned.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = warned.iter().map(|_| tx.ids.uuid()).collect();
    let query = diesel::sql_query("SELECT insula.warn($1, $2, $3, $4, $5)")
        .bind::<SqlUuid, _>(submitted.id)
        .bind::<Array<SqlUuid>, _>(ids)
        .bind::<Array<SqlUuid>, _>(warned)
        .bind::<Date, _>(today)
        .bind::<Timestamptz, _>(tx.now);
    Constant(query).execute(tx.conn)?;
    Ok(())
}

/// A page of the warnings of the caller's hospital, the latest first. The read leaves an event in the trail.
pub fn list(tx: &mut Tx, after: Option<Uuid>, page_size: i32) -> Result<Page<Warning>, Stop> {
    let query = diesel::sql_query(
        "SELECT id, beneficiary_id, introduced_on FROM insula.coverage_warnings
         WHERE hospital = insula.organisation() AND ($1 IS NULL OR id < $1) ORDER BY id DESC LIMIT $2 + 1",
    )
    .bind::<Nullable<SqlUuid>, _>(after)
    .bind::<Integer, _>(page_size);
    let page = Page::of(Constant(query).load(tx.conn)?, page_size);
    trail::record(tx, Action::List, "coverageWarnings", &json!({"found": page.items.len()}))?;
    Ok(page)
}
