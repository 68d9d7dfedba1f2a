//! What decides about the obligations of an establishment and is in no register (REG-17): granted periods that end,
//! drafts, conditions, summaries, days that are not invoiced, who is told that the convention ends.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{BigInt, Date, Integer, Nullable, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    billing::limitation::last_day_to_invoice,
    clock::brussels_day,
    convention::reports::{
        obligation::Done,
        obligations::{ConventionEnding, Draft, DueCondition, EndingPeriod, SummariesOfYear},
    },
    identifier::HospitalNumber,
    span::Span,
};
use uuid::Uuid;

use crate::{
    convention::coverage::{applications, periods},
    error::Stop,
    sql::Constant,
    tx::Tx,
};

#[derive(QueryableByName)]
struct PeriodRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    beneficiary_id: Uuid,
    #[diesel(sql_type = Date)]
    last_day: NaiveDate,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    application_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    submitted_at: Option<DateTime<Utc>>,
}

/// Whom an obligation is about, by the identifier of its subject.
pub type Whom = BTreeMap<Uuid, Uuid>;

/// COV-04: the periods of the caller's hospital whose last day is among these, and the application that prolongs each:
/// one that is submitted, or led to a period. A period that ended early is not prolonged.
pub fn ending_periods(tx: &mut Tx, last_days: Span, whom: &mut Whom) -> Result<Vec<EndingPeriod>, Stop> {
    let query = diesel::sql_query(
        "SELECT p.id, p.beneficiary_id, upper(p.effective) - 1 AS last_day, n.id AS application_id, n.submitted_at
         FROM insula.granted_periods p
         LEFT JOIN LATERAL (SELECT a.id, a.submitted_at FROM insula.coverage_applications a
             WHERE a.hospital = p.hospital AND a.beneficiary_id = p.beneficiary_id AND a.wanted_from > lower(p.granted)
               AND (a.status IN ('submitted', 'informationAsked')
                   OR EXISTS (SELECT 1 FROM insula.granted_periods g WHERE g.application_id = a.id))
             ORDER BY a.submitted_at LIMIT 1) n ON true
         WHERE p.hospital = insula.organisation() AND p.ended_because IS NULL
           AND upper(p.effective) - 1 BETWEEN $1 AND $2 ORDER BY p.id",
    )
    .bind::<Date, _>(last_days.from)
    .bind::<Nullable<Date>, _>(last_days.to);
    let rows: Vec<PeriodRow> = Constant(query).load(tx.conn)?;
    whom.extend(rows.iter().map(|row| (row.id, row.beneficiary_id)));
    let read = |row: PeriodRow| EndingPeriod {
        id: row.id,
        last_day: row.last_day,
        prolonged: row.submitted_at.map(|at| Done { on: brussels_day(at), by: row.application_id }),
    };
    Ok(rows.into_iter().map(read).collect())
}

/// COV-05: the drafts of the caller's hospital that ask for a first day of programme.
pub fn drafts(tx: &mut Tx, whom: &mut Whom) -> Result<Vec<Draft>, Stop> {
    let drafts = applications::drafts(tx)?;
    whom.extend(drafts.iter().map(|draft| (draft.id, draft.beneficiary.0)));
    let read = |draft: applications::Application| {
        let first_day = draft.content.programme.as_ref()?.from?;
        Some(Draft { id: draft.id, first_day, introduced_by: draft.content.introduced_by })
    };
    Ok(drafts.into_iter().filter_map(read).collect())
}

/// COV-11: the further conditions of periods of the caller's hospital that last until this day or longer.
pub fn conditions(tx: &mut Tx, from: NaiveDate, whom: &mut Whom) -> Result<Vec<DueCondition>, Stop> {
    let periods = periods::lasting(tx, from)?;
    whom.extend(periods.iter().map(|period| (period.id, period.beneficiary)));
    let each = periods.iter().flat_map(|period| {
        (1..).zip(&period.conditions).map(|(number, one)| DueCondition {
            period: period.id,
            number,
            due: one.condition.due_on,
            met_on: one.noted.as_ref().map(|noted| noted.met.met_on),
        })
    });
    Ok(each.collect())
}

