//! Mails as hospitals and INAMI read them.

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{Array, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    actor::OrganisationKind, names::MailRoute, notices::mail::MailState, refusal::Refusal, registry::counter::CounterId,
};
use serde_json::json;
use uuid::Uuid;

use super::{MailColumns, MailFacts, inconsistent, mail_columns};
use crate::{
    error::{DbError, Stop},
    page::Page,
    registry::counters::columns_of,
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

/// The filter of a list. Empty lists and absent values do not restrict it.
#[derive(Debug, Clone, Default)]
pub struct NotificationFilter {
    /// Any of these states.
    pub state: Vec<MailState>,
    /// Of this hospital.
    pub hospital: Option<String>,
    /// Of any of these counters.
    pub counter: Vec<CounterId>,
    /// Those after this one in the list.
    pub after: Option<Uuid>,
    /// Maximum number of results.
    pub page_size: i32,
}

/// A mail and its progress.
#[derive(Debug, Clone)]
pub struct Notification {
    /// Its identifier.
    pub id: Uuid,
    /// What it is about.
    pub facts: MailFacts,
    /// Its addressees.
    pub recipients: Vec<String>,
    /// Those who have received it.
    pub accepted: Vec<String>,
    /// Those whose server refused it permanently.
    pub refused: Vec<String>,
    /// Its state.
    pub state: MailState,
    /// The number of attempts since it was last put in line.
    pub attempts: u32,
    /// When it is tried next, while it waits.
    pub available_at: DateTime<Utc>,
    /// The last error.
    pub last_error: Option<String>,
    /// When it was sent.
    pub sent_at: Option<DateTime<Utc>>,
    /// How it was sent.
    pub via: Option<MailRoute>,
    /// Its Message-ID, once it is written.
    pub message_id: Option<String>,
    /// Subject and text, once they are written.
    pub written: Option<(String, String)>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(embed)]
    mail: MailColumns,
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Timestamptz)]
    available_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Text>)]
    last_error: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    sent_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    via: Option<String>,
}

macro_rules! select_mails {
    ($which:literal) => {
        concat!(
            "SELECT ",
            mail_columns!(),
            ", m.state::text AS state, m.available_at, m.last_error, m.sent_at, m.via
             FROM insula.mails m JOIN insula.hospitals h ON h.number = m.hospital
             WHERE ($1 IS NULL OR m.hospital = $1)",
            $which
        )
    };
}

impl TryFrom<Row> for Notification {
    type Error = DbError;

    fn try_from(row: Row) -> Result<Notification, DbError> {
        let mail = row.mail;
        let id = mail.id;
        Ok(Notification {
            id,
            facts: mail.about.facts(id)?,
            recipients: mail.recipients,
            accepted: mail.accepted,
            refused: mail.refused,
            state: MailState::from_name(&row.state).ok_or_else(|| inconsistent("state", id))?,
            attempts: u32::try_from(mail.attempts).map_err(|_| inconsistent("attempts", id))?,
            available_at: row.available_at,
            last_error: row.last_error,
            sent_at: row.sent_at,
            via: row.via.map(|via| MailRoute::from_name(&via).ok_or_else(|| inconsistent("via", id))).transpose()?,
            message_id: mail.message_id,
            written: mail.subject.zip(mail.body),
        })
    }
}

/// SYS-02: the hospital to which the caller is restricted; `None` for supervisors.
fn own(tx: &Tx) -> Option<String> {
    let actor = &tx.call.actor;
    (actor.kind == OrganisationKind::Hospital).then(|| actor.number.clone())
}

/// The mails the caller may see, newest first, in an order that never changes.
pub fn list(tx: &mut Tx, filter: &NotificationFilter) -> Result<Page<Notification>, Stop> {
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
    Ok(Constant(query).found::<Row>(tx.conn)?.try_into()?)
}

#[derive(QueryableByName)]
struct Addressed {
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Array<Text>)]
    accepted: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    recipients: Vec<String>,
}

/// NOT-04: puts a parked mail in line again, to the hospital's current recipients (NOT-03) or, about a list of
/// prescribers, to INAMI's addresses `inami` (CON-08). Those who have received it do not get it again. If the
/// recipients have changed, it is rewritten with the same Message-ID and date.
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
    let present: Addressed = Constant(query).found(tx.conn)?;
    let state = MailState::from_name(&present.state).ok_or_else(|| inconsistent("state", id))?;
    if state != MailState::Parked {
        return Err(Refusal::NotificationNotParked { state }.into());
    }
    if present.recipients.is_empty() {
        return Err(Refusal::NoRecipients.into());
    }
    // Those who have not received it may no longer be recipients.
    let everyone_has_it = present.recipients.iter().all(|one| present.accepted.contains(one));
    let state = if everyone_has_it { MailState::Sent } else { MailState::Waiting };
    let query = diesel::sql_query(
        "UPDATE insula.mails SET state = $2::insula.mail_state, recipients = $3, refused = '{}', attempts = 0,
             waiting_since = $4, available_at = $4, claimed_until = NULL, last_error = NULL,
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
