//! The delivery of mails: what is due is claimed for a while, sent, and settled. After a crash in between the claim
//! expires, and the same mail is sent again under its Message-ID (NOT-04).

use chrono::{DateTime, Duration, Utc};
use diesel::{
    OptionalExtension, QueryableByName, RunQueryDsl,
    sql_types::{Array, Binary, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    names::MailRoute,
    notices::mail::{MailProgress, MailState, Settlement},
};
use serde_json::json;
use uuid::Uuid;

use super::{MailColumns, MailFacts, inconsistent, mail_columns};
use crate::{
    db::Db,
    error::{DbError, Stop},
    notices::Backlog,
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

/// A mail as it is sent, stored before the first attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenMail {
    /// Its Message-ID, which never changes.
    pub message_id: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub body: String,
    /// The complete message, with its headers.
    pub message: Vec<u8>,
}

/// A mail that was claimed.
#[derive(Debug, Clone)]
pub struct ClaimedMail {
    /// Its identifier.
    pub id: Uuid,
    /// Its progress before this attempt.
    pub standing: MailProgress,
    /// What is sent, or why it could not be written.
    pub written: Result<WrittenMail, String>,
}

#[derive(QueryableByName)]
struct DueMail {
    #[diesel(embed)]
    mail: MailColumns,
    #[diesel(sql_type = Timestamptz)]
    waiting_since: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Binary>)]
    message: Option<Vec<u8>>,
}

/// Writes a mail about these facts to these recipients, under this Message-ID or a new one.
pub type Write<'a> = dyn Fn(&MailFacts, &[String], Option<&str>) -> Result<WrittenMail, String> + 'a;

/// Claims a mail that is due, of the hospital that was sent one longest ago (SYS-02) the one due longest, for the time of `lease`; concurrent workers claim different ones. A mail
/// without a text is written by `write`, under its earlier Message-ID if it has one, and stored before anything is
/// sent.
pub fn claim(tx: &mut Tx, lease: Duration, write: &Write<'_>) -> Result<Option<ClaimedMail>, Stop> {
    let query = diesel::sql_query(concat!(
        "WITH due AS (
             SELECT m.id FROM insula.mails m
             WHERE m.state = 'waiting' AND m.available_at <= $1 AND (m.claimed_until IS NULL OR m.claimed_until < $1)
             ORDER BY (SELECT max(sent.sent_at) FROM insula.mails sent WHERE sent.hospital = m.hospital) NULLS FIRST,
                 m.available_at, m.id LIMIT 1 FOR UPDATE SKIP LOCKED)
         UPDATE insula.mails m SET claimed_until = $2, attempts = m.attempts + 1
         FROM due, insula.hospitals h WHERE m.id = due.id AND h.number = m.hospital
         RETURNING ",
        mail_columns!(),
        ", m.waiting_since, m.message"
    ))
    .bind::<Timestamptz, _>(tx.now)
    .bind::<Timestamptz, _>(tx.now + lease);
    let due: Option<DueMail> = Constant(query).get_result(tx.conn).optional()?;
    let Some(DueMail { mail, waiting_since, message }) = due else { return Ok(None) };
    let id = mail.id;
    let facts = mail.about.facts(id)?;
    let written = match (mail.message_id, mail.subject, mail.body, message) {
        (Some(message_id), Some(subject), Some(body), Some(message)) => {
            Ok(WrittenMail { message_id, subject, body, message })
        }
        (message_id, ..) => {
            let written = write(&facts, &mail.recipients, message_id.as_deref());
            if let Ok(written) = &written {
                keep(tx, id, written)?;
            }
            written
        }
    };
    Ok(Some(ClaimedMail {
        id,
        standing: MailProgress {
            recipients: mail.recipients,
            accepted: mail.accepted,
            refused: mail.refused,
            // The claim has already counted the coming attempt.
            attempts: u32::try_from(mail.attempts - 1).map_err(|_| inconsistent("attempts", id))?,
            waiting_since,
        },
        written,
    }))
}

fn keep(tx: &mut Tx, id: Uuid, written: &WrittenMail) -> Result<(), DbError> {
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

/// Settles a claimed mail, sent `via` an SMTP server or into a maildir. A failure reported after the claim expired is
/// ignored, because another worker may have the mail; who has received it is recorded in any case.
pub fn settle(tx: &mut Tx, claimed: &ClaimedMail, settlement: &Settlement, via: MailRoute) -> Result<(), Stop> {
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

/// Records who received the mail in an attempt whose claim expired, so that they do not get it again. State and claim
/// stay.
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

/// The number of mails that are not sent.
pub fn backlog(db: &Db) -> Result<Backlog, DbError> {
    let query = diesel::sql_query(
        "SELECT count(*) FILTER (WHERE state = 'waiting') AS waiting, count(*) FILTER (WHERE state = 'parked') AS parked
         FROM insula.mails WHERE state <> 'sent'",
    );
    Ok(Constant(query).get_result(&mut *db.worker()?)?)
}
