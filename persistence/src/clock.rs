//! The clock of a rehearsal: one row with its offset from the real clock, the same for all processes.

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
struct Offset {
    #[diesel(sql_type = BigInt)]
    ahead_by_us: i64,
}

/// The offset of the rehearsal's clock from the real one; zero if it was never moved.
pub fn ahead_by(db: &Db) -> Result<TimeDelta, DbError> {
    let query = diesel::sql_query("SELECT ahead_by_us FROM insula.clock");
    let found: Offset = Constant(query).get_result(&mut *db.worker()?)?;
    Ok(TimeDelta::microseconds(found.ahead_by_us))
}

/// The result of moving the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// It moved.
    Done,
    /// Refused: something is already recorded at this later instant.
    BeforeRecorded(DateTime<Utc>),
}

/// Sets the clock to `real`, the real instant, plus `ahead_by`. Refused if something is already recorded at a later
/// instant.
pub fn move_to(tx: &mut Tx, real: DateTime<Utc>, ahead_by: TimeDelta) -> Result<Move, Stop> {
    #[derive(QueryableByName)]
    struct Latest {
        #[diesel(sql_type = Nullable<Timestamptz>)]
        until: Option<DateTime<Utc>>,
    }
    // The lock makes concurrent moves wait. Every change has an event in the trail, except moves of the clock, which do
    // not count; a night decides up to a midnight that may be later than its events.
    let query = diesel::sql_query("SELECT ahead_by_us FROM insula.clock FOR UPDATE");
    let before: Offset = Constant(query).get_result(tx.conn)?;
    be_patient(tx)?;
    let query = diesel::sql_query(
        "SELECT greatest((SELECT max((body::jsonb ->> 'at')::timestamptz) FROM trail.events WHERE action <> 'moveClock'),
             (SELECT max(arrivals_before) FROM insula.counter_runs)) AS until",
    );
    let recorded: Latest = Constant(query).get_result(tx.conn)?;
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
    trail::record(
        tx,
        Action::MoveClock,
        "clock",
        &json!({"to": real + ahead_by, "aheadByUs": ahead_by.num_microseconds()}),
    )?;
    Ok(Move::Done)
}

/// The trail may be long.
fn be_patient(tx: &mut Tx) -> Result<(), DbError> {
    Constant(diesel::sql_query("SELECT set_config('statement_timeout', '60s', true)")).execute(tx.conn)?;
    Ok(())
}

/// Where the clock of a database stands, and what was recorded since it was moved: for the operator of a database of production that
/// was taken for one of development.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// How far it stands from the real one.
    pub ahead_by: TimeDelta,
    /// The instant, by the real clock, of the first move since it last stood at the real time.
    pub moved_at: Option<DateTime<Utc>>,
    /// The latest instant of the trail and of the nights.
    pub recorded_until: Option<DateTime<Utc>>,
    /// How many nights were run whose day is not over.
    pub nights_ahead: i64,
    /// How many registrations these nights decided about.
    pub decisions_ahead: i64,
}

/// How the clock stands now; `real` is the real instant.
pub fn standing(tx: &mut Tx, real: DateTime<Utc>) -> Result<Standing, Stop> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        ahead_by_us: i64,
        #[diesel(sql_type = Nullable<Timestamptz>)]
        moved_at: Option<DateTime<Utc>>,
        #[diesel(sql_type = Nullable<Timestamptz>)]
        recorded_until: Option<DateTime<Utc>>,
        #[diesel(sql_type = BigInt)]
        nights_ahead: i64,
        #[diesel(sql_type = BigInt)]
        decisions_ahead: i64,
    }
    be_patient(tx)?;
    let query = diesel::sql_query(
        "WITH moves AS (SELECT xid, seq, body::jsonb AS body FROM trail.events WHERE action = 'moveClock'),
         back AS (SELECT xid, seq FROM moves WHERE body #>> '{details,aheadByUs}' = '0' ORDER BY xid DESC, seq DESC LIMIT 1),
         ahead AS (SELECT day FROM insula.counter_runs WHERE arrivals_before > $1)
         SELECT c.ahead_by_us,
             (SELECT (m.body ->> 'at')::timestamptz FROM moves m
              WHERE NOT EXISTS (SELECT FROM back b WHERE (m.xid, m.seq) <= (b.xid, b.seq)) ORDER BY m.xid, m.seq LIMIT 1) AS moved_at,
             greatest((SELECT max((body::jsonb ->> 'at')::timestamptz) FROM trail.events WHERE action <> 'moveClock'),
                 (SELECT max(arrivals_before) FROM insula.counter_runs)) AS recorded_until,
             (SELECT count(*) FROM ahead) AS nights_ahead,
             (SELECT count(*) FROM insula.night_decisions d JOIN ahead USING (day)) AS decisions_ahead
         FROM insula.clock c",
    )
    .bind::<Timestamptz, _>(real);
    let row: Row = Constant(query).get_result(tx.conn)?;
    Ok(Standing {
        ahead_by: TimeDelta::microseconds(row.ahead_by_us),
        moved_at: row.moved_at,
        recorded_until: row.recorded_until,
        nights_ahead: row.nights_ahead,
        decisions_ahead: row.decisions_ahead,
    })
}

/// When the clock goes back, shifts what is due after `now`, claims and leases by the same time, so that no pause gets
/// longer.
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
         imports AS (UPDATE insula.registration_imports SET lease_until = lease_until - by FROM moved
             WHERE lease_until > now)
         UPDATE insula.breakers SET probe_at = probe_at - by FROM moved WHERE probe_at > now RETURNING 1",
    )
    .bind::<Timestamptz, _>(now)
    .bind::<BigInt, _>(by.num_microseconds().unwrap_or_default());
    Constant(query).execute(tx.conn)?;
    Ok(())
}
