//! The replay of a night: decided again from the history of the registrations and the trail, and compared (CNT-07).

use std::collections::HashMap;

use aws_lc_rs::digest;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{Array, BigInt, Binary, Bool, Date, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    ids::RegistrationId,
    nomenclature::Counter,
    registry::{
        counter::{Arrival, CounterId, Ledger, Verdict},
        night::{CounterBefore, NightOutcome, Tally},
        registration::{RegistrationType, content::Content},
    },
};
use serde_json::Value;
use uuid::Uuid;

use super::{BATCH, Left, line};
use crate::{
    error::{DbError, Stop},
    registry::counters::{self, NightRun},
    sql::Constant,
    tx::Tx,
};

/// The result of a replay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replay {
    /// The number of replayed decisions.
    pub decisions: usize,
    /// All discrepancies, in words.
    pub findings: Vec<String>,
}

/// The longest a night may take: what was reopened in that time may or may not be in it.
const LONGEST_NIGHT: TimeDelta = TimeDelta::minutes(10);

#[derive(QueryableByName)]
struct RecordedRun {
    #[diesel(embed)]
    night: NightRun,
    #[diesel(sql_type = SqlUuid)]
    trace_id: Uuid,
    #[diesel(sql_type = Text)]
    snapshot: String,
    #[diesel(sql_type = Nullable<Binary>)]
    digest: Option<Vec<u8>>,
    /// The digest recorded in the trail.
    #[diesel(sql_type = Nullable<Text>)]
    traced_digest: Option<String>,
}

/// Decides a night again and compares, in Insula's own scope; changes nothing.
pub fn replay(tx: &mut Tx, day: NaiveDate) -> Result<Replay, Stop> {
    let query = diesel::sql_query(
        "SELECT day, arrivals_before, run_at, kept, taken, exceeded, trace_id, snapshot::text, digest,
             (SELECT e.body::jsonb #>> '{details,digest}' FROM trail.events e
              WHERE e.subject = 'night:' || day AND e.action = 'night' LIMIT 1) AS traced_digest,
             set_config('statement_timeout', '60s', true)
         FROM insula.counter_runs WHERE day = $1",
    )
    .bind::<Date, _>(day);
    let run: RecordedRun = Constant(query).found(tx.conn)?;
    let mut ledger = Ledger::of(held_before(tx, &run)?);
    let mut replay = Replay { decisions: 0, findings: Vec::new() };
    let mut tally = Tally::default();
    let mut digest = digest::Context::new(&digest::SHA256);
    let mut after = 0;
    loop {
        let page = counters::decisions(tx, day, None, after, BATCH)?;
        let facts = facts(tx, day, &run, &page.items)?;
        for one in &page.items {
            let subject = format!("registration {} (validation {})", one.registration, one.number);
            let again = ledger.decide(Arrival { registration: one.registration, counter: one.counter });
            if again != one.verdict {
                replay.findings.push(format!("{subject}: recorded {:?}, decided again {again:?}", one.verdict));
            }
            match facts.get(&one.number) {
                Some(fact) => replay.findings.extend(fact.against(one, &run).map(|what| format!("{subject}: {what}"))),
                None => replay.findings.push(format!("{subject}: the history does not have that version")),
            }
            tally.count(one.verdict);
            digest.update(line(one).as_bytes());
            after = one.number;
        }
        replay.decisions += page.items.len();
        if !page.more {
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
    if [run.night.kept, run.night.taken, run.night.exceeded].map(|n| u32::try_from(n).ok())
        != [tally.kept, tally.taken, tally.exceeded].map(Some)
    {
        replay.findings.push("the totals of the report are not those of its decisions".to_owned());
    }
    replay.findings.extend(forgotten(tx, day, &run)?);
    replay.findings.extend(figures(tx, day, &ledger)?);
    Ok(replay)
}

/// A place taken or freed, according to the trail.
#[derive(QueryableByName)]
struct PlaceEvent {
    #[diesel(sql_type = SqlUuid)]
    registration: Uuid,
    #[diesel(sql_type = Bool)]
    takes: bool,
    #[diesel(sql_type = Nullable<Text>)]
    counter: Option<String>,
    #[diesel(sql_type = Nullable<Integer>)]
    place: Option<i32>,
}

impl PlaceEvent {
    /// The place held from then on, if any.
    fn place(&self) -> Result<Option<(CounterId, u32)>, DbError> {
        let inconsistent = |column| DbError::inconsistent("trail.events", column, self.registration);
        if !self.takes {
            return Ok(None);
        }
        let counter =
            self.counter.as_deref().and_then(|counter| counter.parse().ok()).ok_or_else(|| inconsistent("counter"))?;
        let place = self.place.and_then(|place| u32::try_from(place).ok()).ok_or_else(|| inconsistent("place"))?;
        Ok(Some((counter, place)))
    }
}

/// The places held when the night read them, from the trail alone: those given by nights, less those freed.
fn held_before(tx: &mut Tx, run: &RecordedRun) -> Result<Vec<(CounterId, u32, RegistrationId)>, Stop> {
    // In the order of versions, because a night decides about the version it finds.
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
    let events: Vec<PlaceEvent> = Constant(query).load(tx.conn)?;
    let mut held = HashMap::new();
    for event in events {
        match event.place()? {
            Some(place) => held.insert(event.registration, place),
            None => held.remove(&event.registration),
        };
    }
    Ok(held.into_iter().map(|(id, (counter, place))| (counter, place, RegistrationId(id))).collect())
}

/// History and trail of a decided registration.
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
    fn against(&self, decided: &counters::Decided, run: &RecordedRun) -> impl Iterator<Item = &'static str> {
        let expected = match decided.verdict {
            Verdict::Keeps(_) => vec![],
            Verdict::Takes(place) => vec![format!("takePlace {} {place}", decided.counter)],
            Verdict::Exceeded => vec![format!("exceed {} ", decided.counter)],
        };
        let feeds = fed(&self.registration_type, &self.content).is_ok_and(|fed| fed == Some(decided.counter));
        let checks = [
            (self.command == "acknowledge", "it was not acknowledged in that version"),
            (self.changed_at < run.night.arrivals_before, "it arrived after that day"),
            (feeds, "its content feeds another counter"),
            (self.validated_as == Some(decided.number), "the trail has another order of validation"),
            (self.traced == expected, "the trail does not have that decision"),
        ];
        checks.into_iter().filter(|(holds, _)| !holds).map(|(_, what)| what)
    }
}

