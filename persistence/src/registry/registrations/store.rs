//! The two statements that write a registration. Each writes everything that belongs to the change with it, in one round
//! trip: the version, the event of the trail, the delivery, the insurer's feed and the answer for a repeated request.

use chrono::NaiveDate;
use diesel::sql_types::{BigInt, Binary, Bool, Date, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use insula_domain::registry::{
    counter::CounterId,
    registration::{Command, Place, Registration, RegistrationType, State},
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    error::{DbError, Stop},
    idempotency::{self, Answer},
    sql::Constant,
    trail,
    tx::Tx,
};

/// What a submit fixes beside the registration itself.
#[derive(Debug, Clone)]
pub struct Validated {
    /// The person behind the beneficiary.
    pub person: Uuid,
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
    pub earlier: Option<Uuid>,
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

macro_rules! consequences {
    () => {
        ", kept AS (INSERT INTO insula.registration_versions (registration_id, version, hospital, author, command, status,
               beneficiary_id, content, corrections, changed_by, changed_at, trace_id)
           SELECT id, version, hospital, author, $19, status, beneficiary_id,
               CASE WHEN $20 THEN content END, corrections, insula.person(), updated_at, $21 FROM changed),
         queued AS (INSERT INTO insula.outbox (topic, aggregate, version, enqueued_at, available_at)
           SELECT 'healthdata', id, version, updated_at, updated_at FROM changed WHERE $22),
         told AS (INSERT INTO insula.code_changes (insurer, insurer_union, code, status, version, changed_at)
           SELECT insurer, insurer_union, code, status, version, updated_at FROM changed
           WHERE code IS NOT NULL AND insurer IS NOT NULL AND $23),
         traced AS (INSERT INTO trail.events (id, body, mac) SELECT $24, $25, $26 FROM changed),
         answered AS (INSERT INTO insula.idempotency_keys
               (organisation, person, operation, key, request_hash, answer, key_version, answered_at, subject)
           SELECT insula.organisation(), insula.person(), $27, $28, $29, $30, $31, updated_at, 'registration:' || id
           FROM changed WHERE $27 IS NOT NULL)
         SELECT id FROM changed"
    };
}

const CREATE: &str = concat!(
    "WITH changed AS (INSERT INTO insula.registrations (id, hospital, type, status, version, author, beneficiary_id,
         dictionary_version, content, technical_id, created_at, updated_at, code, validated_at, validation_number,
         acknowledged_at, corrections, deleted_at, deletion_reason)
       VALUES ($1, $2, $3::insula.registration_type, $4::insula.registration_status, $5, $6, $7, $8, $9, $10, $11, $11,
         $12, $13, $14, $15, $16, $17, $18)
       RETURNING *)",
    consequences!()
);

/// What every command of an existing registration ends with.
pub const UPDATE: &str = concat!(
    "WITH changed AS (UPDATE insula.registrations AS r SET
         status = $4::insula.registration_status, version = $5, author = $6, beneficiary_id = $7, dictionary_version = $8,
         content = $9, technical_id = coalesce($10, r.technical_id), updated_at = $11, code = $12, validated_at = $13, validation_number = $14, acknowledged_at = $15,
         corrections = $16, deleted_at = $17, deletion_reason = $18,
         person_id = CASE WHEN $32 THEN $33 ELSE r.person_id END,
         insurer = CASE WHEN $32 THEN $34 ELSE r.insurer END,
         insurer_union = CASE WHEN $32 THEN $35 ELSE r.insurer_union END,
         pair = CASE WHEN $32 THEN $36 ELSE r.pair END,
         nomenclature_code = CASE WHEN $32 THEN $37 ELSE r.nomenclature_code END,
         event_date = CASE WHEN $32 THEN $38 ELSE r.event_date END,
         has_sensor = CASE WHEN $32 THEN $39 ELSE r.has_sensor END,
         earlier_id = CASE WHEN $32 THEN $42 ELSE r.earlier_id END,
         place = $43, decided_on = CASE WHEN $32 THEN NULL ELSE r.decided_on END
       WHERE r.id = $1 AND r.hospital = $2 AND r.type = $3::insula.registration_type AND r.version = $5 - 1
         AND (NOT $32 OR EXISTS (SELECT 1 FROM vault.beneficiaries b WHERE b.id = $7 AND b.person_id = $33 FOR KEY SHARE))
       RETURNING r.*),
     explanted AS MATERIALIZED (SELECT insula.mark_explanted(id, $41) FROM changed WHERE $40)",
    consequences!(),
    // A query in WITH runs only as far as the statement reads from it; one that only changes something would not run.
    " LEFT JOIN explanted ON true"
);

/// Writes a new draft.
pub fn create(tx: &mut Tx, registration: &Registration, answer: &Answer) -> Result<(), Stop> {
    let technical_id = Some(tx.ids.opaque_uuid());
    write(tx, registration, "create", true, technical_id, &Effects::default(), answer)
}

/// Writes what a command made of a registration that [`super::find_for_update`] or [`super::facts`] locked.
pub fn store(
    tx: &mut Tx,
    registration: &Registration,
    command: Command,
    effects: &Effects,
    answer: &Answer,
) -> Result<(), Stop> {
    let content_changed = command == Command::Save;
    write(tx, registration, command.name(), content_changed, None, effects, answer)
}

