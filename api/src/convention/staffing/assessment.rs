//! `getStaffingAssessment`.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, get, web};
use chrono::{DateTime, NaiveDate, Utc};
use insula_domain::{
    clock::brussels_day,
    convention::{
        staffing::{
            Assessment, AssessmentInput, Figure, Member,
            patients::{YearNumber, years_asked},
            statement::Statements,
        },
        term::{Term, pump_in_year},
    },
    identifier::HospitalNumber,
};
use insula_persistence::{
    Stop, Tx,
    convention::{
        conventions,
        records::{self, Version},
        staffing::{self, Statement},
        team,
    },
    parties::organisations,
    trail::{self, Action},
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    convention::staffing::{
        dto::{AssessedPerson, StaffingAssessment, StaffingDeadline, StatedNumber},
        statements::year as year_of,
    },
    http::{
        caller::Caller,
        input::{Query, path_hospital},
        issue::shown_faults,
        parameters::{OfHospital, OfYear},
        problem::ApiError,
    },
};

/// The inputs and the result of an assessment.
struct Assessed {
    hospital: organisations::Hospital,
    term: Term,
    first: NaiveDate,
    last: NaiveDate,
    stated: BTreeMap<i32, Version<Statement>>,
    from_days: BTreeMap<i32, Figure>,
    team: Vec<team::MemberVersion>,
    assessment: Assessment,
    at: DateTime<Utc>,
}

/// Assess a year's staffing.
///
/// What is required, present and missing per function, over both conventions together: on the average of the year and
/// on one day. Every figure comes with its formula, inputs and rule, so that it can be checked on paper; only the shown
/// value is rounded (STF-01 to STF-16, STF-18, STF-19). The assessment uses the numbers of patients that the
/// establishment stated; beside each stands the number that the days of programme recorded here give, except with
/// `knownAt`. Each read is recorded in the trail. `text/html` is a report for reading and printing, in the language of
/// `Accept-Language`.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getStaffingAssessment",
    params(
        OfHospital,
        OfYear,
        ("on" = Option<NaiveDate>, Query, nullable = false, description = "The day on which the team is assessed. Default: today, or the nearest day of the year on which the convention is in force."),
        ("knownAt" = Option<DateTime<Utc>>, Query, nullable = false, description = "Uses the team register and the statements as recorded at this instant; by default, as recorded now. Conventions are always the present ones.")
    ),
    responses(
        (status = 200, description = "The assessment.", content(
            (StaffingAssessment = "application/json"),
            (String = "text/html", example = json!("<!DOCTYPE html><html lang=\"fr\">…</html>"))
        )),
    )
)]
#[get("/establishments/{hospitalNumber}/staffingAssessments/{year}")]
pub async fn get_staffing_assessment(
    caller: Caller,
    path: web::Path<(String, String)>,
    mut query: Query,
) -> Result<HttpResponse, ApiError> {
    let (hospital, year) = (path_hospital(&path.0)?, year_of(&path.1)?);
    let on = query.date("on");
    let known_at = query.instant("knownAt");
    let (on, known_at) = query.finish()?.take(on.and(known_at));
    let assessed = caller
        .run(move |tx| {
            let found = assess(tx, hospital, year, on, known_at)?;
            let details = json!({"on": found.assessment.on, "knownAt": known_at, "missingPercentage": found.assessment.over_the_year.percentage.value});
            trail::record(tx, Action::Get, &format!("staffing:{hospital}:{year}"), &details)?;
            Ok(found)
        })
        .await?;
    let assessment = shown(&caller, assessed, year);
    Ok(match caller.media.as_deref() {
        Some("text/html") => {
            let page = super::report::page(&assessment, caller.language);
            HttpResponse::Ok().content_type("text/html; charset=utf-8").body(page)
        }
        _ => HttpResponse::Ok().json(assessment),
    })
}

/// Reads the inputs of a year and assesses it: six SQL statements, whatever the size of the team.
fn assess(
    tx: &mut Tx,
    hospital: HospitalNumber,
    year: i32,
    on: Option<NaiveDate>,
    known_at: Option<DateTime<Utc>>,
) -> Result<Assessed, Stop> {
    let hospital = organisations::hospital(tx, hospital)?;
    let found = conventions::conventions(tx, hospital.number)?;
    let terms: Vec<Term> = found.into_iter().map(|one| one.term).collect();
    let (term, first, last) = pump_in_year(&terms, year).ok_or(Stop::NotFound)?;
    let stated = staffing::statements(tx, hospital.number, &years_asked(year, term.new_since()), known_at)?;
    let team: Vec<team::MemberVersion> = records::list(tx, hospital.number, known_at)?;
    let members: Vec<Member> = team.iter().map(|one| one.content.member.clone()).collect();
    let numbers: Statements = stated.iter().map(|(year, one)| (*year, one.content.numbers.clone())).collect();
    let on = on.unwrap_or_else(|| brussels_day(tx.now));
    let question = AssessmentInput { year, term: &term, first, last, on, stated: &numbers, members: &members };
    let assessment = question.assess()?;
    // What became of a day is known as of now only.
    let days = if known_at.is_none() { staffing::patient_days(tx, hospital.number)? } else { BTreeMap::new() };
    let from_days = days.into_iter().filter_map(|(year, days)| {
        Some((year, YearNumber { stated: None, patient_days: Some(days) }.from_days(year)?))
    });
    let from_days = from_days.collect();
    Ok(Assessed { hospital, term, first, last, stated, from_days, team, assessment, at: known_at.unwrap_or(tx.now) })
}

fn shown(caller: &Caller, assessed: Assessed, year: i32) -> StaffingAssessment {
    let Assessed { hospital, term, first, last, stated, from_days, team, assessment, at } = assessed;
    let names: BTreeMap<Uuid, &str> =
        team.iter().map(|one| (one.content.member.id, one.content.name.as_str())).collect();
    let persons = assessment.parts.iter().map(|part| AssessedPerson {
        team_member_id: part.member,
        name: names.get(&part.member).copied().unwrap_or_default().to_owned(),
        qualification: part.qualification,
        function: part.function,
        convention: part.convention,
        fte: part.fte.clone(),
    });
    StaffingAssessment {
        href: caller.href(&format!("/establishments/{}/staffingAssessments/{year}", hospital.number)),
        hospital_number: hospital.number,
        hospital_name: hospital.name,
        year,
        convention_number: term.number,
        from: first,
        to: last,
        patients: assessment.patients,
        grounds: stated
            .values()
            .map(|one| StatedNumber {
                year: one.content.year,
                patients: one.content.numbers.patients.clone(),
                patients_from_days: from_days.get(&one.content.year).cloned(),
                patients_at_year_end: one.content.numbers.patients_at_year_end.clone(),
                patients_on_entry: one.content.numbers.patients_on_entry.clone(),
                grounds: one.content.grounds.clone(),
                version: one.version,
                recorded_by: one.recorded_by.clone(),
            })
            .collect(),
        over_the_year: assessment.over_the_year,
        on: assessment.on,
        on_the_day: assessment.on_the_day,
        steps: assessment.steps,
        persons: persons.collect(),
        findings: shown_faults(&assessment.findings, caller.language),
        deadlines: assessment.deadlines.into_iter().map(StaffingDeadline::from).collect(),
        assessed_at: at,
    }
}
