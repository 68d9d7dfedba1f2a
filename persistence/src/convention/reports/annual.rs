//! The yearly report: what it counts, and the versions that were sent (REG-06).

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{Array, Date, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    clock::brussels_day,
    convention::reports::{
        covered::Covered,
        sent::Sent,
        yearly::{GrantedDays, PumpHeld, PumpType, YearlyReport},
    },
    identifier::HospitalNumber,
    ids::{BeneficiaryId, PersonId},
    span::Span,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    error::{DbError, Stop},
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

/// What the report of a year counts.
#[derive(Debug, Clone, Default)]
pub struct Counted {
    /// The periods granted under its conventions.
    pub granted: Vec<GrantedDays>,
    /// The pumps in the files of the hospitals that hold or held them.
    pub pumps: Vec<PumpHeld>,
}

#[derive(QueryableByName)]
struct PeriodRow {
    #[diesel(sql_type = SqlUuid)]
    person_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    beneficiary_id: Uuid,
    #[diesel(sql_type = Text)]
    number: String,
    #[diesel(sql_type = Date)]
    first_day: NaiveDate,
    #[diesel(sql_type = Date)]
    last_day: NaiveDate,
}

#[derive(QueryableByName)]
struct PumpRow {
    #[diesel(sql_type = SqlUuid)]
    person_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    beneficiary_id: Uuid,
    #[diesel(sql_type = Date)]
    first_day: NaiveDate,
    #[diesel(sql_type = Nullable<Date>)]
    last_day: Option<NaiveDate>,
    #[diesel(sql_type = Text)]
    manufacturer: String,
    #[diesel(sql_type = Text)]
    model: String,
}

/// REG-06: what the report of a hospital on these conventions counts, as it is known now or was at an instant: two
/// statements. INAMI's people and the hospital's own get rows; to anybody else the database gives none.
pub fn counted(
    tx: &mut Tx,
    hospital: HospitalNumber,
    covered: &[Covered],
    known_at: Option<DateTime<Utc>>,
) -> Result<Counted, Stop> {
    let first = covered.iter().map(|one| one.days.from).min();
    let last = covered.iter().filter_map(|one| one.days.to).max();
    let (Some(first), Some(last)) = (first, last) else { return Ok(Counted::default()) };
    let numbers: Vec<&str> = covered.iter().map(|one| one.number.as_str()).collect();
    let query = diesel::sql_query(
        "SELECT person_id, beneficiary_id, number, first_day, last_day
         FROM insula.reported_periods($1, $2, $3, $4, $5)",
    )
    .bind::<Text, _>(hospital.as_str())
    .bind::<Array<Text>, _>(&numbers)
    .bind::<Date, _>(first)
    .bind::<Date, _>(last)
    .bind::<Nullable<Timestamptz>, _>(known_at);
    let rows: Vec<PeriodRow> = Constant(query).load(tx.conn)?;
    let read = |row: PeriodRow| {
        let number = row
            .number
            .parse()
            .map_err(|_| DbError::inconsistent("insula.granted_periods", "convention_number", &row.number))?;
        let days = Span::between(row.first_day, row.last_day);
        let (person, beneficiary) = (PersonId(row.person_id), BeneficiaryId(row.beneficiary_id));
        Ok(GrantedDays { person, beneficiary, number, days })
    };
    let granted: Vec<GrantedDays> = rows.into_iter().map(read).collect::<Result<_, DbError>>()?;
    // Of some periods no day is left.
    let granted = granted.into_iter().filter(|one| !one.days.is_empty()).collect();
    let query = diesel::sql_query(
        "SELECT person_id, beneficiary_id, first_day, last_day, manufacturer, model
         FROM insula.reported_pumps($1, $2, $3, $4, $5)",
    )
    .bind::<Text, _>(hospital.as_str())
    .bind::<Array<Text>, _>(&numbers)
    .bind::<Date, _>(first)
    .bind::<Date, _>(last)
    .bind::<Nullable<Timestamptz>, _>(known_at);
    let rows: Vec<PumpRow> = Constant(query).load(tx.conn)?;
    let read = |row: PumpRow| PumpHeld {
        person: PersonId(row.person_id),
        beneficiary: BeneficiaryId(row.beneficiary_id),
        days: Span { from: row.first_day, to: row.last_day },
        pump: PumpType { manufacturer: row.manufacturer, model: row.model },
    };
    Ok(Counted { granted, pumps: rows.into_iter().map(read).collect() })
}

/// The name of a report in the trail.
#[must_use]
pub fn subject(hospital: HospitalNumber, year: i32) -> String {
    format!("annualReport:{hospital}:{year}")
}

/// A version that was sent, and by whom.
#[derive(Debug, Clone)]
pub struct Kept {
    /// What it says.
    pub sent: Sent,
    /// When it was sent.
    pub sent_at: DateTime<Utc>,
    /// By whom.
    pub sent_by: String,
}

#[derive(QueryableByName)]
struct KeptRow {
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = Integer)]
    model: i32,
    #[diesel(sql_type = Timestamptz)]
    sent_at: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    sent_by: String,
    #[diesel(sql_type = Jsonb)]
    report: Value,
}

