//! Deliveries as the worker sends them: claimed for a while, sent outside any transaction, settled in another one. Whoever
//! dies in between leaves a claim that runs out; the event is sent again under the same identifier.

use std::fmt;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use diesel::{
    OptionalExtension, QueryableByName, RunQueryDsl,
    sql_types::{Array, BigInt, Binary, Bool, Date, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    notices::webhook::{AfterFailure, EventType, Failure, Outcome, after_failure},
    registry::counter::Reached,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{place, subject};
use crate::{
    db::Db,
    error::{DbError, Stop},
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

/// How long a claim holds: much longer than an attempt may take.
const LEASE: Duration = Duration::seconds(60);

/// How many deliveries of one subscription are sent at once; of one whose last attempt failed, one.
const AT_ONCE: i64 = 4;

/// How many due deliveries of one subscription are looked at in one round, so that a long queue costs no more than a short one.
const LOOKED_AT: i64 = 32;

/// When what could not be signed is looked at again.
const UNSIGNED_FOR: Duration = Duration::hours(1);

/// For how long what was delivered stays to be looked at, and what was meant for a deleted subscription.
const KEPT: Duration = Duration::days(90);

/// How many are forgotten at once.
const FORGOTTEN_AT_ONCE: i64 = 10_000;

/// One claimed delivery: an attempt that is to be made now.
#[derive(Clone)]
pub struct Attempt {
    /// Its place among all deliveries.
    pub seq: i64,
    /// The subscription.
    pub subscription: Uuid,
    /// Where to.
    pub url: String,
    /// What signs: the present secret, and the one before it during the overlap.
    pub secrets: Vec<Vec<u8>>,
    /// Whether the subscription's last attempt failed.
    pub failing: bool,
    /// The event.
    pub event_id: Uuid,
    /// Its type.
    pub event_type: String,
    /// What it is about.
    pub subject: String,
    /// When that happened.
    pub occurred_at: DateTime<Utc>,
    /// What is told.
    pub data: Value,
    attempts: i32,
    failures: i32,
    tried_since: DateTime<Utc>,
}

impl fmt::Debug for Attempt {
    /// Without the secrets: what is shown so may stand in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt").field("seq", &self.seq).field("event_id", &self.event_id).finish_non_exhaustive()
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = SqlUuid)]
    subscription_id: Uuid,
    #[diesel(sql_type = Text)]
    url: String,
    #[diesel(sql_type = Binary)]
    secret: Vec<u8>,
    #[diesel(sql_type = Integer)]
    secret_key_version: i32,
    #[diesel(sql_type = Nullable<Binary>)]
    earlier_secret: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Integer>)]
    earlier_secret_key_version: Option<i32>,
    #[diesel(sql_type = Bool)]
    failing: bool,
    #[diesel(sql_type = SqlUuid)]
    event_id: Uuid,
    #[diesel(sql_type = Text, column_name = "type")]
    event_type: String,
    #[diesel(sql_type = Text)]
    subject: String,
    #[diesel(sql_type = Timestamptz)]
    occurred_at: DateTime<Utc>,
    #[diesel(sql_type = Jsonb)]
    data: Value,
    #[diesel(sql_type = Integer)]
    attempts: i32,
    #[diesel(sql_type = Integer)]
    failures: i32,
    #[diesel(sql_type = Timestamptz)]
    tried_since: DateTime<Utc>,
}

