//! `simulateStaffing`.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, post};
use insula_domain::{
    convention::staffing::{
        TeamJudgement,
        assessment::judge,
        norm::{STEPS_UP_TO, Step},
        presence::Presence,
    },
    exact::{Decimal, Exact},
    names::{ConventionKind, Function, Qualification},
    refusal::{Fault, Reason},
    rule::RuleId,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::{
    caller::Caller,
    input::{Body, Field, Reader},
    problem::ApiError,
};

/// The maximum number of patients.
pub const MOST_PATIENTS: i64 = 100_000;
/// The maximum FTE of a function.
pub const MOST_FTE: i64 = 1_000;
const MOST_NUMBERS: usize = 50;
const MOST_ENTRIES: usize = 200;

/// Hypothetical figures to try the norm on.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"patients": ["58", "120"], "selfManagement": {"medical": "0.4", "education": "0.9", "secretariat": "0.2"},
    "team": [{"qualification": "diabetesNurse", "function": "education", "convention": "pump", "fte": "0.2"},
             {"qualification": "diabetesNurse", "function": "education", "convention": "selfManagement", "fte": "0.9"}]}))]
pub struct StaffingSimulationEntry {
    /// The numbers of patients to try, each at most 100 000.
    #[schema(min_items = 1, max_items = 50)]
    pub patients: Vec<Decimal>,
    /// What self-management requires.
    #[schema(nullable = false)]
    pub self_management: Option<SelfManagementRequirement>,
    /// The team; empty when left out.
    #[schema(nullable = false, max_items = 200)]
    pub team: Option<Vec<SimulatedPart>>,
    /// The maximum number of patients for `steps`. Default: 1000.
    #[schema(nullable = false, minimum = 0, maximum = 100_000, default = 1000)]
    pub steps_up_to: Option<i64>,
}

/// What the self-management convention requires of each function, in FTE, at most 1000; 0 when left out (STF-01).
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"medical": "0.4", "education": "1.2", "dataManagement": "0", "secretariat": "0.25"}))]
pub struct SelfManagementRequirement {
    /// Of the physicians.
    #[schema(nullable = false)]
    pub medical: Option<Decimal>,
    /// Of education.
    #[schema(nullable = false)]
    pub education: Option<Decimal>,
    /// Of the management of data.
    #[schema(nullable = false)]
    pub data_management: Option<Decimal>,
    /// Of the secretariat.
    #[schema(nullable = false)]
    pub secretariat: Option<Decimal>,
}

/// A part of the hypothetical team. Each part counts as another person, of whom at most 1 FTE counts unless they are a
/// physician (STF-08).
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"qualification": "diabetesNurse", "function": "education", "convention": "pump", "fte": "0.2"}))]
pub struct SimulatedPart {
    /// As in the team register.
    pub qualification: Qualification,
    /// What they do; not consultation.
    pub function: Function,
    /// For which convention.
    pub convention: ConventionKind,
    /// The FTE, at most 1000.
    pub fte: Decimal,
}

/// The result for one number of patients.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SimulatedStaffing {
    /// The number of patients.
    pub patients: Exact,
    /// What is required, present and missing.
    pub judgement: TeamJudgement,
}

/// The results.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StaffingSimulation {
    /// One result per number of patients, in the order of the request.
    pub items: Vec<SimulatedStaffing>,
    /// The numbers of patients at which this team must grow, function by function (STF-04).
    pub steps: Vec<Step>,
}

/// A part of the hypothetical team, read.
struct Part {
    qualification: Qualification,
    function: Function,
    convention: ConventionKind,
    fte: Exact,
}

/// Simulate the staffing of a hypothetical team.
///
/// Tries the norm on hypothetical figures, which concern no one: what is required, present and missing, each figure
/// with its formula, inputs and rule, and the numbers of patients at which the team must grow. Nothing is stored
/// (STF-17).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "simulateStaffing",
    request_body = StaffingSimulationEntry,
    responses((status = 200, description = "The figures.", body = StaffingSimulation))
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
    let most = reader.integer("stepsUpTo", 0..=MOST_PATIENTS).or(STEPS_UP_TO);
    let done = reader.finish()?;
    let (patients, self_management) = (done.take(patients), done.take(self_management));
    let (parts, most) = (done.take(parts), done.take(most));
    let mut presence = Presence::default();
    for part in &parts {
        presence.count(part.convention, part.function, part.qualification, &part.fte);
    }
    let items = patients.iter().map(|patients| SimulatedStaffing {
        patients: patients.clone(),
        judgement: judge(patients, &self_management, presence.clone(), Some(presence.nurses())),
    });
    let steps = presence.growth_steps(&self_management, most);
    Ok(HttpResponse::Ok().json(StaffingSimulation { items: items.collect(), steps }))
}

/// Reads what self-management requires of each function.
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
