//! What is known beside an application (COV-01 to COV-14).

use chrono::NaiveDate;
use diesel::{
    OptionalExtension, QueryableByName, RunQueryDsl,
    sql_types::{Binary, Bool, Date, Integer, Nullable, Text, Uuid as SqlUuid},
};
use insula_domain::{
    clock::brussels_day,
    convention::{
        coverage::{facts::Facts, serving::ServingNumber, stay::Stay},
        demerger::DemergerPlan,
        stated::Plan,
        term::Term,
    },
};
use uuid::Uuid;

use super::{
    applications::{Application, Known},
    decisions, forms,
};
use crate::{
    convention::{conventions, mergers, sheets, tariffs},
    error::Stop,
    parties::beneficiaries::open_identity,
    sql::Constant,
    tx::Tx,
};

#[derive(QueryableByName)]
struct BeneficiaryRow {
    #[diesel(sql_type = Binary)]
    identity: Vec<u8>,
    #[diesel(sql_type = Integer)]
    key_version: i32,
    #[diesel(sql_type = Nullable<Text>)]
    insurer: Option<String>,
    #[diesel(sql_type = Bool)]
    own_number: bool,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    open_application: Option<Uuid>,
}

/// COV-01 to COV-14: the facts about an application of the caller's hospital, and what of them is kept when it is
/// submitted.
pub fn facts(tx: &mut Tx, application: &Application) -> Result<(Facts, Known), Stop> {
    let query = diesel::sql_query(
        "SELECT b.identity, b.key_version, f.insurer, f.own_number IS NOT NULL AS own_number,
             (SELECT a.id FROM insula.coverage_applications a
              WHERE a.hospital = b.hospital AND a.person_id = b.person_id AND a.id <> $2
                AND a.status IN ('submitted', 'informationAsked')) AS open_application
         FROM vault.beneficiaries b LEFT JOIN vault.affiliations f
             ON f.beneficiary_id = b.id AND f.replaced_at IS NULL AND daterange(f.valid_from, f.valid_to, '[]') @> $3
         WHERE b.id = $1 AND b.hospital = insula.organisation()",
    )
    .bind::<SqlUuid, _>(application.beneficiary.0)
    .bind::<SqlUuid, _>(application.id)
    .bind::<Date, _>(brussels_day(tx.now));
    let row: Option<BeneficiaryRow> = Constant(query).get_result(tx.conn).optional()?;
    let row = row.ok_or(Stop::NotFound)?;
    let identity = open_identity(tx.keys, application.beneficiary.0, &row.identity, row.key_version)?;
    let file = individual_file(tx, application)?;
    let facts = Facts {
        today: brussels_day(tx.now),
        birth: identity.known_birth(),
        death: identity.death_date,
        sex: identity.sex,
        insured: row.insurer.is_some(),
        not_invoiceable: identity.niss.is_none() && !row.own_number,
        prescribers: sheets::lines(tx, application.hospital)?,
        numbers: numbers(tx, application)?,
        periods: decisions::periods_of(tx, application.person, application.hospital)?,
        kept: decisions::kept(tx, application)?,
        stays: file.stays,
        contacts: file.contacts,
        pumps: file.pumps,
        examinations: file.examinations,
        tariffs: tariffs::all(tx)?,
        forms: forms::all(tx)?.iter().map(forms::Form::version).collect(),
        open_application: row.open_application,
    };
    let known = Known {
        identity,
        kept: facts.kept.clone(),
        stays: facts.stays.clone(),
        contacts: facts.contacts.clone(),
        pumps: facts.pumps.clone(),
        examinations: facts.examinations.clone(),
    };
    Ok((facts, known))
}

