//! What invoices say of beneficiaries, beside what decides about their days (BIL-05, BIL-10, BIL-12).

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{Array, Date, Nullable, Text, Uuid as SqlUuid},
};
use insula_domain::{
    billing::{
        compose::Insured,
        file::settings::Settings,
        forecast::About,
        line::Line,
        plan::{Plan, RecordedDay, plan},
        terms::{Agreement, Basis},
    },
    identifier::InsurerNumber,
    ids::BeneficiaryId,
    span::Span,
};
use uuid::Uuid;

use super::facts::{self, Known};
use crate::{
    error::{DbError, Stop},
    parties::affiliations,
    sql::Constant,
    tx::Tx,
};

/// A beneficiary whose days are billed.
#[derive(Debug)]
pub struct Billed {
    /// Who it is, and what decides about their days.
    pub known: Known,
    /// Under which terms and at what price days are billed.
    pub basis: Basis,
    /// The stays in any hospital.
    pub in_hospital: Vec<Span>,
    /// The days that another establishment billed, that are undue there and not credited yet.
    pub not_yet_credited: BTreeSet<NaiveDate>,
    /// The recorded days that are on no line.
    pub recorded: Vec<RecordedDay>,
}

impl Billed {
    /// How the insurer of a line knows the person.
    #[must_use]
    pub fn insured(&self, line: &Line) -> Insured {
        Insured::of(&self.known.identity, &self.basis.affiliations, line.from)
    }

    /// What bears on a line.
    #[must_use]
    pub fn about(&self, line: &Line, settings: &Settings) -> About<'_> {
        About {
            facts: &self.known.facts,
            in_hospital: &self.in_hospital,
            not_yet_credited: &self.not_yet_credited,
            known: self.insured(line).known(line.terms.ct1, &settings.codes_without_number.value),
        }
    }

    /// BIL-05: the invoices that the recorded days become.
    #[must_use]
    pub fn plan(&self, settings: &Settings) -> Plan {
        plan(&self.recorded, &self.basis, |line| self.about(line, settings))
    }
}

#[derive(QueryableByName)]
struct InsurerRow {
    #[diesel(sql_type = Text)]
    number: String,
    #[diesel(sql_type = Text)]
    union_number: String,
}

#[derive(QueryableByName)]
struct AgreementRow {
    #[diesel(sql_type = SqlUuid)]
    beneficiary_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    period_id: Uuid,
    #[diesel(sql_type = Date)]
    agreed_on: NaiveDate,
    #[diesel(sql_type = Text)]
    convention_number: String,
}

#[derive(QueryableByName)]
struct DayRow {
    #[diesel(sql_type = SqlUuid)]
    beneficiary_id: Uuid,
    #[diesel(sql_type = Date)]
    day: NaiveDate,
}

#[derive(QueryableByName)]
struct RecordedRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    beneficiary_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    period_id: Uuid,
    #[diesel(sql_type = Date)]
    day: NaiveDate,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    refused_on: Option<Uuid>,
}

/// The union to which the invoices of each insurer go.
pub fn destinations(tx: &mut Tx) -> Result<BTreeMap<InsurerNumber, InsurerNumber>, Stop> {
    let query = diesel::sql_query("SELECT number, union_number FROM insula.insurers");
    let rows: Vec<InsurerRow> = Constant(query).load(tx.conn)?;
    let read = |row: InsurerRow| {
        let inconsistent = |_| DbError::inconsistent("insula.insurers", "number", &row.number);
        Ok((row.number.parse().map_err(inconsistent)?, row.union_number.parse().map_err(inconsistent)?))
    };
    Ok(rows.into_iter().map(read).collect::<Result<_, DbError>>()?)
}

/// BIL-05: these beneficiaries of the caller's hospital, with what decides about their days, which are those recorded
/// until `to`, in a fixed number of statements.
pub fn billed(tx: &mut Tx, beneficiaries: &[Uuid], span: Span) -> Result<BTreeMap<Uuid, Billed>, Stop> {
    let to = span.to.unwrap_or(NaiveDate::MAX);
    let known = facts::facts(tx, beneficiaries, span.from, to)?;
    let mut affiliations = affiliations::of(tx, beneficiaries)?;
    let destinations = destinations(tx)?;
    let mut all: BTreeMap<Uuid, Billed> = BTreeMap::new();
    for (id, known) in known {
        let basis = Basis {
            beneficiary: BeneficiaryId(id),
            agreements: Vec::new(),
            affiliations: affiliations.remove(&id).unwrap_or_default(),
            destinations: destinations.clone(),
            tariffs: known.facts.tariffs.clone(),
        };
        let in_hospital = known.facts.stays.iter().map(|stay| Span { from: stay.from, to: stay.to }).collect();
        let not_yet_credited = BTreeSet::new();
        all.insert(id, Billed { known, basis, in_hospital, not_yet_credited, recorded: Vec::new() });
    }
    let query = diesel::sql_query("SELECT * FROM insula.agreements($1)").bind::<Array<SqlUuid>, _>(beneficiaries);
    let rows: Vec<AgreementRow> = Constant(query).load(tx.conn)?;
    for row in rows {
        let inconsistent = |_| DbError::inconsistent("insula.granted_periods", "convention_number", row.period_id);
        let convention = row.convention_number.parse().map_err(inconsistent)?;
        let agreement = Agreement { period: row.period_id, agreed_on: row.agreed_on, convention };
        all.entry(row.beneficiary_id).and_modify(|one| one.basis.agreements.push(agreement));
    }
    let query = diesel::sql_query("SELECT * FROM insula.undue_elsewhere($1)").bind::<Array<SqlUuid>, _>(beneficiaries);
    let rows: Vec<DayRow> = Constant(query).load(tx.conn)?;
    for row in rows {
        all.entry(row.beneficiary_id).and_modify(|one| {
            one.not_yet_credited.insert(row.day);
        });
    }
    let query = diesel::sql_query(
        "SELECT d.id, d.beneficiary_id, d.period_id, d.day,
             (SELECT l.invoice_id FROM insula.pump_days r JOIN insula.invoice_lines l ON l.id = r.line_id
              WHERE r.beneficiary_id = d.beneficiary_id AND r.day = d.day AND r.state = 'refused'
              ORDER BY l.answered_on DESC, l.id DESC LIMIT 1) AS refused_on
         FROM insula.pump_days d
         WHERE d.hospital = insula.organisation() AND d.beneficiary_id = ANY($1) AND d.state = 'recorded' AND d.day <= $2
         ORDER BY d.day",
    )
    .bind::<Array<SqlUuid>, _>(beneficiaries)
    .bind::<Date, _>(to);
    let rows: Vec<RecordedRow> = Constant(query).load(tx.conn)?;
    for row in rows {
        let RecordedRow { id, beneficiary_id, period_id, day, refused_on } = row;
        let day = RecordedDay { id, day, period: period_id, refused_on };
        all.entry(beneficiary_id).and_modify(|one| one.recorded.push(day));
    }
    Ok(all)
}
