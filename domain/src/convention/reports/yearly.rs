//! The yearly report: the types of pump made available, and how many beneficiaries had each (REG-06, C 13 §1).

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::covered::Covered;
use crate::{
    convention::{number::PumpConventionNumber, pump::plain_names},
    identifier::HospitalNumber,
    ids::{BeneficiaryId, PersonId},
    names::names,
    span::Span,
};

/// A granted period, as the yearly report looks at it (REG-06).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrantedDays {
    /// Whose it is, whichever hospital knows them.
    pub person: PersonId,
    /// The beneficiary of the hospital that holds the period.
    pub beneficiary: BeneficiaryId,
    /// The convention under which it was granted.
    pub number: PumpConventionNumber,
    /// The days that are left of it (COV-07).
    pub days: Span,
}

/// A pump that a person had, as the yearly report looks at it (REG-06, PMP-07).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PumpHeld {
    /// Who had it.
    pub person: PersonId,
    /// The beneficiary in whose file it stands.
    pub beneficiary: BeneficiaryId,
    /// The days on which they had it.
    pub days: Span,
    /// The type.
    pub pump: PumpType,
}

/// A type of pump (REG-06).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"manufacturer": "Invented Devices", "model": "Mini 7"}))]
pub struct PumpType {
    /// Who makes it.
    pub manufacturer: String,
    /// What the type is called.
    pub model: String,
}

impl PumpType {
    /// What names it, whatever its case and spacing.
    pub(super) fn names(&self) -> (String, String) {
        plain_names(&self.manufacturer, &self.model)
    }
}

/// How many beneficiaries had a type of pump (REG-06).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = PumpTypeCount)]
pub struct TypeCount {
    /// The type.
    #[serde(flatten)]
    pub pump: PumpType,
    /// The number of beneficiaries who had it on some day of the report.
    pub beneficiaries: i64,
}

/// The figures of some days (REG-06).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = PumpTypeFigures)]
pub struct Figures {
    /// By type of pump, in the order of manufacturer and model. Who had two types counts for both.
    pub types: Vec<TypeCount>,
    /// All who had a pump, each counted once.
    pub beneficiaries: i64,
}

/// The part of a report that concerns one convention (REG-06, CON-03).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AnnualReportPart)]
pub struct Part {
    /// The convention.
    pub convention_number: PumpConventionNumber,
    /// The hospitals that held it in the year, one after the other.
    pub hospitals: Vec<HospitalNumber>,
    /// The days of the year on which it was in force.
    pub days: Span,
    /// Its figures.
    #[serde(flatten)]
    pub figures: Figures,
}

/// The yearly report of a hospital: what is sent (REG-06, C 13 §1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = AnnualReport)]
pub struct YearlyReport {
    /// The calendar year.
    pub year: i32,
    /// The figures of all its conventions together; a person under two of them counts once.
    #[serde(flatten)]
    pub figures: Figures,
    /// Each convention, by its number.
    pub parts: Vec<Part>,
}

names! {
    /// Why something is in no figure of the yearly report (REG-06).
    MisfitReason as "AnnualReportMisfitReason", growing {
        /// A period was granted, but no pump is known on any of its days in the year.
        NoPump = "noPump",
        /// A pump is known in the year, but on no day of a granted period.
        NoGrantedPeriod = "noGrantedPeriod",
    }
}

/// Something that is in no figure, because it does not fit (REG-06).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AnnualReportMisfit)]
pub struct Misfit {
    /// Why.
    pub reason: MisfitReason,
    /// The beneficiary in whose file it stands.
    #[schema(value_type = Uuid)]
    pub beneficiary_id: BeneficiaryId,
    /// The type of the pump that is outside every period.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub pump: Option<PumpType>,
    /// The first of its days in the year.
    pub from: NaiveDate,
}

impl YearlyReport {
    /// REG-06, R3, CON-03: the report of a year on these conventions. A beneficiary counts for a type when they had it
    /// on a day that is in the year, in a granted period and in the convention under which that was granted.
    #[must_use]
    pub fn of(year: i32, covered: &[Covered], granted: &[GrantedDays], held: &[PumpHeld]) -> YearlyReport {
        let part = |one: &Covered| Part {
            convention_number: one.number,
            hospitals: one.hospitals.clone(),
            days: one.days,
            figures: Figures::of(std::slice::from_ref(one), granted, held),
        };
        YearlyReport { year, figures: Figures::of(covered, granted, held), parts: covered.iter().map(part).collect() }
    }
}

