//! Figures and judgements as they are shown: each with its formula, its inputs and its rule.

use chrono::{DateTime, NaiveDate, Utc};
use insula_domain::{
    convention::staffing::{
        self,
        assessment::{Floor, FunctionJudgement},
        deadlines::Deadline,
    },
    rule::RuleId,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::issue::InputValidationIssue;

/// What goes into a formula.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"name": "patients", "value": "58"}))]
pub struct FigureInput {
    /// Its name in the formula.
    pub name: String,
    /// Its value, exact: a decimal number, or a fraction `n/d` where no decimal number says it.
    pub value: String,
}

/// A figure, and how it came about: an inspector follows it on paper.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = StaffingFigure, example = json!({"value": "0.17748", "shown": "0.1775", "formula": "patients × perHundred ÷ 100",
    "inputs": [{"name": "patients", "value": "58"}, {"name": "perHundred", "value": "0.306"}], "rule": "STF-01", "source": "C 5 §3"}))]
pub struct ShownFigure {
    /// The exact value: a decimal number, or a fraction `n/d` where no decimal number says it. Nothing is rounded on the way.
    pub value: String,
    /// The value rounded half up to four decimals, to be shown.
    pub shown: String,
    /// The formula, over the names of the inputs: + − × ÷ max min and plain numbers; `stated` for what was stated.
    pub formula: String,
    /// What goes into it.
    pub inputs: Vec<FigureInput>,
    /// The rule that asks for it.
    pub rule: String,
    /// Where the rule is from.
    pub source: String,
}

impl From<&staffing::Figure> for ShownFigure {
    fn from(figure: &staffing::Figure) -> ShownFigure {
        let inputs = figure.inputs.iter();
        ShownFigure {
            value: figure.value.to_string(),
            shown: figure.value.shown(4),
            formula: figure.formula.to_owned(),
            inputs: inputs
                .map(|(name, value)| FigureInput { name: (*name).to_owned(), value: value.to_string() })
                .collect(),
            rule: figure.rule.id().to_owned(),
            source: figure.rule.source().to_owned(),
        }
    }
}

/// What is always required over both conventions together (STF-02).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = StaffingFloor, example = json!({"fte": "0.6", "present": "0.58", "below": true, "rule": "STF-02"}))]
pub struct ShownFloor {
    /// How much.
    pub fte: String,
    /// What there is: physicians, or nurses in education.
    pub present: String,
    /// Whether it is not reached.
    pub below: bool,
    /// The rule.
    pub rule: String,
}

impl From<&Floor> for ShownFloor {
    fn from(floor: &Floor) -> ShownFloor {
        ShownFloor {
            fte: floor.fte.to_string(),
            present: floor.present.shown(4),
            below: floor.below,
            rule: RuleId::Stf02.id().to_owned(),
        }
    }
}

/// One function held against what is required of it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StaffingFunction {
    /// `medical`, `education`, `dataManagement` or `secretariat`.
    pub function: String,
    /// What the pump convention requires, on top of self-management (STF-01).
    pub required_for_pump: ShownFigure,
    /// What self-management requires, as stated (STF-01).
    pub required_for_self_management: ShownFigure,
    /// What both require together, the floor included (STF-02).
    pub required: ShownFigure,
    /// What counts of the team (STF-06 to STF-08).
    pub present: ShownFigure,
    /// What is short of the requirement (STF-04).
    pub shortfall: ShownFigure,
    /// The shortfall from which the team must actually grow (STF-04).
    pub growth_threshold: String,
    /// Whether it must (STF-04).
    pub must_grow: bool,
    /// The floor, where the function has one and it holds (STF-02, STF-14).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub floor: Option<ShownFloor>,
    /// What is missing in the sense of the recovery: the shortfall, when the function must grow or is below its floor (STF-13).
    pub missing: ShownFigure,
    /// Of the secretariat: the educators who would make up for the shortfall (STF-06).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub shortfall_as_educators: Option<ShownFigure>,
}

impl From<&FunctionJudgement> for StaffingFunction {
    fn from(one: &FunctionJudgement) -> StaffingFunction {
        StaffingFunction {
            function: one.function.name().to_owned(),
            required_for_pump: (&one.pump).into(),
            required_for_self_management: (&one.self_management).into(),
            required: (&one.required).into(),
            present: (&one.present).into(),
            shortfall: (&one.shortfall).into(),
            growth_threshold: one.threshold.to_string(),
            must_grow: one.must_grow,
            floor: one.floor.as_ref().map(ShownFloor::from),
            missing: (&one.missing).into(),
            shortfall_as_educators: one.as_educators.as_ref().map(ShownFigure::from),
        }
    }
}

