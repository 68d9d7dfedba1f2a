//! The yearly assessment: what is required, present and missing, and what follows (STF-01 to STF-14, STF-18, STF-19).

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    deadlines::{Deadline, deadlines},
    findings::findings,
    norm::{STEPS_UP_TO, Step, as_educators, reaches},
    patients::Patients,
    presence::Presence,
    statement::{Statements, self_management},
    team::{ConventionKind, Function, Member, Qualification},
};
use crate::{
    convention::{staffing::Figure, term::Term},
    exact::Exact,
    refusal::{Fault, Refusal},
    rule::RuleId,
};

/// The input of a year's assessment.
#[derive(Debug, Clone)]
pub struct AssessmentInput<'a> {
    /// The year.
    pub year: i32,
    /// The term of the pump convention in force in that year, its expiry included (see [`Term::with_expiry`]).
    pub term: &'a Term,
    /// The first day of the year on which the establishment holds it.
    pub first: NaiveDate,
    /// The last day of the year on which it does.
    pub last: NaiveDate,
    /// The day on which the team is judged, besides the yearly average. A day outside `first` to `last` is moved to the
    /// nearer of the two.
    pub on: NaiveDate,
    /// The establishment's yearly statements about its patients and self-management.
    pub stated: &'a Statements,
    /// The team, with all past and future assignments.
    pub members: &'a [Member],
}

/// A year's assessment: the yearly average and one day judged alike, and what follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// The number of patients on which the year is based (STF-03, STF-05).
    pub patients: Figure,
    /// The yearly average: what is missing, and what can be recovered (STF-13).
    pub over_the_year: TeamJudgement,
    /// Each member's share of that average (STF-13).
    pub parts: Vec<Part>,
    /// The day that was judged.
    pub on: NaiveDate,
    /// Whether the team must grow on that day (STF-04).
    pub on_the_day: TeamJudgement,
    /// The numbers of patients at which that day's team must grow (STF-04).
    pub steps: Vec<Step>,
    /// What an inspector would point out on that day (STF-07 to STF-12, STF-18, STF-19).
    pub findings: Vec<Fault>,
    /// What is due from that day on (STF-05, STF-11, STF-14, CON-05, CON-06).
    pub deadlines: Vec<Deadline>,
    /// The last day for nurses to reach their floor, if the establishment was below it on 1 January 2021 (STF-14).
    pub nurses_by: Option<NaiveDate>,
}

/// How much a member counts on yearly average, for one function of one convention (STF-13).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The member.
    pub member: Uuid,
    /// Their qualification.
    pub qualification: Qualification,
    /// Their function.
    pub function: Function,
    /// The convention they work for.
    pub convention: ConventionKind,
    /// The FTE that count.
    pub fte: Exact,
}

/// A team compared with its requirement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = StaffingJudgement)]
pub struct TeamJudgement {
    /// Function by function.
    pub functions: Vec<FunctionJudgement>,
    /// What is required of all functions.
    pub required: Figure,
    /// What is missing over all functions; a surplus of one does not offset another (STF-13).
    pub missing: Figure,
    /// The missing part in percent of what is required (STF-13).
    #[serde(rename = "missingPercentage")]
    pub percentage: Figure,
    /// The highest percentage of the year's interventions that can be recovered: twice the missing percentage, at most
    /// 100 (STF-13). The establishment is heard first, the Insurance Committee decides, and patients pay nothing of it.
    #[serde(rename = "highestRecoveryPercentage")]
    pub highest_recovery: Figure,
    /// How much of the team counts.
    #[serde(skip)]
    pub presence: Presence,
}

