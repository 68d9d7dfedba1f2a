//! What is stated of a member, read from a body.

use chrono::NaiveDate;
use insula_domain::{
    convention::staffing::{Assignment, Member},
    identifier::NihdiNumber,
    names::{ConventionKind, Function, Qualification},
    parties::beneficiary::holds_national_number,
    refusal::{Fault, Reason},
    rule::RuleId,
    span::Span,
};
use insula_persistence::convention::team::Stated;
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

/// Beyond these no register of a team goes.
const MOST_FTE: i64 = 10;
const MOST_ASSIGNMENTS: usize = 100;
const MOST_SHIFTS: usize = 50;
const MINUTES_A_WEEK: i64 = 7 * 24 * 60;

/// What is stated of a member.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"name": "An Invented", "qualification": "diabetesNurse", "employment": 1,
    "enteredService": "2021-03-15", "assignments": [{"function": "education", "convention": "pump", "fte": 0.1,
        "timetable": [{"weekday": "tuesday", "from": "08:00", "to": "11:48"}], "from": "2024-01-01"}]}))]
pub struct TeamMemberEntry {
    /// Their name.
    #[schema(max_length = 200)]
    pub name: String,
    /// Their NIHDI number; a physician's is mandatory.
    #[schema(nullable = false)]
    pub nihdi_number: Option<String>,
    /// `endocrinologist`, `assimilatedPhysician`, `diabetesNurse`, `dietician`, `specialisedStaff`, `secretary`, `socialWorker`,
    /// `socialNurse`, `psychologist` or `podologist` (STF-19, STF-18).
    pub qualification: String,
    /// How much they work for the hospital altogether, in FTE: on no day may they be assigned for more (STF-08).
    #[schema(value_type = f64, minimum = 0, maximum = 10, multiple_of = 0.0001)]
    pub employment: f64,
    /// When they entered the service.
    pub entered_service: NaiveDate,
    /// When the proof of the educator's training was given (STF-11).
    #[schema(nullable = false)]
    pub training_proved_on: Option<NaiveDate>,
    /// Everything they did, do and will do.
    #[schema(nullable = false, max_items = 100)]
    pub assignments: Option<Vec<TeamAssignmentEntry>>,
    /// Why what was said before is corrected; kept with it.
    #[schema(nullable = false, max_length = 500)]
    pub why: Option<String>,
}

/// What is stated of an assignment.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"function": "education", "convention": "pump", "fte": 0.1,
    "timetable": [{"weekday": "tuesday", "from": "08:00", "to": "11:48"}], "from": "2024-01-01"}))]
pub struct TeamAssignmentEntry {
    /// `medical`, `education`, `dataManagement`, `secretariat` or `consultation`.
    pub function: String,
    /// `pump` or `selfManagement`.
    pub convention: String,
    /// The site.
    #[schema(nullable = false)]
    pub site_id: Option<Uuid>,
    /// Whether they are the convention's responsible physician (STF-09). Default: no.
    #[schema(nullable = false, default = false)]
    pub responsible: Option<bool>,
    /// How much, in FTE, at most four decimals; accompaniment only (STF-08).
    #[schema(value_type = f64, minimum = 0, maximum = 10, multiple_of = 0.0001)]
    pub fte: f64,
    /// Minutes a week of it from which they are exempted at the end of their career (STF-08, C 20).
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

/// What a body states of the member of that identifier, and why; every fault of it at once (STF-12, SYS-04).
pub fn stated(body: &Body, id: Uuid) -> Result<(Stated, Option<String>), ApiError> {
    let mut reader = Reader::new(&body.members);
    let name = reader.required_text("name", 200);
    let nihdi_number = reader.parsed("nihdiNumber", Reason::CheckDigit, |text| text.parse::<NihdiNumber>().ok());
    let qualification = reader.required_one_of("qualification", Qualification::ALL, Qualification::name);
    let employment = reader.required_decimal("employment", MOST_FTE);
    let entered_service = reader.required_date("enteredService");
    let training_proved_on = reader.date("trainingProvedOn");
    let assignments = reader.objects("assignments", MOST_ASSIGNMENTS, assignment);
    let why = reader.text("why", 500);
    for (field, text) in [("name", name.known()), ("why", why.given())] {
        if text.is_some_and(|text| holds_national_number(text)) {
            reader.add(Fault::new(field, Reason::NationalNumber, RuleId::Ben04));
        }
    }
    let number = nihdi_number.known().copied();
    reader.judge(&qualification, |one| number.and_then(|number| one.number_fault(number)).into_iter().collect());
    // The rules look at all but the proof of the training, and are asked once all of that could be read.
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
    let stated = Stated {
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
    let exempted_minutes = reader.whole("exemptedMinutes", MINUTES_A_WEEK).or(0);
    let ward_care_minutes = reader.whole("wardCareMinutes", MINUTES_A_WEEK).or(0);
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
