//! Deliveries: what is due is claimed for a while, delivered outside any transaction, and settled in another one. After
//! a crash in between the claim expires and the delivery is repeated; the recipient ignores repetitions (TRA-04).

use chrono::{DateTime, Duration, NaiveDate, Utc};
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{Array, BigInt, Binary, Bool, Date, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::registry::{
    registration::{Command, Registration, RegistrationType, dictionary},
    transmission::coded::{Answer, CodedMessage, Pseudonymiser, retry_after_seconds},
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    db::Db,
    error::{DbError, Stop},
    registry::registrations::{Row, columns},
    sql::Constant,
    trail,
    tx::Tx,
};

/// The topic of coded registrations, and the destination of the pseudonyms in Insula's own coded store. Must never
/// change, because every pseudonym would change with it (TRA-01).
pub const HEALTHDATA: &str = "healthdata";

/// How long a claim lasts. A delivery that takes longer may be repeated; the recipient ignores the repetition.
const LEASE: Duration = Duration::seconds(60);

/// The pause before an unreadable row is tried again; it may have been repaired.
const PARKED: Duration = Duration::hours(1);

/// One claimed delivery.
#[derive(Debug, Clone)]
pub struct ClaimedDelivery {
    /// Its number in the outbox.
    pub id: i64,
    /// The registration.
    pub registration: Uuid,
    /// How often it was tried before.
    pub attempts: i32,
    /// What is delivered.
    pub message: CodedMessage,
}

#[derive(QueryableByName)]
struct DueRow {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = SqlUuid)]
    aggregate: Uuid,
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = Integer)]
    attempts: i32,
    // Nullable, so that inconsistent data makes only its own row fail.
    #[diesel(sql_type = Nullable<Text>)]
    hospital: Option<String>,
    #[diesel(sql_type = Nullable<Text>, column_name = "type")]
    registration_type: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    technical_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Integer>)]
    dictionary_version: Option<i32>,
    #[diesel(sql_type = Nullable<Bool>)]
    deleted: Option<bool>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    content: Option<Value>,
    #[diesel(sql_type = Nullable<Text>)]
    pair: Option<String>,
    #[diesel(sql_type = Nullable<Date>)]
    event_date: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Binary>)]
    pseudonym_seed: Option<Vec<u8>>,
}

impl DueRow {
    /// The message to a recipient, or the name of what cannot be read.
    fn message(self, tx: &Tx, recipient: &str) -> Result<CodedMessage, &'static str> {
        let deleted = self.deleted.ok_or("version")?;
        let content = self.content.as_ref().and_then(Value::as_object).ok_or("content")?;
        Ok(CodedMessage {
            technical_id: self.technical_id.ok_or("technical id")?,
            version: self.version,
            pseudonym: tx.keys.pseudonym(recipient, &self.pseudonym_seed.ok_or("person")?),
            hospital: self.hospital.ok_or("hospital")?,
            registration_type: self.registration_type.as_deref().and_then(RegistrationType::from_name).ok_or("type")?,
            event_date: self.event_date,
            nomenclature_pair: self.pair,
            dictionary_version: self.dictionary_version.ok_or("dictionary version")?,
            content: if deleted { serde_json::Map::new() } else { dictionary::CURRENT.transmitted(content) },
            deleted,
        })
    }
}

/// Whether a delivery of a topic is due. Locks nothing.
pub fn is_due(tx: &mut Tx, topic: &str) -> Result<bool, Stop> {
    let query = diesel::sql_query(
        "SELECT FROM insula.outbox WHERE topic = $1 AND delivered_at IS NULL AND available_at <= $2
             AND (claimed_until IS NULL OR claimed_until <= $2) LIMIT 1",
    )
    .bind::<Text, _>(topic)
    .bind::<Timestamptz, _>(tx.now);
    Ok(Constant(query).execute(tx.conn)? > 0)
}

