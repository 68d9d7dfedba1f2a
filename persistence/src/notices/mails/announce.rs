//! The mails written by a night, and those about changes in a list of prescribers.

use chrono::NaiveDate;
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{Array, Date, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    clock::brussels_day, convention::prescriber::ReportedChange, notices::mail::MailState, registry::counter::Reached,
};
use serde_json::json;

use crate::{
    error::{DbError, Stop},
    parties::organisations::Hospital,
    registry::counters::columns_of,
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

#[derive(QueryableByName)]
struct Adhered {
    #[diesel(sql_type = Text)]
    number: String,
    #[diesel(sql_type = Text)]
    language: String,
    #[diesel(sql_type = Array<Text>)]
    recipients: Vec<String>,
}

/// The error of a mail whose hospital has no recipients (NOT-03).
const NO_RECIPIENTS: &str = "the hospital has no recipients: enter them, then send it again";

/// The error of a mail to INAMI without an address (CON-08).
const NO_ADDRESS: &str = "no address of INAMI is set: set --inami-mail, then send it again";

/// CON-08: reports changes in a hospital's list of prescribers to INAMI, in the transaction of the list.
pub fn report(
    tx: &mut Tx,
    hospital: &Hospital,
    version: i32,
    changes: &[ReportedChange],
    recipients: &[String],
) -> Result<(), Stop> {
    if changes.is_empty() {
        return Ok(());
    }
    let changes = serde_json::to_value(changes).map_err(|error| DbError::Other(error.to_string()))?;
    let (state, error) =
        if recipients.is_empty() { (MailState::Parked, Some(NO_ADDRESS)) } else { (MailState::Waiting, None) };
    let query = diesel::sql_query(
        "INSERT INTO insula.mails (id, list_version, changes, hospital, language, day, written_at, recipients, state,
             waiting_since, available_at, last_error)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::insula.mail_state, $7, $7, $10) RETURNING 1",
    )
    .bind::<SqlUuid, _>(tx.ids.uuid())
    .bind::<Integer, _>(version)
    .bind::<Jsonb, _>(changes)
    .bind::<Text, _>(hospital.number.as_str())
    .bind::<Text, _>(hospital.language.name())
    .bind::<Date, _>(brussels_day(tx.now))
    .bind::<Timestamptz, _>(tx.now)
    .bind::<Array<Text>, _>(recipients)
    .bind::<Text, _>(state.name())
    .bind::<Nullable<Text>, _>(error);
    Constant(query).execute(tx.conn)?;
    Ok(())
}

/// NOT-01, NOT-02: announces the thresholds reached in the night of `day`: one mail per threshold and per hospital
/// adhered to M-ACL-001 on that day, to its current recipients. Runs in the night's transaction, in two statements. The
/// database refuses to announce a threshold twice. Returns the number of mails.
pub fn announce(tx: &mut Tx, day: NaiveDate, reached: &[Reached]) -> Result<usize, Stop> {
    if reached.is_empty() {
        return Ok(0);
    }
    let query = diesel::sql_query(
        "SELECT h.number, h.language, array_remove(ARRAY[r.responsible_specialist, r.administrative_contact_1,
             r.administrative_contact_2], NULL) || coalesce(r.others, '{}') AS recipients
         FROM insula.hospitals h LEFT JOIN insula.mail_recipients r ON r.hospital = h.number
         WHERE h.adhered_from <= $1 AND (h.adhered_to IS NULL OR $1 <= h.adhered_to) ORDER BY h.number",
    )
    .bind::<Date, _>(day);
    let hospitals: Vec<Adhered> = Constant(query).load(tx.conn)?;
    let without = hospitals.iter().filter(|hospital| hospital.recipients.is_empty()).count();
    let (mut mails, mut events) = (Vec::new(), Vec::new());
    for one in reached {
        let (counter, year) = columns_of(one.counter);
        for hospital in &hospitals {
            mails.push(json!({
                "id": tx.ids.uuid(), "counter": counter, "year": year, "threshold": one.threshold, "figure": one.figure,
                "hospital": hospital.number, "language": hospital.language, "recipients": hospital.recipients,
                "state": if hospital.recipients.is_empty() { "parked" } else { "waiting" },
                "error": hospital.recipients.is_empty().then_some(NO_RECIPIENTS),
            }));
        }
        let details = json!({"threshold": one.threshold, "figure": one.figure, "day": day, "mails": hospitals.len(),
            "withoutRecipients": without});
        let event = trail::event(tx, Action::Announce, &format!("counter:{}", one.counter), &details)?;
        events.push(json!({"id": event.id, "body": event.body, "mac": hex::encode(event.mac)}));
    }
    let query = diesel::sql_query(
        "WITH traced AS (INSERT INTO trail.events (id, body, mac) SELECT e.id, e.body, decode(e.mac, 'hex')
             FROM jsonb_to_recordset($2) AS e(id uuid, body text, mac text))
         INSERT INTO insula.mails (id, counter, year, threshold, hospital, language, figure, day, written_at,
             recipients, state, waiting_since, available_at, last_error)
         SELECT m.id, m.counter, m.year, m.threshold, m.hospital, m.language, m.figure, $3, $4,
             ARRAY(SELECT jsonb_array_elements_text(m.recipients)), m.state::insula.mail_state, $4, $4, m.error
         FROM jsonb_to_recordset($1) AS m(id uuid, counter text, year integer, threshold integer, hospital text,
             language text, figure integer, recipients jsonb, state text, error text)
         RETURNING id",
    )
    .bind::<Jsonb, _>(json!(mails))
    .bind::<Jsonb, _>(json!(events))
    .bind::<Date, _>(day)
    .bind::<Timestamptz, _>(tx.now);
    Ok(Constant(query).execute(tx.conn)?)
}
