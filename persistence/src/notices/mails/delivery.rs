//! What is due is claimed for a while and settled afterwards. Whoever dies in between leaves a claim that runs out; the mail
//! is then sent again as it was, under the same Message-ID (NOT-04).

use chrono::{DateTime, Duration, Utc};
use diesel::{
    OptionalExtension, QueryableByName, RunQueryDsl,
    sql_types::{Array, BigInt, Binary, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    names::MailRoute,
    notices::mail::{MailProgress, MailState, Settlement},
};
use serde_json::json;
use uuid::Uuid;

use super::{Columns, Facts, odd};
use crate::{
    db::Db,
    error::{DbError, Stop},
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

/// A letter as it goes out, kept from the first attempt on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its Message-ID, the same for ever.
    pub message_id: String,
    /// The subject, as it is read.
    pub subject: String,
    /// The text, as it is read.
    pub body: String,
    /// The whole of it as it is sent, headers included.
    pub message: Vec<u8>,
}

/// A mail that was claimed.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// Its identifier.
    pub id: Uuid,
    /// How it stood.
    pub standing: MailProgress,
    /// What is sent; or why it could not be written.
    pub written: Result<Written, String>,
}

#[derive(QueryableByName)]
struct Due {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(embed)]
    about: Columns,
    #[diesel(sql_type = Array<Text>)]
    recipients: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    accepted: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    refused: Vec<String>,
    #[diesel(sql_type = Integer)]
    attempts: i32,
    #[diesel(sql_type = Timestamptz)]
    waiting_since: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Text>)]
    message_id: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    subject: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    body: Option<String>,
    #[diesel(sql_type = Nullable<Binary>)]
    message: Option<Vec<u8>>,
}

/// Writes a letter about these facts to these recipients, under this Message-ID or a new one.
pub type Write<'a> = dyn Fn(&Facts, &[String], Option<&str>) -> Result<Written, String> + 'a;

/// Claims the mail that is due longest, for as long as `lease`; two workers at once get different ones. At the first attempt
/// `write` writes the letter to these recipients, under the Message-ID it had if it was written before; it is kept before
/// anything is sent.
pub fn claim(tx: &mut Tx, lease: Duration, write: &Write<'_>) -> Result<Option<Claimed>, Stop> {
    let query = diesel::sql_query(
        "WITH due AS (
             SELECT id FROM insula.mails
             WHERE state = 'waiting' AND available_at <= $1 AND (claimed_until IS NULL OR claimed_until < $1)
             ORDER BY available_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
         UPDATE insula.mails m SET claimed_until = $2, attempts = m.attempts + 1
         FROM due, insula.hospitals h WHERE m.id = due.id AND h.number = m.hospital
         RETURNING m.id, m.counter, m.year, m.threshold, m.figure, m.list_version, m.changes, m.day, m.hospital,
             h.name AS hospital_name, m.language, m.written_at, m.recipients, m.accepted, m.refused, m.attempts, m.waiting_since, m.message_id, m.subject, m.body,
             m.message",
    )
    .bind::<Timestamptz, _>(tx.now)
    .bind::<Timestamptz, _>(tx.now + lease);
    let due: Option<Due> = Constant(query).get_result(tx.conn).optional()?;
    let Some(due) = due else { return Ok(None) };
    let id = due.id;
    let facts = due.about.facts(id)?;
    let written = match (due.message_id, due.subject, due.body, due.message) {
        (Some(message_id), Some(subject), Some(body), Some(message)) => {
            Ok(Written { message_id, subject, body, message })
        }
        (message_id, ..) => {
            let written = write(&facts, &due.recipients, message_id.as_deref());
            if let Ok(written) = &written {
                keep(tx, id, written)?;
            }
            written
        }
    };
    Ok(Some(Claimed {
        id,
        standing: MailProgress {
            recipients: due.recipients,
            accepted: due.accepted,
            refused: due.refused,
            // The claim has counted the one that begins now.
            attempts: u32::try_from(due.attempts - 1).map_err(|_| odd("attempts", id))?,
            waiting_since: due.waiting_since,
        },
        written,
    }))
}

