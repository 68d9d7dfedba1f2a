//! The writes of a night.

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

/// Writes the row of the night; its key is unique, so that a night is run once (CNT-07).
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

/// Writes the consequences of a batch of decisions in one statement: places, corrections with their change of status,
/// events and the report. It repeats `Registration::exceed`: what was locked is `submitted`.
const DECISIONS: &str = "WITH d AS (
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
         SELECT id, version, hospital, author, 'exceed', status, beneficiary_id, corrections, insula.person(),
             updated_at, $15
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
    let (counters, years): (Vec<_>, Vec<_>) = decided.iter().map(|one| columns_of(one.counter)).unzip();
    let (verdicts, places): (Vec<_>, Vec<_>) = decided.iter().map(|one| verdict_columns(one.verdict)).unzip();
    let events = decided.iter().map(|one| event(tx, day, one)).collect::<Result<Vec<_>, _>>()?;
    let of_events = || events.iter().map(Option::as_ref);
    let exceeded = decided.iter().filter(|one| one.verdict == Verdict::Exceeded).map(|one| {
        let (counter, year) = columns_of(one.counter);
        (format!("{counter}{year}"), json!(one.counter.exceeded()))
    });
    let corrections: Map<_, _> = exceeded.collect();
    let query = diesel::sql_query(DECISIONS)
        .bind::<Array<SqlUuid>, _>(decided.iter().map(|one| one.registration.0).collect::<Vec<_>>())
        .bind::<Array<Integer>, _>(decided.iter().map(|one| one.version).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(decided.iter().map(|one| one.number).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(decided.iter().map(|one| &one.hospital).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(counters)
        .bind::<Array<Integer>, _>(years)
        .bind::<Array<Text>, _>(verdicts)
        .bind::<Array<Nullable<Integer>>, _>(places)
        .bind::<Array<Nullable<SqlUuid>>, _>(of_events().map(|event| event.map(|event| event.id)).collect::<Vec<_>>())
        .bind::<Array<Nullable<Text>>, _>(of_events().map(|event| event.map(|event| &event.body)).collect::<Vec<_>>())
        .bind::<Array<Nullable<Binary>>, _>(of_events().map(|event| event.map(|event| &event.mac)).collect::<Vec<_>>())
        .bind::<Date, _>(day)
        .bind::<Jsonb, _>(Value::Object(corrections))
        .bind::<Timestamptz, _>(tx.now)
        .bind::<SqlUuid, _>(tx.call.trace_id);
    if Constant(query).execute(tx.conn)? == decided.len() {
        return Ok(());
    }
    // The rows were locked in this state, so this is a bug of Insula, and nothing may be written.
    Err(DbError::inconsistent("registrations", "status", format!("night of {day}")).into())
}

fn verdict_columns(verdict: Verdict) -> (&'static str, Option<i32>) {
    let number = |place| Some(i32::try_from(place).unwrap_or(0));
    match verdict {
        Verdict::Keeps(place) => ("keeps", number(place)),
        Verdict::Takes(place) => ("takes", number(place)),
        Verdict::Exceeded => ("exceeded", None),
    }
}

/// The event of a decision; none if a place is kept, which changes nothing.
fn event(tx: &Tx, day: NaiveDate, one: &Decided) -> Result<Option<trail::Event>, DbError> {
    let subject = format!("registration:{}", one.registration);
    match one.verdict {
        Verdict::Keeps(_) => Ok(None),
        Verdict::Takes(place) => {
            let details = json!({"version": one.version, "night": day, "counter": one.counter, "place": place});
            trail::event(tx, Action::TakePlace, &subject, &details).map(Some)
        }
        Verdict::Exceeded => {
            let details = json!({"version": one.version + 1, "status": "correctionsNeeded", "night": day,
                "counter": one.counter});
            trail::event(tx, Command::Exceed.into(), &subject, &details).map(Some)
        }
    }
}

/// Writes the results of a night: changed figures, full counters, reached thresholds, and its event.
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
         opened AS (DELETE FROM insula.closed_counters c
             WHERE (counter, year) NOT IN (SELECT counter, year FROM full_ones)),
         closed AS (INSERT INTO insula.closed_counters (counter, year, found_full_on)
             SELECT counter, year, $1 FROM full_ones ON CONFLICT DO NOTHING),
         reached AS (INSERT INTO insula.thresholds_reached (counter, year, threshold, day, figure)
             SELECT counter, year, threshold, $1, figure
             FROM unnest($7, $8, $9, $10) AS t(counter, year, threshold, figure)),
         traced AS (INSERT INTO trail.events (id, body, mac) VALUES ($11, $12, $13))
         UPDATE insula.counter_runs SET kept = $14, taken = $15, exceeded = $16, digest = $17
         WHERE day = $1 RETURNING day",
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
