//! What the night writes.

use chrono::NaiveDate;
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{Array, Date, Jsonb, Text, Timestamptz},
};
use insula_domain::counter::Reached;
use serde_json::json;

use crate::{counters::columns_of, db::Tx, error::Stop, sql::Constant, trail};

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

/// NOT-01, NOT-02: announces the thresholds that the night of `day` reached and wrote down: one mail for each of them and each
/// hospital adhered to M-ACL-001 on that day, to its recipients as they are now. In the night's transaction; the same threshold
/// a second time is refused by the database. Returns how many mails were written. Two statements, however many hospitals
/// there are.
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
        let event = trail::event(tx, "announce", &format!("counter:{}", one.counter), &details)?;
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
