//! The days of programme that establishments record (BIL-01).

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{Array, Date, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    billing::day_state::{DayCommand, DayState, after},
    refusal::{Fault, Reason},
    rule::RuleId,
    span::Span,
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    error::{DbError, Stop},
    page::Page,
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

/// A recorded day.
#[derive(Debug, Clone)]
pub struct PumpDay {
    /// Its identifier.
    pub id: Uuid,
    /// For whom, as the hospital knows them.
    pub beneficiary: Uuid,
    /// The granted period.
    pub period: Uuid,
    /// The day.
    pub day: NaiveDate,
    /// What became of it.
    pub state: DayState,
    /// By whom it was recorded.
    pub recorded_by: String,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// When its state last changed.
    pub updated_at: DateTime<Utc>,
}

/// A day to record: of a beneficiary, in a period.
#[derive(Debug, Clone, Copy)]
pub struct NewDay {
    /// The beneficiary.
    pub beneficiary: Uuid,
    /// The granted period.
    pub period: Uuid,
    /// The day.
    pub day: NaiveDate,
}

/// Which days are listed.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Those of this beneficiary.
    pub beneficiary: Option<Uuid>,
    /// Those of this day and later.
    pub from: Option<NaiveDate>,
    /// Those of this day and earlier.
    pub to: Option<NaiveDate>,
    /// Those in this state.
    pub state: Option<DayState>,
    /// The last day of the page before.
    pub after: Option<Uuid>,
    /// The length of a page.
    pub page_size: i32,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    beneficiary_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    period_id: Uuid,
    #[diesel(sql_type = Date)]
    day: NaiveDate,
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Text)]
    recorded_by: String,
    #[diesel(sql_type = Timestamptz)]
    recorded_at: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    updated_at: DateTime<Utc>,
}

impl Row {
    fn read(self) -> Result<PumpDay, DbError> {
        let state = DayState::from_name(&self.state);
        Ok(PumpDay {
            id: self.id,
            beneficiary: self.beneficiary_id,
            period: self.period_id,
            day: self.day,
            state: state.ok_or_else(|| DbError::inconsistent("insula.pump_days", "state", self.id))?,
            recorded_by: self.recorded_by,
            recorded_at: self.recorded_at,
            updated_at: self.updated_at,
        })
    }
}

/// The name of recorded days in the trail.
pub const SUBJECT: &str = "pumpDays";

/// BIL-01: records days, whose verdict was favourable. A day that became due in the meantime, or that its period lost,
/// makes the transaction run again.
pub fn record(tx: &mut Tx, days: &[NewDay]) -> Result<(), Stop> {
    let beneficiaries: BTreeSet<Uuid> = days.iter().map(|one| one.beneficiary).collect();
    let details = json!({"days": days.len(), "beneficiaries": beneficiaries});
    trail::record(tx, Action::Record, SUBJECT, &details)?;
    insert(tx, days)
}

