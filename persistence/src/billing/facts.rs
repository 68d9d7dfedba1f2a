//! What decides about pump days (BIL-01, BIL-08, COV-11, PMP-04).

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{Array, Binary, Bool, Date, Integer, Jsonb, Nullable, Text, Uuid as SqlUuid},
};
use insula_domain::{
    billing::pump_day::{Facts, SetCondition, without_pump},
    clock::brussels_day,
    convention::{
        coverage::{
            condition::{Condition, Met},
            period::{KnownPeriod, Period},
            stay::Stay,
        },
        hospital_stay::HospitalStay,
    },
    parties::beneficiary::Identity,
};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    convention::{coverage::periods::early_end, tariffs},
    error::{DbError, Stop},
    parties::beneficiaries::open_identity,
    sql::Constant,
    tx::Tx,
};

/// A beneficiary of the caller's hospital, and what decides about their days.
#[derive(Debug)]
pub struct Known {
    /// The person behind the beneficiary.
    pub person: Uuid,
    /// Who that is.
    pub identity: Identity,
    /// What decides.
    pub facts: Facts,
}

#[derive(QueryableByName)]
struct BeneficiaryRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    person_id: Uuid,
    #[diesel(sql_type = Binary)]
    identity: Vec<u8>,
    #[diesel(sql_type = Integer)]
    key_version: i32,
}

#[derive(QueryableByName)]
struct PeriodRow {
    #[diesel(sql_type = SqlUuid)]
    beneficiary_id: Uuid,
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

#[derive(QueryableByName)]
struct ConditionRow {
    #[diesel(sql_type = SqlUuid)]
    beneficiary_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    period_id: Uuid,
    #[diesel(sql_type = Jsonb)]
    condition: Value,
    #[diesel(sql_type = Nullable<Date>)]
    met_on: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Date>)]
    effective_from: Option<NaiveDate>,
}

#[derive(QueryableByName)]
struct RecordRow {
    #[diesel(sql_type = SqlUuid)]
    beneficiary_id: Uuid,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Date)]
    day: NaiveDate,
    #[diesel(sql_type = Jsonb)]
    content: Value,
    #[diesel(sql_type = Bool)]
    with_convention: bool,
}

#[derive(QueryableByName)]
struct DueRow {
    #[diesel(sql_type = SqlUuid)]
    beneficiary_id: Uuid,
    #[diesel(sql_type = Date)]
    day: NaiveDate,
}

/// BIL-01: what decides about the days between `first` and `last` of these beneficiaries of the caller's hospital, in a
/// fixed number of statements. A beneficiary that the hospital does not have is left out.
pub fn facts(
    tx: &mut Tx,
    beneficiaries: &[Uuid],
    first: NaiveDate,
    last: NaiveDate,
) -> Result<BTreeMap<Uuid, Known>, Stop> {
    let query = diesel::sql_query(
        "SELECT id, person_id, identity, key_version FROM vault.beneficiaries
         WHERE id = ANY($1) AND hospital = insula.organisation()",
    )
    .bind::<Array<SqlUuid>, _>(beneficiaries);
    let rows: Vec<BeneficiaryRow> = Constant(query).load(tx.conn)?;
    let tariffs = tariffs::all(tx)?;
    let mut known = BTreeMap::new();
    for row in rows {
        let identity = open_identity(tx.keys, row.id, &row.identity, row.key_version)?;
        let facts = Facts {
            today: brussels_day(tx.now),
            death: identity.death_date,
            tariffs: tariffs.clone(),
            ..Facts::default()
        };
        known.insert(row.id, Known { person: row.person_id, identity, facts });
    }
    add_periods(tx, beneficiaries, &mut known)?;
    add_conditions(tx, beneficiaries, &mut known)?;
    add_individual_files(tx, beneficiaries, &mut known)?;
    let query = diesel::sql_query("SELECT * FROM insula.due_days($1, $2, $3)")
        .bind::<Array<SqlUuid>, _>(beneficiaries)
        .bind::<Date, _>(first)
        .bind::<Date, _>(last);
    let rows: Vec<DueRow> = Constant(query).load(tx.conn)?;
    for row in rows {
        if let Some(one) = known.get_mut(&row.beneficiary_id) {
            one.facts.due.insert(row.day);
        }
    }
    Ok(known)
}

/// COV-04, COV-07: the periods of all establishments.
fn add_periods(tx: &mut Tx, beneficiaries: &[Uuid], known: &mut BTreeMap<Uuid, Known>) -> Result<(), Stop> {
    let query =
        diesel::sql_query("SELECT * FROM insula.periods_of_beneficiaries($1)").bind::<Array<SqlUuid>, _>(beneficiaries);
    let rows: Vec<PeriodRow> = Constant(query).load(tx.conn)?;
    for row in rows {
        let end = early_end(row.id, row.last_day, row.because.as_deref())?;
        let period = Period { from: row.granted_from, to: row.granted_to, end };
        let period = KnownPeriod { id: row.id, own: row.own, period };
        known.entry(row.beneficiary_id).and_modify(|one| one.facts.periods.push(period));
    }
    Ok(())
}

