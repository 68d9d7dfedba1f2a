//! The dispatch of deliveries by the worker: claimed for a while, sent outside any transaction, settled in another one.
//! After a crash in between the claim expires, and the event is sent again with the same identifier.

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

use super::{location, subject};
use crate::{
    db::Db,
    error::{DbError, Stop},
    notices::Backlog,
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

/// How long a claim lasts: much longer than an attempt may take.
const LEASE: Duration = Duration::seconds(60);

/// How many deliveries of one subscription are sent at once; only one if its last attempt failed.
const AT_ONCE: i64 = 4;
/// How many deliveries of one hospital are sent at once: half of what a process sends, so that slow endpoints of one leave
/// room for others' (SYS-02).
const AT_ONCE_OF_HOSPITAL: i64 = 16;

/// How many due deliveries of one subscription a round examines, so that a long queue costs no more than a short one.
const LOOKED_AT: i64 = 32;

/// The pause before a delivery that could not be signed is tried again.
const UNSIGNED_FOR: Duration = Duration::hours(1);

/// How long deliveries are kept after they were made, or after their subscription was deleted.
const KEPT: Duration = Duration::days(90);

/// How many deliveries are deleted at once.
const FORGOTTEN_AT_ONCE: i64 = 10_000;

/// A claimed delivery: one attempt to make now.
#[derive(Clone)]
pub struct Attempt {
    /// Its number among all deliveries.
    pub seq: i64,
    /// The subscription.
    pub subscription: Uuid,
    /// The address.
    pub url: String,
    /// The secrets that sign: the current one, and during the overlap the previous one.
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
    /// The data of the event.
    pub data: Value,
    attempts: i32,
    failures: i32,
    tried_since: DateTime<Utc>,
}

impl fmt::Debug for Attempt {
    /// Without the secrets, because it may be logged.
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

/// Claims at most `limit` due deliveries, of which at most `failing` for subscriptions whose last attempt failed.
///
/// - Hospitals take turns, and within one its subscriptions; deliveries that are being sent count as turns. Working subscriptions come first, then
///   failing ones by the time of their last failure.
/// - Of the waiting events of one registration only the earliest is sent; parked ones do not block later ones.
/// - Concurrent workers claim different deliveries. What cannot be signed is put back.
pub fn claim(tx: &mut Tx, limit: i64, failing: i64) -> Result<Vec<Attempt>, Stop> {
    let query = diesel::sql_query(
        "WITH looked AS (
             SELECT d.seq, d.available_at, s.id AS subscription_id, s.hospital, s.failures > 0 AS failing,
                 (SELECT count(*) FROM insula.webhook_subscriptions t
                     JOIN insula.webhook_deliveries f ON f.subscription_id = t.id
                     WHERE t.hospital = s.hospital AND f.claimed_until > $1) AS in_hand_of_hospital,
                 head.available_at AS head_at, head.claimed_until AS head_claimed_until,
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
         -- What waits for a failed one is due when that one is retried.
         held AS (
             UPDATE insula.webhook_deliveries d SET available_at = looked.head_at FROM looked
             WHERE d.seq = looked.seq AND looked.head_at > $1
               AND (looked.head_claimed_until IS NULL OR looked.head_claimed_until <= $1)),
         due AS (
             SELECT seq, failing, failed_at, allowed, hospital, in_hand_of_hospital,
                 in_hand + row_number() OVER (PARTITION BY subscription_id ORDER BY available_at, seq) AS turn
             FROM looked WHERE head_at IS NULL),
         ranked AS (
             SELECT seq, failing, failed_at, turn,
                 row_number() OVER (PARTITION BY failing ORDER BY turn, failed_at NULLS FIRST, seq) AS place,
                 in_hand_of_hospital + row_number() OVER (PARTITION BY hospital
                     ORDER BY failing, turn, failed_at NULLS FIRST, seq) AS turn_of_hospital
             FROM due WHERE turn <= allowed),
         chosen AS (
             SELECT seq FROM ranked WHERE (NOT failing OR place <= $3) AND turn_of_hospital <= $7
             ORDER BY failing, turn_of_hospital, failed_at NULLS FIRST, seq LIMIT $2),
         claimed AS (
             UPDATE insula.webhook_deliveries d
             SET claimed_until = $5, available_at = $5, attempts = d.attempts + 1, last_attempt_at = $1,
                 tried_since = coalesce(d.tried_since, $1)
             FROM chosen WHERE d.seq = chosen.seq RETURNING d.*)
         SELECT c.seq, c.subscription_id, s.url, s.secret, s.secret_key_version,
             CASE WHEN s.earlier_secret_until > $1 THEN s.earlier_secret END AS earlier_secret,
             s.earlier_secret_key_version, s.failures > 0 AS failing, c.event_id, c.type, c.subject, c.occurred_at,
             c.data, c.attempts, c.failures, c.tried_since
         FROM claimed c JOIN insula.webhook_subscriptions s ON s.id = c.subscription_id ORDER BY c.seq",
    )
    .bind::<Timestamptz, _>(tx.now)
    .bind::<BigInt, _>(limit)
    .bind::<BigInt, _>(failing)
    .bind::<BigInt, _>(AT_ONCE)
    .bind::<Timestamptz, _>(tx.now + LEASE)
    .bind::<BigInt, _>(LOOKED_AT)
    .bind::<BigInt, _>(AT_ONCE_OF_HOSPITAL);
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    let (mut attempts, mut unsigned) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        let location = location(row.subscription_id);
        let secret = match tx.keys.open(&location, &row.secret, row.secret_key_version) {
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
            match tx.keys.open(&location, secret, version) {
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

/// Puts back what cannot be signed. It is not the receiver's fault, so it counts neither as a failure nor towards its
/// three days.
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

/// The outcome of an attempt.
#[derive(Debug, Clone)]
pub struct Settled {
    /// The attempt.
    pub attempt: Attempt,
    /// Its outcome.
    pub outcome: Outcome,
}

/// Settles attempts: failed ones are retried later or parked; a subscription whose address is gone is deactivated.
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
        "WITH o AS (SELECT * FROM jsonb_to_recordset($1) AS o(seq bigint, attempts integer, subscription_id uuid,
               state text, again timestamptz, failure text, status integer)),
         told AS (
             UPDATE insula.webhook_deliveries d
             SET state = o.state, claimed_until = NULL, available_at = coalesce(o.again, $2), last_status = o.status,
                 last_failure = o.failure, failures = CASE WHEN o.failure IS NULL THEN 0 ELSE d.failures + 1 END,
                 settled_at = CASE WHEN o.state <> 'waiting' THEN $2 END
             FROM o WHERE d.seq = o.seq AND d.state = 'waiting'
                 -- A failure reported after the claim expired must not settle a later attempt.
                 AND (d.attempts = o.attempts OR o.failure IS NULL)
             RETURNING d.seq),
         ends AS (
             SELECT subscription_id, bool_or(failure IS NULL) AS well, count(*)::integer AS n FROM o
             GROUP BY subscription_id)
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

/// Deactivates a subscription whose address is gone, unless the hospital has changed the address meanwhile.
fn deactivate(tx: &mut Tx, attempt: &Attempt) -> Result<(), Stop> {
    #[derive(QueryableByName)]
    struct Deactivated {
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
    let changed: Option<Deactivated> = Constant(query).get_result(tx.conn).optional()?;
    if let Some(Deactivated { version }) = changed {
        let details = json!({"version": version, "active": false, "because": "gone", "eventId": attempt.event_id});
        trail::record(tx, Action::Deactivate, &subject(attempt.subscription), &details)?;
    }
    Ok(())
}

/// NOT-01: writes deliveries of the thresholds reached in the night of `day`, for subscriptions to that event of
/// hospitals adhered on that day. Runs in the night's transaction; each threshold is announced once. Returns the number
/// of deliveries.
pub fn announce(tx: &mut Tx, day: NaiveDate, reached: &[Reached]) -> Result<usize, Stop> {
    if reached.is_empty() {
        return Ok(0);
    }
    let told: Vec<_> = reached
        .iter()
        .map(|one| {
            let counter = one.counter;
            let data = json!({"counterId": counter, "figure": one.figure, "threshold": one.threshold,
                "limit": counter.limit()});
            json!({"what": format!("counter.{counter}.{}", one.threshold), "subject": counter, "data": data})
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

/// Deletes old deliveries, and those of subscriptions deleted long ago. Returns whether there may be more.
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

/// The number of events that are not delivered.
pub fn backlog(db: &Db) -> Result<Backlog, DbError> {
    let query = diesel::sql_query(
        "SELECT count(*) FILTER (WHERE d.state = 'waiting') AS waiting,
             count(*) FILTER (WHERE d.state = 'parked') AS parked
         FROM insula.webhook_deliveries d JOIN insula.webhook_subscriptions s ON s.id = d.subscription_id
         WHERE d.state <> 'delivered' AND s.deleted_at IS NULL",
    );
    Ok(Constant(query).get_result(&mut *db.worker()?)?)
}
