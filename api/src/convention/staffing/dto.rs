//! Schemas of figures and judgements: each with its formula, inputs and rule.

use chrono::{DateTime, NaiveDate, Utc};
use insula_domain::{
    convention::{
        number::ConventionNumber,
        staffing::{
            self,
            assessment::{Floor, FunctionJudgement},
            deadlines::Deadline,
            norm::Step,
        },
    },
    exact::Exact,
    identifier::HospitalNumber,
    names::{ConventionKind, DeadlineKind, Function, Qualification},
    rule::RuleId,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::issue::InputValidationIssue;

/// An input of a formula.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"name": "patients", "value": "58"}))]
pub struct FigureInput {
    /// Its name in the formula.
    pub name: &'static str,
    /// Its exact value.
    pub value: Exact,
}

/// A figure and its calculation, which an inspector can check on paper.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = StaffingFigure, example = json!({"value": "0.17748", "shown": "0.1775", "formula": "patients × perHundred ÷ 100",
    "inputs": [{"name": "patients", "value": "58"}, {"name": "perHundred", "value": "0.306"}], "rule": "STF-01", "source": "C 5 §3"}))]
pub struct ShownFigure {
    /// The exact value; no intermediate value is rounded.
    pub value: Exact,
    /// The value for display, rounded half up to four decimals.
    pub shown: String,
    /// The formula over the names of the inputs, with + − × ÷, max, min and numbers; `stated` when the value was
    /// stated.
    pub formula: &'static str,
    /// The inputs.
    pub inputs: Vec<FigureInput>,
    /// The rule.
    pub rule: RuleId,
    /// The rule's source.
    pub source: &'static str,
}

impl From<&staffing::Figure> for ShownFigure {
    fn from(figure: &staffing::Figure) -> ShownFigure {
        let inputs = figure.inputs.iter();
        ShownFigure {
            value: figure.value.clone(),
            shown: figure.value.shown(4),
            formula: figure.formula,
            inputs: inputs.map(|(name, value)| FigureInput { name, value: value.clone() }).collect(),
            rule: figure.rule,
            source: figure.rule.source(),
        }
    }
}

/// What is always required over both conventions together (STF-02).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = StaffingFloor, example = json!({"fte": "0.6", "present": "0.58", "below": true, "rule": "STF-02"}))]
pub struct ShownFloor {
    /// How much.
    pub fte: Exact,
    /// What is present: physicians, or nurses in education.
    pub present: String,
    /// Whether the floor is missed.
    pub below: bool,
    /// The rule.
    pub rule: RuleId,
}

impl From<&Floor> for ShownFloor {
    fn from(floor: &Floor) -> ShownFloor {
        ShownFloor { fte: floor.fte.clone(), present: floor.present.shown(4), below: floor.below, rule: RuleId::Stf02 }
    }
}

/// One function compared with its requirement.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StaffingFunction {
    /// The function.
    pub function: Function,
    /// What the pump convention requires, on top of self-management (STF-01).
    pub required_for_pump: ShownFigure,
    /// What self-management requires, as stated (STF-01).
    pub required_for_self_management: ShownFigure,
    /// What both require together, the floor included (STF-02).
    pub required: ShownFigure,
    /// The part of the team that counts (STF-06 to STF-08).
    pub present: ShownFigure,
    /// The shortfall against the requirement (STF-04).
    pub shortfall: ShownFigure,
    /// The shortfall at which the team must grow (STF-04).
    pub growth_threshold: Exact,
    /// Whether the team must grow (STF-04).
    pub must_grow: bool,
    /// The floor, when the function has one that applies (STF-02, STF-14).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub floor: Option<ShownFloor>,
    /// What counts as missing for the recovery: the shortfall, when the function must grow or is below its floor
    /// (STF-13).
    pub missing: ShownFigure,
    /// For the secretariat: the FTE of educators that would cover the shortfall (STF-06).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub shortfall_as_educators: Option<ShownFigure>,
}

impl From<&FunctionJudgement> for StaffingFunction {
    fn from(one: &FunctionJudgement) -> StaffingFunction {
        StaffingFunction {
            function: one.function,
            required_for_pump: (&one.pump).into(),
            required_for_self_management: (&one.self_management).into(),
            required: (&one.required).into(),
            present: (&one.present).into(),
            shortfall: (&one.shortfall).into(),
            growth_threshold: one.threshold.clone(),
            must_grow: one.must_grow,
            floor: one.floor.as_ref().map(ShownFloor::from),
            missing: (&one.missing).into(),
            shortfall_as_educators: one.as_educators.as_ref().map(ShownFigure::from),
        }
    }
}

/// A team compared with its requirement.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StaffingJudgement {
    /// Function by function.
    pub functions: Vec<StaffingFunction>,
    /// What is required of all functions.
    pub required: ShownFigure,
    /// What is missing over all functions; a surplus of one does not offset another (STF-13).
    pub missing: ShownFigure,
    /// The missing part in percent of what is required (STF-13).
    pub missing_percentage: ShownFigure,
    /// The highest percentage of the year's interventions that can be recovered: twice the missing percentage, at most
    /// 100 (STF-13). The establishment is heard first, the Insurance Committee decides, and patients pay nothing of it.
    pub highest_recovery_percentage: ShownFigure,
}

