//! The night (CNT-02 to CNT-08): one transaction a day. The places and the arrivals are read, the domain decides about one
//! after the other, and everything that follows is written: places, corrections, figures, closed counters, thresholds, the
//! report and the trail. A night that dies leaves nothing; a second one at the same time waits for nothing and does nothing.

mod replay;
mod write;

pub use replay::{Replay, replay};

use aws_lc_rs::digest;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{BigInt, Bool, Date, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    clock::brussels_day,
    ids::RegistrationId,
    registry::counter::{Arrival, CounterId, Ledger, Reached, Verdict, arrivals_before, is_over, night_due},
};
use uuid::Uuid;

use write::Counts;

use crate::{
    error::{DbError, Stop},
    notices::{mails, webhooks},
    registry::counters::{Decided, named},
    sql::Constant,
    tx::Tx,
};

/// How many arrivals are decided at once: few statements for many, and little memory for any number.
const BATCH: i32 = 2000;

/// What became of a request to run the night of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Night {
    /// It was run.
    Ran(Report),
    /// It was run before; nothing happened.
    AlreadyRun,
    /// Another process is running a night now; nothing happened.
    Elsewhere,
    /// The day is not over (CNT-07).
    NotOver,
    /// The night of this day comes next (CNT-07).
    AfterNightOf(NaiveDate),
    /// No night was run yet, and nothing has arrived that a first one could decide about.
    NothingArrived,
}

/// What a night did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The day.
    pub day: NaiveDate,
    /// How many kept the place they held.
    pub kept: u32,
    /// How many took a place.
    pub taken: u32,
    /// How many found their counter exceeded.
    pub exceeded: u32,
    /// The figures it left, of every counter that has or had a place.
    pub figures: Vec<(CounterId, u32)>,
    /// The thresholds it reached (NOT-01).
    pub reached: Vec<Reached>,
}

/// The night that is due, if one is: the day after the last one's, or that of the first arrival (CNT-07).
pub fn due(tx: &mut Tx) -> Result<Option<NaiveDate>, Stop> {
    let (last, first) = bounds(tx)?;
    Ok(night_due(last, first, tx.now))
}

/// The day whose night comes next, over or not: that after the last run, or that of the first arrival; else today.
pub fn next(tx: &mut Tx) -> Result<NaiveDate, Stop> {
    let (last, first) = bounds(tx)?;
    let today = brussels_day(tx.now);
    Ok(last.map_or_else(|| first.map_or(today, brussels_day), |last| last.succ_opt().unwrap_or(last)))
}

/// The day of the last night, and when the first of those that wait was acknowledged.
fn bounds(tx: &mut Tx) -> Result<(Option<NaiveDate>, Option<DateTime<Utc>>), Stop> {
    #[derive(QueryableByName)]
    struct Bounds {
        #[diesel(sql_type = Nullable<Date>)]
        last: Option<NaiveDate>,
        #[diesel(sql_type = Nullable<Timestamptz>)]
        first: Option<DateTime<Utc>>,
    }
    // The first arrival matters before the first night only.
    let query = diesel::sql_query(
        "SELECT run.last, CASE WHEN run.last IS NULL THEN (SELECT min(acknowledged_at) FROM insula.registrations
             WHERE status = 'submitted' AND counter IS NOT NULL AND decided_on IS NULL) END AS first
         FROM (SELECT max(day) AS last FROM insula.counter_runs) AS run",
    );
    let found: Bounds = Constant(query).get_result(tx.conn)?;
    Ok((found.last, found.first))
}

/// Runs the night of a day, or says why not. To be called in a transaction of Insula's own scope.
pub fn run(tx: &mut Tx, day: NaiveDate) -> Result<Night, Stop> {
    if !alone(tx)? {
        return Ok(Night::Elsewhere);
    }
    match bounds(tx)? {
        (Some(last), _) if day <= last => return Ok(Night::AlreadyRun),
        (Some(last), _) if last.succ_opt() != Some(day) => {
            return Ok(Night::AfterNightOf(last.succ_opt().unwrap_or(last)));
        }
        (None, Some(first)) if brussels_day(first) != day => return Ok(Night::AfterNightOf(brussels_day(first))),
        (None, None) => return Ok(Night::NothingArrived),
        _ => {}
    }
    if !is_over(day, tx.now) {
        return Ok(Night::NotOver);
    }
    let (mut ledger, snapshot) = ledger(tx)?;
    write::begin(tx, day, &snapshot)?;
    let mut counts = Counts::default();
    let mut digest = digest::Context::new(&digest::SHA256);
    each_batch(tx, LOCKED, day, |tx, arrivals| {
        let decided = decide(&mut ledger, arrivals, &mut counts);
        decided.iter().for_each(|one| digest.update(line(one).as_bytes()));
        write::decisions(tx, day, &decided)
    })?;
    let standing = figures_before(tx)?;
    let mut counters = ledger.counters();
    counters.extend(standing.iter().map(|standing| standing.id));
    let figures: Vec<_> = counters.into_iter().map(|id| (id, ledger.figure(id))).collect();
    let announced = |id| standing.iter().find(|one| one.id == id).and_then(|one| one.announced);
    let reached: Vec<_> = figures.iter().flat_map(|(id, figure)| id.reached(*figure, announced(*id))).collect();
    let changed: Vec<_> = figures
        .iter()
        .filter(|(id, figure)| standing.iter().find(|one| one.id == *id).is_none_or(|one| one.figure != *figure))
        .copied()
        .collect();
    let closed: Vec<_> = figures.iter().map(|(id, _)| *id).filter(|id| ledger.is_full(*id)).collect();
    write::end(tx, day, &counts, digest.finish().as_ref(), (&changed, &closed, &reached))?;
    mails::announce(tx, day, &reached)?;
    webhooks::announce(tx, day, &reached)?;
    Ok(Night::Ran(Report { day, kept: counts.kept, taken: counts.taken, exceeded: counts.exceeded, figures, reached }))
}