/// A team held against what is required of it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StaffingJudgement {
    /// Function by function.
    pub functions: Vec<StaffingFunction>,
    /// What is required of all functions.
    pub required: ShownFigure,
    /// What is missing of all functions; no surplus of one makes up for another (STF-13).
    pub missing: ShownFigure,
    /// How many percent that is of what is required (STF-13).
    pub missing_percentage: ShownFigure,
    /// The highest percentage of the year's interventions that can be recovered: twice, and never more than 100 (STF-13). The
    /// establishment is heard first, the Insurance Committee decides, and nothing of it is charged to patients.
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

/// A number of patients at which a team must grow (STF-04).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"function": "education", "patients": 360, "present": "0.6", "required": "1.1016"}))]
pub struct GrowthStep {
    /// The function.
    pub function: String,
    /// From so many patients.
    pub patients: i64,
    /// What is there until then, in FTE.
    pub present: String,
    /// What is required then, and what the team grows to.
    pub required: String,
}

impl From<&staffing::norm::Step> for GrowthStep {
    fn from(step: &staffing::norm::Step) -> GrowthStep {
        GrowthStep {
            function: step.function.name().to_owned(),
            patients: step.patients,
            present: step.present.to_string(),
            required: step.required.to_string(),
        }
    }
}

/// A year's staffing held against the norm.
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
    pub hospital_number: String,
    /// Its name.
    pub hospital_name: String,
    /// Its address.
    #[schema(format = "uri")]
    pub href: String,
    /// The year.
    pub year: i32,
    /// The pump convention that is in force in the year.
    pub convention_number: String,
    /// The first day of the year on which it is in force.
    pub from: NaiveDate,
    /// The last one.
    pub to: NaiveDate,
    /// The number of patients the year goes by (STF-03, STF-05).
    pub patients: ShownFigure,
    /// Where the numbers of patients come from: what was stated of which year, and on what grounds. Days of programme recorded in
    /// Insula are shown beside it as soon as they are.
    pub grounds: Vec<StatedNumber>,
    /// On the average of the days from `from` to `to`: what is missing, and what can be recovered (STF-13).
    pub over_the_year: StaffingJudgement,
    /// The day for which the team is looked at as it stands.
    pub on: NaiveDate,
    /// On that day: whether the team must grow (STF-04).
    pub on_the_day: StaffingJudgement,
    /// The numbers of patients at which the team of that day must grow (STF-04).
    pub steps: Vec<GrowthStep>,
    /// How the average of the year came about, person by person.
    pub persons: Vec<AssessedPerson>,
    /// What an inspector would point at on that day (STF-07 to STF-12, STF-18, STF-19).
    pub findings: Vec<InputValidationIssue>,
    /// What is due from that day on, the earliest first (STF-05, STF-11, STF-14, CON-05, CON-06).
    pub deadlines: Vec<StaffingDeadline>,
    /// On what was recorded at this instant it was assessed: `knownAt`, or now.
    pub assessed_at: DateTime<Utc>,
}

/// What was stated of a year that the assessment goes by.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"year": 2024, "patients": "58.5", "grounds": "patient list", "version": 1, "recordedBy": "dr.maes"}))]
pub struct StatedNumber {
    /// The year.
    pub year: i32,
    /// The mean over the year.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub patients: Option<String>,
    /// On its last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub patients_at_year_end: Option<String>,
    /// On the day of entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub patients_on_entry: Option<String>,
    /// On what it is stated.
    pub grounds: String,
    /// Which version of the statement.
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
    pub qualification: String,
    /// What they do.
    pub function: String,
    /// For which convention.
    pub convention: String,
    /// The FTE that count, on the average of the year's days, exact.
    pub fte: String,
}

/// Something that is due.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"on": "2024-03-14", "what": "trainingProof", "rule": "STF-11", "source": "C 5 §2", "teamMemberId": "0198c1de-9a10-7bb1-9d2e-0a4f7c1b2d3e"}))]
pub struct StaffingDeadline {
    /// The last day for it.
    pub on: NaiveDate,
    /// `trainingProof`, `nursesAtFloor` (STF-14), `adaptTeam` (STF-05) or `conventionEnds`.
    pub what: String,
    /// The rule that asks for it.
    pub rule: String,
    /// Where the rule is from.
    pub source: String,
    /// Of whom, when it is somebody's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub team_member_id: Option<Uuid>,
}

impl From<Deadline> for StaffingDeadline {
    fn from(deadline: Deadline) -> StaffingDeadline {
        StaffingDeadline {
            on: deadline.on,
            what: deadline.what.name().to_owned(),
            rule: deadline.what.rule().id().to_owned(),
            source: deadline.what.rule().source().to_owned(),
            team_member_id: deadline.member,
        }
    }
}