#[derive(QueryableByName)]
struct SummaryRow {
    #[diesel(sql_type = BigInt)]
    given: i64,
    #[diesel(sql_type = BigInt)]
    beneficiaries: i64,
}

/// BIL-06: of how many beneficiaries of the caller's hospital days of a year stand invoiced, and how many of these got a
/// summary of it.
pub fn summaries(tx: &mut Tx, year: i32) -> Result<SummariesOfYear, Stop> {
    let query = diesel::sql_query(
        "SELECT count(*) AS beneficiaries, count(*) FILTER (WHERE EXISTS (SELECT 1 FROM insula.summaries s
             WHERE s.hospital = insula.organisation() AND s.beneficiary_id = b.id AND s.year = $1)) AS given
         FROM (SELECT i.beneficiary_id AS id FROM insula.invoice_lines l JOIN insula.invoices i ON i.id = l.invoice_id
             WHERE l.hospital = insula.organisation() AND l.state <> 'refused'
               AND l.first_day BETWEEN make_date($1, 1, 1) AND make_date($1, 12, 31)
             GROUP BY i.beneficiary_id HAVING sum(l.units) > 0) b",
    )
    .bind::<Integer, _>(year);
    let SummaryRow { given, beneficiaries } = Constant(query).get_result(tx.conn)?;
    Ok(SummariesOfYear { year, given, of: beneficiaries })
}

#[derive(QueryableByName)]
struct DayRow {
    #[diesel(sql_type = Date)]
    day: NaiveDate,
    #[diesel(sql_type = BigInt)]
    days: i64,
}

/// BIL-08: how many recorded days of the caller's hospital are on no line yet, by the last day on which they can be
/// invoiced. No letter that would interrupt it is kept here.
pub fn not_invoiced(tx: &mut Tx) -> Result<BTreeMap<NaiveDate, i64>, Stop> {
    let query = diesel::sql_query(
        "SELECT day, count(*) AS days FROM insula.pump_days
         WHERE hospital = insula.organisation() AND state = 'recorded' AND line_id IS NULL GROUP BY day",
    );
    let rows: Vec<DayRow> = Constant(query).load(tx.conn)?;
    let mut by_last_day = BTreeMap::new();
    for row in rows {
        *by_last_day.entry(last_day_to_invoice(row.day, &[])).or_insert(0) += row.days;
    }
    Ok(by_last_day)
}

#[derive(QueryableByName)]
struct ToldRow {
    #[diesel(sql_type = BigInt)]
    told: i64,
    #[diesel(sql_type = BigInt)]
    periods: i64,
}

/// COV-07, CON-05: of the periods of the caller's hospital that were granted beyond the last day of its convention, and
/// did not end earlier for another reason, how many beneficiaries were told that the establishment stops.
pub fn told_of_end(tx: &mut Tx, last_day: NaiveDate) -> Result<ConventionEnding, Stop> {
    let query = diesel::sql_query(
        "SELECT count(*) AS periods, count(*) FILTER (WHERE EXISTS (SELECT 1 FROM insula.granted_period_ends e
             WHERE e.period_id = p.id AND e.told_on IS NOT NULL)) AS told
         FROM insula.granted_periods p
         WHERE p.hospital = insula.organisation() AND p.granted @> $1
           AND (p.ended_because IS NULL OR p.ended_because IN ('establishmentStops', 'conventionEnded'))",
    )
    .bind::<Date, _>(last_day.succ_opt().unwrap_or(last_day));
    let ToldRow { told, periods } = Constant(query).get_result(tx.conn)?;
    Ok(ConventionEnding { last_day, told, of: periods })
}

/// The name of an establishment's obligations in the trail.
#[must_use]
pub fn subject(hospital: HospitalNumber) -> String {
    format!("obligations:{hospital}")
}
