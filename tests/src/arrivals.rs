//! Many registrations that wait for the night, inserted by the owner of the database; their normal way is tested
//! elsewhere.

use diesel::{
    RunQueryDsl,
    sql_types::{BigInt, Jsonb, Text, Timestamptz},
};
use insula_domain::{clock::Clock, nomenclature::PAIR_B};
use serde_json::Value;

use crate::{TestApp, data};

/// Acknowledged registrations, with their persons, versions and the submit in the trail (without a valid signature).
/// `$1` is their number, `$2` the content, `$3` the pair, `$4` the time, `$5` the hospital.
pub const ARRIVE: &str = "
    WITH made AS (
        INSERT INTO insula.registrations (id, hospital, type, status, version, author, dictionary_version, content,
            technical_id, code, person_id, insurer, insurer_union, pair, nomenclature_code, event_date, has_sensor,
            validated_at, validation_number, acknowledged_at, created_at, updated_at)
        SELECT gen_random_uuid(), $5, 'firstImplantation', 'submitted', 3, 'dev.studyLead', 1, $2, gen_random_uuid(),
            (900000000000 + n)::text || lpad((97 - (900000000000 + n) % 97)::text, 2, '0'), gen_random_uuid(), '319',
            '300', $3, left($3, 6), ($2 ->> 'eventDate')::date, true, $4, n, $4, $4, $4
        FROM (SELECT nextval('insula.validation_order') AS n FROM generate_series(1, $1)) AS numbers
        RETURNING *),
    persons AS (
        INSERT INTO vault.persons (id, identification_code, index_key_version, pseudonym_seed, created_at)
        SELECT person_id, 'crowd ' || code, 1, sha256(person_id::text::bytea), $4 FROM made),
    delivered AS (
        INSERT INTO coded.deliveries (technical_id, version, pseudonym, hospital, registration_type, event_date,
            nomenclature_pair, dictionary_version, content, deleted, received_at)
        SELECT technical_id, 2, person_id::text, hospital, type::text, event_date, pair, 1, content, false, $4
            FROM made),
    traced AS (
        INSERT INTO trail.events (id, body, mac)
        SELECT gen_random_uuid(), jsonb_build_object('action', 'submit', 'subject', 'registration:' || id,
            'organisation', hospital, 'person', author, 'at', $4, 'details',
            jsonb_build_object('version', 2, 'status', 'sending', 'code', code, 'validationNumber',
                validation_number))::text, sha256(id::text::bytea) FROM made)
    INSERT INTO insula.registration_versions
        (registration_id, version, hospital, author, command, status, content, changed_by, changed_at, trace_id)
    SELECT id, v.version, hospital, author, v.command, v.status::insula.registration_status,
        CASE WHEN v.version = 1 THEN content END, author, $4, gen_random_uuid()
    FROM made, (VALUES (1, 'create', 'open'), (2, 'submit', 'sending'), (3, 'acknowledge', 'submitted'))
        AS v(version, command, status)";

/// The content of a first implantation that feeds counter A, or counter B of the year of `day`.
pub fn counted(pair: &str, day: &str) -> Value {
    let mut content = data::first_implantation();
    content["nomenclaturePair"] = pair.into();
    content["eventDate"] = day.into();
    content["hba1c"]["date"] = day.into();
    content
}

impl TestApp {
    /// Inserts this many first implantations of sensors under a pair, on a day, at hospital A, acknowledged now.
    pub fn arrive(&self, count: i64, pair: &str, day: &str) {
        let inserted = diesel::sql_query(ARRIVE)
            .bind::<BigInt, _>(count)
            .bind::<Jsonb, _>(counted(pair, day))
            .bind::<Text, _>(pair)
            .bind::<Timestamptz, _>(self.clock.now())
            .bind::<Text, _>(crate::app::HOSPITAL_A)
            .execute(&mut self.owner())
            .unwrap();
        assert_eq!(i64::try_from(inserted).unwrap(), count * 3);
    }

    /// The same for counter B of 2026.
    pub fn arrive_for_b(&self, count: i64) {
        self.arrive(count, PAIR_B, "2026-06-01");
    }

    /// The number of held places of a counter.
    pub fn places(&self, counter: &str, year: i32) -> i64 {
        self.count(&format!(
            "SELECT count(place) AS n FROM insula.registrations WHERE counter = '{counter}' AND counter_year = {year}"
        ))
    }
}
