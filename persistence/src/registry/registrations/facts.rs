//! Everything needed to judge a submit, read in one statement.

use chrono::NaiveDate;
use diesel::{
    QueryableByName,
    sql_types::{Array, BigInt, Binary, Bool, Date, Integer, Nullable, Text, Uuid as SqlUuid},
};
use insula_domain::{
    clock::brussels_day,
    ids::RegistrationId,
    nomenclature::Counter,
    registry::registration::{
        DeviceKind, Registration, RegistrationType,
        content::Content,
        submit::{BeneficiaryFacts, EarlierFacts, Facts, PairFacts},
    },
    span::Span,
};
use serde_json::json;
use uuid::Uuid;

use super::{Row, Validated, columns};
use crate::{
    error::{DbError, Stop},
    parties::{beneficiaries, organisations::read_adherence},
    registry::counters,
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

/// A registration, and everything needed to judge its submit.
pub struct SubmitFacts {
    /// The registration.
    pub registration: Registration,
    /// The facts for the domain.
    pub facts: Facts,
    /// The number drawn for this validation (CNT-04).
    pub number: i64,
    /// The values fixed by a submit; absent while the beneficiary is unknown.
    pub validated: Option<Validated>,
}

#[derive(QueryableByName)]
struct World {
    #[diesel(embed)]
    registration: Row,
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = Nullable<Date>)]
    adhered_from: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Date>)]
    adhered_to: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    person_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Binary>)]
    identity: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Integer>)]
    key_version: Option<i32>,
    #[diesel(sql_type = Nullable<Text>)]
    insurer: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    union_number: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    first_here: Option<Uuid>,
    #[diesel(sql_type = Nullable<Bool>)]
    first_elsewhere: Option<bool>,
    #[diesel(sql_type = Nullable<Text>)]
    earlier_type: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    earlier_person: Option<Uuid>,
    #[diesel(sql_type = Nullable<Bool>)]
    earlier_valid: Option<bool>,
    #[diesel(sql_type = Nullable<Date>)]
    earlier_date: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    earlier_explanted_by: Option<Uuid>,
    #[diesel(sql_type = Nullable<Date>)]
    earlier_explanted_on: Option<NaiveDate>,
    #[diesel(sql_type = Bool)]
    explanted: bool,
    #[diesel(sql_type = Nullable<Date>)]
    followed_from: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Text>)]
    ambulatory: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    hospitalised: Option<String>,
    #[diesel(sql_type = Nullable<Date>)]
    valid_from: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Date>)]
    valid_to: Option<NaiveDate>,
    #[diesel(sql_type = Array<Text>)]
    closed: Vec<String>,
}

macro_rules! world {
    ($traced:literal, $number:literal, $lock:literal) => {
        concat!(
            $traced,
            "SELECT ",
            columns!(),
            ", ",
            $number,
            " AS number, h.adhered_from, h.adhered_to, b.person_id, b.identity, b.key_version, i.number AS insurer,
               i.union_number, s.*, r.explanted_by IS NOT NULL AS explanted,
               n.ambulatory, n.hospitalised, n.valid_from, n.valid_to,
               array(SELECT counter || year FROM insula.closed_counters) AS closed
             FROM insula.registrations r
             JOIN insula.hospitals h ON h.number = r.hospital
             LEFT JOIN vault.beneficiaries b ON b.id = r.beneficiary_id AND b.hospital = r.hospital
             LEFT JOIN LATERAL vault.insurer_on(b.id, coalesce((r.content ->> 'eventDate')::date, $2)) insured (by)
                 ON true
             LEFT JOIN insula.insurers i ON i.number = insured.by
             CROSS JOIN LATERAL insula.surroundings(r.id, r.type, b.person_id,
                 (r.content ->> 'earlierRegistrationId')::uuid) s
             LEFT JOIN LATERAL (SELECT * FROM insula.nomenclature_pairs p
                 WHERE p.pair = r.content ->> 'nomenclaturePair'
                   AND p.valid_from <= coalesce((r.content ->> 'eventDate')::date, $2)
                 ORDER BY p.valid_from DESC LIMIT 1) n ON true
             WHERE r.id = $1 AND r.hospital = insula.organisation()",
            $lock
        )
    };
}

/// The first statement of a submit.
pub const SUBMIT_FACTS: &str = world!("", "nextval('insula.validation_order')", " FOR UPDATE OF r");

/// The registration, locked, and everything needed to judge its submit. Checks the version as
/// [`super::find_for_update`] does.
pub fn facts_for_update(tx: &mut Tx, id: RegistrationId, if_match: i32) -> Result<SubmitFacts, Stop> {
    let found = load(tx, id, SUBMIT_FACTS, None)?;
    if found.registration.version != if_match {
        return Err(Stop::Stale);
    }
    Ok(found)
}

