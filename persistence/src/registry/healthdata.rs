//! The acknowledgements of an external Healthdata (CGM-07). The messages are stored in Insula's own coded store as
//! well, with the pseudonyms of that store (TRA-01).

use std::collections::HashMap;

use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{Array, Binary, Integer, Jsonb, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::registry::transmission::coded::{Acknowledgement, CodedMessage, Pseudonymiser};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    error::{DbError, Stop},
    outbox::{self, HEALTHDATA},
    sql::Constant,
    tx::Tx,
};

#[derive(QueryableByName)]
struct Seed {
    #[diesel(sql_type = SqlUuid)]
    technical_id: Uuid,
    #[diesel(sql_type = Binary)]
    pseudonym_seed: Vec<u8>,
}

#[derive(QueryableByName)]
struct Contradicted {
    #[diesel(sql_type = SqlUuid)]
    technical_id: Uuid,
    #[diesel(sql_type = Integer)]
    version: i32,
}

/// Stores acknowledged messages and their acknowledgements. Idempotent. Returns the messages that now got a second,
/// different acknowledgement for the first time; the first one is kept.
pub fn keep(tx: &mut Tx, acknowledged: &[(&CodedMessage, Acknowledgement)]) -> Result<Vec<(Uuid, i32)>, Stop> {
    let own = own_store_messages(tx, acknowledged)?;
    outbox::keep_coded(tx, &own.iter().collect::<Vec<_>>())?;
    let words: Vec<Value> = acknowledged.iter().map(|(_, acknowledgement)| json!(acknowledgement)).collect();
    let query = diesel::sql_query(
        r#"WITH a AS (SELECT a."technicalId" AS technical_id, a.version, a."acknowledgementId" AS acknowledgement_id,
                 a."receivedAt" AS received_at
             FROM jsonb_to_recordset($1) AS a("technicalId" uuid, version integer, "acknowledgementId" text,
                 "receivedAt" timestamptz)),
         kept AS (INSERT INTO coded.acknowledgements (technical_id, version, acknowledgement_id, received_at, kept_at)
             SELECT technical_id, version, acknowledgement_id, received_at, $2 FROM a ON CONFLICT DO NOTHING)
         UPDATE coded.acknowledgements known SET contradicted_at = $2 FROM a
         WHERE known.technical_id = a.technical_id AND known.version = a.version
             AND known.acknowledgement_id <> a.acknowledgement_id AND known.contradicted_at IS NULL
         RETURNING known.technical_id, known.version"#,
    )
    .bind::<Jsonb, _>(Value::from(words))
    .bind::<Timestamptz, _>(tx.now);
    let contradicted: Vec<Contradicted> = Constant(query).load(tx.conn)?;
    Ok(contradicted.into_iter().map(|row| (row.technical_id, row.version)).collect())
}

/// The messages with the pseudonyms of Insula's own coded store, which never contains those sent to Healthdata.
fn own_store_messages(
    tx: &mut Tx,
    acknowledged: &[(&CodedMessage, Acknowledgement)],
) -> Result<Vec<CodedMessage>, DbError> {
    let ids: Vec<Uuid> = acknowledged.iter().map(|(message, _)| message.technical_id).collect();
    let query = diesel::sql_query(
        "SELECT r.technical_id, p.pseudonym_seed FROM insula.registrations r JOIN vault.persons p ON p.id = r.person_id
         WHERE r.technical_id = ANY ($1)",
    )
    .bind::<Array<SqlUuid>, _>(ids);
    let seeds: Vec<Seed> = Constant(query).load(tx.conn)?;
    let seeds: HashMap<Uuid, Vec<u8>> = seeds.into_iter().map(|row| (row.technical_id, row.pseudonym_seed)).collect();
    acknowledged
        .iter()
        .map(|(message, _)| {
            let id = message.technical_id;
            let seed = seeds.get(&id).ok_or_else(|| DbError::inconsistent("registrations", "person_id", id))?;
            Ok(CodedMessage { pseudonym: tx.keys.pseudonym(HEALTHDATA, seed), ..(*message).clone() })
        })
        .collect()
}
