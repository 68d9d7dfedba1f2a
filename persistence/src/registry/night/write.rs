//! What a night writes.

use chrono::NaiveDate;
use diesel::sql_types::{Array, BigInt, Binary, Date, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use insula_domain::registry::{
    counter::{CounterId, Verdict},
    night::{NightOutcome, Tally, arrivals_before},
    registration::Command,
};
use serde_json::{Map, Value, json};

use crate::{
    error::{DbError, Stop},
    registry::counters::{Decided, columns_of},
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

/// The row of the night; its key lets only one be written (CNT-07).
pub(super) fn begin(tx: &mut Tx, day: NaiveDate, snapshot: &str) -> Result<(), Stop> {
    let query = diesel::sql_query(
        "INSERT INTO insula.counter_runs (day, arrivals_before, run_at, trace_id, snapshot, kept, taken, exceeded)
         VALUES ($1, $2, $3, $4, $5::pg_snapshot, 0, 0, 0) RETURNING day",
    )
    .bind::<Date, _>(day)
    .bind::<Timestamptz, _>(arrivals_before(day))
    .bind::<Timestamptz, _>(tx.now)
    .bind::<SqlUuid, _>(tx.call.trace_id)
    .bind::<Text, _>(snapshot);
    Constant(query).execute(tx.conn)?;
    Ok(())
}

/// What a batch of decisions leads to, in one statement: the place, or the corrections with everything that belongs to a
/// change of status; the event of each; the report. It repeats `Registration::exceed`: what was locked is `submitted`.
pub(super) const DECISIONS: &str = "WITH d AS (
         SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
             AS d(id, version, number, hospital, counter, year, verdict, place, event_id, body, mac)),
     changed AS (UPDATE insula.registrations r SET decided_on = $12, place = d.place,
             status = CASE WHEN d.verdict = 'exceeded' THEN 'correctionsNeeded' ELSE r.status END,
             version = r.version + CASE WHEN d.verdict = 'exceeded' THEN 1 ELSE 0 END,
             corrections = CASE WHEN d.verdict = 'exceeded' THEN $13 -> (d.counter || d.year) END,
             updated_at = CASE WHEN d.verdict = 'exceeded' THEN $14 ELSE r.updated_at END
         FROM d WHERE r.id = d.id AND r.version = d.version AND r.status = 'submitted'
         RETURNING r.*, d.verdict),
     kept AS (INSERT INTO insula.registration_versions (registration_id, version, hospital, author, command, status,
             beneficiary_id, corrections, changed_by, changed_at, trace_id)
         SELECT id, version, hospital, author, 'exceed', status, beneficiary_id, corrections, insula.person(), updated_at, $15
         FROM changed WHERE verdict = 'exceeded'),
     told AS (INSERT INTO insula.code_changes (insurer, insurer_union, code, status, version, changed_at)
         SELECT insurer, insurer_union, code, status, version, updated_at FROM changed
         WHERE verdict = 'exceeded' AND insurer IS NOT NULL),
     traced AS (INSERT INTO trail.events (id, body, mac) SELECT event_id, body, mac FROM d WHERE event_id IS NOT NULL),
     reported AS (INSERT INTO insula.night_decisions
             (day, validation_number, registration_id, hospital, version, counter, year, verdict, place)
         SELECT $12, number, id, hospital, version, counter, year, verdict, place FROM d)
     SELECT id FROM changed";

/// Writes a batch of decisions.
pub(super) fn decisions(tx: &mut Tx, day: NaiveDate, decided: &[Decided]) -> Result<(), Stop> {
    let mut rows = Columns::default();
    let mut corrections = Map::new();
    for one in decided {
        let (counter, year) = columns_of(one.counter);
        let (verdict, place) = match one.verdict {
            Verdict::Keeps(place) => ("keeps", Some(place)),
            Verdict::Takes(place) => ("takes", Some(place)),
            Verdict::Exceeded => ("exceeded", None),
        };
        let event = event(tx, day, one)?;
        if one.verdict == Verdict::Exceeded {
            corrections.entry(format!("{counter}{year}")).or_insert_with(|| json!(one.counter.exceeded()));
        }
        rows.ids.push(one.registration.0);
        rows.versions.push(one.version);
        rows.numbers.push(one.number);
        rows.hospitals.push(one.hospital.as_str());
        rows.counters.push(counter);
        rows.years.push(year);
        rows.verdicts.push(verdict);
        rows.places.push(place.map(|place| i32::try_from(place).unwrap_or(0)));
        let (id, body, mac) =
            event.map_or((None, None, None), |event| (Some(event.id), Some(event.body), Some(event.mac)));
        rows.event_ids.push(id);
        rows.bodies.push(body);
        rows.macs.push(mac);
    }
    let query = diesel::sql_query(DECISIONS)
        .bind::<Array<SqlUuid>, _>(rows.ids)
        .bind::<Array<Integer>, _>(rows.versions)
        .bind::<Array<BigInt>, _>(rows.numbers)
        .bind::<Array<Text>, _>(rows.hospitals)
        .bind::<Array<Text>, _>(rows.counters)
        .bind::<Array<Integer>, _>(rows.years)
        .bind::<Array<Text>, _>(rows.verdicts)
        .bind::<Array<Nullable<Integer>>, _>(rows.places)
        .bind::<Array<Nullable<SqlUuid>>, _>(rows.event_ids)
        .bind::<Array<Nullable<Text>>, _>(rows.bodies)
        .bind::<Array<Nullable<Binary>>, _>(rows.macs)
        .bind::<Date, _>(day)
        .bind::<Jsonb, _>(Value::Object(corrections))
        .bind::<Timestamptz, _>(tx.now)
        .bind::<SqlUuid, _>(tx.call.trace_id);
    if Constant(query).execute(tx.conn)? == decided.len() {
        return Ok(());
    }
    // They were locked as they are: only a fault of ours leads here, and then nothing may be written.
    Err(DbError::Inconsistent { table: "registrations", column: "status", row: format!("night of {day}") }.into())
}

#[derive(Default)]
struct Columns<'a> {
    ids: Vec<uuid::Uuid>,
    versions: Vec<i32>,
    numbers: Vec<i64>,
    hospitals: Vec<&'a str>,
    counters: Vec<&'static str>,
    years: Vec<i32>,
    verdicts: Vec<&'static str>,
    places: Vec<Option<i32>>,
    event_ids: Vec<Option<uuid::Uuid>>,
    bodies: Vec<Option<String>>,
    macs: Vec<Option<Vec<u8>>>,
}

