//! The merger of two hospitals (CON-03).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    holder::{Convention, HandingOver, changed, pump_on},
    number::PumpConventionNumber,
    term::{ConventionEnd, End, Term},
};
use crate::{
    clock::{last_day_of_months, months_after},
    identifier::HospitalNumber,
    refusal::{Fault, Reason},
    rule::RuleId,
    span::Span,
};

/// How long both conventions can last after the merger.
const BOTH_LAST_MONTHS: u32 = 24;
/// How long applications may still use the number that ends.
const BOTH_SERVE_MONTHS: u32 = 12;

/// The registered letter to INAMI (CON-03).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MergerLetter, example = json!({"sentOn": "2026-06-15", "takesOverAll": true}))]
pub struct Letter {
    /// When it was sent.
    pub sent_on: NaiveDate,
    /// Whether it declares that the merged hospital takes over all rights and obligations of the conventions.
    #[schema(required = false)]
    pub takes_over_all: bool,
}

/// A merger, as INAMI states it (CON-03).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Merger {
    /// The hospitals that merge.
    pub hospitals: [HospitalNumber; 2],
    /// The merged hospital: one of the two, or another number.
    pub hospital: HospitalNumber,
    /// The day on which the merger takes effect.
    pub effective: NaiveDate,
    /// The number that is kept; optional when only one of them has the convention.
    pub kept: Option<PumpConventionNumber>,
    /// The letter; required when both have the convention.
    pub letter: Option<Letter>,
}

/// What a merger leads to (CON-03).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MergerPlan {
    /// The merged hospital, which holds the conventions from the effective date on.
    pub hospital: HospitalNumber,
    /// The day on which the merger takes effect.
    pub effective: NaiveDate,
    /// The number that is kept.
    pub kept: PumpConventionNumber,
    /// The last day of the kept convention, if it already has one.
    pub kept_last_day: Option<NaiveDate>,
    /// The other convention, when both hospitals had one.
    pub ending: Option<Ending>,
    /// The conventions of both kinds that are handed over to the merged hospital.
    pub handed_over: Vec<HandingOver>,
}

/// The convention that a merger ends (CON-03).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ending {
    /// Its number.
    pub number: PumpConventionNumber,
    /// Its end: two years after the merger, or an earlier one that it already had. No period under its number runs
    /// longer.
    pub end: End,
    /// From this day on applications use the kept number only.
    pub kept_only_from: NaiveDate,
}

impl Merger {
    /// CON-03: what the merger leads to. `conventions` are those of all hospitals. With only one pump convention
    /// nothing ends and no letter is needed: it continues for the merged hospital, whose further sites then follow
    /// CON-02 (6 §2, last paragraph).
    ///
    /// The self-management conventions are handed over too, since a pump convention needs one to stay in force
    /// (CON-06). The text does not say which of them continues.
    ///
    /// # Errors
    /// Every fault of the merger.
    pub fn plan(&self, conventions: &[Convention]) -> Result<MergerPlan, Vec<Fault>> {
        let [first, second] = self.hospitals;
        let mut faults = Vec::new();
        if first == second {
            faults.push(Fault::new("hospitals[1]", Reason::Repeated, RuleId::Con03));
        }
        let involved = [first, second, self.hospital];
        faults.extend(HandingOver::too_early(&involved, self.effective, conventions, RuleId::Con03));
        if !self.hospitals.contains(&self.hospital) && pump_on(self.hospital, self.effective, conventions).is_some() {
            faults.push(Fault::new("hospital", Reason::ConventionInForce, RuleId::Con01));
        }
        let pumps: Vec<(PumpConventionNumber, Term)> = self
            .hospitals
            .iter()
            .filter_map(|one| pump_on(*one, self.effective, conventions))
            .filter_map(with_pump_number)
            .collect();
        if pumps.is_empty() {
            let fault = Fault::new("hospitals", Reason::PumpConventionMissing, RuleId::Con03);
            faults.push(fault.with("day", self.effective));
        } else if first != second {
            faults.extend(self.kept_fault(&pumps));
        }
        if first != second && pumps.len() > 1 {
            faults.extend(self.letter_faults());
        }
        let kept = self.kept.or_else(|| pumps.first().map(|(number, _)| *number));
        let (kept, ending): (Vec<_>, Vec<_>) = pumps.into_iter().partition(|(number, _)| Some(*number) == kept);
        match kept.into_iter().next() {
            Some((kept, term)) if faults.is_empty() => Ok(MergerPlan {
                hospital: self.hospital,
                effective: self.effective,
                kept,
                kept_last_day: term.span().to,
                ending: ending.into_iter().next().map(|(number, term)| self.ending(number, &term)),
                handed_over: HandingOver::all(&self.hospitals, self.hospital, self.effective, conventions),
            }),
            _ => Err(faults),
        }
    }

