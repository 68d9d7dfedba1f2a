//! Registrations: reading, listing and writing them.

mod facts;
mod list;
mod store;

pub use facts::{SUBMIT_FACTS, SubmitFacts, facts, facts_for_update, unknown_person};
pub use list::{RegistrationFilter, RegistrationVersion, history, list, of_beneficiary, version};
pub use store::{Effects, UPDATE, Validated, create, explants, store};

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName,
    sql_types::{BigInt, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    ids::{BeneficiaryId, RegistrationId},
    registry::registration::{
        Corrections, Place, Registration, RegistrationType, State, Status, Validation, code::RegistrationCode,
    },
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    error::{DbError, Stop},
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

macro_rules! columns {
    () => {
        "r.id, r.hospital, r.type::text AS type, r.status::text AS status, r.version, r.author, r.beneficiary_id,
         r.dictionary_version, r.content, r.code, r.validated_at, r.validation_number, r.acknowledged_at,
         r.corrections, r.deleted_at, r.deletion_reason, r.created_at, r.updated_at, r.counter, r.counter_year, r.place"
    };
}
pub(crate) use columns;

#[derive(QueryableByName)]
pub(crate) struct Row {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Text)]
    hospital: String,
    #[diesel(sql_type = Text, column_name = "type")]
    registration_type: String,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = Text)]
    author: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    beneficiary_id: Option<Uuid>,
    #[diesel(sql_type = Integer)]
    dictionary_version: i32,
    #[diesel(sql_type = Jsonb)]
    content: Value,
    #[diesel(sql_type = Nullable<Text>)]
    code: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    validated_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<BigInt>)]
    validation_number: Option<i64>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    acknowledged_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    corrections: Option<Value>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    deleted_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    deletion_reason: Option<String>,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    updated_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Text>)]
    counter: Option<String>,
    #[diesel(sql_type = Nullable<Integer>)]
    counter_year: Option<i32>,
    #[diesel(sql_type = Nullable<Integer>)]
    place: Option<i32>,
}

impl TryFrom<Row> for Registration {
    type Error = DbError;

    fn try_from(row: Row) -> Result<Registration, DbError> {
        let id = row.id;
        let inconsistent = |column| DbError::inconsistent("registrations", column, id);
        let status = Status::from_name(&row.status).ok_or_else(|| inconsistent("status"))?;
        let validation = match (row.validated_at, row.validation_number) {
            (Some(at), Some(number)) => Some(Validation { at, number }),
            (None, None) => None,
            _ => return Err(inconsistent("validation_number")),
        };
        let corrections: Option<Corrections> = match row.corrections {
            Some(value) => Some(serde_json::from_value(value).map_err(|_| inconsistent("corrections"))?),
            None => None,
        };
        let state = match (status, validation, corrections, row.acknowledged_at, row.deleted_at) {
            (Status::Open, validation, corrections, None, None) => State::Open { validation, corrections },
            (Status::Sending, Some(validation), None, None, None) => State::Sending { validation },
            (Status::Submitted, Some(validation), None, Some(acknowledged_at), None) => {
                State::Submitted { validation, acknowledged_at }
            }
            (Status::CorrectionsNeeded, Some(validation), Some(corrections), acknowledged_at, None) => {
                State::CorrectionsNeeded { validation, acknowledged_at, corrections }
            }
            (Status::Deleted, validation, None, None, Some(at)) => {
                State::Deleted { validation, at, reason: row.deletion_reason }
            }
            _ => return Err(inconsistent("status")),
        };
        let code = match row.code {
            Some(text) => Some(text.parse::<RegistrationCode>().map_err(|_| inconsistent("code"))?),
            None => None,
        };
        let place = match row.place {
            Some(position) => {
                let of = crate::registry::counters::counter_of(row.counter.as_deref(), row.counter_year)
                    .ok_or_else(|| inconsistent("counter"))?;
                let position = u32::try_from(position).map_err(|_| inconsistent("place"))?;
                Some(Place { counter: of.counter, year: of.year, position })
            }
            None => None,
        };
        Ok(Registration {
            id: RegistrationId(id),
            hospital: row.hospital,
            registration_type: RegistrationType::from_name(&row.registration_type)
                .ok_or_else(|| inconsistent("type"))?,
            beneficiary: row.beneficiary_id.map(BeneficiaryId),
            author: row.author,
            version: row.version,
            dictionary_version: row.dictionary_version,
            content: match row.content {
                Value::Object(map) => map,
                _ => return Err(inconsistent("content")),
            },
            code,
            state,
            place,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// One registration the caller may see, with an event in the trail that it was read (SYS-01).
pub fn find(tx: &mut Tx, id: RegistrationId) -> Result<Registration, Stop> {
    let event = trail::event(tx, Action::Get, &format!("registration:{id}"), &json!({}))?;
    let query = diesel::sql_query(concat!(
        "WITH found AS (SELECT ",
        columns!(),
        " FROM insula.registrations r WHERE r.id = $1 AND r.hospital = insula.organisation()),
         traced AS (INSERT INTO trail.events (id, body, mac) SELECT $2, $3, $4 FROM found)
         SELECT * FROM found"
    ))
    .bind::<SqlUuid, _>(id.0)
    .bind::<SqlUuid, _>(event.id)
    .bind::<Text, _>(event.body)
    .bind::<diesel::sql_types::Binary, _>(event.mac);
    Ok(Constant(query).found::<Row>(tx.conn)?.try_into()?)
}

/// One registration the caller may see, locked until the transaction ends. The version is checked under the lock, so
/// that of two concurrent requests only one succeeds (CGM-12).
pub fn find_for_update(tx: &mut Tx, id: RegistrationId, if_match: i32) -> Result<Registration, Stop> {
    let query = diesel::sql_query(concat!(
        "SELECT ",
        columns!(),
        " FROM insula.registrations r WHERE r.id = $1 AND r.hospital = insula.organisation() FOR UPDATE OF r"
    ))
    .bind::<SqlUuid, _>(id.0);
    let registration: Registration = Constant(query).found::<Row>(tx.conn)?.try_into()?;
    if registration.version != if_match {
        return Err(Stop::Stale);
    }
    Ok(registration)
}
