//! Mergers and demergers of hospitals, planned and carried out in one transaction (CON-03, CON-04).

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{Array, Bool, Date, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use insula_domain::{
    convention::{
        granted::Cut,
        holder::{Convention, restored_conventions},
        number::ConventionNumber,
        stated::{Plan, StatedMerger},
        term::End,
    },
    identifier::HospitalNumber,
    refusal::{Fault, Reason, Refusal},
    rule::RuleId,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    convention::{
        conventions::{self, Entered},
        coverage::cuts,
    },
    error::{DbError, Stop},
    sql::Constant,
    trail::{self, Action},
    tx::Tx,
};

/// A merger or demerger that was carried out.
#[derive(Debug, Clone)]
pub struct Merger {
    /// Its identifier.
    pub id: Uuid,
    /// As it was stated.
    pub stated: StatedMerger,
    /// Its consequences at that time.
    pub plan: Plan,
    /// What it changed of granted periods.
    pub cuts: Vec<Cut>,
    /// 1, and 2 once it is withdrawn.
    pub version: i32,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// By whom.
    pub recorded_by: String,
    /// When it was withdrawn, if it was.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// The conventions it changed.
    changed: Vec<ChangedConvention>,
}

/// A convention after the merger, and what is needed to restore it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ChangedConvention {
    number: ConventionNumber,
    version: i32,
    cut_before: Option<End>,
}

/// A planned merger or demerger, with all conventions, which stay locked until the transaction ends.
pub struct Planned {
    /// Its consequences.
    pub plan: Plan,
    /// What it changes of granted periods (COV-07).
    pub cuts: Vec<Cut>,
    entered: Vec<Entered>,
}

/// CON-03, CON-04: plans a merger or demerger on the current conventions.
pub fn plan(tx: &mut Tx, stated: &StatedMerger) -> Result<Planned, Stop> {
    let entered = conventions::all_locked(tx)?;
    let all: Vec<Convention> = entered.iter().map(|one| one.convention.clone()).collect();
    let mut faults = unknown(tx, &stated.hospitals())?;
    match stated.plan(&all) {
        Ok(plan) if faults.is_empty() => {
            // Which merger brings the change does not matter to the periods.
            let after = changed(&all, &plan.outcome(Uuid::nil(), &all));
            let cuts = cuts::cuts(tx, &all, &after)?;
            Ok(Planned { plan, cuts, entered })
        }
        planned => {
            faults.extend(planned.err().unwrap_or_default());
            Err(faults.into())
        }
    }
}

/// All conventions, with those that changed as they are then.
fn changed(all: &[Convention], outcome: &[Convention]) -> Vec<Convention> {
    let next = |one: &Convention| outcome.iter().find(|next| next.number == one.number).unwrap_or(one).clone();
    all.iter().map(next).collect()
}

/// The faults of hospitals that are not entered, with their fields in the body.
fn unknown(tx: &mut Tx, hospitals: &[HospitalNumber; 3]) -> Result<Vec<Fault>, Stop> {
    #[derive(QueryableByName)]
    struct Known {
        #[diesel(sql_type = Text)]
        number: String,
    }
    let numbers: Vec<String> = hospitals.iter().map(ToString::to_string).collect();
    let query = diesel::sql_query("SELECT number FROM insula.hospitals WHERE number = ANY ($1)")
        .bind::<Array<Text>, _>(&numbers);
    let known: Vec<Known> = Constant(query).load(tx.conn)?;
    let fields = ["hospitals[0]", "hospitals[1]", "hospital"].into_iter().zip(&numbers);
    let missing = fields.filter(|(_, number)| !known.iter().any(|one| one.number == **number));
    Ok(missing.map(|(field, _)| Fault::new(field, Reason::HospitalUnknown, RuleId::Con03)).collect())
}

/// CON-03, CON-04: carries out a plan: writes the merger, and every convention it changes with its holders.
pub fn carry_out(tx: &mut Tx, id: Uuid, stated: StatedMerger, planned: Planned) -> Result<Merger, Stop> {
    let Planned { plan, cuts, entered } = planned;
    let all: Vec<Convention> = entered.iter().map(|one| one.convention.clone()).collect();
    let outcome = plan.outcome(id, &all);
    let now = |of: &Convention| entered.iter().find(|one| one.convention.number == of.number);
    let changed_ones = outcome.iter().filter_map(|next| {
        let present = now(next)?;
        Some(ChangedConvention {
            number: next.number,
            version: present.version + 1,
            cut_before: present.convention.cut,
        })
    });
    let recorded = Merger {
        id,
        changed: changed_ones.collect(),
        stated,
        plan,
        cuts,
        version: 1,
        recorded_at: tx.now,
        recorded_by: tx.call.actor.person.clone(),
        withdrawn_at: None,
    };
    enter(tx, &recorded)?;
    for next in &outcome {
        conventions::write(tx, next, now(next), Action::Put)?;
    }
    cuts::carry_out(tx, &recorded.cuts)?;
    Ok(recorded)
}