/// Claims at most `limit` due deliveries of a topic: for each registration only the earliest undelivered one.
/// Pseudonyms are those for `recipient`. Concurrent workers claim different ones. An unreadable row is parked with its
/// error and does not block other registrations.
pub fn claim(tx: &mut Tx, topic: &str, recipient: &str, limit: u32) -> Result<Vec<ClaimedDelivery>, Stop> {
    let query = diesel::sql_query(
        "WITH due AS (
             SELECT o.id FROM insula.outbox o
             WHERE o.topic = $1 AND o.delivered_at IS NULL AND o.available_at <= $2
               AND (o.claimed_until IS NULL OR o.claimed_until < $2)
               AND NOT EXISTS (SELECT 1 FROM insula.outbox earlier
                   WHERE earlier.topic = o.topic AND earlier.aggregate = o.aggregate AND earlier.delivered_at IS NULL
                     AND earlier.version < o.version)
             ORDER BY o.id LIMIT $3 FOR UPDATE SKIP LOCKED),
         claimed AS (
             UPDATE insula.outbox o SET claimed_until = $4, attempts = o.attempts + 1
             FROM due WHERE o.id = due.id RETURNING o.*)
         SELECT c.id, c.aggregate, c.version, c.attempts, r.hospital, r.type::text AS type, r.technical_id,
             r.dictionary_version, v.status = 'deleted' AS deleted, content.content, r.pair, r.event_date,
             p.pseudonym_seed
         FROM claimed c
         LEFT JOIN insula.registrations r ON r.id = c.aggregate
         LEFT JOIN insula.registration_versions v ON v.registration_id = c.aggregate AND v.version = c.version
         LEFT JOIN vault.persons p ON p.id = r.person_id
         LEFT JOIN LATERAL (SELECT w.content FROM insula.registration_versions w
             WHERE w.registration_id = c.aggregate AND w.version <= c.version AND w.content IS NOT NULL
             ORDER BY w.version DESC LIMIT 1) content ON true
         ORDER BY c.id",
    )
    .bind::<Text, _>(topic)
    .bind::<Timestamptz, _>(tx.now)
    .bind::<BigInt, _>(i64::from(limit))
    .bind::<Timestamptz, _>(tx.now + LEASE);
    let rows: Vec<DueRow> = Constant(query).load(tx.conn)?;
    let (mut deliveries, mut unreadable) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        // The claim has already counted the coming attempt.
        let (id, registration, attempts) = (row.id, row.aggregate, row.attempts - 1);
        match row.message(tx, recipient) {
            Ok(message) => deliveries.push(ClaimedDelivery { id, registration, attempts, message }),
            Err(what) => {
                tracing::error!(%registration, what, "a delivery cannot be read; it waits for repair");
                unreadable.push(json!({"id": id, "error": format!("unreadable: {what}")}));
            }
        }
    }
    if !unreadable.is_empty() {
        park(tx, unreadable)?;
    }
    Ok(deliveries)
}

fn park(tx: &mut Tx, unreadable: Vec<Value>) -> Result<(), DbError> {
    let query = diesel::sql_query(
        "UPDATE insula.outbox SET claimed_until = NULL, available_at = $2, last_error = u.error
         FROM jsonb_to_recordset($1) AS u(id bigint, error text) WHERE outbox.id = u.id",
    )
    .bind::<Jsonb, _>(Value::from(unreadable))
    .bind::<Timestamptz, _>(tx.now + PARKED);
    Constant(query).execute(tx.conn)?;
    Ok(())
}