/// Records days, of which another event tells.
pub(super) fn insert(tx: &mut Tx, days: &[NewDay]) -> Result<(), Stop> {
    let ids: Vec<Uuid> = days.iter().map(|_| tx.ids.uuid()).collect();
    let query = diesel::sql_query(
        "INSERT INTO insula.pump_days
             (id, hospital, beneficiary_id, person_id, period_id, day, state, recorded_by, recorded_at, updated_at)
         SELECT n.id, b.hospital, b.id, b.person_id, n.period_id, n.day, 'recorded', insula.person(), $5, $5
         FROM unnest($1, $2, $3, $4) AS n (id, beneficiary_id, period_id, day)
         JOIN vault.beneficiaries b ON b.id = n.beneficiary_id AND b.hospital = insula.organisation()",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<SqlUuid>, _>(days.iter().map(|one| one.beneficiary).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(days.iter().map(|one| one.period).collect::<Vec<_>>())
    .bind::<Array<Date>, _>(days.iter().map(|one| one.day).collect::<Vec<_>>())
    .bind::<Timestamptz, _>(tx.now);
    Constant(query).execute(tx.conn)?;
    Ok(())
}

/// A page of the hospital's recorded days, in the order in which they were recorded. The read leaves an event in the
/// trail.
pub fn list(tx: &mut Tx, filter: &Filter) -> Result<Page<PumpDay>, Stop> {
    let query = diesel::sql_query(
        "SELECT id, beneficiary_id, period_id, day, state, recorded_by, recorded_at, updated_at FROM insula.pump_days
         WHERE hospital = insula.organisation() AND ($1 IS NULL OR beneficiary_id = $1) AND ($2 IS NULL OR $2 <= day)
           AND ($3 IS NULL OR day <= $3) AND ($4 IS NULL OR state = $4) AND ($5 IS NULL OR id > $5)
         ORDER BY id LIMIT $6 + 1",
    )
    .bind::<Nullable<SqlUuid>, _>(filter.beneficiary)
    .bind::<Nullable<Date>, _>(filter.from)
    .bind::<Nullable<Date>, _>(filter.to)
    .bind::<Nullable<Text>, _>(filter.state.map(DayState::name))
    .bind::<Nullable<SqlUuid>, _>(filter.after)
    .bind::<Integer, _>(filter.page_size);
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    let page = Page::of(rows, filter.page_size).read(Row::read)?;
    let details = json!({"found": page.items.len(), "beneficiary": filter.beneficiary});
    trail::record(tx, Action::List, SUBJECT, &details)?;
    Ok(page)
}

/// BIL-01: withdraws the days of a beneficiary in these ranges, all of which must be recorded and on no line. Days that
/// were withdrawn before, or are free for another reason, are left as they are.
///
/// # Errors
/// The hospital does not have the beneficiary; the refusal of the first day that cannot be withdrawn.
pub fn withdraw(tx: &mut Tx, beneficiary: Uuid, ranges: &[Span]) -> Result<Vec<NaiveDate>, Stop> {
    let query =
        diesel::sql_query("SELECT id FROM vault.beneficiaries WHERE id = $1 AND hospital = insula.organisation()")
            .bind::<SqlUuid, _>(beneficiary);
    if Constant(query).execute(tx.conn)? == 0 {
        return Err(vec![Fault::new("beneficiaryId", Reason::BeneficiaryNotFound, RuleId::Sys02)].into());
    }
    let query = diesel::sql_query(
        "SELECT d.id, d.beneficiary_id, d.period_id, d.day, d.state, d.recorded_by, d.recorded_at, d.updated_at
         FROM insula.pump_days d JOIN unnest($2, $3) AS r (first, last) ON d.day BETWEEN r.first AND r.last
         WHERE d.beneficiary_id = $1 AND d.hospital = insula.organisation()
           AND d.state IN ('recorded', 'claimed', 'accepted', 'contested')
         ORDER BY d.day FOR UPDATE OF d",
    )
    .bind::<SqlUuid, _>(beneficiary)
    .bind::<Array<Date>, _>(ranges.iter().map(|range| range.from).collect::<Vec<_>>())
    .bind::<Array<Nullable<Date>>, _>(ranges.iter().map(|range| range.to).collect::<Vec<_>>());
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    let found = rows.into_iter().map(Row::read).collect::<Result<Vec<_>, _>>()?;
    for one in &found {
        after(one.state, DayCommand::Withdraw)?;
    }
    let days: Vec<NaiveDate> = found.iter().map(|one| one.day).collect();
    let details = json!({"days": days.len(), "beneficiaries": [beneficiary]});
    trail::record(tx, Action::Withdraw, SUBJECT, &details)?;
    let query =
        diesel::sql_query("UPDATE insula.pump_days SET state = 'withdrawn', updated_at = $2 WHERE id = ANY($1)")
            .bind::<Array<SqlUuid>, _>(found.iter().map(|one| one.id).collect::<Vec<_>>())
            .bind::<Timestamptz, _>(tx.now);
    Constant(query).execute(tx.conn)?;
    Ok(days)
}
