//! A night decided again, from the history of the registrations and the trail, and compared with what was recorded (CNT-07).

use std::collections::HashMap;

use aws_lc_rs::digest;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use diesel::{
    OptionalExtension, QueryableByName, RunQueryDsl,
    sql_types::{Array, BigInt, Binary, Bool, Date, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    ids::RegistrationId,
    nomenclature::Counter,
    registry::{
        counter::{Arrival, CounterId, Ledger, Verdict},
        registration::{RegistrationType, content::Content},
    },
};
use serde_json::Value;
use uuid::Uuid;

use super::{BATCH, line, write::Counts};
use crate::{
    error::Stop,
    registry::counters::{self, columns_of, named},
    sql::Constant,
    tx::Tx,
};

/// What a replay found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replay {
    /// How many decisions were decided again.
    pub decisions: usize,
    /// Everything that does not agree, in words.
    pub findings: Vec<String>,
}

/// How long a night may have taken: what was reopened in that time may be in it or not.
const LONGEST_NIGHT: TimeDelta = TimeDelta::minutes(10);

#[derive(QueryableByName)]
struct Run {
    #[diesel(sql_type = Timestamptz)]
    arrivals_before: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    run_at: DateTime<Utc>,
    #[diesel(sql_type = SqlUuid)]
    trace_id: Uuid,
    #[diesel(sql_type = Text)]
    snapshot: String,
    #[diesel(sql_type = Integer)]
    kept: i32,
    #[diesel(sql_type = Integer)]
    taken: i32,
    #[diesel(sql_type = Integer)]
    exceeded: i32,
    #[diesel(sql_type = Nullable<Binary>)]
    digest: Option<Vec<u8>>,
    /// As the trail has it.
    #[diesel(sql_type = Nullable<Text>)]
    traced_digest: Option<String>,
}

/// Decides a night again and compares. To be called in a transaction of Insula's own scope; nothing is changed.
pub fn replay(tx: &mut Tx, day: NaiveDate) -> Result<Replay, Stop> {
    let query = diesel::sql_query(
        "SELECT arrivals_before, run_at, trace_id, snapshot::text, kept, taken, exceeded, digest,
             (SELECT e.body::jsonb #>> '{details,digest}' FROM trail.events e
              WHERE e.subject = 'counterRun:' || day AND e.action = 'night' LIMIT 1) AS traced_digest,
             set_config('statement_timeout', '60s', true)
         FROM insula.counter_runs WHERE day = $1",
    )
    .bind::<Date, _>(day);
    let run: Option<Run> = Constant(query).get_result(tx.conn).optional()?;
    let run = run.ok_or(Stop::NotFound)?;
    let mut ledger = Ledger::of(held_before(tx, &run)?);
    let mut replay = Replay { decisions: 0, findings: Vec::new() };
    let mut counts = Counts::default();
    let mut digest = digest::Context::new(&digest::SHA256);
    let mut after = 0;
    loop {
        let (decided, more) = counters::decisions(tx, day, None, after, BATCH)?;
        let facts = facts(tx, day, &run, &decided)?;
        for one in &decided {
            let subject = format!("registration {} (validation {})", one.registration, one.number);
            let again = ledger.decide(Arrival { registration: one.registration, counter: one.counter });
            if again != one.verdict {
                replay.findings.push(format!("{subject}: recorded {:?}, decided again {again:?}", one.verdict));
            }
            match facts.get(&one.number) {
                Some(fact) => replay.findings.extend(fact.against(one, &run).map(|what| format!("{subject}: {what}"))),
                None => replay.findings.push(format!("{subject}: the history does not have that version")),
            }
            *match one.verdict {
                Verdict::Keeps(_) => &mut counts.kept,
                Verdict::Takes(_) => &mut counts.taken,
                Verdict::Exceeded => &mut counts.exceeded,
            } += 1;
            digest.update(line(one).as_bytes());
            after = one.number;
        }
        replay.decisions += decided.len();
        if !more {
            break;
        }
    }
    let digest = digest.finish();
    if run.digest.as_deref() != Some(digest.as_ref()) {
        replay.findings.push("the report is not the one that was written".to_owned());
    }
    if run.traced_digest != Some(hex::encode(digest.as_ref())) {
        replay.findings.push("the report is not the one the trail has".to_owned());
    }
    if [run.kept, run.taken, run.exceeded].map(|n| u32::try_from(n).ok())
        != [counts.kept, counts.taken, counts.exceeded].map(Some)
    {
        replay.findings.push("the totals of the report are not those of its decisions".to_owned());
    }
    replay.findings.extend(forgotten(tx, day, &run)?);
    replay.findings.extend(figures(tx, day, &mut ledger)?);
    Ok(replay)
}

