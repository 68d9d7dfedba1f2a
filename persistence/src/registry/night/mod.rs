//! The night (CNT-02 to CNT-08): one transaction per day. It reads places and arrivals, lets the domain decide about
//! each arrival in turn, and writes the results: places, corrections, figures, closed counters, thresholds, the report
//! and the trail. A crash rolls everything back; a concurrent second night returns at once.

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
    registry::counters::{Decided, counter_of, of_row},
    sql::Constant,
    tx::Tx,
};

/// How many arrivals are decided per batch, which bounds both the number of statements and the memory.
const BATCH: i32 = 2000;

/// The result of a request to run the night of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Night {
    /// It was run.
    Ran(Report),
    /// It may not run now; nothing happened.
    NotRun(NotRun),
    /// Another process is running a night; nothing happened.
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
    /// The resulting figures of all counters that hold or held a place.
    pub figures: Vec<(CounterId, u32)>,
    /// The thresholds it reached (NOT-01).
    pub reached: Vec<Reached>,
}

/// The night that is due, if one is (CNT-07).
pub fn due(tx: &mut Tx) -> Result<Option<NaiveDate>, Stop> {
    Ok(nights(tx)?.due(tx.now))
}

/// The day of the next night, whether over or not; today if nothing has arrived yet for a first night (CNT-07).
pub fn next(tx: &mut Tx) -> Result<NaiveDate, Stop> {
    Ok(nights(tx)?.next().unwrap_or_else(|| brussels_day(tx.now)))
}

/// The day of the last night, and the first acknowledgement that waits for one.
fn nights(tx: &mut Tx) -> Result<Nights, Stop> {
    #[derive(QueryableByName)]
    struct Bounds {
        #[diesel(sql_type = Nullable<Date>)]
        last: Option<NaiveDate>,
        #[diesel(sql_type = Nullable<Timestamptz>)]
        first: Option<DateTime<Utc>>,
    }
    // The first arrival matters only before the first night.
    let query = diesel::sql_query(
        "SELECT run.last, CASE WHEN run.last IS NULL THEN (SELECT min(acknowledged_at) FROM insula.registrations
             WHERE status = 'submitted' AND counter IS NOT NULL AND decided_on IS NULL) END AS first
         FROM (SELECT max(day) AS last FROM insula.counter_runs) AS run",
    );
    let found: Bounds = Constant(query).get_result(tx.conn)?;
    Ok(Nights { last: found.last, first_acknowledged: found.first })
}

