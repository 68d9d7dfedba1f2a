//! Figures and judgements as they are shown: each with its formula, its inputs and its rule.

use insula_domain::{
    convention::staffing::{
        self,
        assessment::{Floor, FunctionJudgement},
    },
    rule::RuleId,
};
use serde::Serialize;
use utoipa::ToSchema;

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

impl From<&staffing::Judgement> for StaffingJudgement {
    fn from(judgement: &staffing::Judgement) -> StaffingJudgement {
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