/// What the trail holds of a decision. To keep a place changes nothing.
fn event(tx: &Tx, day: NaiveDate, one: &Decided) -> Result<Option<trail::Event>, DbError> {
    let subject = format!("registration:{}", one.registration);
    match one.verdict {
        Verdict::Keeps(_) => Ok(None),
        Verdict::Takes(place) => {
            let details = json!({"version": one.version, "night": day, "counter": one.counter, "place": place});
            trail::event(tx, Action::TakePlace, &subject, &details).map(Some)
        }
        Verdict::Exceeded => {
            let details = json!({"version": one.version + 1, "status": "correctionsNeeded", "night": day, "counter": one.counter});
            trail::event(tx, Command::Exceed.into(), &subject, &details).map(Some)
        }
    }
}

/// What a night leaves when all are decided: figures that changed, counters that are full, thresholds that were reached.
pub(super) fn end(
    tx: &mut Tx,
    day: NaiveDate,
    tally: Tally,
    digest: &[u8],
    outcome: &NightOutcome,
) -> Result<(), Stop> {
    let NightOutcome { changed, closed, reached, .. } = outcome;
    let number = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    let figures: Vec<_> = changed.iter().map(|(id, figure)| json!({"counter": id, "figure": figure})).collect();
    let thresholds: Vec<_> =
        reached.iter().map(|one| json!({"counter": one.counter, "threshold": one.threshold})).collect();
    let details = json!({"kept": tally.kept, "taken": tally.taken, "exceeded": tally.exceeded,
        "digest": hex::encode(digest), "figures": figures, "thresholds": thresholds});
    let event = trail::event(tx, Action::Night, &format!("night:{day}"), &details)?;
    let names =
        |ids: &mut dyn Iterator<Item = CounterId>| -> (Vec<&'static str>, Vec<i32>) { ids.map(columns_of).unzip() };
    let (figure_counters, figure_years) = names(&mut changed.iter().map(|(id, _)| *id));
    let (closed_counters, closed_years) = names(&mut closed.iter().copied());
    let (reached_counters, reached_years) = names(&mut reached.iter().map(|one| one.counter));
    let query = diesel::sql_query(
        "WITH figures AS (INSERT INTO insula.counter_figures (counter, year, day, figure)
             SELECT counter, year, $1, figure FROM unnest($2, $3, $4) AS f(counter, year, figure)),
         full_ones AS (SELECT * FROM unnest($5, $6) AS c(counter, year)),
         opened AS (DELETE FROM insula.closed_counters c WHERE (counter, year) NOT IN (SELECT counter, year FROM full_ones)),
         closed AS (INSERT INTO insula.closed_counters (counter, year, found_full_on)
             SELECT counter, year, $1 FROM full_ones ON CONFLICT DO NOTHING),
         reached AS (INSERT INTO insula.thresholds_reached (counter, year, threshold, day, figure)
             SELECT counter, year, threshold, $1, figure FROM unnest($7, $8, $9, $10) AS t(counter, year, threshold, figure)),
         traced AS (INSERT INTO trail.events (id, body, mac) VALUES ($11, $12, $13))
         UPDATE insula.counter_runs SET kept = $14, taken = $15, exceeded = $16, digest = $17 WHERE day = $1 RETURNING day",
    )
    .bind::<Date, _>(day)
    .bind::<Array<Text>, _>(figure_counters)
    .bind::<Array<Integer>, _>(figure_years)
    .bind::<Array<Integer>, _>(changed.iter().map(|(_, figure)| number(*figure)).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(closed_counters)
    .bind::<Array<Integer>, _>(closed_years)
    .bind::<Array<Text>, _>(reached_counters)
    .bind::<Array<Integer>, _>(reached_years)
    .bind::<Array<Integer>, _>(reached.iter().map(|one| number(one.threshold)).collect::<Vec<_>>())
    .bind::<Array<Integer>, _>(reached.iter().map(|one| number(one.figure)).collect::<Vec<_>>())
    .bind::<SqlUuid, _>(event.id)
    .bind::<Text, _>(event.body)
    .bind::<Binary, _>(event.mac)
    .bind::<Integer, _>(number(tally.kept))
    .bind::<Integer, _>(number(tally.taken))
    .bind::<Integer, _>(number(tally.exceeded))
    .bind::<Binary, _>(digest);
    Constant(query).execute(tx.conn)?;
    Ok(())
}