/// The same for a check that changes nothing, with an event in the trail that it was read.
pub fn facts(tx: &mut Tx, id: RegistrationId) -> Result<SubmitFacts, Stop> {
    let event = trail::event(tx, Action::Check, &format!("registration:{id}"), &json!({}))?;
    let sql = world!("WITH traced AS (INSERT INTO trail.events (id, body, mac) VALUES ($3, $4, $5)) ", "0::bigint", "");
    load(tx, id, sql, Some(event))
}

fn load(tx: &mut Tx, id: RegistrationId, sql: &'static str, event: Option<trail::Event>) -> Result<SubmitFacts, Stop> {
    let today = brussels_day(tx.now);
    let query = diesel::sql_query(sql).bind::<SqlUuid, _>(id.0).bind::<Date, _>(today);
    let world: World = match event {
        None => Constant(query).found(tx.conn)?,
        Some(event) => {
            let query = query.bind::<SqlUuid, _>(event.id).bind::<Text, _>(event.body).bind::<Binary, _>(event.mac);
            Constant(query).found(tx.conn)?
        }
    };
    let registration: Registration = world.registration.try_into()?;
    let content = Content::of(&registration.content);

    let beneficiary = match (&registration.beneficiary, &world.identity, world.key_version) {
        (Some(beneficiary), Some(identity), Some(version)) => {
            let identity = beneficiaries::open_identity(tx.keys, beneficiary.0, identity, version)?;
            Some(BeneficiaryFacts { identity, insured: world.insurer.is_some() })
        }
        _ => None,
    };
    let earlier = world.earlier_type.as_deref().map(|name| earlier_type(name, id)).transpose()?;
    let earlier = earlier.map(|registration_type| EarlierFacts {
        registration_type,
        same_person: world.earlier_person.is_some() && world.earlier_person == world.person_id,
        valid: world.earlier_valid == Some(true),
        event_date: world.earlier_date,
        explanted: world.earlier_explanted_by.map(|by| (by, world.earlier_explanted_on)),
    });
    let pair = match (world.ambulatory, world.hospitalised, world.valid_from) {
        (Some(ambulatory), Some(hospitalised), Some(valid_from)) => {
            Some(PairFacts { ambulatory, hospitalised, span: Span { from: valid_from, to: world.valid_to } })
        }
        _ => None,
    };
    let validated = world.person_id.map(|person_id| Validated {
        person_id,
        insurer: world.insurer,
        insurer_union: world.union_number,
        pair: content.nomenclature_pair.clone(),
        nomenclature_code: pair.as_ref().zip(content.setting).map(|(pair, setting)| pair.code_for(setting).to_owned()),
        event_date: content.event_date,
        has_sensor: content.device_kinds().any(|kind| kind == DeviceKind::Sensor),
        earlier_id: content.earlier_registration_id,
    });
    let facts = Facts {
        today,
        adherence: read_adherence(&registration.hospital, world.adhered_from, world.adhered_to)?,
        beneficiary,
        earlier,
        explanted: world.explanted,
        followed_from: world.followed_from,
        first_here: world.first_here,
        first_elsewhere: world.first_elsewhere == Some(true),
        pair,
        closed: world.closed.iter().map(|name| closed_counter(name)).collect::<Result<_, _>>()?,
    };
    Ok(SubmitFacts { registration, facts, number: world.number, validated })
}

/// The type of the registration that this one refers to.
fn earlier_type(name: &str, id: RegistrationId) -> Result<RegistrationType, DbError> {
    let inconsistent = || DbError::inconsistent("registrations", "earlierRegistrationId", id);
    RegistrationType::from_name(name).ok_or_else(inconsistent)
}

/// CNT-06: a closed counter. An unreadable one is an error, not an open counter.
fn closed_counter(name: &str) -> Result<(Counter, Option<i32>), DbError> {
    let inconsistent = || DbError::inconsistent("closed_counters", "counter", name);
    let (counter, year) = name.split_at_checked(1).ok_or_else(inconsistent)?;
    let of = counters::counter_of(Some(counter), year.parse().ok()).ok_or_else(inconsistent)?;
    Ok((of.counter, of.year))
}

/// The error for a submit without a person, which the domain should have refused before.
pub fn unknown_person(id: RegistrationId) -> DbError {
    DbError::inconsistent("registrations", "person_id", id)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CNT-06: an unreadable closed counter does not count as open.
    #[test]
    fn an_unreadable_closed_counter_is_not_skipped() {
        assert_eq!(closed_counter("A0").unwrap(), (Counter::A, None));
        assert_eq!(closed_counter("B2026").unwrap(), (Counter::B, Some(2026)));
        for name in ["C2026", "B", "Bx", "", "é2026"] {
            assert!(matches!(closed_counter(name), Err(DbError::Inconsistent { .. })), "{name}");
        }
    }

    /// CGM-13: an earlier registration of an unreadable type does not count as missing.
    #[test]
    fn an_unreadable_earlier_registration_is_not_skipped() {
        let id = RegistrationId(Uuid::nil());
        assert_eq!(earlier_type("firstImplantation", id).unwrap(), RegistrationType::FirstImplantation);
        assert!(matches!(earlier_type("first", id), Err(DbError::Inconsistent { .. })));
    }
}
