//! What advisers ask about applications, and what establishments answer (COV-12).

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{Binary, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::convention::coverage::status::ApplicationStatus;
use serde_json::json;
use uuid::Uuid;

use super::applications::{self, Application};
use crate::{
    error::{DbError, Stop},
    keys::Keys,
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

/// A question, and its answer.
#[derive(Clone)]
pub struct Question {
    /// Its number about the application, from 1.
    pub number: i32,
    /// What is asked.
    pub text: String,
    /// When it was asked.
    pub asked_at: DateTime<Utc>,
    /// What was answered, and when.
    pub answer: Option<(String, DateTime<Utc>)>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Integer)]
    number: i32,
    #[diesel(sql_type = Binary)]
    question: Vec<u8>,
    #[diesel(sql_type = Integer)]
    key_version: i32,
    #[diesel(sql_type = Timestamptz)]
    asked_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Binary>)]
    answer: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Integer>)]
    answer_key_version: Option<i32>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    answered_at: Option<DateTime<Utc>>,
}

fn location(what: &str, application: Uuid, number: i32) -> String {
    format!("coverage|{what}|{application}|{number}")
}

fn opened(
    keys: &Keys,
    what: &str,
    application: Uuid,
    number: i32,
    sealed: &[u8],
    version: i32,
) -> Result<String, DbError> {
    let plain = keys.open(&location(what, application, number), sealed, version)?;
    String::from_utf8(plain).map_err(|_| DbError::Sealed)
}

impl Row {
    fn read(self, keys: &Keys, application: Uuid) -> Result<Question, DbError> {
        let answer = match (self.answer, self.answer_key_version, self.answered_at) {
            (Some(sealed), Some(version), Some(at)) => {
                Some((opened(keys, "answer", application, self.number, &sealed, version)?, at))
            }
            _ => None,
        };
        Ok(Question {
            text: opened(keys, "question", application, self.number, &self.question, self.key_version)?,
            number: self.number,
            asked_at: self.asked_at,
            answer,
        })
    }
}

/// The questions about an application that the caller may see, in their order.
pub fn of_application(tx: &mut Tx, application: Uuid) -> Result<Vec<Question>, Stop> {
    let query = diesel::sql_query(
        "SELECT q.number, q.question, q.key_version, q.asked_at, a.answer, a.key_version AS answer_key_version,
             a.answered_at
         FROM vault.coverage_questions q LEFT JOIN vault.coverage_answers a USING (application_id, number)
         WHERE q.application_id = $1 ORDER BY q.number",
    )
    .bind::<SqlUuid, _>(application);
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    Ok(rows.into_iter().map(|row| row.read(tx.keys, application)).collect::<Result<_, _>>()?)
}

/// COV-12: asks a question about an application, which is locked. It keeps its place in the adviser's list.
pub fn ask(tx: &mut Tx, present: &Application, next: ApplicationStatus, text: &str) -> Result<Question, Stop> {
    let number = i32::try_from(of_application(tx, present.id)?.len()).unwrap_or(i32::MAX).saturating_add(1);
    let (sealed, key_version) = tx.keys.seal(&location("question", present.id, number), text.as_bytes())?;
    let version = present.version + 1;
    let details = json!({"version": version, "status": next, "question": number});
    let event = trail::event(tx, Action::Ask, &applications::subject(present.id), &details)?;
    let query = diesel::sql_query(
        "WITH asked AS (UPDATE insula.coverage_applications SET status = $2, version = $3, updated_at = $4
               WHERE id = $1 RETURNING id, hospital, beneficiary_id, insurer),
             traced AS (INSERT INTO trail.events (id, body, mac) SELECT $8, $9, $10 FROM asked)
         INSERT INTO vault.coverage_questions
             (application_id, number, hospital, insurer, insurer_union, question, key_version, asked_by, asked_at)
         SELECT a.id, $5, a.hospital, i.number, i.union_number, $6, $7, insula.person(), $4
         FROM asked a JOIN insula.insurers i ON i.number = insula.adviser_on(a.beneficiary_id, a.insurer, insula.today())
         RETURNING 1",
    )
    .bind::<SqlUuid, _>(present.id)
    .bind::<Text, _>(next.name())
    .bind::<Integer, _>(version)
    .bind::<Timestamptz, _>(tx.now)
    .bind::<Integer, _>(number)
    .bind::<Binary, _>(sealed)
    .bind::<Integer, _>(key_version)
    .bind::<SqlUuid, _>(event.id)
    .bind::<Text, _>(event.body)
    .bind::<Binary, _>(event.mac);
    Constant(query).execute(tx.conn)?;
    Ok(Question { number, text: text.to_owned(), asked_at: tx.now, answer: None })
}

/// COV-12: answers a question about an application, which is locked; once every question is answered, it waits for the
/// decision again.
pub fn answer(
    tx: &mut Tx,
    present: &Application,
    next: ApplicationStatus,
    question: &Question,
    text: &str,
) -> Result<Question, Stop> {
    let (sealed, key_version) = tx.keys.seal(&location("answer", present.id, question.number), text.as_bytes())?;
    let details = json!({"question": question.number});
    trail::record(tx, Action::Answer, &applications::subject(present.id), &details)?;
    let query = diesel::sql_query(
        "WITH said AS (INSERT INTO vault.coverage_answers
                 (application_id, number, hospital, answer, key_version, answered_by, answered_at)
               VALUES ($1, $2, insula.organisation(), $3, $4, insula.person(), $5) RETURNING number),
             open AS (SELECT q.number FROM vault.coverage_questions q LEFT JOIN vault.coverage_answers a
                 USING (application_id, number)
               WHERE q.application_id = $1 AND a.answered_at IS NULL AND q.number <> (SELECT number FROM said))
         UPDATE insula.coverage_applications
         SET version = version + 1, updated_at = $5,
             status = CASE WHEN EXISTS (SELECT 1 FROM open) THEN status ELSE $6 END
         WHERE id = $1 RETURNING 1",
    )
    .bind::<SqlUuid, _>(present.id)
    .bind::<Integer, _>(question.number)
    .bind::<Binary, _>(sealed)
    .bind::<Integer, _>(key_version)
    .bind::<Timestamptz, _>(tx.now)
    .bind::<Text, _>(next.name());
    Constant(query).execute(tx.conn)?;
    Ok(Question { answer: Some((text.to_owned(), tx.now)), ..question.clone() })
}
