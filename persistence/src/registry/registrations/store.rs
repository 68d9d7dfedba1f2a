//! The two statements that write a registration. Each writes everything that belongs to the change with it, in one round
//! trip: the version, the event of the trail, the delivery, the insurer's feed and the answer for a repeated request.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::sql_types::{Binary, Bool, Integer, Jsonb, Nullable, Text, Uuid as SqlUuid};
use insula_domain::{
    ids::{BeneficiaryId, RegistrationId},
    registry::{
        counter::CounterId,
        registration::{
            Command, Corrections, Place, Registration, RegistrationType, State, Status, code::RegistrationCode,
        },
    },
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::{
    error::{DbError, Stop},
    idempotency::{self, Answer},
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

/// What a submit fixes beside the registration itself; each field is named after its column.
#[derive(Debug, Clone, Serialize)]
pub struct Validated {
    /// The person behind the beneficiary.
    pub person_id: Uuid,
    /// Who insures them, where it is known.
    pub insurer: Option<String>,
    /// The union the insurer belongs to.
    pub insurer_union: Option<String>,
    /// The pair.
    pub pair: Option<String>,
    /// The code of the pair for the setting.
    pub nomenclature_code: Option<String>,
    /// When it happened.
    pub event_date: Option<NaiveDate>,
    /// Whether a sensor is among the devices.
    pub has_sensor: bool,
    /// The first implantation it refers to.
    pub earlier_id: Option<Uuid>,
}

/// What a change brings with it.
#[derive(Default)]
pub struct Effects {
    /// Of a submit.
    pub validated: Option<Validated>,
    /// Whether Healthdata has to be told.
    pub transmit: bool,
    /// The first implantation that an explantation ends; `Some(None)`: none any more (CGM-15).
    pub explants: Option<Option<Uuid>>,
    /// Why, where a reason is stated.
    pub why: Option<String>,
    /// The place it held and holds no more (CNT-04).
    pub freed: Option<Place>,
}

/// A registration as its row, each field named after its column. A column that is left out keeps what it holds.
#[derive(Serialize)]
struct Row<'a> {
    id: RegistrationId,
    hospital: &'a str,
    #[serde(rename = "type")]
    registration_type: RegistrationType,
    status: Status,
    version: i32,
    author: &'a str,
    beneficiary_id: Option<BeneficiaryId>,
    dictionary_version: i32,
    content: &'a Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    technical_id: Option<Uuid>,
    updated_at: DateTime<Utc>,
    code: Option<&'a RegistrationCode>,
    validated_at: Option<DateTime<Utc>>,
    validation_number: Option<i64>,
    acknowledged_at: Option<DateTime<Utc>>,
    corrections: Option<&'a Corrections>,
    deleted_at: Option<DateTime<Utc>>,
    deletion_reason: Option<&'a str>,
    place: Option<u32>,
    #[serde(flatten)]
    validated: Option<&'a Validated>,
}

macro_rules! consequences {
    () => {
        ", kept AS (INSERT INTO insula.registration_versions (registration_id, version, hospital, author, command, status,
               beneficiary_id, content, corrections, changed_by, changed_at, trace_id)
           SELECT id, version, hospital, author, $2, status, beneficiary_id,
               CASE WHEN $3 THEN content END, corrections, insula.person(), updated_at, $4 FROM changed),
         queued AS (INSERT INTO insula.outbox (topic, aggregate, version, enqueued_at, available_at)
           SELECT 'healthdata', id, version, updated_at, updated_at FROM changed WHERE $5),
         told AS (INSERT INTO insula.code_changes (insurer, insurer_union, code, status, version, changed_at)
           SELECT insurer, insurer_union, code, status, version, updated_at FROM changed
           WHERE code IS NOT NULL AND insurer IS NOT NULL AND $6),
         traced AS (INSERT INTO trail.events (id, body, mac) SELECT $7, $8, $9 FROM changed),
         answered AS (INSERT INTO insula.idempotency_keys
               (organisation, person, operation, key, request_hash, answer, key_version, answered_at, subject)
           SELECT insula.organisation(), insula.person(), $10, $11, $12, $13, $14, updated_at, 'registration:' || id
           FROM changed WHERE $10 IS NOT NULL)
         SELECT id FROM changed"
    };
}

const CREATE: &str = concat!(
    "WITH changed AS (INSERT INTO insula.registrations (id, hospital, type, status, version, author, beneficiary_id,
         dictionary_version, content, technical_id, created_at, updated_at)
       SELECT id, hospital, type, status, version, author, beneficiary_id,
         dictionary_version, content, technical_id, updated_at, updated_at
       FROM jsonb_populate_record(NULL::insula.registrations, $1)
       RETURNING *)",
    consequences!()
);

