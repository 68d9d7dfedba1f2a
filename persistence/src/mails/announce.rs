//! What the night writes.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{Array, Date, Integer, Jsonb, Text, Timestamptz},
};
use insula_domain::counter::{CounterId, Reached};
use serde_json::json;

use super::{counter_columns, counter_of};
use crate::{
    db::Tx,
    error::{DbError, Stop},
    sql::Constant,
    trail,
};

#[derive(QueryableByName)]
struct Announced {
    #[diesel(sql_type = Text)]
    counter: String,
    #[diesel(sql_type = Integer)]
    year: i32,
    #[diesel(sql_type = Integer)]
    threshold: i32,
    #[diesel(sql_type = Integer)]
    figure: i32,
}

#[derive(QueryableByName)]
struct Adhered {
    #[diesel(sql_type = Text)]
    number: String,
    #[diesel(sql_type = Text)]
    language: String,
    #[diesel(sql_type = Array<Text>)]
    recipients: Vec<String>,
}

/// What is said of a mail whose hospital has no recipients (NOT-03).
const NO_RECIPIENTS: &str = "the hospital has no recipients: enter them, then send it again";

/// NOT-01: the highest threshold of each counter that was announced.
pub fn announced(tx: &mut Tx) -> Result<HashMap<CounterId, u32>, Stop> {
    let query = diesel::sql_query(
        "SELECT counter, year, max(threshold) AS threshold, max(figure) AS figure FROM insula.announcements
         GROUP BY counter, year",
    );
    let rows: Vec<Announced> = Constant(query).load(tx.conn)?;
    let rows = rows.into_iter().map(|row| {
        let odd =
            || DbError::Inconsistent { table: "announcements", column: "counter", row: row.threshold.to_string() };
        let counter = counter_of(&row.counter, row.year).ok_or_else(odd)?;
        Ok((counter, u32::try_from(row.threshold).map_err(|_| odd())?))
    });
    Ok(rows.collect::<Result<_, DbError>>()?)
}

/// NOT-01, NOT-02: announces the thresholds that the night of `day` reached: one mail for each of them and each hospital adhered
/// to M-ACL-001 on that day, to its recipients as they are now. A threshold announced before is left out, whatever figure it
/// has. Returns how many mails were written. Three statements, however many hospitals there are.
pub fn announce(tx: &mut Tx, day: NaiveDate, reached: &[Reached]) -> Result<usize, Stop> {
    if reached.is_empty() {
        return Ok(0);
    }
    let rows = reached.iter().map(|one| {
        let (counter, year) = counter_columns(one.counter);
        json!({"counter": counter, "year": year, "threshold": one.threshold, "figure": one.figure})
    });
    let query = diesel::sql_query(
        "INSERT INTO insula.announcements (counter, year, threshold, figure, day, announced_at)
         SELECT a.counter, a.year, a.threshold, a.figure, $2, $3
         FROM jsonb_to_recordset($1) AS a(counter text, year integer, threshold integer, figure integer)
         ORDER BY a.counter, a.year, a.threshold
         ON CONFLICT ON CONSTRAINT each_threshold_once DO NOTHING RETURNING counter, year, threshold, figure",
    )
    .bind::<Jsonb, _>(rows.collect::<serde_json::Value>())
    .bind::<Date, _>(day)
    .bind::<Timestamptz, _>(tx.now);
    let mut new: Vec<Announced> = Constant(query).load(tx.conn)?;
    if new.is_empty() {
        return Ok(0);
    }
    new.sort_by(|a, b| (&a.counter, a.year, a.threshold).cmp(&(&b.counter, b.year, b.threshold)));
    let query = diesel::sql_query(
        "SELECT h.number, h.language, array_remove(ARRAY[r.responsible_specialist, r.administrative_contact_1,
             r.administrative_contact_2], NULL) || coalesce(r.others, '{}') AS recipients
         FROM insula.hospitals h LEFT JOIN insula.mail_recipients r ON r.hospital = h.number
         WHERE h.adhered_from <= $1 AND (h.adhered_to IS NULL OR $1 <= h.adhered_to) ORDER BY h.number",
    )
    .bind::<Date, _>(day);
    let hospitals: Vec<Adhered> = Constant(query).load(tx.conn)?;
    let (mut mails, mut events) = (Vec::new(), Vec::new());
    for one in &new {
        for hospital in &hospitals {
            mails.push(json!({
                "id": tx.ids.uuid(), "counter": one.counter, "year": one.year, "threshold": one.threshold,
                "figure": one.figure, "hospital": hospital.number, "language": hospital.language,
                "recipients": hospital.recipients,
                "state": if hospital.recipients.is_empty() { "parked" } else { "waiting" },
                "error": hospital.recipients.is_empty().then_some(NO_RECIPIENTS),
            }));
        }
        let parked = hospitals.iter().filter(|hospital| hospital.recipients.is_empty()).count();
        let id = counter_of(&one.counter, one.year).map(|id| id.to_string()).unwrap_or_default();
        let details = json!({"threshold": one.threshold, "figure": one.figure, "day": day, "mails": hospitals.len(),
            "withoutRecipients": parked});
        let event = trail::event(tx, "announce", &format!("counter:{id}"), &details)?;
        events.push(json!({"id": event.id, "body": event.body, "mac": hex::encode(event.mac)}));
    }
    let query = diesel::sql_query(
        "WITH traced AS (INSERT INTO trail.events (id, body, mac) SELECT e.id, e.body, decode(e.mac, 'hex')
             FROM jsonb_to_recordset($2) AS e(id uuid, body text, mac text))
         INSERT INTO insula.mails (id, counter, year, threshold, hospital, language, figure, day, written_at, recipients, state,
             waiting_since, available_at, last_error)
         SELECT m.id, m.counter, m.year, m.threshold, m.hospital, m.language, m.figure, $3, $4,
             ARRAY(SELECT jsonb_array_elements_text(m.recipients)), m.state::insula.mail_state, $4, $4, m.error
         FROM jsonb_to_recordset($1) AS m(id uuid, counter text, year integer, threshold integer, hospital text, language text,
             figure integer, recipients jsonb, state text, error text)
         RETURNING id",
    )
    .bind::<Jsonb, _>(json!(mails))
    .bind::<Jsonb, _>(json!(events))
    .bind::<Date, _>(day)
    .bind::<Timestamptz, _>(tx.now);
    Ok(Constant(query).execute(tx.conn)?)
}