impl Figures {
    fn of(covered: &[Covered], granted: &[GrantedDays], held: &[PumpHeld]) -> Figures {
        let programme = days_of_programme(covered, granted);
        let counted: Vec<&PumpHeld> = held.iter().filter(|one| is_within(&programme, one)).collect();
        let mut by_type: BTreeMap<(String, String), Vec<&PumpHeld>> = BTreeMap::new();
        for one in &counted {
            by_type.entry(one.pump.names()).or_default().push(one);
        }
        let types = by_type.into_values().filter_map(|had| {
            // Several spellings of one type: the one that was used first.
            let first = had.iter().min_by_key(|one| (one.days.from, &one.pump))?;
            Some(TypeCount { pump: first.pump.clone(), beneficiaries: persons(&had) })
        });
        Figures { types: types.collect(), beneficiaries: persons(&counted) }
    }
}

/// REG-06, R-07: what does not fit into the figures of these conventions, in order.
#[must_use]
pub fn misfits(covered: &[Covered], granted: &[GrantedDays], held: &[PumpHeld]) -> Vec<Misfit> {
    let programme = days_of_programme(covered, granted);
    let with_pump: BTreeSet<PersonId> =
        held.iter().filter(|one| is_within(&programme, one)).map(|one| one.person).collect();
    let mut misfits = BTreeSet::new();
    for (one, days) in within_conventions(covered, granted) {
        if !with_pump.contains(&one.person) {
            let (reason, beneficiary_id) = (MisfitReason::NoPump, one.beneficiary);
            misfits.insert(Misfit { reason, beneficiary_id, pump: None, from: days.from });
        }
    }
    for one in held.iter().filter(|one| !is_within(&programme, one)) {
        let first = covered.iter().filter_map(|convention| convention.days.clip(one.days)).map(|days| days.from).min();
        misfits.extend(first.map(|from| Misfit {
            reason: MisfitReason::NoGrantedPeriod,
            beneficiary_id: one.beneficiary,
            pump: Some(one.pump.clone()),
            from,
        }));
    }
    first_of_each(misfits)
}

/// A beneficiary with several periods, or several pumps of a type, is listed once.
fn first_of_each(misfits: BTreeSet<Misfit>) -> Vec<Misfit> {
    let mut listed: Vec<Misfit> = Vec::new();
    for one in misfits {
        let same = |last: &Misfit| {
            (last.reason, last.beneficiary_id, &last.pump) == (one.reason, one.beneficiary_id, &one.pump)
        };
        if !listed.last().is_some_and(same) {
            listed.push(one);
        }
    }
    listed
}

/// The days of programme under these conventions, by person.
fn days_of_programme(covered: &[Covered], granted: &[GrantedDays]) -> BTreeMap<PersonId, Vec<Span>> {
    let mut days: BTreeMap<PersonId, Vec<Span>> = BTreeMap::new();
    for (one, within) in within_conventions(covered, granted) {
        days.entry(one.person).or_default().push(within);
    }
    days
}

/// The periods granted under these conventions, each with its days while they are in force.
fn within_conventions<'a>(
    covered: &'a [Covered],
    granted: &'a [GrantedDays],
) -> impl Iterator<Item = (&'a GrantedDays, Span)> {
    granted.iter().filter_map(|one| {
        let convention = covered.iter().find(|convention| convention.number == one.number)?;
        Some((one, convention.days.clip(one.days)?))
    })
}

fn is_within(programme: &BTreeMap<PersonId, Vec<Span>>, held: &PumpHeld) -> bool {
    programme.get(&held.person).is_some_and(|days| days.iter().any(|days| days.overlaps(held.days)))
}

fn persons(held: &[&PumpHeld]) -> i64 {
    let persons: BTreeSet<PersonId> = held.iter().map(|one| one.person).collect();
    i64::try_from(persons.len()).unwrap_or(i64::MAX)
}

#[cfg(test)]
#[path = "yearly_tests.rs"]
pub(super) mod tests;