    /// With two conventions, the kept one must be named.
    fn kept_fault(&self, pumps: &[(PumpConventionNumber, Term)]) -> Option<Fault> {
        let Some(kept) = self.kept else {
            return (pumps.len() > 1).then(|| Fault::new("kept", Reason::Required, RuleId::Con03));
        };
        if pumps.iter().any(|(number, _)| *number == kept) {
            return None;
        }
        let allowed: Vec<&str> = pumps.iter().map(|(number, _)| number.as_str()).collect();
        Some(Fault::new("kept", Reason::NotInList, RuleId::Con03).with("allowed", allowed.join(", ")))
    }

    /// The letter names the convention that ends after two years, so it may be sent until then, and also before the
    /// merger.
    fn letter_faults(&self) -> Vec<Fault> {
        let Some(letter) = self.letter else {
            return vec![Fault::new("letter", Reason::Required, RuleId::Con03)];
        };
        let mut faults = Vec::new();
        let last_day = self.last_day_of_both();
        if letter.sent_on > last_day {
            let fault = Fault::new("letter.sentOn", Reason::AfterDeadline, RuleId::Con03);
            faults.push(fault.with("deadline", last_day));
        }
        if !letter.takes_over_all {
            faults.push(Fault::new("letter.takesOverAll", Reason::TakeOverNotDeclared, RuleId::Con03));
        }
        faults
    }

    /// CON-03, rules.md §13: two years end on the eve of the same day.
    fn last_day_of_both(&self) -> NaiveDate {
        last_day_of_months(self.effective, BOTH_LAST_MONTHS)
    }

    fn ending(&self, number: PumpConventionNumber, term: &Term) -> Ending {
        let merged = End { last_day: self.last_day_of_both(), why: ConventionEnd::Merged };
        // An existing end that comes no later keeps its reason.
        let end = term.end.filter(|end| end.last_day <= merged.last_day).unwrap_or(merged);
        Ending { number, end, kept_only_from: months_after(self.effective, BOTH_SERVE_MONTHS) }
    }
}

fn with_pump_number(term: Term) -> Option<(PumpConventionNumber, Term)> {
    Some((term.number.pump()?, term))
}

impl MergerPlan {
    /// CON-03: the conventions that the merger changes, as it leaves them.
    #[must_use]
    pub fn outcome(&self, merger: Uuid, conventions: &[Convention]) -> Vec<Convention> {
        let cut = self.ending.as_ref().map(|ending| (std::slice::from_ref(&ending.number), ending.end));
        changed(conventions, merger, ConventionEnd::Merged, &self.handed_over, cut)
    }

    /// CON-03: the numbers under which the merged hospital may introduce an application on a day, the kept one first:
    /// both for a year, then the kept one only. Never the number of a convention that has ended; none before the
    /// merger.
    #[must_use]
    pub fn application_numbers(&self, on: NaiveDate) -> Vec<PumpConventionNumber> {
        let serves = |to| Span { from: self.effective, to }.holds(on);
        let kept = serves(self.kept_last_day).then_some(self.kept);
        let ending = self.ending.as_ref().filter(|one| serves(Some(one.end.last_day)) && on < one.kept_only_from);
        kept.into_iter().chain(ending.map(|one| one.number)).collect()
    }
}

#[cfg(test)]
#[path = "merger_tests.rs"]
mod tests;