/// Says what the night of a day would decide about what has arrived so far, and changes nothing (CNT-09). `each` gets the
/// decisions in the order of validation, batch by batch.
pub fn preview(tx: &mut Tx, day: NaiveDate, mut each: impl FnMut(Vec<Decided>)) -> Result<Report, Stop> {
    let (mut ledger, _) = ledger(tx)?;
    let mut counts = Counts::default();
    each_batch(tx, UNLOCKED, day, |_, arrivals| {
        each(decide(&mut ledger, arrivals, &mut counts));
        Ok(())
    })?;
    let standing = figures_before(tx)?;
    let figures: Vec<_> = ledger.counters().into_iter().map(|id| (id, ledger.figure(id))).collect();
    let announced = |id| standing.iter().find(|one| one.id == id).and_then(|one| one.announced);
    let reached = figures.iter().flat_map(|(id, figure)| id.reached(*figure, announced(*id))).collect();
    Ok(Report { day, kept: counts.kept, taken: counts.taken, exceeded: counts.exceeded, figures, reached })
}

/// One decision as the digest has it.
pub(crate) fn line(decided: &Decided) -> String {
    let verdict = match decided.verdict {
        Verdict::Keeps(place) => format!("keeps {place}"),
        Verdict::Takes(place) => format!("takes {place}"),
        Verdict::Exceeded => "exceeded".to_owned(),
    };
    format!("{} {} {} {} {verdict}\n", decided.number, decided.registration, decided.version, decided.counter)
}

/// Asks the domain about one arrival after the other.
fn decide(ledger: &mut Ledger, arrivals: Vec<Waiting>, counts: &mut Counts) -> Vec<Decided> {
    let mut decided = Vec::with_capacity(arrivals.len());
    for waiting in arrivals {
        let registration = RegistrationId(waiting.id);
        let verdict = ledger.decide(Arrival { registration, counter: waiting.of });
        *match verdict {
            Verdict::Keeps(_) => &mut counts.kept,
            Verdict::Takes(_) => &mut counts.taken,
            Verdict::Exceeded => &mut counts.exceeded,
        } += 1;
        decided.push(Decided {
            registration,
            hospital: waiting.hospital,
            version: waiting.version,
            number: waiting.number,
            counter: waiting.of,
            verdict,
        });
    }
    decided
}

/// Whether no other process runs a night; holds them off until the transaction ends. A night may take longer than a request.
fn alone(tx: &mut Tx) -> Result<bool, Stop> {
    #[derive(QueryableByName)]
    struct Locked {
        #[diesel(sql_type = Bool)]
        locked: bool,
    }
    let query = diesel::sql_query(
        "SELECT pg_try_advisory_xact_lock(hashtextextended('insula night', 0)) AS locked,
             set_config('statement_timeout', '60s', true), set_config('lock_timeout', '30s', true)",
    );
    let locked: Locked = Constant(query).get_result(tx.conn)?;
    Ok(locked.locked)
}

/// The places as they are held, and what was committed when they were read.
fn ledger(tx: &mut Tx) -> Result<(Ledger, String), Stop> {
    #[derive(QueryableByName)]
    struct Held {
        #[diesel(sql_type = Text)]
        snapshot: String,
        #[diesel(sql_type = Nullable<Text>)]
        counter: Option<String>,
        #[diesel(sql_type = Nullable<Integer>)]
        counter_year: Option<i32>,
        #[diesel(sql_type = Nullable<Integer>)]
        place: Option<i32>,
        #[diesel(sql_type = Nullable<SqlUuid>)]
        id: Option<Uuid>,
    }
    let query = diesel::sql_query(
        "SELECT pg_current_snapshot()::text AS snapshot, r.counter, r.counter_year, r.place, r.id
         FROM (SELECT) AS one LEFT JOIN insula.registrations r ON r.place IS NOT NULL",
    );
    let rows: Vec<Held> = Constant(query).load(tx.conn)?;
    let snapshot = rows.first().map(|row| row.snapshot.clone()).unwrap_or_default();
    let held = rows.into_iter().filter_map(|row| {
        let place = u32::try_from(row.place?).ok()?;
        Some((named(row.counter.as_deref(), row.counter_year)?, place, RegistrationId(row.id?)))
    });
    Ok((Ledger::of(held), snapshot))
}

