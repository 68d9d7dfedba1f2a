//! The clock of a rehearsal: a row that says how far it stands from the real one, the same for all processes.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{BigInt, Nullable, Timestamptz},
};
use serde_json::json;

use crate::{
    db::Db,
    error::{DbError, Stop},
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

#[derive(QueryableByName)]
struct Ahead {
    #[diesel(sql_type = BigInt)]
    ahead_by_us: i64,
}

/// How far the clock of the database's rehearsal stands from the real one; zero when it was never moved.
pub fn ahead_by(db: &Db) -> Result<TimeDelta, DbError> {
    let query = diesel::sql_query("SELECT ahead_by_us FROM insula.clock");
    let found: Ahead = Constant(query).get_result(&mut *db.worker()?)?;
    Ok(TimeDelta::microseconds(found.ahead_by_us))
}

/// What came of moving the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// It moved.
    Done,
    /// It would stand before what is recorded at this instant, so nothing changed.
    BeforeRecorded(DateTime<Utc>),
}

/// Moves the clock to `ahead_by` from the real one, unless it would then stand before what is recorded. `real` is the real
/// instant.
pub fn move_to(tx: &mut Tx, real: DateTime<Utc>, ahead_by: TimeDelta) -> Result<Move, Stop> {
    #[derive(QueryableByName)]
    struct Recorded {
        #[diesel(sql_type = Nullable<Timestamptz>)]
        until: Option<DateTime<Utc>>,
    }
    // One move after the other. The trail has an event of every change, and a night decides up to a midnight that may be later
    // than the last of them; that the clock was moved is no event of the rehearsal.
    let query = diesel::sql_query("SELECT ahead_by_us FROM insula.clock FOR UPDATE");
    let before: Ahead = Constant(query).get_result(tx.conn)?;
    let query = diesel::sql_query(
        "SELECT greatest((SELECT max((body::jsonb ->> 'at')::timestamptz) FROM trail.events WHERE action <> 'moveClock'),
             (SELECT max(arrivals_before) FROM insula.counter_runs)) AS until,
             set_config('statement_timeout', '60s', true)",
    );
    let recorded: Recorded = Constant(query).get_result(tx.conn)?;
    if let Some(until) = recorded.until.filter(|until| real + ahead_by < *until) {
        return Ok(Move::BeforeRecorded(until));
    }
    let query = diesel::sql_query("UPDATE insula.clock SET ahead_by_us = $1 RETURNING ahead_by_us")
        .bind::<BigInt, _>(ahead_by.num_microseconds().unwrap_or(i64::MAX));
    Constant(query).execute(tx.conn)?;
    let back = TimeDelta::microseconds(before.ahead_by_us) - ahead_by;
    if back > TimeDelta::zero() {
        pull_back(tx, real + ahead_by, back)?;
    }
    trail::record(tx, Action::MoveClock, "clock", &json!({"to": real + ahead_by}))?;
    Ok(Move::Done)
}

/// Takes back with the clock what waits for an instant after `now`, by as far as the clock went back: a pause that had so long to go
/// still has, and nothing waits for the time that was left. Of what is in hand, the claims and leases go back too.
fn pull_back(tx: &mut Tx, now: DateTime<Utc>, by: TimeDelta) -> Result<(), DbError> {
    let query = diesel::sql_query(
        "WITH moved AS (SELECT $1::timestamptz AS now, $2 * interval '1 microsecond' AS by),
         deliveries AS (UPDATE insula.outbox SET
                 available_at = available_at - CASE WHEN available_at > now THEN by ELSE '0' END,
                 claimed_until = claimed_until - CASE WHEN claimed_until > now THEN by ELSE '0' END FROM moved
             WHERE delivered_at IS NULL AND (available_at > now OR claimed_until > now)),
         mails AS (UPDATE insula.mails SET
                 available_at = available_at - CASE WHEN available_at > now THEN by ELSE '0' END,
                 claimed_until = claimed_until - CASE WHEN claimed_until > now THEN by ELSE '0' END FROM moved
             WHERE state = 'waiting' AND (available_at > now OR claimed_until > now)),
         events AS (UPDATE insula.webhook_deliveries SET
                 available_at = available_at - CASE WHEN available_at > now THEN by ELSE '0' END,
                 claimed_until = claimed_until - CASE WHEN claimed_until > now THEN by ELSE '0' END FROM moved
             WHERE state = 'waiting' AND (available_at > now OR claimed_until > now)),
         imports AS (UPDATE insula.registration_imports SET lease_until = lease_until - by FROM moved WHERE lease_until > now)
         UPDATE insula.breakers SET probe_at = probe_at - by FROM moved WHERE probe_at > now RETURNING 1",
    )
    .bind::<Timestamptz, _>(now)
    .bind::<BigInt, _>(by.num_microseconds().unwrap_or_default());
    Constant(query).execute(tx.conn)?;
    Ok(())
}