/// COV-03 to COV-07: the facts for a decision about a submitted application: what was known when it was submitted, and
/// the periods and conventions of now.
pub fn to_decide(tx: &mut Tx, application: &Application) -> Result<Facts, Stop> {
    let known = application.known.clone().ok_or(Stop::NotFound)?;
    Ok(Facts {
        today: brussels_day(tx.now),
        birth: known.identity.known_birth(),
        death: known.identity.death_date,
        sex: known.identity.sex,
        insured: true,
        periods: decisions::periods_of(tx, application.person, application.hospital)?,
        // After the periods, which wait for INAMI's changes of conventions.
        numbers: numbers(tx, application)?,
        kept: known.kept,
        stays: known.stays,
        contacts: known.contacts,
        pumps: known.pumps,
        examinations: known.examinations,
        ..Facts::default()
    })
}

/// What the establishment keeps of a beneficiary that bears on an application.
#[derive(Default)]
struct IndividualFile {
    stays: Vec<Stay>,
    contacts: Vec<NaiveDate>,
    pumps: Vec<NaiveDate>,
    examinations: Vec<NaiveDate>,
}

/// PMP-03, PMP-04, PMP-07: stays, contacts with a diabetes nurse, pumps and examinations, as they are known now.
fn individual_file(tx: &mut Tx, application: &Application) -> Result<IndividualFile, Stop> {
    let first = application.content.first_day_wanted();
    let query = diesel::sql_query(
        "SELECT r.kind, r.day, (r.content ->> 'to')::date AS until,
             coalesce((r.content ->> 'linkedToDiabetes')::boolean, false) AS linked,
             r.kind = 'hospitalStay' AND insula.offers_programme(r.content ->> 'hospitalNumber', $2) AS with_convention
         FROM insula.records r
         WHERE r.hospital = insula.organisation() AND r.beneficiary = $1 AND r.replaced_at IS NULL AND NOT r.withdrawn
           AND r.kind IN ('hospitalStay', 'contact', 'pumpAssignment', 'preventiveExamination')
           AND (r.kind <> 'contact' OR EXISTS (SELECT 1 FROM insula.records m
               WHERE m.hospital = r.hospital AND m.kind = 'teamMember' AND m.replaced_at IS NULL AND NOT m.withdrawn
                 AND m.qualification = 'diabetesNurse' AND r.content -> 'members' ? m.key))
         ORDER BY r.day",
    )
    .bind::<SqlUuid, _>(application.beneficiary.0)
    .bind::<Nullable<Date>, _>(first);
    let rows: Vec<RecordRow> = Constant(query).load(tx.conn)?;
    let mut file = IndividualFile::default();
    for row in rows {
        match row.kind.as_str() {
            "hospitalStay" => file.stays.push(Stay {
                from: row.day,
                to: row.until,
                with_convention: row.with_convention,
                linked_to_diabetes: row.linked,
            }),
            "contact" => file.contacts.push(row.day),
            "pumpAssignment" => file.pumps.push(row.day),
            _ => file.examinations.push(row.day),
        }
    }
    Ok(file)
}

#[derive(QueryableByName)]
struct RecordRow {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Date)]
    day: NaiveDate,
    #[diesel(sql_type = Nullable<Date>)]
    until: Option<NaiveDate>,
    #[diesel(sql_type = Bool)]
    linked: bool,
    #[diesel(sql_type = Bool)]
    with_convention: bool,
}

/// CON-03, CON-04: the numbers under which the establishment applies.
fn numbers(tx: &mut Tx, application: &Application) -> Result<Vec<ServingNumber>, Stop> {
    let hospital = application.hospital;
    let held = conventions::conventions(tx, hospital)?;
    let terms: Vec<Term> = held.into_iter().map(|held| held.term).collect();
    let (mut merged, mut demerged) = (Vec::new(), Vec::new());
    for one in mergers::mergers(tx, Some(hospital))?.into_iter().filter(|one| one.withdrawn_at.is_none()) {
        match one.plan {
            Plan::Merger(plan) => merged.push(plan),
            Plan::Demerger(DemergerPlan::Anew { new_from, .. }) => demerged.push(new_from),
            Plan::Demerger(DemergerPlan::TakenOver { .. }) => {}
        }
    }
    Ok(ServingNumber::all(&terms, &merged, &demerged))
}