/// The places as they were held when the night read them, by the trail alone: what nights gave, less what was freed.
fn held_before(tx: &mut Tx, run: &Run) -> Result<Vec<(CounterId, u32, RegistrationId)>, Stop> {
    #[derive(QueryableByName)]
    struct Event {
        #[diesel(sql_type = SqlUuid)]
        registration: Uuid,
        #[diesel(sql_type = Bool)]
        takes: bool,
        #[diesel(sql_type = Nullable<Text>)]
        counter: Option<String>,
        #[diesel(sql_type = Nullable<Integer>)]
        place: Option<i32>,
    }
    // In the order of the versions of each registration: a night decides about the version that it finds.
    let query = diesel::sql_query(
        "SELECT substr(e.subject, 14)::uuid AS registration, e.action = 'takePlace' AS takes,
             e.body::jsonb #>> '{details,counter}' AS counter, (e.body::jsonb #>> '{details,place}')::integer AS place
         FROM trail.events e
         WHERE pg_visible_in_snapshot(e.xid, $1::pg_snapshot)
           AND (e.action = 'takePlace'
                OR e.action IN ('submit', 'delete') AND e.body::jsonb #> '{details,freedPlace}' IS NOT NULL)
         ORDER BY (e.body::jsonb #>> '{details,version}')::integer, e.action = 'takePlace'",
    )
    .bind::<Text, _>(&run.snapshot);
    let events: Vec<Event> = Constant(query).load(tx.conn)?;
    let mut held = HashMap::new();
    for event in events {
        let place = event
            .counter
            .and_then(|counter| counter.parse().ok())
            .zip(event.place.and_then(|place| u32::try_from(place).ok()));
        match place.filter(|_| event.takes) {
            Some(place) => held.insert(event.registration, place),
            None => held.remove(&event.registration),
        };
    }
    Ok(held.into_iter().map(|(id, (counter, place))| (counter, place, RegistrationId(id))).collect())
}

/// What the history and the trail say about one that was decided.
#[derive(QueryableByName)]
struct Fact {
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = Text, column_name = "type")]
    registration_type: String,
    #[diesel(sql_type = Text)]
    command: String,
    #[diesel(sql_type = Timestamptz)]
    changed_at: DateTime<Utc>,
    #[diesel(sql_type = Jsonb)]
    content: Value,
    #[diesel(sql_type = Nullable<BigInt>)]
    validated_as: Option<i64>,
    #[diesel(sql_type = Array<Text>)]
    traced: Vec<String>,
}

impl Fact {
    fn against(&self, decided: &counters::Decided, run: &Run) -> impl Iterator<Item = &'static str> {
        let expected = match decided.verdict {
            Verdict::Keeps(_) => vec![],
            Verdict::Takes(place) => vec![format!("takePlace {} {place}", decided.counter)],
            Verdict::Exceeded => vec![format!("exceed {} ", decided.counter)],
        };
        let checks = [
            (self.command == "acknowledge", "it was not acknowledged in that version"),
            (self.changed_at < run.arrivals_before, "it arrived after that day"),
            (fed(&self.registration_type, &self.content) == Some(decided.counter), "its content feeds another counter"),
            (self.validated_as == Some(decided.number), "the trail has another order of validation"),
            (self.traced == expected, "the trail does not have that decision"),
        ];
        checks.into_iter().filter(|(holds, _)| !holds).map(|(_, what)| what)
    }
}

/// The counter that a content of that type feeds, asked of the domain.
fn fed(registration_type: &str, content: &Value) -> Option<CounterId> {
    let content = Content::of(content.as_object()?);
    let of = RegistrationType::from_name(registration_type)?;
    Counter::fed_by(of, content.device_kinds(), content.nomenclature_pair.as_deref(), content.event_date)
        .map(CounterId::from)
}

