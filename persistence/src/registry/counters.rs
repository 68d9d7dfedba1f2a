//! The two national counters, their history, and the decisions of the nights (CNT-01 to CNT-09).

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{Array, BigInt, Date, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    ids::RegistrationId,
    nomenclature::Counter,
    registry::counter::{Arrival, CounterId, Ledger, Verdict},
};
use uuid::Uuid;

use crate::{
    error::{DbError, Stop},
    page::Page,
    sql::Constant,
    tx::Tx,
};

/// The counter named by two columns; A has year 0.
pub(crate) fn counter_of(counter: Option<&str>, year: Option<i32>) -> Option<CounterId> {
    match Counter::from_name(counter?)? {
        Counter::A => Some(CounterId::A),
        Counter::B => Some(CounterId::b(year?)),
    }
}

/// The two columns that name a counter.
pub(crate) fn columns_of(id: CounterId) -> (&'static str, i32) {
    (id.counter.name(), id.year.unwrap_or_default())
}

/// The counter named by two columns of a row of `table`.
pub(crate) fn of_row(counter: &str, year: i32, table: &'static str) -> Result<CounterId, DbError> {
    let inconsistent = || DbError::inconsistent(table, "counter", format!("{counter} {year}"));
    counter_of(Some(counter), Some(year)).ok_or_else(inconsistent)
}

/// The current state of a counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Which.
    pub id: CounterId,
    /// The number of places held now.
    pub figure: u32,
    /// The night since which submits are refused because it is full (CNT-06).
    pub closed_since: Option<NaiveDate>,
}

/// Every counter that holds a place or is closed, in order (CNT-08).
pub fn standings(tx: &mut Tx) -> Result<Vec<Standing>, Stop> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        counter: String,
        #[diesel(sql_type = Integer)]
        year: i32,
        #[diesel(sql_type = BigInt)]
        figure: i64,
        #[diesel(sql_type = Nullable<Date>)]
        found_full_on: Option<NaiveDate>,
    }
    let query = diesel::sql_query(
        "SELECT counter, year, coalesce(n.figure, 0) AS figure, c.found_full_on
         FROM insula.counters_now() n FULL JOIN insula.closed_counters c USING (counter, year) ORDER BY counter, year",
    );
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    let standing = |row: Row| {
        let id = of_row(&row.counter, row.year, "registrations")?;
        let figure = u32::try_from(row.figure).map_err(|_| DbError::inconsistent("registrations", "place", id))?;
        Ok(Standing { id, figure, closed_since: row.found_full_on })
    };
    Ok(rows.into_iter().map(standing).collect::<Result<_, DbError>>()?)
}

/// A counter's figure after a night that changed it (CNT-08).
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName, serde::Serialize, utoipa::ToSchema)]
#[schema(as = CounterFigure, example = json!({"day": "2026-06-15", "figure": 41, "thresholds": [40]}))]
pub struct Figure {
    /// The day of the night.
    #[diesel(sql_type = Date)]
    pub day: NaiveDate,
    /// The figure after the night.
    #[diesel(sql_type = Integer)]
    pub figure: i32,
    /// The thresholds the night reached. Each is announced once by e-mail (NOT-01).
    #[diesel(sql_type = Array<Integer>)]
    pub thresholds: Vec<i32>,
}

/// The figures of a counter, night by night, oldest first; nights that changed nothing are left out.
pub fn history(tx: &mut Tx, id: CounterId) -> Result<Vec<Figure>, Stop> {
    let (counter, year) = columns_of(id);
    let query = diesel::sql_query(
        "SELECT f.day, f.figure, array(SELECT t.threshold FROM insula.thresholds_reached t
             WHERE t.counter = f.counter AND t.year = f.year AND t.day = f.day ORDER BY t.threshold) AS thresholds
         FROM insula.counter_figures f WHERE f.counter = $1 AND f.year = $2 ORDER BY f.day",
    )
    .bind::<Text, _>(counter)
    .bind::<Integer, _>(year);
    Ok(Constant(query).load(tx.conn)?)
}

/// What the coming night would decide about one registration if nothing else arrived (CNT-09).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tonight {
    /// The counter.
    pub counter: CounterId,
    /// The verdict.
    pub verdict: Verdict,
    /// The number of places held by others.
    pub held: u32,
    /// The number of those without a place before it in the order of validation.
    pub ahead: u32,
}

/// CNT-09: the decision of the coming night about one registration, which holds `place` or none. `number` is its
/// validation number; without one it comes after all others.
pub fn tonight(
    tx: &mut Tx,
    id: RegistrationId,
    counter: CounterId,
    place: Option<u32>,
    number: Option<i64>,
) -> Result<Tonight, Stop> {
    #[derive(QueryableByName)]
    struct Others {
        #[diesel(sql_type = Array<Integer>)]
        held: Vec<i32>,
        #[diesel(sql_type = BigInt)]
        ahead: i64,
    }
    let (name, year) = columns_of(counter);
    let query = diesel::sql_query("SELECT held, ahead FROM insula.counter_ahead($1, $2, $3, $4)")
        .bind::<SqlUuid, _>(id.0)
        .bind::<Text, _>(name)
        .bind::<Integer, _>(year)
        .bind::<Nullable<BigInt>, _>(number);
    let found: Others = Constant(query).get_result(tx.conn)?;
    let ahead = u32::try_from(found.ahead).unwrap_or(u32::MAX);
    let inconsistent = |_| DbError::inconsistent("registrations", "place", counter);
    let held: Vec<u32> = found.held.into_iter().map(u32::try_from).collect::<Result<_, _>>().map_err(inconsistent)?;
    // The decision does not depend on who the others are, so they get made-up identifiers.
    let other = |n: u32| RegistrationId(Uuid::from_u128(u128::from(n) + 1));
    let others = held.iter().map(|position| (counter, *position, other(*position)));
    let mut ledger = Ledger::of(others.chain(place.map(|position| (counter, position, id))));
    for n in 0..ahead.min(counter.limit() + 1) {
        ledger.decide(Arrival { registration: other(1000 + n), counter });
    }
    let verdict = ledger.decide(Arrival { registration: id, counter });
    Ok(Tonight { counter, verdict, held: u32::try_from(held.len()).unwrap_or(u32::MAX), ahead })
}

