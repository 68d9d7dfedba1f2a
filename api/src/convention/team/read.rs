//! Reads a team member from a body.

use chrono::NaiveDate;
use insula_domain::{
    convention::staffing::{Assignment, Member},
    exact::Decimal,
    identifier::NihdiNumber,
    names::{ConventionKind, Function, Qualification},
    refusal::Reason,
    span::Span,
};
use insula_persistence::convention::team::TeamMember;
use utoipa::ToSchema;
use uuid::Uuid;

use super::dto::ShownShift;
use crate::{
    convention::shift,
    http::{
        input::{Body, Field, Reader},
        problem::ApiError,
    },
};

/// The limits of a team register.
const MOST_FTE: i64 = 10;
const MOST_ASSIGNMENTS: usize = 100;
const MOST_SHIFTS: usize = 50;
const MINUTES_A_WEEK: i64 = 7 * 24 * 60;

/// A team member as entered.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"name": "An Invented", "qualification": "diabetesNurse", "employment": "1",
    "enteredService": "2021-03-15", "assignments": [{"function": "education", "convention": "pump", "fte": "0.1",
        "timetable": [{"weekday": "tuesday", "from": "08:00", "to": "11:48"}], "from": "2024-01-01"}]}))]
pub struct TeamMemberEntry {
    /// Their name.
    #[schema(max_length = 200)]
    pub name: String,
    /// Their NIHDI number; mandatory for a physician.
    #[schema(nullable = false)]
    pub nihdi_number: Option<NihdiNumber>,
    /// What they are (STF-19, STF-18).
    pub qualification: Qualification,
    /// Their total employment at the hospital, in FTE, at most 10; on no day may they be assigned for more (STF-08).
    pub employment: Decimal,
    /// When they entered the service.
    pub entered_service: NaiveDate,
    /// When the educator's training was proved (STF-11).
    #[schema(nullable = false)]
    pub training_proved_on: Option<NaiveDate>,
    /// All their assignments: past, present and planned.
    #[schema(nullable = false, max_items = 100)]
    pub assignments: Option<Vec<TeamAssignmentEntry>>,
    /// The reason for a correction; kept with the version.
    #[schema(nullable = false, max_length = 500)]
    pub why: Option<String>,
}

/// An assignment as entered.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"function": "education", "convention": "pump", "fte": "0.1",
    "timetable": [{"weekday": "tuesday", "from": "08:00", "to": "11:48"}], "from": "2024-01-01"}))]
pub struct TeamAssignmentEntry {
    /// The function.
    pub function: Function,
    /// The convention.
    pub convention: ConventionKind,
    /// The site.
    #[schema(nullable = false)]
    pub site_id: Option<Uuid>,
    /// Whether they are the convention's responsible physician (STF-09). Default: no.
    #[schema(nullable = false, default = false)]
    pub responsible: Option<bool>,
    /// The FTE, at most 10; accompaniment only (STF-08).
    pub fte: Decimal,
    /// Minutes a week of it from which they are exempt at the end of their career (STF-08, C 20).
    #[schema(nullable = false, minimum = 0, maximum = 10080, default = 0)]
    pub exempted_minutes: Option<i64>,
    /// Minutes a week of it that are ordinary ward care (STF-08).
    #[schema(nullable = false, minimum = 0, maximum = 10080, default = 0)]
    pub ward_care_minutes: Option<i64>,
    /// When they work, each week.
    #[schema(nullable = false, max_items = 50)]
    pub timetable: Option<Vec<ShownShift>>,
    /// The first day.
    pub from: NaiveDate,
    /// The last day, if one is known.
    #[schema(nullable = false)]
    pub to: Option<NaiveDate>,
}

/// Reads the member with this identifier and the reason for the change; collects every fault (STF-12, SYS-04).
pub fn stated(body: &Body, id: Uuid) -> Result<(TeamMember, Option<String>), ApiError> {
    let mut reader = Reader::new(&body.members);
    let name = reader.required_text("name", 200);
    let nihdi_number = reader.parsed("nihdiNumber", Reason::CheckDigit, |text| text.parse::<NihdiNumber>().ok());
    let qualification = reader.required_one_of("qualification", Qualification::ALL, Qualification::name);
    let employment = reader.required_decimal("employment", MOST_FTE);
    let entered_service = reader.required_date("enteredService");
    let training_proved_on = reader.date("trainingProvedOn");
    let assignments = reader.objects("assignments", MOST_ASSIGNMENTS, assignment);
    let why = reader.text("why", 500);
    let number = nihdi_number.known().copied();
    reader.judge(&qualification, |one| number.and_then(|number| one.number_fault(number)).into_iter().collect());
    // The rules need everything except the proof of the training, so they run once the rest is readable.
    let member = qualification.and(employment).and(entered_service).and(assignments);
    let member = member.map(|(((qualification, employment), entered_service), assignments)| Member {
        id,
        qualification,
        employment,
        entered_service,
        training_proved_on: training_proved_on.given().copied(),
        assignments,
    });
    reader.judge(&member, Member::faults);
    let done = reader.finish()?;
    let stated = TeamMember {
        name: done.take(name),
        nihdi_number: done.take(nihdi_number).map(|number| number.to_string()),
        member: done.take(member),
    };
    Ok((stated, done.take(why)))
}

fn assignment(reader: &mut Reader) -> Field<Assignment> {
    let function = reader.required_one_of("function", Function::ALL, Function::name);
    let convention = reader.required_one_of("convention", ConventionKind::ALL, ConventionKind::name);
    let site = reader.uuid("siteId");
    let responsible = reader.flag("responsible");
    let fte = reader.required_decimal("fte", MOST_FTE);
    let exempted_minutes = reader.integer("exemptedMinutes", 0..=MINUTES_A_WEEK).or(0);
    let ward_care_minutes = reader.integer("wardCareMinutes", 0..=MINUTES_A_WEEK).or(0);
    let timetable = reader.objects("timetable", MOST_SHIFTS, shift);
    let from = reader.required_date("from");
    let to = reader.date("to");
    reader.build(|done| Assignment {
        function: done.take(function),
        convention: done.take(convention),
        site: done.take(site),
        responsible: done.take(responsible),
        fte: done.take(fte),
        exempted_minutes: done.take(exempted_minutes),
        ward_care_minutes: done.take(ward_care_minutes),
        timetable: done.take(timetable),
        span: Span { from: done.take(from), to: done.take(to) },
    })
}
