//! The demerger of a hospital into two (CON-04).

use chrono::NaiveDate;

use super::{
    granted::{Cuts, Granted},
    number::ConventionNumber,
    span::{Span, eve, months_before},
    term::{ConventionEnd, ConventionKind, End, Term},
};
use crate::{
    identifier::HospitalNumber,
    refusal::{Fault, Reason},
    rule::RuleId,
};

/// How long before the demerger both hospitals have applied for a convention.
const APPLICATION_MONTHS: u32 = 4;

/// A demerger, as it is stated (CON-04).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demerger {
    /// The pump convention, with the end that it really has ([`Term::with_expiry`]).
    pub convention: Term,
    /// The day on which the demerger takes effect.
    pub effective: NaiveDate,
    /// The two hospitals that come of it.
    pub successors: [HospitalNumber; 2],
    /// What they want.
    pub wish: Wish,
}

/// Who of the two goes on with the programme (CON-04).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// One of them takes the convention over, with everything.
    TakenOver {
        /// Which.
        by: HospitalNumber,
        /// When the letter was sent that both the hospital and this successor signed.
        joint_letter: Option<NaiveDate>,
        /// Whether it takes over all rights and obligations.
        all_rights: bool,
        /// Whether it takes over the self-management convention too.
        self_management: bool,
    },
    /// Both want one of their own.
    Both {
        /// When each of them applied for it, in the order of the successors.
        applied_on: [Option<NaiveDate>; 2],
    },
}

/// What a demerger leads to (CON-04).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DemergerPlan {
    /// The convention and the periods granted under it go on.
    TakenOver {
        /// The convention's number, which stays.
        number: ConventionNumber,
        /// Whose it is from the effective date on.
        hospital: HospitalNumber,
        /// The effective date.
        from: NaiveDate,
    },
    /// The convention ends, and the successors begin anew.
    Anew {
        /// The number of the convention that ends.
        number: ConventionNumber,
        /// Its end: the eve of the effective date, or an earlier one that it had already.
        end: End,
        /// What becomes of the periods granted under it.
        periods: Cuts,
        /// The first day on which a new convention may begin. New individual applications come from its beginning on.
        new_from: NaiveDate,
    },
}

impl Demerger {
    /// CON-04: what the demerger leads to; `granted` are the periods under the convention's number.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn plan(&self, granted: &[Granted]) -> Result<DemergerPlan, Vec<Fault>> {
        let mut faults = self.convention_faults();
        match &self.wish {
            Wish::TakenOver { by, joint_letter, all_rights, self_management } => {
                faults.extend(self.take_over_faults(*by, *joint_letter, *all_rights, *self_management));
            }
            Wish::Both { applied_on } => faults.extend(self.application_faults(*applied_on)),
        }
        let Some(number) = self.convention.number.pump().filter(|_| faults.is_empty()) else {
            return Err(faults);
        };
        Ok(match self.wish {
            Wish::TakenOver { by, .. } => DemergerPlan::TakenOver { number, hospital: by, from: self.effective },
            Wish::Both { .. } => {
                let end = self.end();
                let periods = Cuts::at(end.last_day, granted);
                DemergerPlan::Anew { number, end, periods, new_from: self.effective }
            }
        })
    }

    /// CON-04, rules.md §13: the last day on which the successors may apply for a convention of their own.
    #[must_use]
    pub fn application_deadline(&self) -> NaiveDate {
        months_before(self.effective, APPLICATION_MONTHS)
    }

    fn convention_faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.convention.kind() != ConventionKind::Pump {
            let fault = Fault::new("convention", Reason::NotInList, RuleId::Con04);
            faults.push(fault.with("allowed", ConventionKind::Pump));
        }
        if !self.convention.in_force(self.effective) {
            faults.push(self.convention.span().outside("effective", RuleId::Con04));
        } else if self.effective == self.convention.from {
            // Nothing could be taken over of a hospital that had no day of it, and nothing end on the eve.
            let after = Span { from: self.effective.succ_opt().unwrap_or(self.effective), ..self.convention.span() };
            faults.push(after.outside("effective", RuleId::Con04));
        }
        let [first, second] = self.successors;
        if first == second {
            faults.push(Fault::new("successors[1]", Reason::Repeated, RuleId::Con04));
        }
        faults
    }

    fn take_over_faults(
        &self,
        by: HospitalNumber,
        joint_letter: Option<NaiveDate>,
        all_rights: bool,
        self_management: bool,
    ) -> Vec<Fault> {
        let mut faults = Vec::new();
        if !self.successors.contains(&by) {
            let allowed = self.successors.map(|hospital| hospital.to_string()).join(", ");
            faults.push(Fault::new("takenOver.by", Reason::NotInList, RuleId::Con04).with("allowed", allowed));
        }
        if joint_letter.is_none() {
            faults.push(Fault::new("takenOver.jointLetter", Reason::Required, RuleId::Con04));
        }
        if !all_rights {
            faults.push(Fault::new("takenOver.allRights", Reason::TakeOverNotDeclared, RuleId::Con04));
        }
        if !self_management {
            let field = "takenOver.selfManagement";
            faults.push(Fault::new(field, Reason::SelfManagementNotTakenOver, RuleId::Con04));
        }
        faults
    }

    fn application_faults(&self, applied_on: [Option<NaiveDate>; 2]) -> Vec<Fault> {
        let deadline = self.application_deadline();
        let fault = |(index, applied): (usize, Option<NaiveDate>)| {
            let field = format!("appliedOn[{index}]");
            match applied {
                None => Some(Fault::new(field, Reason::Required, RuleId::Con04)),
                Some(applied) if applied > deadline => {
                    let fault = Fault::new(field, Reason::AfterDeadline, RuleId::Con04);
                    Some(fault.with("deadline", deadline))
                }
                Some(_) => None,
            }
        };
        applied_on.into_iter().enumerate().filter_map(fault).collect()
    }

    /// An earlier end cannot be one before the eve: the convention is in force on the effective date.
    fn end(&self) -> End {
        End { last_day: eve(self.effective), why: ConventionEnd::Demerged }
    }
}

impl DemergerPlan {
    /// CON-04: the fault of a new convention of one of the successors that would begin before the demerger takes effect.
    #[must_use]
    pub fn start_fault(&self, from: NaiveDate) -> Option<Fault> {
        match self {
            DemergerPlan::Anew { new_from, .. } if from < *new_from => {
                Some(Span { from: *new_from, to: None }.outside("from", RuleId::Con04))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
#[path = "demerger_tests.rs"]
mod tests;
