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
    registry::{
        counter::{Arrival, CounterId, Ledger, Reached, Verdict},
        night::{CounterBefore, NightOutcome, Nights, NotRun, Tally, arrivals_before},
    },
};
use uuid::Uuid;

use crate::{
    error::{DbError, Stop},
    notices::{mails, webhooks},
    registry::counters::{Decided, named, of_row},
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
    /// It is not run now; nothing happened.
    NotRun(NotRun),
    /// Another process is running a night now; nothing happened.
    Elsewhere,
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

/// The night that is due, if one is (CNT-07).
pub fn due(tx: &mut Tx) -> Result<Option<NaiveDate>, Stop> {
    Ok(nights(tx)?.due(tx.now))
}

/// The day whose night comes next, over or not; today while nothing has arrived that a first one could decide about
/// (CNT-07).
pub fn next(tx: &mut Tx) -> Result<NaiveDate, Stop> {
    Ok(nights(tx)?.next().unwrap_or_else(|| brussels_day(tx.now)))
}

/// The day of the last night, and when the first of those that wait was acknowledged.
fn nights(tx: &mut Tx) -> Result<Nights, Stop> {
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
    Ok(Nights { last: found.last, first_acknowledged: found.first })
}

/// Runs the night of a day, or says why not. To be called in a transaction of Insula's own scope.
pub fn run(tx: &mut Tx, day: NaiveDate) -> Result<Night, Stop> {
    if !alone(tx)? {
        return Ok(Night::Elsewhere);
    }
    if let Err(why) = nights(tx)?.may_run(day, tx.now) {
        return Ok(Night::NotRun(why));
    }
    let (mut ledger, snapshot) = ledger(tx)?;
    write::begin(tx, day, &snapshot)?;
    let mut tally = Tally::default();
    let mut digest = digest::Context::new(&digest::SHA256);
    each_batch(tx, LOCKED, day, |tx, arrivals| {
        let decided = decide(&mut ledger, arrivals, &mut tally);
        decided.iter().for_each(|one| digest.update(line(one).as_bytes()));
        write::decisions(tx, day, &decided)
    })?;
    let outcome = NightOutcome::of(&ledger, &figures_before(tx)?);
    write::end(tx, day, tally, digest.finish().as_ref(), &outcome)?;
    mails::announce(tx, day, &outcome.reached)?;
    webhooks::announce(tx, day, &outcome.reached)?;
    let Tally { kept, taken, exceeded } = tally;
    Ok(Night::Ran(Report { day, kept, taken, exceeded, figures: outcome.figures, reached: outcome.reached }))
}

/// Says what the night of a day would decide about what has arrived so far, and changes nothing (CNT-09). `each` gets the
/// decisions in the order of validation, batch by batch. Counters without a place are left out of the figures.
pub fn preview(tx: &mut Tx, day: NaiveDate, mut each: impl FnMut(Vec<Decided>)) -> Result<Report, Stop> {
    let (mut ledger, _) = ledger(tx)?;
    let mut tally = Tally::default();
    each_batch(tx, UNLOCKED, day, |_, arrivals| {
        each(decide(&mut ledger, arrivals, &mut tally));
        Ok(())
    })?;
    let NightOutcome { mut figures, reached, .. } = NightOutcome::of(&ledger, &figures_before(tx)?);
    figures.retain(|(_, figure)| *figure > 0);
    let Tally { kept, taken, exceeded } = tally;
    Ok(Report { day, kept, taken, exceeded, figures, reached })
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
fn decide(ledger: &mut Ledger, arrivals: Vec<Waiting>, tally: &mut Tally) -> Vec<Decided> {
    let mut decided = Vec::with_capacity(arrivals.len());
    for waiting in arrivals {
        let registration = RegistrationId(waiting.id);
        let verdict = ledger.decide(Arrival { registration, counter: waiting.of });
        tally.count(verdict);
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

/// A place that is held, beside what was committed when it was read; without a place when none is.
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

impl Held {
    fn place(&self) -> Result<Option<(CounterId, u32, RegistrationId)>, DbError> {
        let (Some(id), Some(place)) = (self.id, self.place) else { return Ok(None) };
        let odd = |column| DbError::Inconsistent { table: "registrations", column, row: id.to_string() };
        let counter = named(self.counter.as_deref(), self.counter_year).ok_or_else(|| odd("counter"))?;
        Ok(Some((counter, u32::try_from(place).map_err(|_| odd("place"))?, RegistrationId(id))))
    }
}

/// The places as they are held, and what was committed when they were read.
fn ledger(tx: &mut Tx) -> Result<(Ledger, String), Stop> {
    let query = diesel::sql_query(
        "SELECT pg_current_snapshot()::text AS snapshot, r.counter, r.counter_year, r.place, r.id
         FROM (SELECT) AS one LEFT JOIN insula.registrations r ON r.place IS NOT NULL",
    );
    let rows: Vec<Held> = Constant(query).load(tx.conn)?;
    let snapshot = rows.first().map(|row| row.snapshot.clone()).unwrap_or_default();
    let held: Vec<_> = rows.iter().filter_map(|row| row.place().transpose()).collect::<Result<_, _>>()?;
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
#[derive(QueryableByName)]
struct Left {
    #[diesel(sql_type = Text)]
    counter: String,
    #[diesel(sql_type = Integer)]
    year: i32,
    #[diesel(sql_type = Integer)]
    figure: i32,
    #[diesel(sql_type = Nullable<Integer>)]
    announced: Option<i32>,
}

impl Left {
    fn odd(&self, table: &'static str, column: &'static str) -> DbError {
        DbError::Inconsistent { table, column, row: format!("{} {}", self.counter, self.year) }
    }

    fn read(&self) -> Result<CounterBefore, DbError> {
        let announced = self.announced.map(u32::try_from).transpose();
        Ok(CounterBefore {
            id: of_row(&self.counter, self.year, "counter_figures")?,
            figure: u32::try_from(self.figure).map_err(|_| self.odd("counter_figures", "figure"))?,
            announced: announced.map_err(|_| self.odd("thresholds_reached", "threshold"))?,
        })
    }
}

fn figures_before(tx: &mut Tx) -> Result<Vec<CounterBefore>, Stop> {
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
    let rows: Vec<Left> = Constant(query).load(tx.conn)?;
    Ok(rows.iter().map(Left::read).collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn odd<T>(read: Result<T, DbError>) -> Option<&'static str> {
        match read {
            Err(DbError::Inconsistent { column, .. }) => Some(column),
            _ => None,
        }
    }

    /// CNT-08: a place that cannot be read stops the night, which would otherwise give it to another.
    #[test]
    fn a_place_that_cannot_be_read_is_not_passed_over() {
        let held = |counter: Option<&str>, counter_year, place| {
            let (counter, id) = (counter.map(str::to_owned), Some(Uuid::from_u128(1)));
            Held { snapshot: String::new(), counter, counter_year, place, id }.place()
        };
        let read = held(Some("B"), Some(2026), Some(7)).unwrap();
        assert_eq!(read, Some((CounterId::b(2026), 7, RegistrationId(Uuid::from_u128(1)))));
        assert_eq!(odd(held(Some("C"), Some(0), Some(7))), Some("counter"));
        assert_eq!(odd(held(Some("B"), None, Some(7))), Some("counter"));
        assert_eq!(odd(held(None, None, Some(7))), Some("counter"));
        assert_eq!(odd(held(Some("A"), Some(0), Some(-7))), Some("place"));
        let none = Held { snapshot: String::new(), counter: None, counter_year: None, place: None, id: None };
        assert_eq!(none.place().unwrap(), None);
    }

    /// CNT-08, NOT-01: a figure or threshold that cannot be read stops the night, which would otherwise announce it a
    /// second time.
    #[test]
    fn a_figure_that_cannot_be_read_is_not_passed_over() {
        let left =
            |counter: &str, figure, announced| Left { counter: counter.to_owned(), year: 0, figure, announced }.read();
        let read = left("A", 351, Some(350)).unwrap();
        assert_eq!(read, CounterBefore { id: CounterId::A, figure: 351, announced: Some(350) });
        assert_eq!(odd(left("a", 1, None)), Some("counter"));
        assert_eq!(odd(left("A", -1, None)), Some("figure"));
        assert_eq!(odd(left("A", 1, Some(-1))), Some("threshold"));
    }
}
