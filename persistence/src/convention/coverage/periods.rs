//! Granted periods as they are kept (COV-04, COV-07).

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    OptionalExtension, QueryableByName, RunQueryDsl,
    sql_types::{Array, Bool, Date, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    convention::{
        coverage::{
            condition::{Condition, Met},
            earlier::at_present_price,
            period::{EarlyEnd, Period, PeriodEnd},
        },
        number::PumpConventionNumber,
        term::FIRST_DAY,
    },
    identifier::{HospitalNumber, InsurerNumber},
    ids::BeneficiaryId,
    refusal::{Fault, Reason},
    rule::RuleId,
    span::Span,
};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    error::{DbError, Stop},
    page::Page,
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

/// A granted period.
#[derive(Debug, Clone)]
pub struct GrantedPeriod {
    /// Its identifier.
    pub id: Uuid,
    /// The establishment's hospital.
    pub hospital: HospitalNumber,
    /// For whom, as the hospital knows them.
    pub beneficiary: Uuid,
    /// The application; none under the earlier convention (CON-07).
    pub application: Option<Uuid>,
    /// The insurer whose adviser granted it.
    pub insurer: InsurerNumber,
    /// The number of the convention.
    pub number: PumpConventionNumber,
    /// Its days.
    pub period: Period,
    /// The further conditions of the decision, in its order (COV-11).
    pub conditions: Vec<PeriodCondition>,
    /// Counts every change, from 1.
    pub version: i32,
    /// When it was granted.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl GrantedPeriod {
    /// CON-07: the first day that is invoiced at this convention's price, if any is.
    #[must_use]
    pub fn priced_from(&self) -> Option<NaiveDate> {
        Some(at_present_price(self.period.effective()?, FIRST_DAY)?.from)
    }
}

/// A condition of a granted period, and what was last noted about it (COV-11).
#[derive(Debug, Clone)]
pub struct PeriodCondition {
    /// The condition.
    pub condition: Condition,
    /// When it was met, if it was.
    pub noted: Option<NotedMet>,
}

/// That a condition was met, as an adviser noted it (COV-11).
#[derive(Debug, Clone)]
pub struct NotedMet {
    /// When it was met, and from when that has effect.
    pub met: Met,
    /// Which adviser noted it.
    pub by: String,
    /// When it was noted.
    pub at: DateTime<Utc>,
}

impl PeriodCondition {
    /// COV-11: whether it keeps a day from being reimbursed.
    #[must_use]
    pub fn stops(&self, day: NaiveDate) -> bool {
        self.condition.stops(day, self.noted.as_ref().map(|noted| noted.met))
    }
}

/// Which periods are listed.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Those of this beneficiary.
    pub beneficiary: Option<Uuid>,
    /// Those that hold this day.
    pub on: Option<NaiveDate>,
    /// Those whose last day comes before this one.
    pub ends_before: Option<NaiveDate>,
    /// Those whose last day comes no later than this one, and that no other one of the beneficiary follows.
    pub ending_by: Option<NaiveDate>,
    /// As they were known at this instant.
    pub known_at: Option<DateTime<Utc>>,
    /// The last period of the page before.
    pub after: Option<Uuid>,
    /// The length of a page.
    pub page_size: i32,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    hospital: String,
    #[diesel(sql_type = SqlUuid)]
    beneficiary_id: Uuid,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    application_id: Option<Uuid>,
    #[diesel(sql_type = Text)]
    insurer: String,
    #[diesel(sql_type = Text)]
    convention_number: String,
    #[diesel(sql_type = Date)]
    granted_from: NaiveDate,
    #[diesel(sql_type = Date)]
    granted_to: NaiveDate,
    #[diesel(sql_type = Nullable<Date>)]
    last_day: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Text>)]
    because: Option<String>,
    #[diesel(sql_type = Jsonb)]
    conditions: Value,
    #[diesel(sql_type = Jsonb)]
    met: Value,
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    updated_at: DateTime<Utc>,
}

