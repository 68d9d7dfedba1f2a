//! `getStaffingAssessment`.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, get, http::header, web};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use insula_domain::{
    clock::brussels_day,
    convention::{
        staffing::{
            self as norm, Assessment, Question,
            deadlines::deadlines,
            findings::findings,
            patients::{Needed, Patients, YearNumber, years_asked},
        },
        term::{Term, pump_in_year},
    },
    exact::Exact,
    names::Function,
    refusal::{Reason, Refusal},
    text::parse_date,
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
use serde_json::json;

use crate::{
    convention::staffing::{
        dto::{AssessedPerson, GrowthStep, ShownDeadline, StaffingAssessment, StatedNumber},
        statements::year as year_of,
    },
    http::{
        caller::Caller,
        input::Query,
        parameters::{OfHospital, OfYear},
        problem::{ApiError, shown_faults},
    },
    parties::organisations::hospitals::number,
};

/// Everything a year is assessed on, and what came out.
struct Assessed {
    hospital: organisations::Hospital,
    term: Term,
    first: NaiveDate,
    last: NaiveDate,
    on: NaiveDate,
    stated: BTreeMap<i32, Statement>,
    team: Vec<team::Recorded>,
    members: Vec<norm::Member>,
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
        OfHospital,
        OfYear,
        ("on" = Option<NaiveDate>, Query, nullable = false, description = "The day of the year for which the team is looked at as it stands; today unless stated, or the day of the convention in that year that is nearest to it."),
        ("knownAt" = Option<DateTime<Utc>>, Query, nullable = false, description = "By what the team register and the statements held at that instant; without it, as they are now. Conventions are those entered now.")
    ),
    responses(
        (status = 200, description = "The assessment.", content(
            (StaffingAssessment = "application/json"),
            (String = "text/html", example = json!("<!DOCTYPE html><html lang=\"fr\">…</html>"))
        )),
        (status = 409, response = crate::reference::documents::ProblemResponse),
    )
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
    let (on, known_at) = query.finish()?.take(on.and(known_at));
    let assessed = caller
        .run(move |tx| {
            let found = assess(tx, &hospital, year, on, known_at)?;
            let details = json!({"on": found.on, "knownAt": known_at, "missingPercentage": found.assessment.over_the_year.percentage.value});
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
    let new_since = term.new_establishment.then_some(term.from);
    let stated = staffing::statements(tx, &hospital.number, &years_asked(year, new_since), known_at)?;
    let team = team::team(tx, &hospital.number, known_at)?;
    let members: Vec<norm::Member> = team.iter().map(|one| one.stated.member.clone()).collect();
    let patients = patients(&stated, new_since);
    let none = BTreeMap::new();
    let on = on.unwrap_or_else(|| brussels_day(tx.now)).clamp(first, last);
    let question = Question {
        year,
        first,
        last,
        on,
        new_since,
        patients: &patients,
        self_management: stated.get(&year).map_or(&none, |one| &one.self_management),
        members: &members,
    };
    let assessment = question.assess().map_err(|needed| Refusal::PatientNumbersMissing { needed: named(&needed) })?;
    Ok(Assessed { hospital, term, first, last, on, stated, team, members, assessment, at: known_at.unwrap_or(tx.now) })
}

/// The numbers that are missing, as the statements of a year name them.
fn named(needed: &[Needed]) -> Vec<String> {
    let one = |needed: &Needed| match needed {
        Needed::OnEntry => "patientsOnEntry".to_owned(),
        Needed::AtYearEnd(year) => format!("{year}: patientsAtYearEnd"),
        Needed::Year(year) => format!("{year}: patients"),
    };
    needed.iter().map(one).collect()
}

fn shown(caller: &Caller, assessed: Assessed, year: i32) -> StaffingAssessment {
    let Assessed { hospital, term, first, last, on, stated, team, members, assessment, at } = assessed;
    let day = &assessment.on_the_day;
    let required = |function: Function| {
        let judged = day.functions.iter().find(|one| one.function == function);
        judged.map(|one| one.required.value.clone()).unwrap_or_default()
    };
    let findings = findings(&members, on, required);
    let new_since = term.new_establishment.then_some(term.from);
    let due = deadlines(&members, on, new_since, term.end.map(|end| end.last_day), assessment.nurses_by);
    let steps = day.functions.iter().flat_map(|one| {
        let most = crate::convention::staffing::simulate::MOST_STEPS;
        let steps =
            one.function.growth_steps(&one.self_management.value, &day.presence.above_floor(one.function), most);
        steps.into_iter().map(|step| GrowthStep::of(one.function, &step))
    });
    let persons = team.iter().flat_map(|one| {
        let own = norm::presence::Presence::of(std::slice::from_ref(&one.stated.member), first, last);
        own.parts()
            .map(|(convention, function, qualification, fte)| AssessedPerson {
                team_member_id: one.stated.member.id,
                name: one.stated.name.clone(),
                qualification: qualification.name().to_owned(),
                function: function.name().to_owned(),
                convention: convention.name().to_owned(),
                fte: fte.to_string(),
            })
            .collect::<Vec<_>>()
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
                patients: text(&one.patients),
                patients_at_year_end: text(&one.patients_at_year_end),
                patients_on_entry: text(&one.patients_on_entry),
                grounds: one.grounds.clone(),
                version: one.version,
                recorded_by: one.recorded_by.clone(),
            })
            .collect(),
        over_the_year: (&assessment.over_the_year).into(),
        on,
        on_the_day: day.into(),
        steps: steps.collect(),
        persons: persons.collect(),
        findings: shown_faults(&findings, caller.language),
        deadlines: due.into_iter().map(ShownDeadline::from).collect(),
        assessed_at: at,
    }
}

/// What is known of the patients, from what is stated year by year.
fn patients(stated: &BTreeMap<i32, Statement>, new_since: Option<NaiveDate>) -> Patients {
    let entry = new_since.and_then(|from| stated.get(&from.year()));
    Patients {
        on_entry: entry.and_then(|one| one.patients_on_entry.clone()),
        at_year_end: stated.iter().filter_map(|(year, one)| Some((*year, one.patients_at_year_end.clone()?))).collect(),
        // Pump days are not recorded here yet: what is stated is all there is.
        years: stated
            .iter()
            .map(|(year, one)| (*year, YearNumber { stated: one.patients.clone(), patient_days: None }))
            .collect(),
    }
}

/// What is required of each function in the year of a day; the floors alone when the numbers are not stated.
pub fn requirement(tx: &mut Tx, hospital: &str, on: NaiveDate) -> Result<BTreeMap<Function, Exact>, Stop> {
    let terms: Vec<Term> = conventions::conventions(tx, hospital)?.into_iter().map(|one| one.term).collect();
    let term = pump_in_year(&terms, on.year()).map(|(term, ..)| term);
    let new_since = term.filter(|term| term.new_establishment).map(|term| term.from);
    let stated = staffing::statements(tx, hospital, &years_asked(on.year(), new_since), None)?;
    let basis = patients(&stated, new_since).basis(on.year(), new_since);
    let patients = basis.map(|basis| basis.value).unwrap_or_default();
    let self_management = stated.get(&on.year()).map(|one| &one.self_management);
    let required = |function: Function| {
        let stated = self_management.and_then(|stated| stated.get(&function)).cloned().unwrap_or_default();
        function.required(&patients, &stated).value
    };
    Ok(Function::NORMED.into_iter().map(|function| (function, required(function))).collect())
}