/// Writes Insula's own coded store (design §6). Idempotent.
pub fn keep_coded(tx: &mut Tx, messages: &[&CodedMessage]) -> Result<(), Stop> {
    let query = diesel::sql_query(
        r#"INSERT INTO coded.deliveries (technical_id, version, pseudonym, hospital, registration_type, event_date,
               nomenclature_pair, dictionary_version, content, deleted, received_at)
           SELECT m."technicalId", m.version, m.pseudonym, m.hospital, m."registrationType", m."eventDate",
               m."nomenclaturePair", m."dictionaryVersion", m.content, m.deleted, $2
           FROM jsonb_to_recordset($1) AS m("technicalId" uuid, version integer, pseudonym text, hospital text,
               "registrationType" text, "eventDate" date, "nomenclaturePair" text, "dictionaryVersion" integer,
               content jsonb, deleted boolean)
           ON CONFLICT (technical_id, version) DO NOTHING"#,
    )
    .bind::<Jsonb, _>(json!(messages))
    .bind::<Timestamptz, _>(tx.now);
    Constant(query).execute(tx.conn)?;
    Ok(())
}

/// The outcome of a claimed delivery.
pub struct SettledDelivery {
    /// The delivery.
    pub delivery: ClaimedDelivery,
    /// What the recipient answered.
    pub answer: Answer,
}

/// Settles deliveries: an acknowledgement or refusal changes the status of the registration (CGM-07), a failed delivery
/// is retried later, one that was not tried stays due. If the registration has changed meanwhile, only the outbox is
/// updated.
pub fn settle(tx: &mut Tx, settled: &[SettledDelivery]) -> Result<(), Stop> {
    let mut ids: Vec<Uuid> = settled.iter().map(|settled| settled.delivery.registration).collect();
    ids.sort_unstable();
    let query = diesel::sql_query(concat!(
        "SELECT ",
        columns!(),
        " FROM insula.registrations r WHERE r.id = ANY ($1) ORDER BY r.id FOR UPDATE OF r"
    ))
    .bind::<Array<SqlUuid>, _>(ids);
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    let (mut moved, mut unreadable) = (Vec::new(), Vec::new());
    for row in rows {
        let id = row.id;
        let registration: Registration = match row.try_into() {
            Ok(registration) => registration,
            Err(error) => {
                let error: DbError = error;
                tracing::error!(%error, "an answer cannot be applied to its registration; the delivery is retried");
                unreadable.push(id);
                continue;
            }
        };
        let of = |settled: &&SettledDelivery| settled.delivery.registration == registration.id.0;
        let Some(one) = settled.iter().find(of) else { continue };
        if one.delivery.message.version != registration.version {
            continue;
        }
        let (command, after) = match &one.answer {
            Answer::Acknowledged => (Command::Acknowledge, registration.acknowledge(tx.now)),
            Answer::Refused(reasons) => (Command::Refuse, registration.refuse(reasons.clone(), tx.now)),
            Answer::Failed(_) | Answer::Again(_) | Answer::NotTried => continue,
        };
        // A deletion is acknowledged too, without a change of status.
        let Ok(after) = after else { continue };
        let details = json!({"version": after.version, "status": after.state.status()});
        let event = trail::event(tx, command.into(), &format!("registration:{}", after.id), &details)?;
        moved.push(json!({
            "id": after.id, "version": after.version, "status": after.state.status().name(), "command": command.name(),
            "acknowledged_at": after.state.acknowledged_at(), "corrections": after.state.corrections(),
            "event_id": event.id, "body": event.body, "mac": hex::encode(event.mac),
        }));
    }
    let outcomes: Vec<Value> = settled
        .iter()
        .map(|one| {
            let ClaimedDelivery { id, attempts, .. } = one.delivery;
            let failed = |error: &str, pause: Duration| {
                let again = tx.now + pause;
                json!({"id": id, "outcome": "failed", "error": error, "again": again, "attempts": attempts + 1})
            };
            match &one.answer {
                Answer::NotTried => json!({"id": id, "outcome": "notTried", "attempts": attempts + 1}),
                Answer::Failed(error) | Answer::Again(error) => {
                    let seconds = retry_after_seconds(u32::try_from(attempts).unwrap_or(u32::MAX));
                    failed(error, Duration::seconds(i64::try_from(seconds).unwrap_or(3600)))
                }
                _ if unreadable.contains(&one.delivery.registration) => failed("unreadable: registration", PARKED),
                Answer::Acknowledged | Answer::Refused(_) => json!({"id": id, "outcome": "delivered"}),
            }
        })
        .collect();
    let query = diesel::sql_query(
        "WITH m AS (SELECT * FROM jsonb_to_recordset($1) AS m(id uuid, version integer, status text, command text,
               acknowledged_at timestamptz, corrections jsonb, event_id uuid, body text, mac text)),
         changed AS (UPDATE insula.registrations r SET status = m.status::insula.registration_status,
               version = m.version, acknowledged_at = m.acknowledged_at, corrections = nullif(m.corrections, 'null'),
               updated_at = $3
           FROM m WHERE r.id = m.id AND r.version = m.version - 1 RETURNING r.*, m.command),
         kept AS (INSERT INTO insula.registration_versions (registration_id, version, hospital, author, command, status,
               beneficiary_id, corrections, changed_by, changed_at, trace_id)
           SELECT id, version, hospital, author, command, status, beneficiary_id, corrections, insula.person(),
               updated_at, $4
           FROM changed),
         told AS (INSERT INTO insula.code_changes (insurer, insurer_union, code, status, version, changed_at)
           SELECT insurer, insurer_union, code, status, version, updated_at FROM changed
           WHERE insurer IS NOT NULL),
         traced AS (INSERT INTO trail.events (id, body, mac) SELECT event_id, body, decode(mac, 'hex') FROM m),
         o AS (SELECT * FROM jsonb_to_recordset($2)
             AS o(id bigint, outcome text, error text, again timestamptz, attempts integer))
         UPDATE insula.outbox SET claimed_until = NULL,
             attempts = CASE o.outcome WHEN 'notTried' THEN outbox.attempts - 1 ELSE outbox.attempts END,
             last_error = CASE o.outcome WHEN 'notTried' THEN last_error ELSE o.error END,
             available_at = coalesce(o.again, available_at),
             delivered_at = CASE o.outcome WHEN 'delivered' THEN $3 END
         FROM o WHERE outbox.id = o.id AND outbox.delivered_at IS NULL
             -- A failure reported after the claim expired must not end the claim of another worker.
             AND (o.outcome = 'delivered' OR outbox.attempts = o.attempts)",
    )
    .bind::<Jsonb, _>(json!(moved))
    .bind::<Jsonb, _>(json!(outcomes))
    .bind::<Timestamptz, _>(tx.now)
    .bind::<SqlUuid, _>(tx.call.trace_id);
    Constant(query).execute(tx.conn)?;
    Ok(())
}