fn keep(tx: &mut Tx, id: Uuid, written: &Written) -> Result<(), DbError> {
    let query = diesel::sql_query(
        "UPDATE insula.mails SET message_id = $2, subject = $3, body = $4, message = $5 WHERE id = $1 RETURNING id",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Text, _>(&written.message_id)
    .bind::<Text, _>(&written.subject)
    .bind::<Text, _>(&written.body)
    .bind::<Binary, _>(&written.message);
    Constant(query).execute(tx.conn)?;
    Ok(())
}

/// Settles a claimed mail, sent `via` an SMTP server or into a maildir. A failure told by a worker whose claim ran out changes
/// nothing: another one has it in hand. Who has it is never forgotten, whoever says so and when.
pub fn settle(tx: &mut Tx, claimed: &Claimed, settlement: &Settlement, via: MailRoute) -> Result<(), Stop> {
    let attempt = i32::try_from(claimed.standing.attempts).unwrap_or(i32::MAX).saturating_add(1);
    let is_sent = settlement.state == MailState::Sent;
    let query = diesel::sql_query(
        "UPDATE insula.mails SET state = $2::insula.mail_state,
             accepted = accepted || ARRAY(SELECT one FROM unnest($3) AS one WHERE one <> ALL (accepted)),
             refused = ARRAY(SELECT one FROM unnest(recipients) AS one
                 WHERE one = ANY (refused || $4) AND one <> ALL (accepted || $3)),
             last_error = $5, available_at = coalesce($6, available_at), claimed_until = NULL, sent_at = $7,
             via = CASE WHEN cardinality($3) > 0 THEN $8 ELSE via END
         WHERE id = $1 AND state = 'waiting'
           AND (attempts = $9 OR $2 = 'sent' AND recipients <@ (accepted || refused || $3 || $4))
         RETURNING id",
    )
    .bind::<SqlUuid, _>(claimed.id)
    .bind::<Text, _>(settlement.state.name())
    .bind::<Array<Text>, _>(&settlement.accepted)
    .bind::<Array<Text>, _>(&settlement.refused)
    .bind::<Nullable<Text>, _>(settlement.error.as_deref())
    .bind::<Nullable<Timestamptz>, _>(settlement.again_at)
    .bind::<Nullable<Timestamptz>, _>(is_sent.then_some(tx.now))
    .bind::<Text, _>(via.name())
    .bind::<Integer, _>(attempt);
    let changed = Constant(query).execute(tx.conn)?;
    if changed == 0 && !settlement.accepted.is_empty() {
        return accepted_late(tx, claimed.id, settlement, via);
    }
    let action = match settlement.state {
        MailState::Waiting => return Ok(()),
        MailState::Sent => Action::Send,
        MailState::Parked => Action::Park,
    };
    if changed == 1 {
        // Addresses stay out of the trail, which is kept for ever.
        let details = json!({"state": settlement.state, "attempts": attempt, "via": is_sent.then_some(via),
            "accepted": settlement.accepted.len(), "refused": settlement.refused.len()});
        trail::record(tx, action, &format!("notification:{}", claimed.id), &details)?;
    }
    Ok(())
}

/// Who took it in an attempt whose claim ran out does not get it again. Where the mail stands and who has it in hand stays.
fn accepted_late(tx: &mut Tx, id: Uuid, settlement: &Settlement, via: MailRoute) -> Result<(), Stop> {
    let query = diesel::sql_query(
        "UPDATE insula.mails SET via = $3,
             accepted = accepted || ARRAY(SELECT one FROM unnest($2) AS one WHERE one <> ALL (accepted)),
             refused = ARRAY(SELECT one FROM unnest(refused) AS one WHERE one <> ALL ($2))
         WHERE id = $1 AND NOT $2 <@ accepted RETURNING id",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Array<Text>, _>(&settlement.accepted)
    .bind::<Text, _>(via.name());
    Constant(query).execute(tx.conn)?;
    Ok(())
}

/// How many mails are not sent, for `doctor` and the metrics.
#[derive(Debug, Clone, QueryableByName)]
pub struct Backlog {
    /// Waiting.
    #[diesel(sql_type = BigInt)]
    pub waiting: i64,
    /// Parked.
    #[diesel(sql_type = BigInt)]
    pub parked: i64,
}

/// How many mails are not sent.
pub fn backlog(db: &Db) -> Result<Backlog, DbError> {
    let query = diesel::sql_query(
        "SELECT count(*) FILTER (WHERE state = 'waiting') AS waiting, count(*) FILTER (WHERE state = 'parked') AS parked
         FROM insula.mails WHERE state <> 'sent'",
    );
    let mut conn = db.worker()?;
    Ok(Constant(query).get_result(&mut *conn)?)
}