fn facts(tx: &mut Tx, day: NaiveDate, run: &Run, decided: &[counters::Decided]) -> Result<HashMap<i64, Fact>, Stop> {
    let query = diesel::sql_query(
        "SELECT d.validation_number AS number, r.type::text AS type, v.command, v.changed_at, content.content,
             (SELECT (e.body::jsonb #>> '{details,validationNumber}')::bigint FROM trail.events e
              WHERE e.subject = 'registration:' || d.registration_id AND e.action = 'submit'
                AND (e.body::jsonb #>> '{details,version}')::integer < d.version
              ORDER BY (e.body::jsonb #>> '{details,version}')::integer DESC LIMIT 1) AS validated_as,
             array(SELECT concat(e.action, ' ', e.body::jsonb #>> '{details,counter}', ' ', e.body::jsonb #>> '{details,place}')
              FROM trail.events e WHERE e.subject = 'registration:' || d.registration_id
                AND e.body::jsonb ->> 'traceId' = $4::text) AS traced
         FROM insula.night_decisions d
         JOIN insula.registrations r ON r.id = d.registration_id
         JOIN insula.registration_versions v ON v.registration_id = d.registration_id AND v.version = d.version
         JOIN LATERAL (SELECT w.content FROM insula.registration_versions w
             WHERE w.registration_id = d.registration_id AND w.version <= d.version AND w.content IS NOT NULL
             ORDER BY w.version DESC LIMIT 1) content ON true
         WHERE d.day = $1 AND d.validation_number BETWEEN $2 AND $3",
    )
    .bind::<Date, _>(day)
    .bind::<BigInt, _>(decided.first().map_or(0, |one| one.number))
    .bind::<BigInt, _>(decided.last().map_or(0, |one| one.number))
    .bind::<SqlUuid, _>(run.trace_id);
    let facts: Vec<Fact> = Constant(query).load(tx.conn)?;
    Ok(facts.into_iter().map(|fact| (fact.number, fact)).collect())
}

/// Those that had arrived, were not reopened before the night, and yet were not decided about.
fn forgotten(tx: &mut Tx, day: NaiveDate, run: &Run) -> Result<Vec<String>, Stop> {
    #[derive(QueryableByName)]
    struct Candidate {
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
        #[diesel(sql_type = Text, column_name = "type")]
        registration_type: String,
        #[diesel(sql_type = Jsonb)]
        content: Value,
    }
    let query = diesel::sql_query(
        "SELECT v.registration_id AS id, r.type::text AS type, content.content
         FROM insula.registration_versions v
         JOIN insula.registrations r ON r.id = v.registration_id AND r.type = 'firstImplantation'
         JOIN LATERAL (SELECT w.content FROM insula.registration_versions w
             WHERE w.registration_id = v.registration_id AND w.version <= v.version AND w.content IS NOT NULL
             ORDER BY w.version DESC LIMIT 1) content ON true
         WHERE v.command = 'acknowledge' AND v.changed_at < $1
           AND NOT EXISTS (SELECT FROM insula.night_decisions d
               WHERE d.registration_id = v.registration_id AND d.version = v.version AND d.day <= $2)
           AND NOT EXISTS (SELECT FROM insula.registration_versions n
               WHERE n.registration_id = v.registration_id AND n.version = v.version + 1 AND n.changed_at <= $3)",
    )
    .bind::<Timestamptz, _>(run.arrivals_before)
    .bind::<Date, _>(day)
    .bind::<Timestamptz, _>(run.run_at + LONGEST_NIGHT);
    let candidates: Vec<Candidate> = Constant(query).load(tx.conn)?;
    let counted = |one: &Candidate| fed(&one.registration_type, &one.content).is_some();
    Ok(candidates
        .into_iter()
        .filter(counted)
        .map(|one| format!("registration {}: it had arrived and was not decided about", one.id))
        .collect())
}

/// Whether the night left the figures that its decisions lead to, and announced what they reached.
fn figures(tx: &mut Tx, day: NaiveDate, ledger: &mut Ledger) -> Result<Vec<String>, Stop> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        counter: String,
        #[diesel(sql_type = Integer)]
        year: i32,
        #[diesel(sql_type = Integer)]
        figure: i32,
        #[diesel(sql_type = Nullable<Integer>)]
        announced_before: Option<i32>,
        #[diesel(sql_type = Array<Integer>)]
        announced: Vec<i32>,
    }
    let query = diesel::sql_query(
        "SELECT DISTINCT ON (f.counter, f.year) f.counter, f.year, f.figure,
             (SELECT max(t.threshold) FROM insula.thresholds_reached t
              WHERE t.counter = f.counter AND t.year = f.year AND t.day < $1) AS announced_before,
             array(SELECT t.threshold FROM insula.thresholds_reached t
              WHERE t.counter = f.counter AND t.year = f.year AND t.day = $1 ORDER BY t.threshold) AS announced
         FROM insula.counter_figures f WHERE f.day <= $1 ORDER BY f.counter, f.year, f.day DESC",
    )
    .bind::<Date, _>(day);
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    let mut findings = Vec::new();
    for id in ledger.counters() {
        let figure = ledger.figure(id);
        let row = rows.iter().find(|row| (row.counter.as_str(), row.year) == columns_of(id));
        if row.map_or(0, |row| row.figure) != i32::try_from(figure).unwrap_or(i32::MAX) {
            findings.push(format!("counter {id}: its figure after that night is {figure}, another is recorded"));
        }
    }
    for row in &rows {
        let Some(id) = named(Some(&row.counter), Some(row.year)) else { continue };
        let before = row.announced_before.and_then(|threshold| u32::try_from(threshold).ok());
        let reached: Vec<_> =
            id.reached(ledger.figure(id), before).iter().map(|one| i64::from(one.threshold)).collect();
        if reached != row.announced.iter().copied().map(i64::from).collect::<Vec<_>>() {
            findings.push(format!("counter {id}: other thresholds were announced than were reached"));
        }
    }
    Ok(findings)
}