/// Claims what is due, at most `limit`, of which at most `failing` for subscriptions whose last attempt failed. Each
/// subscription gets its turn before any gets a second one, what it has in hand already counted, and those that work come
/// first; of those that fail, the one that failed longest ago. Of the events of one registration only the earliest that waits
/// goes out; parked ones do not hold up the later. Two workers at once get different ones. What cannot be signed is put back.
pub fn claim(tx: &mut Tx, limit: i64, failing: i64) -> Result<Vec<Attempt>, Stop> {
    let query = diesel::sql_query(
        "WITH looked AS (
             SELECT d.seq, d.available_at, s.id AS subscription_id, s.failures > 0 AS failing, head.available_at AS head_at,
                 head.claimed_until AS head_claimed_until,
                 CASE WHEN s.failures > 0 THEN s.failed_at END AS failed_at,
                 CASE WHEN s.failures > 0 THEN 1 ELSE $4 END AS allowed,
                 (SELECT count(*) FROM insula.webhook_deliveries f
                     WHERE f.subscription_id = s.id AND f.claimed_until > $1) AS in_hand
             FROM insula.webhook_subscriptions s
             CROSS JOIN LATERAL (
                 SELECT d.seq, d.available_at, d.registration_id, d.version FROM insula.webhook_deliveries d
                 WHERE d.subscription_id = s.id AND d.state = 'waiting' AND d.available_at <= $1
                 ORDER BY d.available_at, d.seq LIMIT $6 FOR UPDATE SKIP LOCKED) AS d
             LEFT JOIN LATERAL (
                 SELECT e.available_at, e.claimed_until FROM insula.webhook_deliveries e
                 WHERE e.subscription_id = s.id AND e.registration_id = d.registration_id AND e.version < d.version
                   AND e.state = 'waiting'
                 ORDER BY e.version LIMIT 1) AS head ON true
             WHERE s.active AND s.deleted_at IS NULL),
         -- What waits for one that failed is not looked at again before that one is tried again.
         held AS (
             UPDATE insula.webhook_deliveries d SET available_at = looked.head_at FROM looked
             WHERE d.seq = looked.seq AND looked.head_at > $1
               AND (looked.head_claimed_until IS NULL OR looked.head_claimed_until <= $1)),
         due AS (
             SELECT seq, failing, failed_at, allowed,
                 in_hand + row_number() OVER (PARTITION BY subscription_id ORDER BY available_at, seq) AS turn
             FROM looked WHERE head_at IS NULL),
         ranked AS (
             SELECT seq, failing, failed_at, turn,
                 row_number() OVER (PARTITION BY failing ORDER BY turn, failed_at NULLS FIRST, seq) AS place
             FROM due WHERE turn <= allowed),
         chosen AS (
             SELECT seq FROM ranked WHERE NOT failing OR place <= $3
             ORDER BY failing, turn, failed_at NULLS FIRST, seq LIMIT $2),
         claimed AS (
             UPDATE insula.webhook_deliveries d
             SET claimed_until = $5, available_at = $5, attempts = d.attempts + 1, last_attempt_at = $1,
                 tried_since = coalesce(d.tried_since, $1)
             FROM chosen WHERE d.seq = chosen.seq RETURNING d.*)
         SELECT c.seq, c.subscription_id, s.url, s.secret, s.secret_key_version,
             CASE WHEN s.earlier_secret_until > $1 THEN s.earlier_secret END AS earlier_secret, s.earlier_secret_key_version,
             s.failures > 0 AS failing, c.event_id, c.type, c.subject, c.occurred_at, c.data, c.attempts, c.failures,
             c.tried_since
         FROM claimed c JOIN insula.webhook_subscriptions s ON s.id = c.subscription_id ORDER BY c.seq",
    )
    .bind::<Timestamptz, _>(tx.now)
    .bind::<BigInt, _>(limit)
    .bind::<BigInt, _>(failing)
    .bind::<BigInt, _>(AT_ONCE)
    .bind::<Timestamptz, _>(tx.now + LEASE)
    .bind::<BigInt, _>(LOOKED_AT);
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    let (mut attempts, mut unsigned) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        let place = place(row.subscription_id);
        let secret = match tx.keys.open(&place, &row.secret, row.secret_key_version) {
            Ok(secret) => secret,
            Err(DbError::Sealed) => {
                tracing::error!(subscription = %row.subscription_id, event = %row.event_id,
                    "the secret of a webhook subscription does not open; its event is put back for an hour");
                unsigned.push(row.seq);
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let mut secrets = vec![secret];
        if let (Some(secret), Some(version)) = (&row.earlier_secret, row.earlier_secret_key_version) {
            match tx.keys.open(&place, secret, version) {
                Ok(secret) => secrets.push(secret),
                Err(DbError::Sealed) => tracing::error!(subscription = %row.subscription_id,
                    "the earlier secret of a webhook subscription does not open; the present one signs alone"),
                Err(error) => return Err(error.into()),
            }
        }
        attempts.push(Attempt {
            seq: row.seq,
            subscription: row.subscription_id,
            url: row.url,
            secrets,
            failing: row.failing,
            event_id: row.event_id,
            event_type: row.event_type,
            subject: row.subject,
            occurred_at: row.occurred_at,
            data: row.data,
            attempts: row.attempts,
            failures: row.failures,
            tried_since: row.tried_since,
        });
    }
    if !unsigned.is_empty() {
        put_back(tx, &unsigned)?;
    }
    Ok(attempts)
}