/// What was noted about the condition of that number.
#[derive(Deserialize)]
struct StoredMet {
    number: usize,
    met_on: NaiveDate,
    effective_from: NaiveDate,
    by: String,
    at: DateTime<Utc>,
}

impl Row {
    fn conditions(&self) -> Option<Vec<PeriodCondition>> {
        let conditions: Vec<Condition> = serde_json::from_value(self.conditions.clone()).ok()?;
        let noted: Vec<StoredMet> = serde_json::from_value(self.met.clone()).ok()?;
        let of = |number| noted.iter().find(|one| one.number == number);
        let read = |(number, condition)| PeriodCondition {
            condition,
            noted: of(number).map(|one| NotedMet {
                met: Met { met_on: one.met_on, effective_from: one.effective_from },
                by: one.by.clone(),
                at: one.at,
            }),
        };
        Some((1..).zip(conditions).map(read).collect())
    }

    fn read(self) -> Result<GrantedPeriod, DbError> {
        let inconsistent = |column| DbError::inconsistent("insula.granted_periods", column, self.id);
        let conditions = self.conditions().ok_or_else(|| inconsistent("conditions"))?;
        let end = early_end(self.id, self.last_day, self.because.as_deref())?;
        Ok(GrantedPeriod {
            id: self.id,
            hospital: self.hospital.parse().map_err(|_| inconsistent("hospital"))?,
            beneficiary: self.beneficiary_id,
            application: self.application_id,
            insurer: self.insurer.parse().map_err(|_| inconsistent("insurer"))?,
            number: self.convention_number.parse().map_err(|_| inconsistent("convention_number"))?,
            period: Period { from: self.granted_from, to: self.granted_to, end },
            conditions,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}

/// The early end that two columns of a period tell, if it has one (COV-07).
pub(crate) fn early_end(
    period: Uuid,
    last_day: Option<NaiveDate>,
    because: Option<&str>,
) -> Result<Option<EarlyEnd>, DbError> {
    match (last_day, because.map(PeriodEnd::from_name)) {
        (None, None) => Ok(None),
        (Some(last_day), Some(Some(why))) => Ok(Some(EarlyEnd { last_day, why })),
        _ => Err(DbError::inconsistent("insula.granted_periods", "ended_because", period)),
    }
}

/// The name of a period in the trail.
#[must_use]
pub fn subject(id: Uuid) -> String {
    format!("grantedPeriod:{id}")
}

/// A period as it is known at instant `$1`, or now: with the last end, and the met conditions, that were known then.
macro_rules! select {
    ($where:literal) => {
        concat!(
            "SELECT p.id, p.hospital, p.beneficiary_id, p.application_id, p.insurer, p.convention_number,
                 lower(p.granted) AS granted_from, upper(p.granted) - 1 AS granted_to, e.last_day, e.because,
                 coalesce(d.conditions, '[]') AS conditions,
                 coalesce(m.met, '[]') AS met, greatest(e.version, m.version, 1) AS version, p.created_at,
                 greatest(e.known_at, m.noted_at, p.created_at) AS updated_at
             FROM insula.granted_periods p
             LEFT JOIN insula.coverage_decisions d ON d.id = p.decision_id
             LEFT JOIN LATERAL (SELECT x.version, x.last_day, x.because, x.known_at FROM insula.granted_period_ends x
                 WHERE x.period_id = p.id AND ($1 IS NULL OR x.known_at <= $1) ORDER BY x.version DESC LIMIT 1) e ON true
             LEFT JOIN LATERAL (SELECT max(x.version) AS version, max(x.noted_at) AS noted_at,
                     jsonb_agg(jsonb_build_object('number', x.number, 'met_on', x.met_on, 'effective_from', x.effective_from,
                         'by', x.noted_by, 'at', x.noted_at) ORDER BY x.version DESC) AS met
                 FROM insula.met_conditions x WHERE x.period_id = p.id AND ($1 IS NULL OR x.noted_at <= $1)) m ON true
             WHERE ($1 IS NULL OR p.created_at <= $1) AND ",
            $where
        )
    };
}

/// A page of the periods that the caller may see, the latest granted first. The read leaves an event in the trail.
pub fn list(tx: &mut Tx, filter: &Filter) -> Result<Page<GrantedPeriod>, Stop> {
    let query = diesel::sql_query(select!(
        "($2 IS NULL OR p.beneficiary_id = $2)
         AND ($3 IS NULL OR lower(p.granted) <= $3 AND $3 <= coalesce(e.last_day, upper(p.granted) - 1))
         AND ($4 IS NULL OR coalesce(e.last_day, upper(p.granted) - 1) < $4) AND ($5 IS NULL OR p.id < $5)
         AND ($7 IS NULL OR coalesce(e.last_day, upper(p.granted) - 1) <= $7 AND NOT EXISTS (
             SELECT 1 FROM insula.granted_periods n
             WHERE n.beneficiary_id = p.beneficiary_id AND lower(n.effective) > lower(p.granted)))
         ORDER BY p.id DESC LIMIT $6 + 1"
    ))
    .bind::<Nullable<Timestamptz>, _>(filter.known_at)
    .bind::<Nullable<SqlUuid>, _>(filter.beneficiary)
    .bind::<Nullable<Date>, _>(filter.on)
    .bind::<Nullable<Date>, _>(filter.ends_before)
    .bind::<Nullable<SqlUuid>, _>(filter.after)
    .bind::<Integer, _>(filter.page_size)
    .bind::<Nullable<Date>, _>(filter.ending_by);
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    let page = Page::of(rows, filter.page_size).read(Row::read)?;
    trail::record(tx, Action::List, "grantedPeriods", &json!({"found": page.items.len()}))?;
    Ok(page)
}

/// The periods of the caller's hospital that last until a day or longer, for a rule and not for a reader: without an
/// event in the trail.
pub fn lasting(tx: &mut Tx, from: NaiveDate) -> Result<Vec<GrantedPeriod>, Stop> {
    let query = diesel::sql_query(select!(
        "p.hospital = insula.organisation() AND coalesce(e.last_day, upper(p.granted) - 1) >= $2 ORDER BY p.id"
    ))
    .bind::<Nullable<Timestamptz>, _>(None::<DateTime<Utc>>)
    .bind::<Date, _>(from);
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    Ok(rows.into_iter().map(Row::read).collect::<Result<_, _>>()?)
}

#[derive(QueryableByName)]
struct Days {
    #[diesel(sql_type = SqlUuid)]
    beneficiary_id: Uuid,
    #[diesel(sql_type = Date)]
    first_day: NaiveDate,
    #[diesel(sql_type = Date)]
    last_day: NaiveDate,
}

/// The days that are left of the periods of these beneficiaries of the caller's hospital, as known now or at an
/// instant.
pub fn days_of_beneficiaries(
    tx: &mut Tx,
    whom: &[Uuid],
    known_at: Option<DateTime<Utc>>,
) -> Result<Vec<(BeneficiaryId, Span)>, Stop> {
    let query = diesel::sql_query(
        "SELECT p.beneficiary_id, lower(p.granted) AS first_day, least(upper(p.granted) - 1, e.last_day) AS last_day
         FROM insula.granted_periods p
         LEFT JOIN LATERAL (SELECT x.last_day FROM insula.granted_period_ends x
             WHERE x.period_id = p.id AND ($2 IS NULL OR x.known_at <= $2) ORDER BY x.version DESC LIMIT 1) e ON true
         WHERE p.hospital = insula.organisation() AND p.beneficiary_id = ANY ($1)
           AND ($2 IS NULL OR p.created_at <= $2) ORDER BY lower(p.granted), p.id",
    )
    .bind::<Array<SqlUuid>, _>(whom)
    .bind::<Nullable<Timestamptz>, _>(known_at);
    let rows: Vec<Days> = Constant(query).load(tx.conn)?;
    let read = |row: Days| (BeneficiaryId(row.beneficiary_id), Span::between(row.first_day, row.last_day));
    // Of some periods no day is left.
    Ok(rows.into_iter().map(read).filter(|(_, days)| !days.is_empty()).collect())
}

/// A period that the caller may see, as it is known now or was known at an instant, for a rule and not for a reader:
/// without an event in the trail.
pub fn find(tx: &mut Tx, id: Uuid, known_at: Option<DateTime<Utc>>) -> Result<GrantedPeriod, Stop> {
    let query =
        diesel::sql_query(select!("p.id = $2")).bind::<Nullable<Timestamptz>, _>(known_at).bind::<SqlUuid, _>(id);
    Ok(Constant(query).found::<Row>(tx.conn)?.read()?)
}

/// The same for a reader: it leaves an event in the trail.
pub fn read(tx: &mut Tx, id: Uuid, known_at: Option<DateTime<Utc>>) -> Result<GrantedPeriod, Stop> {
    let found = find(tx, id, known_at)?;
    trail::record(tx, Action::Get, &subject(id), &json!({"version": found.version, "knownAt": known_at}))?;
    Ok(found)
}

/// A period of the caller's hospital, or of somebody whom the caller insures today, in this version, locked until the
/// transaction ends.
pub fn find_for_update(tx: &mut Tx, id: Uuid, if_match: i32) -> Result<GrantedPeriod, Stop> {
    let lock = diesel::sql_query(
        // The policies say whose it is: the establishment's, and that of the insurer of today (COV-15).
        "SELECT id FROM insula.granted_periods WHERE id = $1 FOR UPDATE",
    )
    .bind::<SqlUuid, _>(id);
    if Constant(lock).execute(tx.conn)? == 0 {
        return Err(Stop::NotFound);
    }
    let found = find(tx, id, None)?;
    if found.version == if_match { Ok(found) } else { Err(Stop::Stale) }
}

/// CON-07: enters a period that was granted under the earlier convention, with a number that the caller's hospital
/// holds and the insurer of its first day, or of today.
pub fn enter_earlier(
    tx: &mut Tx,
    beneficiary: Uuid,
    number: PumpConventionNumber,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<GrantedPeriod, Stop> {
    let id = tx.ids.uuid();
    let query = diesel::sql_query(
        "WITH known AS (SELECT b.id, b.hospital, b.person_id, i.number AS insurer, i.union_number,
                 EXISTS (SELECT 1 FROM insula.convention_holders h
                     WHERE h.number = $3 AND h.kind = 'pump' AND h.hospital = b.hospital) AS held
               FROM vault.beneficiaries b LEFT JOIN insula.insurers i
                   ON i.number = coalesce(vault.insurer_on(b.id, $4), vault.insurer_on(b.id, insula.today()))
               WHERE b.id = $2 AND b.hospital = insula.organisation()),
             made AS (INSERT INTO insula.granted_periods (id, hospital, beneficiary_id, person_id, insurer, insurer_union,
                 convention_number, granted, effective, version, created_at, updated_at)
               SELECT $1, hospital, id, person_id, insurer, union_number, $3, daterange($4, $5, '[]'), daterange($4, $5, '[]'),
                   1, $6, $6
               FROM known WHERE held AND insurer IS NOT NULL)
         SELECT held, insurer IS NOT NULL AS insured FROM known",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<SqlUuid, _>(beneficiary)
    .bind::<Text, _>(number.as_str())
    .bind::<Date, _>(from)
    .bind::<Date, _>(to)
    .bind::<Timestamptz, _>(tx.now);
    let known: Option<KnownRow> = Constant(query).get_result(tx.conn).optional()?;
    let fault = |field, reason, rule| Fault::new(field, reason, rule);
    let Some(KnownRow { held, insured }) = known else {
        return Err(vec![fault("beneficiaryId", Reason::BeneficiaryNotFound, RuleId::Sys02)].into());
    };
    let mut faults = Vec::new();
    faults.extend((!insured).then(|| fault("beneficiaryId", Reason::InsurerMissing, RuleId::Cov03)));
    faults.extend(
        (!held).then(|| fault("conventionNumber", Reason::PumpConventionMissing, RuleId::Con07).with("day", to)),
    );
    if !faults.is_empty() {
        return Err(faults.into());
    }
    trail::record(tx, Action::Create, &subject(id), &json!({"version": 1, "beneficiary": beneficiary}))?;
    find(tx, id, None)
}

#[derive(QueryableByName)]
struct KnownRow {
    #[diesel(sql_type = Bool)]
    held: bool,
    #[diesel(sql_type = Bool)]
    insured: bool,
}

/// COV-11: notes that a condition of a period, which is locked, was met. Nothing is overwritten: what is noted last
/// stands.
pub fn meet(tx: &mut Tx, present: &GrantedPeriod, number: i32, met: Met) -> Result<GrantedPeriod, Stop> {
    let version = present.version + 1;
    let details =
        json!({"version": version, "condition": number, "metOn": met.met_on, "effectiveFrom": met.effective_from});
    trail::record(tx, Action::Meet, &subject(present.id), &details)?;
    let query = diesel::sql_query(
        "WITH changed AS (UPDATE insula.granted_periods SET version = $2, updated_at = $6 WHERE id = $1
               RETURNING id, hospital, insurer, insurer_union)
         INSERT INTO insula.met_conditions
             (period_id, version, number, hospital, insurer, insurer_union, met_on, effective_from, noted_by, noted_at)
         SELECT id, $2, $3, hospital, insurer, insurer_union, $4, $5, insula.person(), $6 FROM changed RETURNING 1",
    )
    .bind::<SqlUuid, _>(present.id)
    .bind::<Integer, _>(version)
    .bind::<Integer, _>(number)
    .bind::<Date, _>(met.met_on)
    .bind::<Date, _>(met.effective_from)
    .bind::<Timestamptz, _>(tx.now);
    Constant(query).execute(tx.conn)?;
    find(tx, present.id, None)
}

/// COV-07: writes the end of a period, which is locked.
pub fn end(
    tx: &mut Tx,
    present: &GrantedPeriod,
    ended: Period,
    told_on: Option<NaiveDate>,
) -> Result<GrantedPeriod, Stop> {
    let Some(EarlyEnd { last_day, why }) = ended.end else { return Ok(present.clone()) };
    let version = present.version + 1;
    let details = json!({"version": version, "because": why, "lastDay": last_day});
    trail::record(tx, Action::End, &subject(present.id), &details)?;
    let query = diesel::sql_query(
        "WITH ended AS (UPDATE insula.granted_periods p
               SET effective = CASE WHEN $3 < lower(p.granted) THEN 'empty'::daterange
                                    ELSE daterange(lower(p.granted), $3, '[]') END,
                   ended_because = $4, version = $2, updated_at = $6
               WHERE p.id = $1 RETURNING p.id, p.hospital, p.insurer, p.insurer_union)
         INSERT INTO insula.granted_period_ends
             (period_id, version, hospital, insurer, insurer_union, last_day, because, told_on, known_at)
         SELECT id, $2, hospital, insurer, insurer_union, $3, $4, $5, $6 FROM ended RETURNING 1",
    )
    .bind::<SqlUuid, _>(present.id)
    .bind::<Integer, _>(version)
    .bind::<Date, _>(last_day)
    .bind::<Text, _>(why.name())
    .bind::<Nullable<Date>, _>(told_on)
    .bind::<Timestamptz, _>(tx.now);
    Constant(query).execute(tx.conn)?;
    Ok(GrantedPeriod { period: ended, version, updated_at: tx.now, ..present.clone() })
}