/// One function compared with its requirement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = StaffingFunction)]
pub struct FunctionJudgement {
    /// The function.
    pub function: Function,
    /// What the pump convention requires, on top of self-management (STF-01).
    #[serde(rename = "requiredForPump")]
    pub pump: Figure,
    /// What self-management requires, as stated (STF-01).
    #[serde(rename = "requiredForSelfManagement")]
    pub self_management: Figure,
    /// What both require together, the floor included (STF-02).
    pub required: Figure,
    /// The part of the team that counts (STF-06 to STF-08).
    pub present: Figure,
    /// The shortfall against the requirement, at least 0 (STF-04).
    pub shortfall: Figure,
    /// The shortfall at which the team must grow (STF-04).
    #[serde(rename = "growthThreshold")]
    pub threshold: Exact,
    /// Whether the team must grow (STF-04).
    pub must_grow: bool,
    /// The floor, when the function has one that applies (STF-02, STF-14).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub floor: Option<Floor>,
    /// What counts as missing for the recovery: the shortfall, when the function must grow or is below its floor
    /// (STF-13).
    pub missing: Figure,
    /// For the secretariat: the FTE of educators that would cover the shortfall (STF-06).
    #[serde(rename = "shortfallAsEducators", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub as_educators: Option<Figure>,
}

/// What is always required over both conventions together (STF-02).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = StaffingFloor)]
pub struct Floor {
    /// How much.
    pub fte: Exact,
    /// What is present, rounded to four decimals: physicians, or nurses in education.
    #[serde(serialize_with = "Exact::serialize_shown")]
    pub present: Exact,
    /// Whether the floor is missed.
    pub below: bool,
    /// The rule.
    pub rule: RuleId,
}

/// STF-14: the day the convention came into force, and the last day for nurses below their floor to reach it.
pub fn transition() -> Option<(NaiveDate, NaiveDate)> {
    Some((NaiveDate::from_ymd_opt(2021, 1, 1)?, NaiveDate::from_ymd_opt(2021, 6, 30)?))
}

impl AssessmentInput<'_> {
    /// STF-01 to STF-14: the assessment and its consequences.
    ///
    /// # Errors
    /// The numbers of patients that are needed and not stated (STF-03, STF-05).
    pub fn assess(&self) -> Result<Assessment, Refusal> {
        let new_since = self.term.new_since();
        let patients = Patients::of(self.stated, new_since).basis(self.year, new_since).map_err(|needed| {
            Refusal::PatientNumbersMissing { needed: needed.iter().map(ToString::to_string).collect() }
        })?;
        let self_management = self_management(self.year, self.stated);
        let late = self.late_floor();
        let judge = |first: NaiveDate, last: NaiveDate| {
            let presence = Presence::of(self.members, first, last);
            // The nurses' floor is checked only on the days on which it applies, possibly none.
            let from = late.and_then(|until| until.succ_opt()).map_or(first, |from| from.max(first));
            let nurses = (from <= last).then(|| Presence::of(self.members, from, last).nurses());
            judge(&patients.value, &self_management, presence, nurses)
        };
        let on = self.on.clamp(self.first, self.last);
        let on_the_day = judge(on, on);
        let nurses_by = late.filter(|until| self.first <= *until);
        let last_day = self.term.end.map(|end| end.last_day);
        Ok(Assessment {
            over_the_year: judge(self.first, self.last),
            parts: self.parts(),
            on,
            steps: on_the_day.presence.growth_steps(&self_management, STEPS_UP_TO),
            findings: findings(self.members, on, |function| on_the_day.required_of(function)),
            deadlines: deadlines(self.members, on, new_since, last_day, nurses_by),
            on_the_day,
            nurses_by,
            patients,
        })
    }

    /// STF-13: each member's share of the yearly average.
    fn parts(&self) -> Vec<Part> {
        let each = |one: &Member| {
            let own = Presence::of(std::slice::from_ref(one), self.first, self.last);
            let part = |(convention, function, qualification, fte): (_, _, _, &Exact)| Part {
                member: one.id,
                qualification,
                function,
                convention,
                fte: fte.clone(),
            };
            own.parts().map(part).collect::<Vec<_>>()
        };
        self.members.iter().flat_map(each).collect()
    }

    /// STF-14: the last day on which the nurses' floor does not apply yet, for an establishment below it on 1 January
    /// 2021.
    fn late_floor(&self) -> Option<NaiveDate> {
        let (begun, until) = transition()?;
        let nurses = Presence::of(self.members, begun, begun).nurses();
        let below = Function::Education.floor().is_some_and(|floor| !reaches(&nurses, &floor));
        (below && self.term.new_since().is_none_or(|from| from <= begun)).then_some(until)
    }
}

