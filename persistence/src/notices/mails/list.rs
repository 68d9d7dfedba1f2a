//! What was written to whom, and what became of it.

use chrono::{DateTime, Utc};
use diesel::{
    OptionalExtension, QueryableByName, RunQueryDsl,
    sql_types::{Array, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    actor::OrganisationKind, names::MailRoute, notices::mail::MailState, refusal::Refusal, registry::counter::CounterId,
};
use serde_json::json;
use uuid::Uuid;

use super::{Columns, Facts, odd};
use crate::{
    error::{DbError, Stop},
    page::Page,
    registry::counters::columns_of,
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

/// What a list is narrowed to. Empty lists and absent values narrow nothing.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Any of these states.
    pub state: Vec<MailState>,
    /// Of this hospital.
    pub hospital: Option<String>,
    /// Of any of these counters.
    pub counter: Vec<CounterId>,
    /// Those after this one in the list.
    pub after: Option<Uuid>,
    /// How many at most.
    pub page_size: i32,
}

/// A mail, as it is looked at.
#[derive(Debug, Clone)]
pub struct Notification {
    /// Its identifier.
    pub id: Uuid,
    /// What it is about.
    pub facts: Facts,
    /// To whom it is addressed.
    pub recipients: Vec<String>,
    /// Who of them has it.
    pub accepted: Vec<String>,
    /// Whose server refused it for good.
    pub refused: Vec<String>,
    /// Where it stands.
    pub state: MailState,
    /// How often it was tried since it was last put in line.
    pub attempts: u32,
    /// When it is tried next, while it waits.
    pub available_at: DateTime<Utc>,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// When it was sent.
    pub sent_at: Option<DateTime<Utc>>,
    /// How it was sent.
    pub via: Option<MailRoute>,
    /// Its Message-ID, once it was written.
    pub message_id: Option<String>,
    /// Subject and text, once they were written.
    pub written: Option<(String, String)>,
}

#[derive(QueryableByName)]
struct Row {
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
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Integer)]
    attempts: i32,
    #[diesel(sql_type = Timestamptz)]
    available_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Text>)]
    last_error: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    sent_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    via: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    message_id: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    subject: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    body: Option<String>,
}

macro_rules! select_mails {
    ($which:literal) => {
        concat!(
            "SELECT m.id, m.counter, m.year, m.threshold, m.figure, m.list_version, m.changes, m.day, m.hospital,
                 h.name AS hospital_name, m.language, m.written_at, m.recipients, m.accepted, m.refused, m.state::text AS state, m.attempts, m.available_at,
                 m.last_error, m.sent_at, m.via, m.message_id, m.subject, m.body
             FROM insula.mails m JOIN insula.hospitals h ON h.number = m.hospital
             WHERE ($1 IS NULL OR m.hospital = $1)",
            $which
        )
    };
}

impl TryFrom<Row> for Notification {
    type Error = DbError;

    fn try_from(row: Row) -> Result<Notification, DbError> {
        let id = row.id;
        Ok(Notification {
            id,
            facts: row.about.facts(id)?,
            recipients: row.recipients,
            accepted: row.accepted,
            refused: row.refused,
            state: MailState::from_name(&row.state).ok_or_else(|| odd("state", id))?,
            attempts: u32::try_from(row.attempts).map_err(|_| odd("attempts", id))?,
            available_at: row.available_at,
            last_error: row.last_error,
            sent_at: row.sent_at,
            via: row.via.map(|via| MailRoute::from_name(&via).ok_or_else(|| odd("via", id))).transpose()?,
            message_id: row.message_id,
            written: row.subject.zip(row.body),
        })
    }
}

/// SYS-02: the hospital a caller is kept to; `None` for those who supervise.
fn own(tx: &Tx) -> Option<String> {
    let actor = &tx.call.actor;
    (actor.kind == OrganisationKind::Hospital).then(|| actor.number.clone())
}