impl From<&staffing::TeamJudgement> for StaffingJudgement {
    fn from(judgement: &staffing::TeamJudgement) -> StaffingJudgement {
        StaffingJudgement {
            functions: judgement.functions.iter().map(StaffingFunction::from).collect(),
            required: (&judgement.required).into(),
            missing: (&judgement.missing).into(),
            missing_percentage: (&judgement.percentage).into(),
            highest_recovery_percentage: (&judgement.highest_recovery).into(),
        }
    }
}

/// A year's staffing compared with the norm.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"hospitalNumber": "71000436", "hospitalName": "Hôpital de l'Île",
    "href": "https://insula.example/insula/v1/establishments/71000436/staffingAssessments/2024", "year": 2024,
    "conventionNumber": "7.86.512.34", "from": "2024-01-01", "to": "2024-12-31",
    "patients": {"value": "120", "shown": "120.0000", "formula": "(twoYearsBefore + yearBefore) ÷ 2",
        "inputs": [{"name": "twoYearsBefore", "value": "100"}, {"name": "yearBefore", "value": "140"}], "rule": "STF-03", "source": "C 5 §3"},
    "grounds": [{"year": 2022, "patients": "100", "grounds": "patient list", "version": 1, "recordedBy": "dr.maes"}],
    "on": "2024-05-02", "persons": [], "findings": [], "steps": [],
    "deadlines": [{"on": "2024-12-31", "what": "adaptTeam", "rule": "STF-05", "source": "C 5 §3"}],
    "assessedAt": "2024-05-02T09:12:00Z"}))]
pub struct StaffingAssessment {
    /// The establishment.
    pub hospital_number: HospitalNumber,
    /// Its name.
    pub hospital_name: String,
    /// Its address.
    #[schema(format = "uri")]
    pub href: String,
    /// The year.
    pub year: i32,
    /// The pump convention that is in force in the year.
    pub convention_number: ConventionNumber,
    /// The first day of the year on which it is in force.
    pub from: NaiveDate,
    /// The last one.
    pub to: NaiveDate,
    /// The number of patients that the year is assessed on (STF-03, STF-05).
    pub patients: ShownFigure,
    /// The origin of the numbers of patients: what was stated about which year, and on what grounds.
    pub grounds: Vec<StatedNumber>,
    /// On the average of the days from `from` to `to`: what is missing and what can be recovered (STF-13).
    pub over_the_year: StaffingJudgement,
    /// The day on which the team is assessed.
    pub on: NaiveDate,
    /// On that day: whether the team must grow (STF-04).
    pub on_the_day: StaffingJudgement,
    /// The numbers of patients at which the team of that day must grow (STF-04).
    pub steps: Vec<Step>,
    /// The average of the year, person by person.
    pub persons: Vec<AssessedPerson>,
    /// Points that an inspector would raise about that day (STF-07 to STF-12, STF-18, STF-19).
    pub findings: Vec<InputValidationIssue>,
    /// What is due from that day on, the earliest first (STF-05, STF-11, STF-14, CON-05, CON-06).
    pub deadlines: Vec<StaffingDeadline>,
    /// The instant as of which the records were read: `knownAt`, or now.
    pub assessed_at: DateTime<Utc>,
}

/// What was stated about a year that the assessment uses.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"year": 2024, "patients": "58.5", "grounds": "patient list", "version": 1, "recordedBy": "dr.maes"}))]
pub struct StatedNumber {
    /// The year.
    pub year: i32,
    /// The mean over the year.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub patients: Option<Exact>,
    /// On its last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub patients_at_year_end: Option<Exact>,
    /// On the day of entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub patients_on_entry: Option<Exact>,
    /// The grounds of the statement.
    pub grounds: String,
    /// The version of the statement.
    pub version: i32,
    /// Who stated it.
    pub recorded_by: String,
}

/// A member's part in the average of the year.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"teamMemberId": "0198c1de-9a10-7bb1-9d2e-0a4f7c1b2d3e", "name": "An Invented", "qualification": "diabetesNurse",
    "function": "education", "convention": "pump", "fte": "0.1"}))]
pub struct AssessedPerson {
    /// Who.
    pub team_member_id: Uuid,
    /// Their name.
    pub name: String,
    /// What they are.
    pub qualification: Qualification,
    /// What they do.
    pub function: Function,
    /// For which convention.
    pub convention: ConventionKind,
    /// The exact FTE that count, averaged over the days of the year.
    pub fte: Exact,
}

/// A deadline.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"on": "2024-03-14", "what": "trainingProof", "rule": "STF-11", "source": "C 5 §2", "teamMemberId": "0198c1de-9a10-7bb1-9d2e-0a4f7c1b2d3e"}))]
pub struct StaffingDeadline {
    /// Its last day.
    pub on: NaiveDate,
    /// What is due.
    pub what: DeadlineKind,
    /// The rule.
    pub rule: RuleId,
    /// The rule's source.
    pub source: &'static str,
    /// The person concerned, if it concerns one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub team_member_id: Option<Uuid>,
}

impl From<Deadline> for StaffingDeadline {
    fn from(deadline: Deadline) -> StaffingDeadline {
        StaffingDeadline {
            on: deadline.on,
            what: deadline.what,
            rule: deadline.what.rule(),
            source: deadline.what.rule().source(),
            team_member_id: deadline.member,
        }
    }
}
