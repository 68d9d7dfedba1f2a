//! The yearly summaries that beneficiaries get (BIL-06).

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{Date, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    billing::{
        credit::InvoicedLine,
        summary::{self, Due, Given, Summary, SummaryWay},
    },
    clock::brussels_day,
    refusal::Refusal,
    span::Span,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::lines;
use crate::{
    error::{DbError, Stop},
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

/// A summary that was given. It never changes.
#[derive(Debug, Clone)]
pub struct GivenSummary {
    /// What it said, and its number.
    pub given: Given,
    /// How it was given.
    pub way: SummaryWay,
    /// When.
    pub given_at: DateTime<Utc>,
    /// By whom.
    pub given_by: String,
}

/// A year of a beneficiary.
#[derive(Debug, Clone)]
pub struct Year {
    /// What was billed, as of now.
    pub summary: Summary,
    /// How a summary is given today.
    pub way: SummaryWay,
    /// The summary that is due, if one is.
    pub due: Option<Due>,
    /// Those that were given, the first one first.
    pub given: Vec<GivenSummary>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Integer)]
    number: i32,
    #[diesel(sql_type = Jsonb)]
    months: Value,
    #[diesel(sql_type = Text)]
    way: String,
    #[diesel(sql_type = Timestamptz)]
    given_at: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    given_by: String,
}

#[derive(QueryableByName)]
struct ConsentRow {
    #[diesel(sql_type = Date)]
    day: NaiveDate,
    #[diesel(sql_type = Nullable<Date>)]
    until: Option<NaiveDate>,
}

impl Row {
    fn read(self, year: i32) -> Result<GivenSummary, DbError> {
        let inconsistent = |column| DbError::inconsistent("insula.summaries", column, self.id);
        let months = serde_json::from_value(self.months).map_err(|_| inconsistent("months"))?;
        Ok(GivenSummary {
            given: Given { number: self.number, summary: Summary { year, months } },
            way: SummaryWay::from_name(&self.way).ok_or_else(|| inconsistent("way"))?,
            given_at: self.given_at,
            given_by: self.given_by,
        })
    }
}

/// The name of a beneficiary's summaries of a year in the trail.
pub fn subject(beneficiary: Uuid, year: i32) -> String {
    format!("summary:{beneficiary}:{year}")
}

/// BIL-06: what was billed for a beneficiary of the caller's hospital in a year, and the summaries that were given. The
/// read leaves an event in the trail.
///
/// # Errors
/// The hospital does not have the beneficiary.
pub fn year(tx: &mut Tx, beneficiary: Uuid, year: i32) -> Result<Year, Stop> {
    let found = known(tx, beneficiary, year)?;
    trail::record(tx, Action::Get, &subject(beneficiary, year), &json!({}))?;
    Ok(found)
}

fn known(tx: &mut Tx, beneficiary: Uuid, year: i32) -> Result<Year, Stop> {
    let query =
        diesel::sql_query("SELECT 1 FROM vault.beneficiaries WHERE id = $1 AND hospital = insula.organisation()");
    if Constant(query.bind::<SqlUuid, _>(beneficiary)).execute(tx.conn)? == 0 {
        return Err(Stop::NotFound);
    }
    let kept = lines::of_beneficiary(tx, beneficiary)?;
    let lines: Vec<InvoicedLine> = kept.into_iter().map(|one| one.line).collect();
    let summary = Summary::of(year, &lines);
    let query = diesel::sql_query(
        "SELECT day, until FROM insula.records
         WHERE hospital = insula.organisation() AND kind = 'electronicConsent' AND beneficiary = $1
           AND replaced_at IS NULL AND NOT withdrawn",
    );
    let rows: Vec<ConsentRow> = Constant(query.bind::<SqlUuid, _>(beneficiary)).load(tx.conn)?;
    let consents: Vec<Span> = rows.into_iter().map(|row| Span { from: row.day, to: row.until }).collect();
    let query = diesel::sql_query(
        "SELECT id, number, months, way, given_at, given_by FROM insula.summaries
         WHERE hospital = insula.organisation() AND beneficiary_id = $1 AND year = $2 ORDER BY number",
    )
    .bind::<SqlUuid, _>(beneficiary)
    .bind::<Integer, _>(year);
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    let given = rows.into_iter().map(|row| row.read(year)).collect::<Result<Vec<_>, _>>()?;
    let today = brussels_day(tx.now);
    let due = summary::due(summary.clone(), given.last().map(|last| &last.given), today);
    Ok(Year { summary, way: summary::way(&consents, today), due, given })
}

/// BIL-06, B-25: notes that the summary that is due is given, as consent says.
///
/// # Errors
/// None is due; the hospital does not have the beneficiary.
pub fn give(tx: &mut Tx, beneficiary: Uuid, year: i32) -> Result<GivenSummary, Stop> {
    let lock = diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended('summary ' || $1::text, 0))");
    Constant(lock.bind::<SqlUuid, _>(beneficiary)).execute(tx.conn)?;
    let Year { due, way, .. } = known(tx, beneficiary, year)?;
    let Due { summary, replaces } = due.ok_or(Refusal::NoSummaryDue)?;
    let number = replaces.unwrap_or_default() + 1;
    let months = serde_json::to_value(&summary.months)
        .map_err(|_| DbError::inconsistent("insula.summaries", "months", beneficiary))?;
    let details = json!({"number": number, "way": way.name(), "days": summary.days(), "amount": summary.amount()});
    trail::record(tx, Action::Create, &subject(beneficiary, year), &details)?;
    let query = diesel::sql_query(
        "INSERT INTO insula.summaries (id, hospital, beneficiary_id, year, number, months, way, given_at, given_by)
         VALUES ($1, insula.organisation(), $2, $3, $4, $5, $6, $7, insula.person())
         RETURNING id, number, months, way, given_at, given_by",
    )
    .bind::<SqlUuid, _>(tx.ids.uuid())
    .bind::<SqlUuid, _>(beneficiary)
    .bind::<Integer, _>(year)
    .bind::<Integer, _>(number)
    .bind::<Jsonb, _>(months)
    .bind::<Text, _>(way.name())
    .bind::<Timestamptz, _>(tx.now);
    let row: Row = Constant(query).get_result(tx.conn)?;
    Ok(row.read(year)?)
}