fn write(
    tx: &mut Tx,
    registration: &Registration,
    command: &str,
    content_changed: bool,
    technical_id: Option<Uuid>,
    effects: &Effects,
    answer: &Answer,
) -> Result<(), Stop> {
    let mut details = json!({
        "version": registration.version,
        "status": registration.state.status(),
    });
    if content_changed {
        details["contentHash"] = Value::String(trail::content_hash(&registration.content));
        details["beneficiaryId"] = json!(registration.beneficiary);
    }
    if let Some(code) = &registration.code {
        details["code"] = json!(code);
    }
    if let Some(why) = &effects.why {
        details["why"] = json!(why);
    }
    if let Some(validation) = registration.state.validation().filter(|_| effects.validated.is_some()) {
        details["validationNumber"] = json!(validation.number);
    }
    if let Some(place) = effects.freed {
        details["freedPlace"] =
            json!({"counter": CounterId::from((place.counter, place.year)), "place": place.position});
    }
    let event = trail::event(tx, command, &format!("registration:{}", registration.id), &details)?;
    let kept = idempotency::keep(tx, answer)?;
    let state = &registration.state;
    let (deleted_at, deletion_reason) = match state {
        State::Deleted { at, reason, .. } => (Some(*at), reason.clone()),
        _ => (None, None),
    };
    let corrections = state.corrections().map(|corrections| json!(corrections));
    let validated = effects.validated.as_ref();
    let content = Value::Object(registration.content.clone());
    // The feed tells changes of status, not of a draft's content.
    let told = command != Command::Save.name();

    let sql = if technical_id.is_some() { CREATE } else { UPDATE };
    let query = diesel::sql_query(sql)
        .bind::<SqlUuid, _>(registration.id.0)
        .bind::<Text, _>(&registration.hospital)
        .bind::<Text, _>(registration.registration_type.name())
        .bind::<Text, _>(state.status().name())
        .bind::<Integer, _>(registration.version)
        .bind::<Text, _>(&registration.author)
        .bind::<Nullable<SqlUuid>, _>(registration.beneficiary.map(|id| id.0))
        .bind::<Integer, _>(registration.dictionary_version)
        .bind::<Jsonb, _>(&content)
        .bind::<Nullable<SqlUuid>, _>(technical_id)
        .bind::<Timestamptz, _>(registration.updated_at)
        .bind::<Nullable<Text>, _>(registration.code.as_ref().map(ToString::to_string))
        .bind::<Nullable<Timestamptz>, _>(state.validation().map(|validation| validation.at))
        .bind::<Nullable<BigInt>, _>(state.validation().map(|validation| validation.number))
        .bind::<Nullable<Timestamptz>, _>(state.acknowledged_at())
        .bind::<Nullable<Jsonb>, _>(corrections)
        .bind::<Nullable<Timestamptz>, _>(deleted_at)
        .bind::<Nullable<Text>, _>(deletion_reason)
        .bind::<Text, _>(command)
        .bind::<Bool, _>(content_changed)
        .bind::<SqlUuid, _>(tx.call.trace_id)
        .bind::<Bool, _>(effects.transmit)
        .bind::<Bool, _>(told)
        .bind::<SqlUuid, _>(event.id)
        .bind::<Text, _>(event.body)
        .bind::<Binary, _>(event.mac)
        .bind::<Nullable<Text>, _>(kept.operation)
        .bind::<Nullable<Text>, _>(kept.key)
        .bind::<Nullable<Binary>, _>(kept.hash)
        .bind::<Nullable<Binary>, _>(kept.answer)
        .bind::<Nullable<Integer>, _>(kept.key_version);
    let changed = if technical_id.is_some() {
        Constant(query).execute(tx.conn)?
    } else {
        let query = query
            .bind::<Bool, _>(validated.is_some())
            .bind::<Nullable<SqlUuid>, _>(validated.map(|v| v.person))
            .bind::<Nullable<Text>, _>(validated.and_then(|v| v.insurer.as_ref()))
            .bind::<Nullable<Text>, _>(validated.and_then(|v| v.insurer_union.as_ref()))
            .bind::<Nullable<Text>, _>(validated.and_then(|v| v.pair.as_ref()))
            .bind::<Nullable<Text>, _>(validated.and_then(|v| v.nomenclature_code.as_ref()))
            .bind::<Nullable<Date>, _>(validated.and_then(|v| v.event_date))
            .bind::<Bool, _>(validated.is_some_and(|v| v.has_sensor))
            .bind::<Bool, _>(effects.explants.is_some())
            .bind::<Nullable<SqlUuid>, _>(effects.explants.flatten())
            .bind::<Nullable<SqlUuid>, _>(validated.and_then(|v| v.earlier))
            .bind::<Nullable<Integer>, _>(registration.place.map(|place| i32::try_from(place.position).unwrap_or(0)));
        Constant(query).execute(tx.conn)?
    };
    if changed == 1 {
        Ok(())
    } else if validated.is_some() {
        // The person behind the beneficiary was exchanged since the facts were read: they are read again.
        Err(DbError::Retry.into())
    } else {
        // The row was locked in its version before: only a fault of ours leads here.
        Err(DbError::Inconsistent { table: "registrations", column: "version", row: registration.id.to_string() }
            .into())
    }
}

/// CGM-15: an explantation ends its first implantation when it is validated, and no longer when it is deleted.
pub fn explants(registration: &Registration, earlier: Option<Uuid>) -> Option<Option<Uuid>> {
    (registration.registration_type == RegistrationType::Explantation).then_some(earlier)
}