/// Puts back what cannot be signed. The receiver has nothing to do with it: neither its failures nor its three days count it.
fn put_back(tx: &mut Tx, unsigned: &[i64]) -> Result<(), Stop> {
    let query = diesel::sql_query(
        "UPDATE insula.webhook_deliveries
         SET claimed_until = NULL, available_at = $2, tried_since = NULL, last_status = NULL, last_failure = $3
         WHERE seq = ANY ($1) RETURNING seq",
    )
    .bind::<Array<BigInt>, _>(unsigned)
    .bind::<Timestamptz, _>(tx.now + UNSIGNED_FOR)
    .bind::<Text, _>(Failure::NotSigned.name());
    Constant(query).execute(tx.conn)?;
    Ok(())
}

/// What became of an attempt.
#[derive(Debug, Clone)]
pub struct Settled {
    /// The attempt.
    pub attempt: Attempt,
    /// How it ended.
    pub outcome: Outcome,
}

/// Settles attempts: what failed is tried again later or parked; an address that is gone gets nothing more.
pub fn settle(tx: &mut Tx, settled: &[Settled]) -> Result<(), Stop> {
    let outcomes: Vec<Value> = settled
        .iter()
        .map(|Settled { attempt, outcome }| {
            let mut told =
                json!({"seq": attempt.seq, "attempts": attempt.attempts, "subscription_id": attempt.subscription});
            let (state, failure, status) = match outcome {
                Outcome::Delivered(status) => ("delivered", None, Some(*status)),
                Outcome::Failed(failure @ Failure::Gone, status) => ("parked", Some(failure), *status),
                Outcome::Failed(failure, status) => {
                    let failures = u32::try_from(attempt.failures + 1).unwrap_or(u32::MAX);
                    match after_failure(failures, attempt.tried_since, tx.now) {
                        AfterFailure::Again(at) => {
                            told["again"] = json!(at);
                            ("waiting", Some(failure), *status)
                        }
                        AfterFailure::Parked => ("parked", Some(failure), *status),
                    }
                }
            };
            told["state"] = json!(state);
            told["failure"] = json!(failure.map(|failure| failure.name()));
            told["status"] = json!(status);
            told
        })
        .collect();
    let query = diesel::sql_query(
        "WITH o AS (SELECT * FROM jsonb_to_recordset($1) AS o(seq bigint, attempts integer, subscription_id uuid, state text,
               again timestamptz, failure text, status integer)),
         told AS (
             UPDATE insula.webhook_deliveries d
             SET state = o.state, claimed_until = NULL, available_at = coalesce(o.again, $2), last_status = o.status,
                 last_failure = o.failure, failures = CASE WHEN o.failure IS NULL THEN 0 ELSE d.failures + 1 END,
                 settled_at = CASE WHEN o.state <> 'waiting' THEN $2 END
             FROM o WHERE d.seq = o.seq AND d.state = 'waiting'
                 -- Who comes back after its claim ran out must not speak for the attempt after it, unless it delivered.
                 AND (d.attempts = o.attempts OR o.failure IS NULL)
             RETURNING d.seq),
         ends AS (
             SELECT subscription_id, bool_or(failure IS NULL) AS well, count(*)::integer AS n FROM o GROUP BY subscription_id)
         UPDATE insula.webhook_subscriptions s SET failures = CASE WHEN ends.well THEN 0 ELSE s.failures + ends.n END,
             failed_at = CASE WHEN NOT ends.well THEN $2 END
         FROM ends WHERE s.id = ends.subscription_id AND (NOT ends.well OR s.failures > 0)",
    )
    .bind::<Jsonb, _>(json!(outcomes))
    .bind::<Timestamptz, _>(tx.now);
    Constant(query).execute(tx.conn)?;
    for one in settled.iter().filter(|one| matches!(one.outcome, Outcome::Failed(Failure::Gone, _))) {
        deactivate(tx, &one.attempt)?;
    }
    Ok(())
}

