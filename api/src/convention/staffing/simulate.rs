//! `simulateStaffing`.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, post};
use insula_domain::{
    convention::staffing::{assessment::judge, norm::STEPS_UP_TO, presence::Presence},
    exact::Exact,
    names::{ConventionKind, Function, Qualification},
    refusal::{Fault, Reason},
    rule::RuleId,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::dto::{GrowthStep, StaffingJudgement};
use crate::http::{
    caller::Caller,
    input::{Body, Field, Reader},
    problem::ApiError,
};

/// More patients no establishment has.
pub const MOST_PATIENTS: i64 = 100_000;
/// More FTE of a function no hospital needs.
pub const MOST_FTE: i64 = 1_000;
const MOST_NUMBERS: usize = 50;
const MOST_ENTRIES: usize = 200;

/// What is reckoned.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"patients": [58, 120], "selfManagement": {"medical": 0.4, "education": 0.9, "secretariat": 0.2},
    "team": [{"qualification": "diabetesNurse", "function": "education", "convention": "pump", "fte": 0.2},
             {"qualification": "diabetesNurse", "function": "education", "convention": "selfManagement", "fte": 0.9}]}))]
pub struct StaffingSimulationEntry {
    /// Numbers of patients, each of which is reckoned, at most four decimals.
    #[schema(min_items = 1, max_items = 50)]
    pub patients: Vec<f64>,
    /// What self-management requires of each function, in FTE; what is left out is 0.
    #[schema(nullable = false)]
    pub self_management: Option<BTreeMap<String, f64>>,
    /// The team; nobody when it is left out.
    #[schema(nullable = false, max_items = 200)]
    pub team: Option<Vec<SimulatedPart>>,
    /// Up to how many patients the steps are looked for at which the team must grow. Default: 1000.
    #[schema(nullable = false, minimum = 0, maximum = 100_000, default = 1000)]
    pub steps_up_to: Option<i64>,
}

/// A part of a stated team. Each is taken for one person's: the same person twice would not be known as such, and 1 FTE each is the
/// most that counts of anyone but a physician (STF-08).
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"qualification": "diabetesNurse", "function": "education", "convention": "pump", "fte": 0.2}))]
pub struct SimulatedPart {
    /// As in the team register.
    pub qualification: String,
    /// `medical`, `education`, `dataManagement` or `secretariat`.
    pub function: String,
    /// `pump` or `selfManagement`.
    pub convention: String,
    /// How much, in FTE.
    #[schema(minimum = 0, maximum = 1000, multiple_of = 0.0001)]
    pub fte: f64,
}

/// What comes out for one number of patients.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SimulatedStaffing {
    /// The number of patients.
    pub patients: String,
    /// What is required, present and missing.
    pub judgement: StaffingJudgement,
}

/// What comes out.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"items": [], "steps": [{"function": "education", "patients": 360, "present": "0.6", "required": "1.1016"}]}))]
pub struct StaffingSimulation {
    /// For each number of patients, in the order they were stated in.
    pub items: Vec<SimulatedStaffing>,
    /// The numbers of patients at which this team must grow, function by function (STF-04).
    pub steps: Vec<GrowthStep>,
}

/// A part of a stated team, read.
struct Part {
    qualification: Qualification,
    function: Function,
    convention: ConventionKind,
    fte: Exact,
}

/// Reckon the staffing of a stated team.
///
/// What is required, present and missing for stated numbers of patients and a stated team, each figure with its formula, its inputs
/// and its rule, and the numbers of patients at which the team must grow. Nothing is stored (STF-17).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "simulateStaffing",
    request_body = StaffingSimulationEntry,
    responses(
        (status = 200, description = "The figures.", body = StaffingSimulation),
    )
)]
#[post("/staffing/simulate")]
pub async fn simulate_staffing(_caller: Caller, body: Body) -> Result<HttpResponse, ApiError> {
    let mut reader = Reader::new(&body.members);
    let patients = reader.decimals("patients", MOST_NUMBERS, MOST_PATIENTS);
    if patients.known().is_some_and(Vec::is_empty) {
        reader.add(Fault::new("patients", Reason::Required, RuleId::Stf17));
    }
    let self_management = self_management(&mut reader);
    let parts = reader.objects("team", MOST_ENTRIES, part);
    let most = reader.integer("stepsUpTo", MOST_PATIENTS).or(STEPS_UP_TO);
    let done = reader.finish()?;
    let (patients, self_management) = (done.take(patients), done.take(self_management));
    let (parts, most) = (done.take(parts), done.take(most));
    let mut presence = Presence::default();
    for part in &parts {
        presence.count(part.convention, part.function, part.qualification, &part.fte);
    }
    let items = patients.iter().map(|patients| SimulatedStaffing {
        patients: patients.to_string(),
        judgement: (&judge(patients, &self_management, presence.clone(), Some(presence.nurses()))).into(),
    });
    let steps = presence.growth_steps(&self_management, most).iter().map(GrowthStep::from).collect();
    Ok(HttpResponse::Ok().json(StaffingSimulation { items: items.collect(), steps }))
}

/// What self-management requires of each function, as a body states it.
pub fn self_management(reader: &mut Reader) -> Field<BTreeMap<Function, Exact>> {
    let stated = reader.part("selfManagement", |part| {
        let required = Function::NORMED.map(|function| (function, part.decimal(function.name(), MOST_FTE)));
        let required = required.into_iter();
        part.build(|done| required.filter_map(|(function, fte)| Some((function, done.take(fte)?))).collect())
    });
    stated.or_default()
}

fn part(reader: &mut Reader) -> Field<Part> {
    let qualification = reader.required_one_of("qualification", Qualification::ALL, Qualification::name);
    let function = reader.required_one_of("function", &Function::NORMED, Function::name);
    let convention = reader.required_one_of("convention", ConventionKind::ALL, ConventionKind::name);
    let fte = reader.required_decimal("fte", MOST_FTE);
    if let (Some(qualification), Some(function)) = (qualification.known(), function.known())
        && !qualification.may_be(*function)
    {
        reader.add(Fault::new("function", Reason::QualificationDoesNotFit, RuleId::Stf19));
    }
    reader.build(|done| Part {
        qualification: done.take(qualification),
        function: done.take(function),
        convention: done.take(convention),
        fte: done.take(fte),
    })
}
