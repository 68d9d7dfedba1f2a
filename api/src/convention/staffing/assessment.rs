//! `getStaffingAssessment`.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, get, http::header, web};
use chrono::{DateTime, NaiveDate, Utc};
use insula_domain::{
    clock::brussels_day,
    convention::{
        staffing::{Assessment, Member, Question, deadlines::Deadline, patients::years_asked, statement::Statements},
        term::{Term, pump_in_year},
    },
    exact::Exact,
    refusal::Reason,
    registry::registration::content::parse_date,
};
use insula_persistence::{
    Stop, Tx,
    convention::{
        conventions,
        staffing::{self, Statement},
        team,
    },
    parties::organisations,
    trail,
};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::convention::staffing::statements::year as year_of;
use crate::{
    convention::staffing::dto::{GrowthStep, ShownFigure, StaffingJudgement},
    http::{caller::Caller, input::Query, problem::ApiError},
    parties::organisations::hospitals::number,
    registry::registrations::dto::shown_faults,
};

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
    #[schema(value_type = Vec<crate::reference::documents::InputValidationIssue>)]
    pub findings: Vec<Value>,
    /// What is due from that day on, the earliest first (STF-05, STF-11, STF-14, CON-05, CON-06).
    pub deadlines: Vec<ShownDeadline>,
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
pub struct ShownDeadline {
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

impl From<Deadline> for ShownDeadline {
    fn from(deadline: Deadline) -> ShownDeadline {
        ShownDeadline {
            on: deadline.on,
            what: deadline.what.name().to_owned(),
            rule: deadline.what.rule().id().to_owned(),
            source: deadline.what.rule().source().to_owned(),
            team_member_id: deadline.member,
        }
    }
}

/// Everything a year is assessed on, and what came out.
struct Assessed {
    hospital: organisations::Hospital,
    term: Term,
    first: NaiveDate,
    last: NaiveDate,
    stated: BTreeMap<i32, Statement>,
    team: Vec<team::Recorded>,
    assessment: Assessment,
    at: DateTime<Utc>,
}

/// Assess a year's staffing.
///
/// What is required, present and missing, function by function, over both conventions together: on the average of the year, and on
/// one day. Every figure comes with its formula, its inputs and its rule, so that it can be followed on paper; nothing is rounded
/// but what is shown (STF-01 to STF-16, STF-18, STF-19). The year goes by the numbers of patients as stated. Each answer stands in
/// the trail. As `text/html` it is a report to be read and printed, in the reader's language (`Accept-Language`).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getStaffingAssessment",
    params(
        ("hospitalNumber" = String, Path, description = "The establishment: its hospital's INAMI number, 8 digits."),
        ("year" = i32, Path, description = "The year, 4 digits."),
        ("on" = Option<NaiveDate>, Query, nullable = false, description = "The day of the year for which the team is looked at as it stands; today unless stated, or the day of the convention in that year that is nearest to it."),
        ("knownAt" = Option<DateTime<Utc>>, Query, nullable = false, description = "By what the team register and the statements held at that instant; without it, as they are now. Conventions are those entered now.")
    ),
    responses(
        (status = 200, description = "The assessment.", content(
            (StaffingAssessment = "application/json"),
            (String = "text/html", example = json!("<!DOCTYPE html><html lang=\"fr\">…</html>"))
        )),
        (status = 404, response = crate::reference::documents::ProblemResponse),
        (status = 409, response = crate::reference::documents::ProblemResponse),
    ),
    security(("Bearer" = []))
)]
#[get("/establishments/{hospitalNumber}/staffingAssessments/{year}")]
pub async fn get_staffing_assessment(
    caller: Caller,
    path: web::Path<(String, String)>,
    mut query: Query,
) -> Result<HttpResponse, ApiError> {
    let (hospital, year) = (number(&path.0)?, year_of(&path.1)?);
    let on = query.one("on", Reason::NotADate, parse_date);
    let known_at = query.instant("knownAt");
    query.finish()?;
    let assessed = caller
        .run(move |tx| {
            let found = assess(tx, &hospital, year, on, known_at)?;
            let details = json!({"on": found.assessment.on, "knownAt": known_at, "missingPercentage": found.assessment.over_the_year.percentage.value});
            trail::record(tx, "assess", &format!("staffing:{hospital}:{year}"), &details)?;
            Ok(found)
        })
        .await?;
    let assessment = shown(&caller, assessed, year);
    Ok(match caller.media.as_deref() {
        Some("text/html") => {
            let page = super::report::page(&assessment, caller.language);
            // It runs nothing, loads nothing and is shown in no frame.
            let policy = (
                header::CONTENT_SECURITY_POLICY,
                "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
            );
            HttpResponse::Ok().insert_header(policy).content_type("text/html; charset=utf-8").body(page)
        }
        _ => HttpResponse::Ok().json(assessment),
    })
}

