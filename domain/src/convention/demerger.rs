//! The demerger of a hospital into two (CON-04).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    holder::{Convention, HandingOver, changed, pump_on},
    number::PumpConventionNumber,
    term::{ConventionEnd, End},
};
use crate::{
    clock::{eve, months_before},
    identifier::HospitalNumber,
    refusal::{Fault, Reason},
    rule::RuleId,
    span::Span,
};

/// How long before the demerger both hospitals must have applied for a convention.
const APPLICATION_MONTHS: u32 = 4;

/// A demerger, as INAMI states it (CON-04).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Demerger {
    /// The hospital that is split.
    pub hospital: HospitalNumber,
    /// The day on which the demerger takes effect.
    pub effective: NaiveDate,
    /// The two resulting hospitals; one of them may keep the old number.
    pub successors: [HospitalNumber; 2],
    /// What they want.
    pub wish: Wish,
}

/// Which of the two continues the programme (CON-04).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Wish {
    /// One of them takes over the convention with all rights and obligations.
    TakenOver {
        /// Which.
        by: HospitalNumber,
        /// When the letter signed by both the hospital and this successor was sent.
        joint_letter: Option<NaiveDate>,
        /// Whether it takes over all rights and obligations.
        all_rights: bool,
        /// Whether it takes over the self-management convention too.
        self_management: bool,
    },
    /// Both want a convention of their own.
    Both {
        /// When each of them applied for it, in the order of the successors.
        applied_on: [Option<NaiveDate>; 2],
    },
}

/// What a demerger leads to (CON-04).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum DemergerPlan {
    /// The convention and the periods granted under it continue.
    TakenOver {
        /// The convention's number, which stays the same.
        number: PumpConventionNumber,
        /// The hospital that holds it from the effective date on.
        hospital: HospitalNumber,
        /// The effective date.
        from: NaiveDate,
        /// The convention's last day, if it already has one.
        last_day: Option<NaiveDate>,
        /// The conventions of both kinds that are handed over.
        handed_over: Vec<HandingOver>,
    },
    /// The convention ends, and each successor needs a new one.
    Anew {
        /// The numbers of the conventions that end: one, or two when an earlier merger left the hospital with two
        /// (CON-03).
        numbers: Vec<PumpConventionNumber>,
        /// Their end: the eve of the effective date.
        end: End,
        /// The first day on which a new convention may begin. New individual applications start with it.
        new_from: NaiveDate,
    },
}

impl Demerger {
    /// CON-04: what the demerger leads to. `conventions` are those of all hospitals.
    ///
    /// # Errors
    /// Every fault of the demerger.
    pub fn plan(&self, conventions: &[Convention]) -> Result<DemergerPlan, Vec<Fault>> {
        let mut faults = Vec::new();
        let [first, second] = self.successors;
        if first == second {
            faults.push(Fault::new("hospitals[1]", Reason::Repeated, RuleId::Con04));
        }
        let involved = [self.hospital, first, second];
        faults.extend(HandingOver::too_early(&involved, self.effective, conventions, RuleId::Con04));
        // The convention must be in force on the eve too: otherwise there is nothing to take over and nothing to end
        // that day.
        let on = |day: NaiveDate| pump_on(self.hospital, day, conventions);
        let missing = [self.effective, eve(self.effective)].into_iter().find(|day| on(*day).is_none());
        let pump = on(self.effective).filter(|_| missing.is_none());
        faults.extend(
            missing.map(|day| Fault::new("hospital", Reason::PumpConventionMissing, RuleId::Con04).with("day", day)),
        );
        match &self.wish {
            Wish::TakenOver { by, joint_letter, all_rights, self_management } => {
                faults.extend(self.take_over_faults(*by, *joint_letter, *all_rights, *self_management));
                if *by != self.hospital && pump_on(*by, self.effective, conventions).is_some() {
                    faults.push(Fault::new("takenOver.by", Reason::ConventionInForce, RuleId::Con01));
                }
            }
            Wish::Both { applied_on } => faults.extend(self.application_faults(*applied_on)),
        }
        let pump_number =
            pump.filter(|_| faults.is_empty()).and_then(|term| Some((term.number.pump()?, term.span().to)));
        let Some((number, last_day)) = pump_number else {
            return Err(faults);
        };
        Ok(match self.wish {
            Wish::TakenOver { by, .. } => {
                let handed_over = HandingOver::all(&[self.hospital], by, self.effective, conventions);
                DemergerPlan::TakenOver { number, hospital: by, from: self.effective, last_day, handed_over }
            }
            Wish::Both { .. } => {
                let end = End { last_day: eve(self.effective), why: ConventionEnd::Demerged };
                let running = conventions.iter().filter(|one| {
                    let held = one.terms().into_iter().filter(|term| term.hospital == self.hospital);
                    held.max_by_key(|term| term.span().from).is_some_and(|term| term.in_force(self.effective))
                });
                DemergerPlan::Anew {
                    numbers: running.filter_map(|one| one.number.pump()).collect(),
                    end,
                    new_from: self.effective,
                }
            }
        })
    }

    /// CON-04, rules.md §13: the last day on which the successors may apply for a convention of their own.
    #[must_use]
    pub fn application_deadline(&self) -> NaiveDate {
        months_before(self.effective, APPLICATION_MONTHS)
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
}

impl DemergerPlan {
    /// CON-04: the conventions that the demerger changes, as it leaves them.
    #[must_use]
    pub fn outcome(&self, merger: Uuid, conventions: &[Convention]) -> Vec<Convention> {
        let why = ConventionEnd::Demerged;
        match self {
            DemergerPlan::TakenOver { handed_over, .. } => changed(conventions, merger, why, handed_over, None),
            DemergerPlan::Anew { numbers, end, .. } => changed(conventions, merger, why, &[], Some((numbers, *end))),
        }
    }

    /// CON-04: the fault when a successor's new convention would begin before the demerger takes effect.
    #[must_use]
    pub fn start_fault(&self, from: NaiveDate) -> Option<Fault> {
        match self {
            DemergerPlan::Anew { new_from, .. } if from < *new_from => {
                Some(Span::since(*new_from).outside("from", RuleId::Con04))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
#[path = "demerger_tests.rs"]
mod tests;