impl TeamJudgement {
    /// STF-01, STF-02: the FTE required of a function; 0 for one that is not judged.
    fn required_of(&self, function: Function) -> Exact {
        let judged = self.functions.iter().find(|one| one.function == function);
        judged.map(|one| one.required.value.clone()).unwrap_or_default()
    }
}

/// Judges a team against the norm for this many patients. `nurses` are the FTE to compare with the nurses' floor,
/// `None` while it does not apply.
pub fn judge(
    patients: &Exact,
    self_management: &BTreeMap<Function, Exact>,
    presence: Presence,
    nurses: Option<Exact>,
) -> TeamJudgement {
    let functions: Vec<FunctionJudgement> = Function::NORMED
        .iter()
        .map(|function| {
            let stated = self_management.get(function).cloned().unwrap_or_default();
            function_judgement(*function, patients, stated, &presence, nurses.as_ref())
        })
        .collect();
    let required = sum_of(&functions, |one| &one.required.value, RuleId::Stf13);
    let missing = sum_of(&functions, |one| &one.missing.value, RuleId::Stf13);
    let hundred = Exact::from(100);
    let percentage = &(&missing.value / &required.value) * &hundred;
    let inputs = vec![("missing", missing.value.clone()), ("required", required.value.clone())];
    let percentage = Figure::new(percentage, "missing ÷ required × 100", RuleId::Stf13, inputs);
    let twice = &percentage.value * &Exact::from(2);
    let inputs = vec![("percentage", percentage.value.clone())];
    let highest_recovery = Figure::new(twice.min(hundred), "min(2 × percentage, 100)", RuleId::Stf13, inputs);
    TeamJudgement { functions, required, missing, percentage, highest_recovery, presence }
}

fn function_judgement(
    function: Function,
    patients: &Exact,
    self_management: Exact,
    presence: &Presence,
    nurses: Option<&Exact>,
) -> FunctionJudgement {
    let pump = function.for_pump(patients);
    let required = function.required(patients, &self_management);
    let present = presence.present(function, &required.value);
    let short = (&required.value - &present.value).or_zero();
    let inputs = vec![("required", required.value.clone()), ("present", present.value.clone())];
    let shortfall = Figure::new(short, "max(required − present, 0)", RuleId::Stf04, inputs);
    let threshold = function.growth_threshold();
    let must_grow = shortfall.value >= threshold;
    let floor = function.floor().and_then(|fte| {
        let present = if function == Function::Education { nurses?.clone() } else { present.value.clone() };
        Some(Floor { below: !reaches(&present, &fte), fte, present, rule: RuleId::Stf02 })
    });
    let counts = must_grow || floor.as_ref().is_some_and(|floor| floor.below);
    let inputs = vec![("shortfall", shortfall.value.clone())];
    let missing = if counts {
        Figure::new(shortfall.value.clone(), "shortfall", RuleId::Stf13, inputs)
    } else {
        // Below the threshold the team need not grow.
        Figure::new(Exact::zero(), "0 × shortfall", RuleId::Stf04, inputs)
    };
    let as_educators = (function == Function::Secretariat).then(|| as_educators(&shortfall.value));
    FunctionJudgement {
        function,
        pump,
        self_management: Figure::stated(self_management, RuleId::Stf01),
        required,
        present,
        shortfall,
        threshold,
        must_grow,
        floor,
        missing,
        as_educators,
    }
}

/// The sum over the functions, with each function as a named input.
fn sum_of(functions: &[FunctionJudgement], of: impl Fn(&FunctionJudgement) -> &Exact, rule: RuleId) -> Figure {
    let inputs: Vec<_> = functions.iter().map(|one| (one.function.name(), of(one).clone())).collect();
    let value = inputs.iter().map(|(_, value)| value.clone()).sum();
    Figure::new(value, "medical + education + dataManagement + secretariat", rule, inputs)
}

#[cfg(test)]
mod tests;