/// What every command of an existing registration ends with.
pub const UPDATE: &str = concat!(
    "WITH changed AS (UPDATE insula.registrations AS r SET
         (status, version, author, beneficiary_id, dictionary_version, content, updated_at, code, validated_at,
          validation_number, acknowledged_at, corrections, deleted_at, deletion_reason, place, person_id, insurer,
          insurer_union, pair, nomenclature_code, event_date, has_sensor, earlier_id, decided_on)
         = (SELECT n.status, n.version, n.author, n.beneficiary_id, n.dictionary_version, n.content, n.updated_at, n.code,
              n.validated_at, n.validation_number, n.acknowledged_at, n.corrections, n.deleted_at, n.deletion_reason,
              n.place, n.person_id, n.insurer, n.insurer_union, n.pair, n.nomenclature_code, n.event_date, n.has_sensor,
              n.earlier_id, CASE WHEN $1 ? 'person_id' THEN NULL ELSE n.decided_on END
            FROM jsonb_populate_record(r, $1) AS n)
       WHERE r.id = ($1 ->> 'id')::uuid AND r.hospital = $1 ->> 'hospital' AND r.version = ($1 ->> 'version')::integer - 1
         AND (NOT $1 ? 'person_id' OR EXISTS (SELECT 1 FROM vault.beneficiaries b
              WHERE b.id = ($1 ->> 'beneficiary_id')::uuid AND b.person_id = ($1 ->> 'person_id')::uuid FOR KEY SHARE))
       RETURNING r.*),
     explanted AS MATERIALIZED (SELECT insula.mark_explanted(id, $16) FROM changed WHERE $15)",
    consequences!(),
    // A query in WITH runs only as far as the statement reads from it; one that only changes something would not run.
    " LEFT JOIN explanted ON true"
);

/// Writes a new draft.
pub fn create(tx: &mut Tx, registration: &Registration, answer: &Answer) -> Result<(), Stop> {
    write(tx, registration, None, &Effects::default(), answer)
}

/// Writes what a command made of a registration that [`super::find_for_update`] or [`super::facts`] locked.
pub fn store(
    tx: &mut Tx,
    registration: &Registration,
    command: Command,
    effects: &Effects,
    answer: &Answer,
) -> Result<(), Stop> {
    write(tx, registration, Some(command), effects, answer)
}

/// Without a command it is created.
fn write(
    tx: &mut Tx,
    registration: &Registration,
    command: Option<Command>,
    effects: &Effects,
    answer: &Answer,
) -> Result<(), Stop> {
    let Effects { validated, transmit, explants, why, freed } = effects;
    let state = &registration.state;
    let content_changed = matches!(command, None | Some(Command::Save));
    let mut details = json!({"version": registration.version, "status": state.status()});
    if content_changed {
        details["contentHash"] = Value::String(trail::content_hash(&registration.content));
        details["beneficiaryId"] = json!(registration.beneficiary);
    }
    if let Some(code) = &registration.code {
        details["code"] = json!(code);
    }
    if let Some(why) = why {
        details["why"] = json!(why);
    }
    if let Some(validation) = state.validation().filter(|_| validated.is_some()) {
        details["validationNumber"] = json!(validation.number);
    }
    if let Some(place) = freed {
        details["freedPlace"] =
            json!({"counter": CounterId::from((place.counter, place.year)), "place": place.position});
    }
    let action = command.map_or(Action::Create, Action::Command);
    let event = trail::event(tx, action, &format!("registration:{}", registration.id), &details)?;
    let kept = idempotency::keep(tx, answer)?;
    let (deleted_at, deletion_reason) = match state {
        State::Deleted { at, reason, .. } => (Some(*at), reason.as_deref()),
        _ => (None, None),
    };
    let row = Row {
        id: registration.id,
        hospital: &registration.hospital,
        registration_type: registration.registration_type,
        status: state.status(),
        version: registration.version,
        author: &registration.author,
        beneficiary_id: registration.beneficiary,
        dictionary_version: registration.dictionary_version,
        content: &registration.content,
        technical_id: command.is_none().then(|| tx.ids.opaque_uuid()),
        updated_at: registration.updated_at,
        code: registration.code.as_ref(),
        validated_at: state.validation().map(|validation| validation.at),
        validation_number: state.validation().map(|validation| validation.number),
        acknowledged_at: state.acknowledged_at(),
        corrections: state.corrections(),
        deleted_at,
        deletion_reason,
        place: registration.place.map(|place| place.position),
        validated: validated.as_ref(),
    };
    let row = serde_json::to_value(row).map_err(|error| DbError::Other(error.to_string()))?;
    let query = diesel::sql_query(if command.is_some() { UPDATE } else { CREATE })
        .bind::<Jsonb, _>(row)
        .bind::<Text, _>(command.map_or("create", Command::name))
        .bind::<Bool, _>(content_changed)
        .bind::<SqlUuid, _>(tx.call.trace_id)
        .bind::<Bool, _>(transmit)
        // The feed tells changes of status, not of a draft's content.
        .bind::<Bool, _>(command != Some(Command::Save))
        .bind::<SqlUuid, _>(event.id)
        .bind::<Text, _>(event.body)
        .bind::<Binary, _>(event.mac)
        .bind::<Nullable<Text>, _>(kept.operation)
        .bind::<Nullable<Text>, _>(kept.key)
        .bind::<Nullable<Binary>, _>(kept.hash)
        .bind::<Nullable<Binary>, _>(kept.answer)
        .bind::<Nullable<Integer>, _>(kept.key_version);
    let changed = if command.is_some() {
        let query = query.bind::<Bool, _>(explants.is_some()).bind::<Nullable<SqlUuid>, _>(explants.flatten());
        Constant(query).execute(tx.conn)?
    } else {
        Constant(query).execute(tx.conn)?
    };
    if changed == 1 {
        Ok(())
    } else if validated.is_some() {
        // The person behind the beneficiary was exchanged since the facts were read: they are read again.
        Err(DbError::Retry.into())
    } else {
        // The row was locked in its version before: only a fault of ours leads here.
        Err(DbError::inconsistent("registrations", "version", registration.id).into())
    }
}

/// CGM-15: an explantation ends its first implantation when it is validated, and no longer when it is deleted.
pub fn explants(registration: &Registration, earlier: Option<Uuid>) -> Option<Option<Uuid>> {
    (registration.registration_type == RegistrationType::Explantation).then_some(earlier)
}
