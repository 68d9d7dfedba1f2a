//! Decisions of advisers, and what they do to granted periods (COV-03 to COV-07, COV-11).

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    OptionalExtension, QueryableByName, RunQueryDsl,
    sql_types::{Binary, Bool, Date, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    convention::coverage::{
        condition::Condition,
        decision::{Before, Decision, Effect, Verdict},
        period::{EarlyEnd, KnownPeriod, Period},
        status::ApplicationStatus,
        target::Indication,
    },
    identifier::HospitalNumber,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    applications::{self, Application},
    periods::early_end,
};
use crate::{
    error::{DbError, Stop},
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

/// A decision that was given.
#[derive(Debug, Clone)]
pub struct Given {
    /// Its identifier.
    pub id: Uuid,
    /// Its number about the application, from 1.
    pub number: i32,
    /// What was decided.
    pub decision: Decision,
    /// The period that it granted, if it did.
    pub period: Option<Uuid>,
    /// When it was given.
    pub decided_at: DateTime<Utc>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Integer)]
    number: i32,
    #[diesel(sql_type = Text)]
    verdict: String,
    #[diesel(sql_type = Nullable<Date>)]
    valid_from: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Date>)]
    valid_to: Option<NaiveDate>,
    #[diesel(sql_type = Jsonb)]
    conditions: Value,
    #[diesel(sql_type = Nullable<Text>)]
    words: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    supersedes: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    period: Option<Uuid>,
    #[diesel(sql_type = Timestamptz)]
    decided_at: DateTime<Utc>,
}

impl Row {
    fn read(self) -> Result<Given, DbError> {
        let inconsistent = |column| DbError::inconsistent("insula.coverage_decisions", column, self.id);
        let conditions: Vec<Condition> =
            serde_json::from_value(self.conditions).map_err(|_| inconsistent("conditions"))?;
        Ok(Given {
            id: self.id,
            number: self.number,
            decision: Decision {
                verdict: Verdict::from_name(&self.verdict).ok_or_else(|| inconsistent("verdict"))?,
                from: self.valid_from,
                to: self.valid_to,
                conditions,
                words: self.words,
                supersedes: self.supersedes,
            },
            period: self.period,
            decided_at: self.decided_at,
        })
    }
}

/// The decisions about an application that the caller may see, the latest first.
pub fn of_application(tx: &mut Tx, application: Uuid) -> Result<Vec<Given>, Stop> {
    let query = diesel::sql_query(
        "SELECT d.id, d.number, d.verdict, d.valid_from, d.valid_to, d.conditions, d.words, d.supersedes, p.id AS period,
             d.decided_at
         FROM insula.coverage_decisions d LEFT JOIN insula.granted_periods p ON p.decision_id = d.id
         WHERE d.application_id = $1 ORDER BY d.number DESC",
    )
    .bind::<SqlUuid, _>(application);
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    Ok(rows.into_iter().map(Row::read).collect::<Result<_, _>>()?)
}

/// COV-03: what was decided about an application before; of the periods it granted, the one that has days left.
pub fn before(tx: &mut Tx, application: &Application, periods: &[KnownPeriod]) -> Result<Before, Stop> {
    let given = of_application(tx, application.id)?;
    let has_days = |id: &Uuid| periods.iter().any(|one| one.id == *id && one.period.effective().is_some());
    Ok(Before {
        status: application.status,
        last: given.first().map(|one| one.id),
        granted: given.iter().filter_map(|one| one.period).find(has_days),
    })
}

#[derive(QueryableByName)]
struct PeriodRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Bool)]
    own: bool,
    #[diesel(sql_type = Date)]
    granted_from: NaiveDate,
    #[diesel(sql_type = Date)]
    granted_to: NaiveDate,
    #[diesel(sql_type = Nullable<Date>)]
    last_day: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Text>)]
    because: Option<String>,
}

/// COV-06: the periods of a person, of all establishments; `hospital` is the one whose periods are its own. Whoever
/// asks waits for others who decide about the same person.
pub fn periods_of(tx: &mut Tx, person: Uuid, hospital: HospitalNumber) -> Result<Vec<KnownPeriod>, Stop> {
    let query = diesel::sql_query("SELECT * FROM insula.periods_of_person($1, $2)")
        .bind::<SqlUuid, _>(person)
        .bind::<Text, _>(hospital.as_str());
    let rows: Vec<PeriodRow> = Constant(query).load(tx.conn)?;
    let read = |row: PeriodRow| {
        let end = early_end(row.id, row.last_day, row.because.as_deref())?;
        let period = Period { from: row.granted_from, to: row.granted_to, end };
        Ok::<_, DbError>(KnownPeriod { id: row.id, own: row.own, period })
    };
    Ok(rows.into_iter().map(read).collect::<Result<_, _>>()?)
}