/// Reads what a year is assessed on, and assesses it: five statements, whatever the size of the team.
fn assess(
    tx: &mut Tx,
    hospital: &str,
    year: i32,
    on: Option<NaiveDate>,
    known_at: Option<DateTime<Utc>>,
) -> Result<Assessed, Stop> {
    let hospital = organisations::hospital(tx, hospital)?;
    let found = conventions::conventions(tx, &hospital.number)?;
    let terms: Vec<Term> = found.into_iter().map(|one| one.term).collect();
    let (term, first, last) = pump_in_year(&terms, year).ok_or(Stop::NotFound)?;
    let stated = staffing::statements(tx, &hospital.number, &years_asked(year, term.new_since()), known_at)?;
    let team = team::team(tx, &hospital.number, known_at)?;
    let members: Vec<Member> = team.iter().map(|one| one.stated.member.clone()).collect();
    let numbers: Statements = stated.iter().map(|(year, one)| (*year, one.numbers.clone())).collect();
    let on = on.unwrap_or_else(|| brussels_day(tx.now));
    let question = Question { year, term: &term, first, last, on, stated: &numbers, members: &members };
    let assessment = question.assess()?;
    Ok(Assessed { hospital, term, first, last, stated, team, assessment, at: known_at.unwrap_or(tx.now) })
}

fn shown(caller: &Caller, assessed: Assessed, year: i32) -> StaffingAssessment {
    let Assessed { hospital, term, first, last, stated, team, assessment, at } = assessed;
    let names: BTreeMap<Uuid, &str> = team.iter().map(|one| (one.stated.member.id, one.stated.name.as_str())).collect();
    let persons = assessment.parts.iter().map(|part| AssessedPerson {
        team_member_id: part.member,
        name: names.get(&part.member).copied().unwrap_or_default().to_owned(),
        qualification: part.qualification.name().to_owned(),
        function: part.function.name().to_owned(),
        convention: part.convention.name().to_owned(),
        fte: part.fte.to_string(),
    });
    let text = |number: &Option<Exact>| number.as_ref().map(ToString::to_string);
    StaffingAssessment {
        href: caller.href(&format!("/establishments/{}/staffingAssessments/{year}", hospital.number)),
        hospital_number: hospital.number,
        hospital_name: hospital.name,
        year,
        convention_number: term.number.as_str().to_owned(),
        from: first,
        to: last,
        patients: (&assessment.patients).into(),
        grounds: stated
            .values()
            .map(|one| StatedNumber {
                year: one.year,
                patients: text(&one.numbers.patients),
                patients_at_year_end: text(&one.numbers.patients_at_year_end),
                patients_on_entry: text(&one.numbers.patients_on_entry),
                grounds: one.grounds.clone(),
                version: one.version,
                recorded_by: one.recorded_by.clone(),
            })
            .collect(),
        over_the_year: (&assessment.over_the_year).into(),
        on: assessment.on,
        on_the_day: (&assessment.on_the_day).into(),
        steps: assessment.steps.iter().map(GrowthStep::from).collect(),
        persons: persons.collect(),
        findings: shown_faults(&assessment.findings, caller.language),
        deadlines: assessment.deadlines.into_iter().map(ShownDeadline::from).collect(),
        assessed_at: at,
    }
}
