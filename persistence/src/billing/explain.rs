//! What is known of one day of one beneficiary (BIL-01, BIL-03, BIL-12).

use chrono::NaiveDate;
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{Date, Nullable, Text, Uuid as SqlUuid},
};
use insula_domain::{billing::day_state::DayState, span::Span};
use serde_json::json;
use uuid::Uuid;

use super::{
    basis::{Billed, billed},
    lines::{self, KeptLine},
};
use crate::{
    error::{DbError, Stop},
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

/// What is known of a day.
#[derive(Debug)]
pub struct KnownDay {
    /// The beneficiary, and what decides about their days.
    pub billed: Billed,
    /// What became of the day when it was last recorded, and the line that bears it.
    pub kept: Option<(DayState, Option<KeptLine>)>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    line_id: Option<Uuid>,
}

/// What is known of a day of a beneficiary of the caller's hospital. The read leaves an event in the trail.
///
/// # Errors
/// The hospital does not have the beneficiary.
pub fn day(tx: &mut Tx, beneficiary: Uuid, day: NaiveDate) -> Result<KnownDay, Stop> {
    let billed = billed(tx, &[beneficiary], Span::between(day, day))?.remove(&beneficiary).ok_or(Stop::NotFound)?;
    trail::record(tx, Action::Get, &format!("beneficiary:{beneficiary}"), &json!({"pumpDay": day}))?;
    let query = diesel::sql_query(
        "SELECT id, state, line_id FROM insula.pump_days
         WHERE hospital = insula.organisation() AND beneficiary_id = $1 AND day = $2
         ORDER BY recorded_at DESC, id DESC LIMIT 1",
    )
    .bind::<SqlUuid, _>(beneficiary)
    .bind::<Date, _>(day);
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    let Some(row) = rows.into_iter().next() else { return Ok(KnownDay { billed, kept: None }) };
    let state = DayState::from_name(&row.state);
    let state = state.ok_or_else(|| DbError::inconsistent("insula.pump_days", "state", row.id))?;
    let line = row.line_id.map(|line| lines::find(tx, line)).transpose()?;
    Ok(KnownDay { billed, kept: Some((state, line)) })
}