/// COV-11: the conditions of the hospital's own periods, with what was last noted of each.
fn add_conditions(tx: &mut Tx, beneficiaries: &[Uuid], known: &mut BTreeMap<Uuid, Known>) -> Result<(), Stop> {
    let query = diesel::sql_query(
        "SELECT p.beneficiary_id, p.id AS period_id, c.condition, m.met_on, m.effective_from
         FROM insula.granted_periods p JOIN insula.coverage_decisions d ON d.id = p.decision_id
         CROSS JOIN LATERAL jsonb_array_elements(d.conditions) WITH ORDINALITY AS c (condition, number)
         LEFT JOIN LATERAL (SELECT x.met_on, x.effective_from FROM insula.met_conditions x
             WHERE x.period_id = p.id AND x.number = c.number ORDER BY x.version DESC LIMIT 1) m ON true
         WHERE p.beneficiary_id = ANY($1) AND p.hospital = insula.organisation()
         ORDER BY p.id, c.number",
    )
    .bind::<Array<SqlUuid>, _>(beneficiaries);
    let rows: Vec<ConditionRow> = Constant(query).load(tx.conn)?;
    for row in rows {
        let inconsistent = || DbError::inconsistent("insula.coverage_decisions", "conditions", row.period_id);
        let condition: Condition = serde_json::from_value(row.condition).map_err(|_| inconsistent())?;
        let met = row.met_on.zip(row.effective_from);
        let met = met.map(|(met_on, effective_from)| Met { met_on, effective_from });
        let set = SetCondition { period: row.period_id, condition, met };
        known.entry(row.beneficiary_id).and_modify(|one| one.facts.conditions.push(set));
    }
    Ok(())
}

/// PMP-04, BIL-07: stays, contacts with a diabetes nurse, pumps and notices of a move, as they are known now. Whether
/// the hospital of a stay has the convention is asked for the day on which a programme begins in it.
fn add_individual_files(tx: &mut Tx, beneficiaries: &[Uuid], known: &mut BTreeMap<Uuid, Known>) -> Result<(), Stop> {
    let query = diesel::sql_query(
        "SELECT r.beneficiary AS beneficiary_id, r.kind, r.day, r.content,
             r.kind = 'hospitalStay' AND insula.offers_programme(r.content ->> 'hospitalNumber', coalesce(
                 (SELECT min(lower(p.granted)) FROM insula.granted_periods p
                  WHERE p.beneficiary_id = r.beneficiary AND p.hospital = r.hospital AND lower(p.granted) >= r.day
                    AND lower(p.granted) <= coalesce((r.content ->> 'to')::date, 'infinity')), r.day)) AS with_convention
         FROM insula.records r
         WHERE r.hospital = insula.organisation() AND r.beneficiary = ANY($1) AND r.replaced_at IS NULL AND NOT r.withdrawn
           AND r.kind IN ('hospitalStay', 'contact', 'pumpAssignment', 'moveNotice')
           AND (r.kind <> 'contact' OR EXISTS (SELECT 1 FROM insula.records m
               WHERE m.hospital = r.hospital AND m.kind = 'teamMember' AND m.replaced_at IS NULL AND NOT m.withdrawn
                 AND m.qualification = 'diabetesNurse' AND r.content -> 'members' ? m.key))
         ORDER BY r.day",
    )
    .bind::<Array<SqlUuid>, _>(beneficiaries);
    let rows: Vec<RecordRow> = Constant(query).load(tx.conn)?;
    for row in rows {
        let Some(Known { facts, .. }) = known.get_mut(&row.beneficiary_id) else { continue };
        match row.kind.as_str() {
            "hospitalStay" => {
                let inconsistent = |_| DbError::inconsistent("insula.records", "content", row.beneficiary_id);
                let stay: HospitalStay = serde_json::from_value(row.content).map_err(inconsistent)?;
                facts.without_pump.extend(without_pump(&stay));
                if stay.pump_continued {
                    facts.stays.push(Stay {
                        from: stay.from,
                        to: stay.to,
                        with_convention: row.with_convention,
                        linked_to_diabetes: stay.linked_to_diabetes,
                    });
                }
            }
            "contact" => facts.contacts.push(row.day),
            "moveNotice" => facts.move_notices.push(row.day),
            _ => facts.pumps.push(row.day),
        }
    }
    Ok(())
}