fn enter(tx: &mut Tx, recorded: &Merger) -> Result<(), Stop> {
    let (stated, plan, changed) = (to_json(&recorded.stated)?, to_json(&recorded.plan)?, to_json(&recorded.changed)?);
    let cuts = to_json(&recorded.cuts)?;
    let kind = recorded.stated.kind().name();
    let event =
        trail::event(tx, Action::Create, &format!("merger:{}", recorded.id), &json!({"stated": stated, "plan": plan}))?;
    let query = diesel::sql_query(
        "WITH said AS (INSERT INTO insula.mergers (id, kind, hospitals, effective, anew, stated, plan, changed, version,
               recorded_at, recorded_by, cut_periods)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $15) RETURNING 1)
         INSERT INTO trail.events (id, body, mac) SELECT $12, $13, $14 FROM said RETURNING 1",
    )
    .bind::<SqlUuid, _>(recorded.id)
    .bind::<Text, _>(kind)
    .bind::<Array<Text>, _>(recorded.stated.hospitals().map(|one| one.to_string()).to_vec())
    .bind::<Date, _>(recorded.stated.effective())
    .bind::<Bool, _>(recorded.stated.is_anew())
    .bind::<Jsonb, _>(stated)
    .bind::<Jsonb, _>(plan)
    .bind::<Jsonb, _>(changed)
    .bind::<Integer, _>(recorded.version)
    .bind::<Timestamptz, _>(recorded.recorded_at)
    .bind::<Text, _>(&recorded.recorded_by)
    .bind::<SqlUuid, _>(event.id)
    .bind::<Text, _>(event.body)
    .bind::<diesel::sql_types::Binary, _>(event.mac)
    .bind::<Jsonb, _>(cuts);
    Constant(query).execute(tx.conn)?;
    Ok(())
}

fn to_json(value: &impl Serialize) -> Result<Value, DbError> {
    serde_json::to_value(value).map_err(|error| DbError::Other(error.to_string()))
}

/// CON-03, CON-04: withdraws a merger entered in error, and restores the conventions, and the periods granted under them. Refused once one of them has
/// changed or another was concluded in its place.
pub fn withdraw(tx: &mut Tx, id: Uuid, if_match: i32) -> Result<Merger, Stop> {
    let entered = conventions::all_locked(tx)?;
    let mut recorded = merger(tx, id)?;
    if recorded.version != if_match || recorded.withdrawn_at.is_some() {
        return Err(Stop::Stale);
    }
    let built_upon = |number: ConventionNumber| Refusal::MergerBuiltUpon { number: number.as_str().to_owned() };
    let now = |number: ConventionNumber| entered.iter().find(|one| one.convention.number == number);
    let changed_since = |one: &&ChangedConvention| now(one.number).is_none_or(|present| present.version != one.version);
    if let Some(one) = recorded.changed.iter().find(changed_since) {
        return Err(built_upon(one.number).into());
    }
    let all: Vec<Convention> = entered.iter().map(|one| one.convention.clone()).collect();
    let before: Vec<_> = recorded.changed.iter().map(|one| (one.number, one.cut_before)).collect();
    let restored = restored_conventions(&all, id, &before).map_err(built_upon)?;
    let cuts = cuts::cuts(tx, &all, &changed(&all, &restored))?;
    for next in &restored {
        conventions::write(tx, next, now(next.number), Action::Put)?;
    }
    cuts::carry_out(tx, &cuts)?;
    recorded.version += 1;
    recorded.withdrawn_at = Some(tx.now);
    let query = diesel::sql_query(
        "UPDATE insula.mergers SET version = $2, withdrawn_at = $3, withdrawn_by = insula.person()
         WHERE id = $1 RETURNING 1",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Integer, _>(recorded.version)
    .bind::<Timestamptz, _>(tx.now);
    Constant(query).execute(tx.conn)?;
    trail::record(tx, Action::Withdraw, &format!("merger:{id}"), &json!({"version": recorded.version}))?;
    Ok(recorded)
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Jsonb)]
    stated: Value,
    #[diesel(sql_type = Jsonb)]
    plan: Value,
    #[diesel(sql_type = Jsonb)]
    changed: Value,
    #[diesel(sql_type = Jsonb)]
    cut_periods: Value,
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = Timestamptz)]
    recorded_at: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    recorded_by: String,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    withdrawn_at: Option<DateTime<Utc>>,
}

impl Row {
    fn read(self) -> Result<Merger, DbError> {
        let inconsistent = |column| DbError::inconsistent("insula.mergers", column, self.id);
        Ok(Merger {
            id: self.id,
            stated: serde_json::from_value(self.stated).map_err(|_| inconsistent("stated"))?,
            plan: serde_json::from_value(self.plan).map_err(|_| inconsistent("plan"))?,
            changed: serde_json::from_value(self.changed).map_err(|_| inconsistent("changed"))?,
            cuts: serde_json::from_value(self.cut_periods).map_err(|_| inconsistent("cut_periods"))?,
            version: self.version,
            recorded_at: self.recorded_at,
            recorded_by: self.recorded_by,
            withdrawn_at: self.withdrawn_at,
        })
    }
}

macro_rules! select {
    ($where:literal) => {
        concat!(
            "SELECT id, stated, plan, changed, cut_periods, version, recorded_at, recorded_by, withdrawn_at FROM insula.mergers ",
            $where
        )
    };
}

/// A merger or demerger that the caller may see.
pub fn merger(tx: &mut Tx, id: Uuid) -> Result<Merger, Stop> {
    let query = diesel::sql_query(select!("WHERE id = $1")).bind::<SqlUuid, _>(id);
    Ok(Constant(query).found::<Row>(tx.conn)?.read()?)
}

/// The mergers and demergers the caller may see, of one hospital if one is named; latest first.
pub fn mergers(tx: &mut Tx, hospital: Option<HospitalNumber>) -> Result<Vec<Merger>, Stop> {
    let query = diesel::sql_query(select!(
        "WHERE $1 IS NULL OR $1 = ANY (hospitals) ORDER BY effective DESC, recorded_at DESC, id"
    ))
    .bind::<Nullable<Text>, _>(hospital.map(|hospital| hospital.to_string()));
    let rows: Vec<Row> = Constant(query).load(tx.conn)?;
    Ok(rows.into_iter().map(Row::read).collect::<Result<_, _>>()?)
}