/// The versions of a year's report that were sent, by an instant if one is given, the latest first.
pub fn sent(
    tx: &mut Tx,
    hospital: HospitalNumber,
    year: i32,
    known_at: Option<DateTime<Utc>>,
) -> Result<Vec<Kept>, Stop> {
    let query = diesel::sql_query(
        "SELECT version, model, sent_at, sent_by, document::jsonb -> 'report' AS report FROM insula.annual_reports
         WHERE hospital = $1 AND year = $2 AND ($3 IS NULL OR sent_at <= $3) ORDER BY version DESC",
    )
    .bind::<Text, _>(hospital.as_str())
    .bind::<Integer, _>(year)
    .bind::<Nullable<Timestamptz>, _>(known_at);
    let rows: Vec<KeptRow> = Constant(query).load(tx.conn)?;
    let read = |row: KeptRow| {
        let report: YearlyReport = serde_json::from_value(row.report)
            .map_err(|_| DbError::inconsistent("insula.annual_reports", "document", row.version))?;
        let sent = Sent { version: row.version, sent_on: brussels_day(row.sent_at), model: row.model, report };
        Ok(Kept { sent, sent_at: row.sent_at, sent_by: row.sent_by })
    };
    Ok(rows.into_iter().map(read).collect::<Result<_, DbError>>()?)
}

/// A version as it was sent, to the byte.
#[derive(QueryableByName)]
pub struct Frozen {
    /// As JSON.
    #[diesel(sql_type = Text)]
    pub document: String,
    /// As CSV.
    #[diesel(sql_type = Text)]
    pub csv: String,
}

/// A version as it was sent; the reader leaves an event in the trail.
pub fn read_frozen(tx: &mut Tx, hospital: HospitalNumber, year: i32, version: i32) -> Result<Frozen, Stop> {
    let query = diesel::sql_query(
        "SELECT document, csv FROM insula.annual_reports WHERE hospital = $1 AND year = $2 AND version = $3",
    )
    .bind::<Text, _>(hospital.as_str())
    .bind::<Integer, _>(year)
    .bind::<Integer, _>(version);
    let found: Frozen = Constant(query).found(tx.conn)?;
    trail::record(tx, Action::Get, &subject(hospital, year), &json!({"version": version}))?;
    Ok(found)
}

/// Makes whoever else sends reports of the hospital wait.
pub fn lock(tx: &mut Tx, hospital: HospitalNumber) -> Result<(), Stop> {
    let lock = diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended($1, 7))");
    Constant(lock.bind::<Text, _>(hospital.as_str())).execute(tx.conn)?;
    Ok(())
}

/// REG-06: keeps a version for ever, as it is sent. Under [`lock`].
pub fn keep(tx: &mut Tx, hospital: HospitalNumber, sent: &Sent, frozen: &Frozen) -> Result<(), Stop> {
    let year = sent.report.year;
    let details =
        json!({"version": sent.version, "model": sent.model, "beneficiaries": sent.report.figures.beneficiaries});
    trail::record(tx, Action::Send, &subject(hospital, year), &details)?;
    let query = diesel::sql_query(
        "INSERT INTO insula.annual_reports (hospital, year, version, model, sent_at, sent_by, document, csv)
         VALUES ($1, $2, $3, $4, $5, insula.person(), $6, $7) RETURNING 1",
    )
    .bind::<Text, _>(hospital.as_str())
    .bind::<Integer, _>(year)
    .bind::<Integer, _>(sent.version)
    .bind::<Integer, _>(sent.model)
    .bind::<Timestamptz, _>(tx.now)
    .bind::<Text, _>(&frozen.document)
    .bind::<Text, _>(&frozen.csv);
    Constant(query).execute(tx.conn)?;
    Ok(())
}