/// An address that said it is gone is asked no more, unless the hospital has named another one meanwhile.
fn deactivate(tx: &mut Tx, attempt: &Attempt) -> Result<(), Stop> {
    #[derive(QueryableByName)]
    struct Changed {
        #[diesel(sql_type = Integer)]
        version: i32,
    }
    let query = diesel::sql_query(
        "UPDATE insula.webhook_subscriptions
         SET active = false, inactive_because = 'gone', version = version + 1, updated_at = $3
         WHERE id = $1 AND url = $2 AND active AND deleted_at IS NULL RETURNING version",
    )
    .bind::<SqlUuid, _>(attempt.subscription)
    .bind::<Text, _>(&attempt.url)
    .bind::<Timestamptz, _>(tx.now);
    let changed: Option<Changed> = Constant(query).get_result(tx.conn).optional()?;
    if let Some(Changed { version }) = changed {
        let details = json!({"version": version, "active": false, "because": "gone", "eventId": attempt.event_id});
        trail::record(tx, Action::Deactivate, &subject(attempt.subscription), &details)?;
    }
    Ok(())
}

/// NOT-01: tells the thresholds that the night of a day reached to every subscription that wants to know, of every hospital
/// adhered on that day. In the night's own transaction; each threshold once, whoever asks again. Returns how many deliveries
/// were written.
pub fn announce(tx: &mut Tx, day: NaiveDate, reached: &[Reached]) -> Result<usize, Stop> {
    if reached.is_empty() {
        return Ok(0);
    }
    let told: Vec<_> = reached
        .iter()
        .map(|one| {
            let counter = one.counter;
            json!({"what": format!("counter.{counter}.{}", one.threshold), "subject": counter,
                "data": {"counterId": counter, "figure": one.figure, "threshold": one.threshold, "limit": counter.limit()}})
        })
        .collect();
    let query = diesel::sql_query(
        "INSERT INTO insula.webhook_deliveries
             (subscription_id, hospital, event_id, type, subject, data, occurred_at, available_at)
         SELECT s.id, s.hospital, insula.webhook_event_id(told.what), $3, told.subject, told.data, $4, $4
         FROM ROWS FROM (jsonb_to_recordset($1) AS (what text, subject text, data jsonb)) WITH ORDINALITY
             AS told(what, subject, data, position)
         CROSS JOIN insula.webhook_subscriptions s
         JOIN insula.hospitals h ON h.number = s.hospital
         WHERE s.active AND s.deleted_at IS NULL AND $3 = ANY (s.event_types)
           AND h.adhered_from <= $2 AND (h.adhered_to IS NULL OR $2 <= h.adhered_to)
         ORDER BY told.position, s.id
         ON CONFLICT (subscription_id, event_id) DO NOTHING
         RETURNING seq",
    )
    .bind::<Jsonb, _>(json!(told))
    .bind::<Date, _>(day)
    .bind::<Text, _>(EventType::ThresholdReached.name())
    .bind::<Timestamptz, _>(tx.now);
    Ok(Constant(query).execute(tx.conn)?)
}

/// Forgets what was delivered long ago, and what was meant for subscriptions deleted long ago. Returns whether there is more.
pub fn forget(tx: &mut Tx) -> Result<bool, Stop> {
    let query = diesel::sql_query(
        "DELETE FROM insula.webhook_deliveries WHERE seq IN (
             (SELECT seq FROM insula.webhook_deliveries WHERE state = 'delivered' AND settled_at < $1 LIMIT $2)
             UNION ALL
             (SELECT d.seq FROM insula.webhook_subscriptions s
              JOIN insula.webhook_deliveries d ON d.subscription_id = s.id WHERE s.deleted_at < $1 LIMIT $2))
         RETURNING seq",
    )
    .bind::<Timestamptz, _>(tx.now - KEPT)
    .bind::<BigInt, _>(FORGOTTEN_AT_ONCE);
    Ok(Constant(query).execute(tx.conn)? > 0)
}

/// How much there is, for `doctor`.
#[derive(Debug, Clone, QueryableByName)]
pub struct Backlog {
    /// Not yet delivered.
    #[diesel(sql_type = BigInt)]
    pub waiting: i64,
    /// Given up, until the hospital has it sent again.
    #[diesel(sql_type = BigInt)]
    pub parked: i64,
}

/// How much waits, and how much is parked.
pub fn backlog(db: &Db) -> Result<Backlog, DbError> {
    let query = diesel::sql_query(
        "SELECT count(*) FILTER (WHERE d.state = 'waiting') AS waiting, count(*) FILTER (WHERE d.state = 'parked') AS parked
         FROM insula.webhook_deliveries d JOIN insula.webhook_subscriptions s ON s.id = d.subscription_id
         WHERE d.state <> 'delivered' AND s.deleted_at IS NULL",
    );
    let mut conn = db.worker()?;
    Ok(Constant(query).get_result(&mut *conn)?)
}