/// A night that was run.
#[derive(Debug, Clone, QueryableByName)]
pub struct NightRun {
    /// Its day.
    #[diesel(sql_type = Date)]
    pub day: NaiveDate,
    /// It decided what was acknowledged before this instant.
    #[diesel(sql_type = Timestamptz)]
    pub arrivals_before: DateTime<Utc>,
    /// When it was run.
    #[diesel(sql_type = Timestamptz)]
    pub run_at: DateTime<Utc>,
    /// How many kept the place they held.
    #[diesel(sql_type = Integer)]
    pub kept: i32,
    /// How many took a place.
    #[diesel(sql_type = Integer)]
    pub taken: i32,
    /// How many found their counter exceeded.
    #[diesel(sql_type = Integer)]
    pub exceeded: i32,
}

macro_rules! select_runs {
    ($which:literal) => {
        concat!("SELECT day, arrivals_before, run_at, kept, taken, exceeded FROM insula.counter_runs WHERE ", $which)
    };
}

/// The nights before a day, latest first.
pub fn runs(tx: &mut Tx, before: Option<NaiveDate>, page_size: i32) -> Result<Page<NightRun>, Stop> {
    let query = diesel::sql_query(select_runs!("$1 IS NULL OR day < $1 ORDER BY day DESC LIMIT $2 + 1"))
        .bind::<Nullable<Date>, _>(before)
        .bind::<Integer, _>(page_size);
    Ok(Page::of(Constant(query).load(tx.conn)?, page_size))
}

/// The night of a day.
pub fn run_of(tx: &mut Tx, day: NaiveDate) -> Result<NightRun, Stop> {
    let query = diesel::sql_query(select_runs!("day = $1")).bind::<Date, _>(day);
    Constant(query).found(tx.conn)
}

/// The decision of a night about one registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The registration.
    pub registration: RegistrationId,
    /// Its hospital.
    pub hospital: String,
    /// Its version at that time.
    pub version: i32,
    /// Its number in the order of validation (CNT-04).
    pub number: i64,
    /// The counter.
    pub counter: CounterId,
    /// The verdict.
    pub verdict: Verdict,
}

#[derive(QueryableByName)]
struct DecidedRow {
    #[diesel(sql_type = BigInt)]
    validation_number: i64,
    #[diesel(sql_type = SqlUuid)]
    registration_id: Uuid,
    #[diesel(sql_type = Text)]
    hospital: String,
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = Text)]
    counter: String,
    #[diesel(sql_type = Integer)]
    year: i32,
    #[diesel(sql_type = Text)]
    verdict: String,
    #[diesel(sql_type = Nullable<Integer>)]
    place: Option<i32>,
}

/// The decisions of a night after a validation number, in the order of validation.
pub fn decisions(
    tx: &mut Tx,
    day: NaiveDate,
    counter: Option<Counter>,
    after: i64,
    page_size: i32,
) -> Result<Page<Decided>, Stop> {
    let query = diesel::sql_query(
        "SELECT validation_number, registration_id, hospital, version, counter, year, verdict, place
         FROM insula.night_decisions
         WHERE day = $1 AND validation_number > $2 AND ($3 IS NULL OR counter = $3)
         ORDER BY validation_number LIMIT $4 + 1",
    )
    .bind::<Date, _>(day)
    .bind::<BigInt, _>(after)
    .bind::<Nullable<Text>, _>(counter.map(Counter::name))
    .bind::<Integer, _>(page_size);
    let rows: Vec<DecidedRow> = Constant(query).load(tx.conn)?;
    Ok(Page::of(rows, page_size).read(Decided::try_from)?)
}

impl TryFrom<DecidedRow> for Decided {
    type Error = DbError;

    fn try_from(row: DecidedRow) -> Result<Decided, DbError> {
        let inconsistent = || DbError::inconsistent("night_decisions", "place", row.registration_id);
        let place = row.place.map(u32::try_from).transpose().map_err(|_| inconsistent())?;
        let verdict = match (row.verdict.as_str(), place) {
            ("keeps", Some(place)) => Verdict::Keeps(place),
            ("takes", Some(place)) => Verdict::Takes(place),
            ("exceeded", None) => Verdict::Exceeded,
            _ => return Err(inconsistent()),
        };
        Ok(Decided {
            registration: RegistrationId(row.registration_id),
            hospital: row.hospital,
            version: row.version,
            number: row.validation_number,
            counter: of_row(&row.counter, row.year, "night_decisions")?,
            verdict,
        })
    }
}
