//! Stored answers (SYS-03): a request repeated with its `Idempotency-Key` takes effect once and gets the same answer.
//! The answer is stored in the transaction of the effect, if possible by the same statement; of key and request only
//! keyed hashes are stored (BEN-04).

use diesel::{
    OptionalExtension, QueryableByName, RunQueryDsl,
    sql_types::{Binary, Integer, Text},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

pub use crate::answer::{Answer, RequestKey};
use crate::{
    error::{DbError, Stop},
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

/// What the statement of the effect stores of the answer; all empty if the request has no key.
#[derive(Default)]
pub(crate) struct Kept {
    pub operation: Option<String>,
    pub key: Option<String>,
    pub hash: Option<Vec<u8>>,
    pub answer: Option<Vec<u8>>,
    pub key_version: Option<i32>,
}

/// What is stored: an answer, and the roles it was given to.
#[derive(Serialize, Deserialize)]
struct Given {
    #[serde(flatten)]
    answer: Answer,
    #[serde(default)]
    roles: Vec<String>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Binary)]
    request_hash: Vec<u8>,
    #[diesel(sql_type = Binary)]
    answer: Vec<u8>,
    #[diesel(sql_type = Integer)]
    key_version: i32,
    #[diesel(sql_type = Text)]
    subject: String,
}

fn location(tx: &Tx, key: &str) -> String {
    format!("idempotency|{}|{}|{}|{key}", tx.call.actor.number, tx.call.actor.person, tx.call.operation)
}

/// The encrypted answer, for the statement of the effect.
pub(crate) fn keep(tx: &Tx, answer: &Answer) -> Result<Kept, DbError> {
    let Some(request) = &tx.call.request else {
        return Ok(Kept::default());
    };
    let given =
        Given { answer: answer.clone(), roles: tx.call.actor.roles.iter().map(|role| role.name().into()).collect() };
    let text = serde_json::to_vec(&given).map_err(|error| DbError::Other(error.to_string()))?;
    let (sealed, key_version) = tx.keys.seal(&location(tx, &request.key), &text)?;
    Ok(Kept {
        operation: Some(tx.call.operation.to_owned()),
        key: Some(hex::encode(tx.keys.idempotency_key(&request.key))),
        hash: Some(tx.keys.request(&request.hash).to_vec()),
        answer: Some(sealed),
        key_version: Some(key_version),
    })
}

/// Stores the answer of an operation whose effect takes several statements. `subject` is the subject of the trail's
/// event.
pub fn store(tx: &mut Tx, subject: &str, answer: &Answer) -> Result<(), DbError> {
    let kept = keep(tx, answer)?;
    let (Some(operation), Some(key), Some(hash), Some(sealed), Some(version)) =
        (kept.operation, kept.key, kept.hash, kept.answer, kept.key_version)
    else {
        return Ok(());
    };
    let query = diesel::sql_query(
        "INSERT INTO insula.idempotency_keys
             (organisation, person, operation, key, request_hash, answer, key_version, answered_at, subject)
         VALUES (insula.organisation(), insula.person(), $1, $2, $3, $4, $5, $6, $7)",
    )
    .bind::<Text, _>(operation)
    .bind::<Text, _>(key)
    .bind::<Binary, _>(hash)
    .bind::<Binary, _>(sealed)
    .bind::<Integer, _>(version)
    .bind::<diesel::sql_types::Timestamptz, _>(tx.now)
    .bind::<Text, _>(subject);
    Constant(query).execute(tx.conn)?;
    Ok(())
}

/// SYS-02, SYS-03: the earlier answer to this request, if any; [`Stop::KeyReused`] if the key belongs to a different request, or
/// the answer was given to a role that the caller has no more.
pub(crate) fn find(tx: &mut Tx) -> Result<Option<Answer>, Stop> {
    let Some(request) = tx.call.request.clone() else {
        return Ok(None);
    };
    let query = diesel::sql_query(
        "SELECT request_hash, answer, key_version, subject FROM insula.idempotency_keys
         WHERE organisation = insula.organisation() AND person = insula.person() AND operation = $1 AND key = $2",
    )
    .bind::<Text, _>(tx.call.operation)
    .bind::<Text, _>(hex::encode(tx.keys.idempotency_key(&request.key)));
    let row: Option<Row> = Constant(query).get_result(tx.conn).optional()?;
    let Some(row) = row else { return Ok(None) };
    if row.request_hash != tx.keys.request(&request.hash) {
        return Err(Stop::KeyReused);
    }
    let text = tx.keys.open(&location(tx, &request.key), &row.answer, row.key_version)?;
    let given: Given = serde_json::from_slice(&text).map_err(|error| DbError::Other(error.to_string()))?;
    // Whoever may do less now may see less: the answer is not theirs any more.
    if given.roles.iter().any(|role| tx.call.actor.roles.iter().all(|held| held.name() != role)) {
        return Err(Stop::KeyReused);
    }
    // To repeat an answer is to read it again (SYS-01).
    trail::record(tx, Action::Repeat, &row.subject, &json!({}))?;
    Ok(Some(given.answer))
}