/// One that waits for the night.
struct Waiting {
    id: Uuid,
    version: i32,
    number: i64,
    hospital: String,
    of: CounterId,
}

macro_rules! waiting {
    ($lock:literal) => {
        concat!(
            "SELECT r.id, r.version, r.validation_number, r.hospital, r.counter, r.counter_year
             FROM insula.registrations r
             WHERE r.status = 'submitted' AND r.counter IS NOT NULL AND r.decided_on IS NULL
               AND r.validation_number > $1 AND r.acknowledged_at < $2
             ORDER BY r.validation_number LIMIT $3",
            $lock
        )
    };
}
/// Locked, so that none is reopened while it is decided about; one that was reopened meanwhile drops out (rules.md §13, CNT-02).
const LOCKED: &str = waiting!(" FOR UPDATE");
const UNLOCKED: &str = waiting!("");

/// What arrived before the end of the day and was not decided yet, in the order of validation, batch by batch (CNT-02, CNT-04).
fn each_batch(
    tx: &mut Tx,
    sql: &'static str,
    day: NaiveDate,
    mut each: impl FnMut(&mut Tx, Vec<Waiting>) -> Result<(), Stop>,
) -> Result<(), Stop> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
        #[diesel(sql_type = Integer)]
        version: i32,
        #[diesel(sql_type = BigInt)]
        validation_number: i64,
        #[diesel(sql_type = Text)]
        hospital: String,
        #[diesel(sql_type = Text)]
        counter: String,
        #[diesel(sql_type = Integer)]
        counter_year: i32,
    }
    let mut after = 0;
    loop {
        let query = diesel::sql_query(sql)
            .bind::<BigInt, _>(after)
            .bind::<Timestamptz, _>(arrivals_before(day))
            .bind::<Integer, _>(BATCH);
        let rows: Vec<Row> = Constant(query).load(tx.conn)?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.validation_number;
        let waiting = rows.into_iter().map(|row| {
            let odd = || DbError::Inconsistent { table: "registrations", column: "counter", row: row.id.to_string() };
            let of = named(Some(&row.counter), Some(row.counter_year)).ok_or_else(odd)?;
            Ok(Waiting { id: row.id, version: row.version, number: row.validation_number, hospital: row.hospital, of })
        });
        let waiting = waiting.collect::<Result<_, DbError>>()?;
        each(tx, waiting)?;
    }
}

/// A counter as the nights before left it.
struct Before {
    id: CounterId,
    figure: u32,
    announced: Option<u32>,
}

fn figures_before(tx: &mut Tx) -> Result<Vec<Before>, Stop> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        counter: String,
        #[diesel(sql_type = Integer)]
        year: i32,
        #[diesel(sql_type = Integer)]
        figure: i32,
        #[diesel(sql_type = Nullable<Integer>)]
        announced: Option<i32>,
    }
    // From one counter to the next along the primary key, and of each the last figure only: the nights of a hundred years are
    // not read.
    let query = diesel::sql_query(
        "WITH RECURSIVE known AS (
             (SELECT counter, year FROM insula.counter_figures ORDER BY counter, year LIMIT 1)
             UNION ALL
             SELECT next.counter, next.year FROM known CROSS JOIN LATERAL (
                 SELECT f.counter, f.year FROM insula.counter_figures f
                 WHERE (f.counter, f.year) > (known.counter, known.year) ORDER BY f.counter, f.year LIMIT 1) AS next)
         SELECT k.counter, k.year, last.figure,
             (SELECT max(t.threshold) FROM insula.thresholds_reached t
              WHERE t.counter = k.counter AND t.year = k.year) AS announced
         FROM known k CROSS JOIN LATERAL (
             SELECT f.figure FROM insula.counter_figures f
             WHERE f.counter = k.counter AND f.year = k.year ORDER BY f.day DESC LIMIT 1) AS last",
    );
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    let before = |row: Row| {
        Some(Before {
            id: named(Some(&row.counter), Some(row.year))?,
            figure: u32::try_from(row.figure).ok()?,
            announced: row.announced.and_then(|threshold| u32::try_from(threshold).ok()),
        })
    };
    Ok(rows.into_iter().filter_map(before).collect())
}