/// The number of undelivered messages, for `doctor` and the metrics.
#[derive(Debug, Clone, QueryableByName)]
pub struct Undelivered {
    /// Undelivered.
    #[diesel(sql_type = BigInt)]
    pub waiting: i64,
    /// Those that failed at least once.
    #[diesel(sql_type = BigInt)]
    pub failing: i64,
    /// When the oldest was written.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub oldest: Option<DateTime<Utc>>,
}

/// The number of undelivered messages.
pub fn backlog(db: &Db) -> Result<Undelivered, DbError> {
    let query = diesel::sql_query(
        "SELECT count(*) AS waiting, count(*) FILTER (WHERE last_error IS NOT NULL) AS failing,
            min(enqueued_at) AS oldest
         FROM insula.outbox WHERE delivered_at IS NULL",
    );
    let mut conn = db.worker()?;
    Ok(Constant(query).get_result(&mut *conn)?)
}

/// Deletes answers older than thirty days: no client repeats a request after that.
pub fn forget_old_answers(tx: &mut Tx) -> Result<(), Stop> {
    let query = diesel::sql_query("DELETE FROM insula.idempotency_keys WHERE answered_at < $1")
        .bind::<Timestamptz, _>(tx.now - Duration::days(30));
    Constant(query).execute(tx.conn)?;
    Ok(())
}