/// PMP-02: the indication of the establishment's last application for the person that was granted a period, for an
/// establishment that asks about its own.
pub fn kept(tx: &mut Tx, application: &Application) -> Result<Option<Indication>, Stop> {
    let query = diesel::sql_query(
        "SELECT p.application_id AS id FROM insula.granted_periods p
         WHERE p.hospital = insula.organisation() AND p.person_id = $1 AND p.application_id <> $2 AND NOT isempty(p.effective)
         ORDER BY p.granted DESC LIMIT 1",
    )
    .bind::<SqlUuid, _>(application.person)
    .bind::<SqlUuid, _>(application.id);
    let row: Option<IdRow> = Constant(query).get_result(tx.conn).optional()?;
    let last = row.map(|row| applications::find(tx, row.id)).transpose()?;
    Ok(last.and_then(|last| last.content.indication))
}

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// COV-03 to COV-07: writes a decision with its effect: the period that it grants, and the ends of others.
pub fn give(
    tx: &mut Tx,
    application: &Application,
    before: &Before,
    decision: &Decision,
    effect: &Effect,
) -> Result<Given, Stop> {
    let (id, version) = (tx.ids.uuid(), application.version + 1);
    let details = json!({"version": version, "verdict": decision.verdict, "decision": id, "supersedes": before.last});
    let event = trail::event(tx, Action::Decide, &applications::subject(application.id), &details)?;
    let conditions = serde_json::to_value(&decision.conditions).map_err(|error| DbError::Other(error.to_string()))?;
    let query = diesel::sql_query(
        "WITH decided AS (UPDATE insula.coverage_applications SET status = $3, version = $4, updated_at = $5
               WHERE id = $1 AND version = $4 - 1
               RETURNING id, hospital, beneficiary_id, person_id, insurer),
             given AS (INSERT INTO insula.coverage_decisions
                 (id, application_id, hospital, person_id, insurer, insurer_union, number, verdict, valid_from, valid_to,
                  conditions, words, supersedes, decided_by, decided_at)
               SELECT $2, a.id, a.hospital, a.person_id, i.number, i.union_number,
                   1 + (SELECT count(*)::integer FROM insula.coverage_decisions d WHERE d.application_id = a.id),
                   $6, $7, $8, $9, $10, $11, insula.person(), $5
               FROM decided a JOIN insula.insurers i
                   ON i.number = insula.adviser_on(a.beneficiary_id, a.insurer, insula.today())
               RETURNING number),
             traced AS (INSERT INTO trail.events (id, body, mac) SELECT $12, $13, $14 FROM given)
         SELECT number FROM given",
    )
    .bind::<SqlUuid, _>(application.id)
    .bind::<SqlUuid, _>(id)
    .bind::<Text, _>(ApplicationStatus::Decided.name())
    .bind::<Integer, _>(version)
    .bind::<Timestamptz, _>(tx.now)
    .bind::<Text, _>(decision.verdict.name())
    .bind::<Nullable<Date>, _>(decision.from)
    .bind::<Nullable<Date>, _>(decision.to)
    .bind::<Jsonb, _>(conditions)
    .bind::<Nullable<Text>, _>(&decision.words)
    .bind::<Nullable<SqlUuid>, _>(decision.supersedes)
    .bind::<SqlUuid, _>(event.id)
    .bind::<Text, _>(event.body)
    .bind::<Binary, _>(event.mac);
    let row: NumberRow = Constant(query).found(tx.conn)?;
    for one in &effect.ended {
        end(tx, one, id)?;
    }
    let period = effect.granted.map(|period| grant(tx, application, id, period)).transpose()?;
    Ok(Given { id, number: row.number, decision: decision.clone(), period, decided_at: tx.now })
}

#[derive(QueryableByName)]
struct NumberRow {
    #[diesel(sql_type = Integer)]
    number: i32,
}

/// Ends a period because of a decision, wherever it is.
fn end(tx: &mut Tx, one: &KnownPeriod, decision: Uuid) -> Result<(), Stop> {
    let Some(EarlyEnd { last_day, why }) = one.period.end else { return Ok(()) };
    let query = diesel::sql_query("SELECT insula.end_by_decision($1, $2, $3, $4, $5)")
        .bind::<SqlUuid, _>(one.id)
        .bind::<Date, _>(last_day)
        .bind::<Text, _>(why.name())
        .bind::<SqlUuid, _>(decision)
        .bind::<Timestamptz, _>(tx.now);
    Constant(query).execute(tx.conn)?;
    Ok(())
}

/// COV-04: the period that a decision grants.
fn grant(tx: &mut Tx, application: &Application, decision: Uuid, period: Period) -> Result<Uuid, Stop> {
    let id = tx.ids.uuid();
    let query = diesel::sql_query(
        "INSERT INTO insula.granted_periods
             (id, hospital, beneficiary_id, person_id, application_id, decision_id, insurer, insurer_union, convention_number,
              granted, effective, version, created_at, updated_at)
         SELECT $1, a.hospital, a.beneficiary_id, a.person_id, a.id, d.id, d.insurer, d.insurer_union, a.convention_number,
             daterange($4, $5, '[]'), daterange($4, $5, '[]'), 1, $6, $6
         FROM insula.coverage_applications a JOIN insula.coverage_decisions d ON d.id = $3 WHERE a.id = $2 RETURNING 1",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<SqlUuid, _>(application.id)
    .bind::<SqlUuid, _>(decision)
    .bind::<Date, _>(period.from)
    .bind::<Date, _>(period.to)
    .bind::<Timestamptz, _>(tx.now);
    Constant(query).execute(tx.conn)?;
    Ok(id)
}