/// The mails the caller may see, newest first. The order never changes.
pub fn list(tx: &mut Tx, filter: &Filter) -> Result<Page<Notification>, Stop> {
    let states: Vec<&str> = filter.state.iter().map(|state| state.name()).collect();
    let (counters, years): (Vec<&str>, Vec<i32>) = filter.counter.iter().map(|one| columns_of(*one)).unzip();
    let query = diesel::sql_query(select_mails!(
        " AND ($2 = '{}' OR m.state = ANY ($2::insula.mail_state[]))
          AND ($3 IS NULL OR m.hospital = $3)
          AND ($4 = '{}' OR (m.counter, m.year) IN (SELECT * FROM unnest($4, $5)))
          AND ($6 IS NULL OR m.id < $6)
          ORDER BY m.id DESC LIMIT $7 + 1"
    ))
    .bind::<Nullable<Text>, _>(own(tx))
    .bind::<Array<Text>, _>(states)
    .bind::<Nullable<Text>, _>(&filter.hospital)
    .bind::<Array<Text>, _>(counters)
    .bind::<Array<Integer>, _>(years)
    .bind::<Nullable<SqlUuid>, _>(filter.after)
    .bind::<Integer, _>(filter.page_size);
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    Ok(Page::of(rows, filter.page_size).read(Notification::try_from)?)
}

/// One mail the caller may see.
pub fn get(tx: &mut Tx, id: Uuid) -> Result<Notification, Stop> {
    let query =
        diesel::sql_query(select_mails!(" AND m.id = $2")).bind::<Nullable<Text>, _>(own(tx)).bind::<SqlUuid, _>(id);
    let found: Option<Row> = Constant(query).get_result(tx.conn).optional()?;
    found.map(Notification::try_from).transpose()?.ok_or(Stop::NotFound)
}

#[derive(QueryableByName)]
struct Present {
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Array<Text>)]
    accepted: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    recipients: Vec<String>,
}

/// NOT-04: puts a parked mail in line again, to the hospital's recipients as they are now (NOT-03), or to INAMI's, `inami`, when it is
/// about a list of prescribers (CON-08). Whoever has it already does not get it again. Where the recipients changed it is written
/// anew, under its old Message-ID and date.
pub fn send_again(tx: &mut Tx, id: Uuid, inami: &[String]) -> Result<Notification, Stop> {
    let query = diesel::sql_query(
        "SELECT m.state::text AS state, m.accepted, CASE WHEN m.list_version IS NOT NULL THEN $3 ELSE
             array_remove(ARRAY[r.responsible_specialist, r.administrative_contact_1, r.administrative_contact_2], NULL)
                 || coalesce(r.others, '{}') END AS recipients
         FROM insula.mails m LEFT JOIN insula.mail_recipients r ON r.hospital = m.hospital
         WHERE m.id = $1 AND ($2 IS NULL OR m.hospital = $2) FOR UPDATE OF m",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Nullable<Text>, _>(own(tx))
    .bind::<Array<Text>, _>(inami);
    let found: Option<Present> = Constant(query).get_result(tx.conn).optional()?;
    let present = found.ok_or(Stop::NotFound)?;
    let state = MailState::from_name(&present.state).ok_or_else(|| odd("state", id))?;
    if state != MailState::Parked {
        return Err(Refusal::NotificationNotParked { state }.into());
    }
    if present.recipients.is_empty() {
        return Err(Refusal::NoRecipients.into());
    }
    // Nobody is left to send it to when those who did not have it are recipients no longer.
    let everyone_has_it = present.recipients.iter().all(|one| present.accepted.contains(one));
    let state = if everyone_has_it { MailState::Sent } else { MailState::Waiting };
    let query = diesel::sql_query(
        "UPDATE insula.mails SET state = $2::insula.mail_state, recipients = $3, refused = '{}', attempts = 0, waiting_since = $4,
             available_at = $4, claimed_until = NULL, last_error = NULL,
             sent_at = CASE WHEN $2 = 'sent' THEN $4 END,
             subject = CASE WHEN recipients = $3 THEN subject END, body = CASE WHEN recipients = $3 THEN body END,
             message = CASE WHEN recipients = $3 THEN message END
         WHERE id = $1 RETURNING id",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Text, _>(state.name())
    .bind::<Array<Text>, _>(&present.recipients)
    .bind::<Timestamptz, _>(tx.now);
    Constant(query).execute(tx.conn)?;
    let details = json!({"state": state, "recipients": present.recipients.len()});
    trail::record(tx, Action::Send, &format!("notification:{id}"), &details)?;
    get(tx, id)
}
