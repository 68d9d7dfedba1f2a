//! The merger of two hospitals (CON-03).

use chrono::NaiveDate;

use super::{
    granted::{Cuts, Granted},
    number::ConventionNumber,
    span::{Span, last_day_of_months, months_after},
    term::{ConventionEnd, ConventionKind, End, Term},
};
use crate::{
    identifier::HospitalNumber,
    refusal::{Fault, Reason},
    rule::RuleId,
};

/// How long both conventions last at most after the merger.
const BOTH_LAST_MONTHS: u32 = 24;
/// How long applications may still come under the number that ends.
const BOTH_SERVE_MONTHS: u32 = 12;

/// One of the hospitals that merge (CON-03).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Party {
    /// It has this pump convention, with the end that it really has ([`Term::with_expiry`]).
    With(Term),
    /// It has none.
    Without(HospitalNumber),
}

impl Party {
    const fn hospital(&self) -> HospitalNumber {
        match self {
            Party::With(term) => term.hospital,
            Party::Without(hospital) => *hospital,
        }
    }
}

/// The registered letter to INAMI (CON-03).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Letter {
    /// When it was sent.
    pub sent_on: NaiveDate,
    /// Whether it declares that the merged hospital takes over all rights and obligations of the conventions.
    pub takes_over_all: bool,
}

/// A merger, as it is stated (CON-03).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merger {
    /// The hospitals that merge.
    pub parties: [Party; 2],
    /// The merged hospital: one of the two, or another number.
    pub hospital: HospitalNumber,
    /// The day on which the merger takes effect.
    pub effective: NaiveDate,
    /// The number that is kept; may be left out when only one of them has the convention.
    pub kept: Option<ConventionNumber>,
    /// The letter; needed when both have it.
    pub letter: Option<Letter>,
}

/// What a merger leads to (CON-03).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergerPlan {
    /// The merged hospital, whose conventions they are from the effective date on.
    pub hospital: HospitalNumber,
    /// The day on which the merger takes effect.
    pub effective: NaiveDate,
    /// The number that is kept.
    pub kept: ConventionNumber,
    /// The last day of the convention that is kept, when it had an end already.
    pub kept_last_day: Option<NaiveDate>,
    /// The other convention, when both had one.
    pub ending: Option<Ending>,
}

/// The convention that a merger ends (CON-03).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// Its number.
    pub number: ConventionNumber,
    /// Its end: two years after the merger, or an earlier one that it had already. No period under its number runs longer.
    pub end: End,
    /// From this day on applications come under the kept number only.
    pub kept_only_from: NaiveDate,
    /// What becomes of the periods granted under its number.
    pub periods: Cuts,
}

impl Merger {
    /// CON-03: what the merger leads to; `granted` are the periods under the number that is not kept. With only one pump
    /// convention nothing ends and no letter is needed: it goes on for the merged hospital, whose further sites then follow
    /// CON-02 (6 §2, last paragraph).
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn plan(&self, granted: &[Granted]) -> Result<MergerPlan, Vec<Fault>> {
        let mut faults = self.party_faults();
        let mut terms = self.terms();
        if self.kept_index(&terms, &mut faults) == 0 {
            terms.reverse();
        }
        let (kept, ending) = (terms.pop(), terms.pop());
        if ending.is_some() {
            faults.extend(self.letter_faults());
        }
        match kept {
            Some((kept, term)) if faults.is_empty() => Ok(MergerPlan {
                hospital: self.hospital,
                effective: self.effective,
                kept,
                kept_last_day: term.span().to,
                ending: ending.map(|(number, term)| self.ending(number, term, granted)),
            }),
            _ => Err(faults),
        }
    }

    /// The pump conventions of the two, in their order.
    fn terms(&self) -> Vec<(ConventionNumber, &Term)> {
        let terms = self.parties.iter().filter_map(|party| match party {
            Party::With(term) => Some((term.number.pump()?, term)),
            Party::Without(_) => None,
        });
        terms.collect()
    }

    fn party_faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let [first, second] = &self.parties;
        if first.hospital() == second.hospital() {
            faults.push(Fault::new("parties[1].hospital", Reason::Repeated, RuleId::Con03));
        }
        if let (Party::With(first), Party::With(second)) = (first, second)
            && first.number == second.number
        {
            faults.push(Fault::new("parties[1].convention", Reason::Repeated, RuleId::Con03));
        }
        if let [Party::Without(_), Party::Without(_)] = &self.parties {
            let fault = Fault::new("parties", Reason::AtLeastOneOf, RuleId::Con03);
            faults.push(fault.with("fields", "parties[0].convention, parties[1].convention"));
        }
        for (index, party) in self.parties.iter().enumerate() {
            let Party::With(term) = party else { continue };
            if term.kind() != ConventionKind::Pump {
                let fault = Fault::new(format!("parties[{index}].convention"), Reason::NotInList, RuleId::Con03);
                faults.push(fault.with("allowed", ConventionKind::Pump));
            } else if !term.in_force(self.effective) {
                faults.push(term.span().outside("effective", RuleId::Con03));
            }
        }
        faults
    }

    /// Which of the conventions is kept.
    fn kept_index(&self, terms: &[(ConventionNumber, &Term)], faults: &mut Vec<Fault>) -> usize {
        let Some(kept) = self.kept else {
            if terms.len() > 1 {
                faults.push(Fault::new("kept", Reason::Required, RuleId::Con03));
            }
            return 0;
        };
        let found = terms.iter().position(|(number, _)| *number == kept);
        if found.is_none() {
            let allowed: Vec<&str> = terms.iter().map(|(number, _)| number.as_str()).collect();
            faults.push(Fault::new("kept", Reason::NotInList, RuleId::Con03).with("allowed", allowed.join(", ")));
        }
        found.unwrap_or_default()
    }

    /// The letter says which convention ends after two years, so that it is of use until then; it may precede the merger.
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

    fn ending(&self, number: ConventionNumber, term: &Term, granted: &[Granted]) -> Ending {
        let merged = End { last_day: self.last_day_of_both(), why: ConventionEnd::Merged };
        // An end that it had already stands when it is no later, with its own reason.
        let end = term.end.filter(|end| end.last_day <= merged.last_day).unwrap_or(merged);
        Ending {
            number,
            end,
            kept_only_from: months_after(self.effective, BOTH_SERVE_MONTHS),
            periods: Cuts::at(end.last_day, granted),
        }
    }
}

impl MergerPlan {
    /// CON-03: the numbers under which the merged hospital may introduce an application on a day, the kept one first: for a
    /// year both, then the kept one only; none of a convention that has ended, none before the merger.
    #[must_use]
    pub fn application_numbers(&self, on: NaiveDate) -> Vec<ConventionNumber> {
        let serves = |to| Span { from: self.effective, to }.holds(on);
        let kept = serves(self.kept_last_day).then_some(self.kept);
        let ending = self.ending.as_ref().filter(|one| serves(Some(one.end.last_day)) && on < one.kept_only_from);
        kept.into_iter().chain(ending.map(|one| one.number)).collect()
    }
}

#[cfg(test)]
#[path = "merger_tests.rs"]
mod tests;