/// Runs the night of a day if it may run, in Insula's own scope.
pub fn run(tx: &mut Tx, day: NaiveDate) -> Result<Night, Stop> {
    if !lock(tx)? {
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
        let decided = decide(&mut ledger, arrivals, &mut tally)?;
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

/// Decides what the night of a day would decide about the arrivals so far, without any change (CNT-09). `each` gets the
/// decisions in the order of validation, batch by batch. The figures omit counters without a place.
pub fn preview(tx: &mut Tx, day: NaiveDate, mut each: impl FnMut(Vec<Decided>)) -> Result<Report, Stop> {
    let (mut ledger, _) = ledger(tx)?;
    let mut tally = Tally::default();
    each_batch(tx, UNLOCKED, day, |_, arrivals| {
        each(decide(&mut ledger, arrivals, &mut tally)?);
        Ok(())
    })?;
    let NightOutcome { mut figures, reached, .. } = NightOutcome::of(&ledger, &figures_before(tx)?);
    figures.retain(|(_, figure)| *figure > 0);
    let Tally { kept, taken, exceeded } = tally;
    Ok(Report { day, kept, taken, exceeded, figures, reached })
}

/// A decision as a line of the digest.
pub(crate) fn line(decided: &Decided) -> String {
    let verdict = match decided.verdict {
        Verdict::Keeps(place) => format!("keeps {place}"),
        Verdict::Takes(place) => format!("takes {place}"),
        Verdict::Exceeded => "exceeded".to_owned(),
    };
    format!("{} {} {} {} {verdict}\n", decided.number, decided.registration, decided.version, decided.counter)
}

/// Lets the domain decide about each arrival in turn.
fn decide(ledger: &mut Ledger, arrivals: Vec<Waiting>, tally: &mut Tally) -> Result<Vec<Decided>, DbError> {
    let mut decided = Vec::with_capacity(arrivals.len());
    for waiting in arrivals {
        let inconsistent = || DbError::inconsistent("registrations", "counter", waiting.id);
        let counter = counter_of(Some(&waiting.counter), Some(waiting.counter_year)).ok_or_else(inconsistent)?;
        let registration = RegistrationId(waiting.id);
        let verdict = ledger.decide(Arrival { registration, counter });
        tally.count(verdict);
        decided.push(Decided {
            registration,
            hospital: waiting.hospital,
            version: waiting.version,
            number: waiting.validation_number,
            counter,
            verdict,
        });
    }
    Ok(decided)
}

/// Tries to lock the nights until the transaction ends, and raises the timeouts: a night may take longer than a
/// request.
fn lock(tx: &mut Tx) -> Result<bool, Stop> {
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

/// A held place with the snapshot in which it was read; without a place if none is held.
#[derive(QueryableByName)]
struct HeldPlace {
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

impl HeldPlace {
    fn place(&self) -> Result<Option<(CounterId, u32, RegistrationId)>, DbError> {
        let (Some(id), Some(place)) = (self.id, self.place) else { return Ok(None) };
        let inconsistent = |column| DbError::inconsistent("registrations", column, id);
        let counter = counter_of(self.counter.as_deref(), self.counter_year).ok_or_else(|| inconsistent("counter"))?;
        Ok(Some((counter, u32::try_from(place).map_err(|_| inconsistent("place"))?, RegistrationId(id))))
    }
}

/// The held places, and the snapshot in which they were read.
fn ledger(tx: &mut Tx) -> Result<(Ledger, String), Stop> {
    let query = diesel::sql_query(
        "SELECT pg_current_snapshot()::text AS snapshot, r.counter, r.counter_year, r.place, r.id
         FROM (SELECT) AS one LEFT JOIN insula.registrations r ON r.place IS NOT NULL",
    );
    let rows: Vec<HeldPlace> = Constant(query).load(tx.conn)?;
    let snapshot = rows.first().map(|row| row.snapshot.clone()).unwrap_or_default();
    let held: Vec<_> = rows.iter().filter_map(|row| row.place().transpose()).collect::<Result<_, _>>()?;
    Ok((Ledger::of(held), snapshot))
}

/// A registration that waits for the night.
#[derive(QueryableByName)]
struct Waiting {
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

/// Locked, so that none is reopened during the decision; one reopened before drops out (rules.md §13, CNT-02).
const LOCKED: &str = waiting!(" FOR UPDATE");
const UNLOCKED: &str = waiting!("");

/// The undecided arrivals until the end of the day, in the order of validation, batch by batch (CNT-02, CNT-04).
fn each_batch(
    tx: &mut Tx,
    sql: &'static str,
    day: NaiveDate,
    mut each: impl FnMut(&mut Tx, Vec<Waiting>) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let mut after = 0;
    loop {
        let query = diesel::sql_query(sql)
            .bind::<BigInt, _>(after)
            .bind::<Timestamptz, _>(arrivals_before(day))
            .bind::<Integer, _>(BATCH);
        let waiting: Vec<Waiting> = Constant(query).load(tx.conn)?;
        let Some(last) = waiting.last() else { return Ok(()) };
        after = last.validation_number;
        each(tx, waiting)?;
    }
}

/// A counter after the last night.
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
    fn inconsistent(&self, table: &'static str, column: &'static str) -> DbError {
        DbError::inconsistent(table, column, format!("{} {}", self.counter, self.year))
    }

    fn read(&self) -> Result<CounterBefore, DbError> {
        let announced = self.announced.map(u32::try_from).transpose();
        Ok(CounterBefore {
            id: of_row(&self.counter, self.year, "counter_figures")?,
            figure: u32::try_from(self.figure).map_err(|_| self.inconsistent("counter_figures", "figure"))?,
            announced: announced.map_err(|_| self.inconsistent("thresholds_reached", "threshold"))?,
        })
    }
}

fn figures_before(tx: &mut Tx) -> Result<Vec<CounterBefore>, Stop> {
    // Steps along the primary key from counter to counter and reads only the last figure of each, not a century of
    // nights.
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

    fn inconsistent<T>(read: Result<T, DbError>) -> Option<&'static str> {
        match read {
            Err(DbError::Inconsistent { column, .. }) => Some(column),
            _ => None,
        }
    }

    /// CNT-08: an unreadable place stops the night, which might otherwise give it away a second time.
    #[test]
    fn an_unreadable_place_is_not_skipped() {
        let held = |counter: Option<&str>, counter_year, place| {
            let (counter, id) = (counter.map(str::to_owned), Some(Uuid::from_u128(1)));
            HeldPlace { snapshot: String::new(), counter, counter_year, place, id }.place()
        };
        let read = held(Some("B"), Some(2026), Some(7)).unwrap();
        assert_eq!(read, Some((CounterId::b(2026), 7, RegistrationId(Uuid::from_u128(1)))));
        assert_eq!(inconsistent(held(Some("C"), Some(0), Some(7))), Some("counter"));
        assert_eq!(inconsistent(held(Some("B"), None, Some(7))), Some("counter"));
        assert_eq!(inconsistent(held(None, None, Some(7))), Some("counter"));
        assert_eq!(inconsistent(held(Some("A"), Some(0), Some(-7))), Some("place"));
        let none = HeldPlace { snapshot: String::new(), counter: None, counter_year: None, place: None, id: None };
        assert_eq!(none.place().unwrap(), None);
    }

    /// CNT-08, NOT-01: an unreadable figure or threshold stops the night, which might otherwise announce it a second
    /// time.
    #[test]
    fn an_unreadable_figure_is_not_skipped() {
        let left =
            |counter: &str, figure, announced| Left { counter: counter.to_owned(), year: 0, figure, announced }.read();
        let read = left("A", 351, Some(350)).unwrap();
        assert_eq!(read, CounterBefore { id: CounterId::A, figure: 351, announced: Some(350) });
        assert_eq!(inconsistent(left("a", 1, None)), Some("counter"));
        assert_eq!(inconsistent(left("A", -1, None)), Some("figure"));
        assert_eq!(inconsistent(left("A", 1, Some(-1))), Some("threshold"));
    }
}