/// The counter fed by a content of that type, according to the domain; or the unreadable column.
fn fed(registration_type: &str, content: &Value) -> Result<Option<CounterId>, &'static str> {
    let content = Content::of(content.as_object().ok_or("content")?);
    let of = RegistrationType::from_name(registration_type).ok_or("type")?;
    let fed = Counter::fed_by(of, content.device_kinds(), content.nomenclature_pair.as_deref(), content.event_date);
    Ok(fed.map(CounterId::from))
}

fn facts(
    tx: &mut Tx,
    day: NaiveDate,
    run: &RecordedRun,
    decided: &[counters::Decided],
) -> Result<HashMap<i64, Fact>, Stop> {
    let query = diesel::sql_query(
        "SELECT d.validation_number AS number, r.type::text AS type, v.command, v.changed_at, content.content,
             (SELECT (e.body::jsonb #>> '{details,validationNumber}')::bigint FROM trail.events e
              WHERE e.subject = 'registration:' || d.registration_id AND e.action = 'submit'
                AND (e.body::jsonb #>> '{details,version}')::integer < d.version
              ORDER BY (e.body::jsonb #>> '{details,version}')::integer DESC LIMIT 1) AS validated_as,
             array(SELECT concat(e.action, ' ', e.body::jsonb #>> '{details,counter}', ' ',
                  e.body::jsonb #>> '{details,place}')
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

/// The registrations that had arrived, were not reopened before the night, and yet were not decided.
fn forgotten(tx: &mut Tx, day: NaiveDate, run: &RecordedRun) -> Result<Vec<String>, Stop> {
    #[derive(QueryableByName)]
    struct Arrived {
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
    .bind::<Timestamptz, _>(run.night.arrivals_before)
    .bind::<Date, _>(day)
    .bind::<Timestamptz, _>(run.night.run_at + LONGEST_NIGHT);
    let candidates: Vec<Arrived> = Constant(query).load(tx.conn)?;
    let mut forgotten = Vec::new();
    for one in candidates {
        let inconsistent = |column| DbError::inconsistent("registration_versions", column, one.id);
        if fed(&one.registration_type, &one.content).map_err(inconsistent)?.is_some() {
            forgotten.push(format!("registration {}: it had arrived and was not decided about", one.id));
        }
    }
    Ok(forgotten)
}

/// Compares the recorded figures and announcements with those that follow from the decisions.
fn figures(tx: &mut Tx, day: NaiveDate, ledger: &Ledger) -> Result<Vec<String>, Stop> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(embed)]
        left: Left,
        #[diesel(sql_type = Array<Integer>)]
        thresholds: Vec<i32>,
    }
    impl Row {
        fn read(&self) -> Result<(CounterBefore, Vec<u32>), DbError> {
            let thresholds = self.thresholds.iter().map(|threshold| u32::try_from(*threshold));
            let thresholds = thresholds.collect::<Result<_, _>>();
            Ok((self.left.read()?, thresholds.map_err(|_| self.left.inconsistent("thresholds_reached", "threshold"))?))
        }
    }
    let query = diesel::sql_query(
        "SELECT DISTINCT ON (f.counter, f.year) f.counter, f.year, f.figure,
             (SELECT max(t.threshold) FROM insula.thresholds_reached t
              WHERE t.counter = f.counter AND t.year = f.year AND t.day < $1) AS announced,
             array(SELECT t.threshold FROM insula.thresholds_reached t
              WHERE t.counter = f.counter AND t.year = f.year AND t.day = $1 ORDER BY t.threshold) AS thresholds
         FROM insula.counter_figures f WHERE f.day <= $1 ORDER BY f.counter, f.year, f.day DESC",
    )
    .bind::<Date, _>(day);
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    let recorded: Vec<(CounterBefore, Vec<u32>)> = rows.iter().map(Row::read).collect::<Result<_, _>>()?;
    let before: Vec<CounterBefore> = recorded.iter().map(|(standing, _)| *standing).collect();
    let outcome = NightOutcome::of(ledger, &before);
    // Computed on top of the recorded figures, any change is a discrepancy.
    let figures = outcome
        .changed
        .iter()
        .map(|(id, figure)| format!("counter {id}: its figure after that night is {figure}, another is recorded"));
    let thresholds = recorded.iter().filter(|(standing, announced)| {
        let reached = outcome.reached.iter().filter(|one| one.counter == standing.id);
        !reached.map(|one| one.threshold).eq(announced.iter().copied())
    });
    let thresholds = thresholds
        .map(|(standing, _)| format!("counter {}: other thresholds were announced than were reached", standing.id));
    Ok(figures.chain(thresholds).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CNT-07: an unreadable content is not taken for one that feeds no counter.
    #[test]
    fn an_unreadable_content_is_not_skipped() {
        let content = serde_json::json!({"devices": [{"kind": "sensor"}], "nomenclaturePair": "174370-174381"});
        assert_eq!(fed("firstImplantation", &content), Ok(Some(CounterId::A)));
        assert_eq!(fed("followUp", &content), Ok(None));
        assert_eq!((fed("first", &content), fed("firstImplantation", &Value::Null)), (Err("type"), Err("content")));
    }

    /// CNT-07: an unreadable event of the trail is not taken for a freed place.
    #[test]
    fn an_unreadable_event_frees_no_place() {
        let place = |takes, counter: &str, place| {
            let counter = Some(counter.to_owned());
            PlaceEvent { registration: Uuid::nil(), takes, counter, place }.place()
        };
        assert_eq!(place(true, "B-2026", Some(7)).unwrap(), Some((CounterId::b(2026), 7)));
        assert_eq!(place(false, "B-2026", Some(7)).unwrap(), None);
        for (counter, position) in [("C", Some(7)), ("A", None), ("A", Some(-1))] {
            assert!(
                matches!(place(true, counter, position), Err(DbError::Inconsistent { .. })),
                "{counter} {position:?}"
            );
        }
    }
}
