//! `getJointMeetingAssessment`: what a year of joint meetings lacks (REG-03, REG-13).

use std::collections::BTreeMap;

use actix_web::{HttpResponse, get, web};
use chrono::{DateTime, NaiveDate, Utc};
use insula_domain::{
    convention::{
        joint_meeting::{self, JudgedMeetings, MeetingYear},
        site::IdentifiedSite,
        staffing::Member,
        term::{Term, pump_in_year},
    },
    identifier::HospitalNumber,
    span::Span,
};
use insula_persistence::{
    Stop, Tx,
    convention::{
        conventions,
        records::{self, Version},
        sheets,
        team::TeamMember,
    },
    parties::organisations,
    trail::{self, Action},
};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    convention::staffing::statements::year as year_of,
    http::{
        caller::Caller,
        input::{Query, path_hospital},
        issue::{InputValidationIssue, shown_faults},
        parameters::{KnownAt, OfHospital, OfYear},
        problem::ApiError,
    },
};

/// A year of joint meetings: what counts, and what is missing (REG-03).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JointMeetingAssessment {
    /// The establishment.
    pub hospital_number: HospitalNumber,
    /// The address of this assessment.
    #[schema(format = "uri")]
    pub href: String,
    /// The year.
    pub year: i32,
    /// The day on which it is assessed: later meetings are not seen.
    pub on: NaiveDate,
    /// How many meetings the year asks for: six, or in proportion when the convention is in force in a part of it.
    pub required: i64,
    /// How many count.
    pub counted: i64,
    /// How many are missing.
    pub missing: i64,
    /// By when: the last day of the year on which the convention is in force.
    pub due: NaiveDate,
    /// The meetings of the year, by day.
    pub meetings: Vec<AssessedMeeting>,
    /// The sites, each with those who stand for it.
    pub sites: Vec<SiteAttendance>,
    /// What an inspector would point out.
    pub findings: Vec<InputValidationIssue>,
}

/// A meeting of the year.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssessedMeeting {
    /// Its identifier.
    #[schema(value_type = Uuid)]
    pub joint_meeting_id: String,
    /// Its address.
    #[schema(format = "uri")]
    pub href: String,
    /// Its day.
    pub day: NaiveDate,
    /// Whether it counts.
    pub counts: bool,
    /// Why it does not count; empty if it does.
    pub lacks: Vec<InputValidationIssue>,
}

/// Who of a site took part in the year's meetings (REG-13).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SiteAttendance {
    /// The site.
    pub site_id: Uuid,
    /// Its name.
    pub name: String,
    /// Who stands for it: those who work on this site only, or all who work there if nobody does so only there.
    pub members: Vec<SiteMember>,
    /// In how many meetings at least one of them took part.
    pub attended: i64,
}

/// A member who stands for a site.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SiteMember {
    /// The member.
    pub team_member_id: Uuid,
    /// Their name.
    pub name: String,
}

/// What was read of a year, and its judgement.
pub struct Assessed {
    meetings: Vec<Version<joint_meeting::JointMeeting>>,
    names: BTreeMap<Uuid, String>,
    /// The judgement.
    pub judged: JudgedMeetings,
}

/// REG-03: reads the meetings of a year and judges them.
pub fn assess(
    tx: &mut Tx,
    hospital: HospitalNumber,
    year: i32,
    on: NaiveDate,
    known_at: Option<DateTime<Utc>>,
) -> Result<Assessed, Stop> {
    organisations::hospital(tx, hospital)?;
    let terms: Vec<Term> = conventions::conventions(tx, hospital)?.into_iter().map(|one| one.term).collect();
    let (_, first, last) = pump_in_year(&terms, year).ok_or(Stop::NotFound)?;
    let team: Vec<Version<TeamMember>> = records::list(tx, hospital, known_at)?;
    let sites: Vec<IdentifiedSite> = sheets::lines_known_at(tx, hospital, known_at)?;
    let meetings: Vec<Version<joint_meeting::JointMeeting>> = records::list(tx, hospital, known_at)?;
    let members: Vec<Member> = team.iter().map(|one| one.content.member.clone()).collect();
    let held: Vec<_> = meetings.iter().map(|one| one.content.clone()).collect();
    let in_force = Span::between(first, last);
    let judged = MeetingYear { year, in_force, on, meetings: &held, team: &members, sites: &sites }.judge();
    let names = team.into_iter().map(|one| (one.content.member.id, one.content.name)).collect();
    Ok(Assessed { meetings, names, judged })
}

/// Assess a year's joint meetings.
///
/// How many meetings count of the six that a calendar year asks for, why others do not, what is missing and by when,
/// and the sites of which nobody took part (REG-03, REG-13). A meeting counts when somebody of each team took part and
/// its report is there. Each read is recorded in the trail.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getJointMeetingAssessment",
    params(
        OfHospital,
        OfYear,
        ("on" = Option<NaiveDate>, Query, nullable = false, description = "The day on which the year is assessed: later meetings are not seen. Default: today."),
        KnownAt
    ),
    responses((status = 200, description = "The assessment.", body = JointMeetingAssessment))
)]
#[get("/establishments/{hospitalNumber}/jointMeetingAssessments/{year}")]
pub async fn get_joint_meeting_assessment(
    caller: Caller,
    path: web::Path<(String, String)>,
    mut query: Query,
) -> Result<HttpResponse, ApiError> {
    let (hospital, year) = (path_hospital(&path.0)?, year_of(&path.1)?);
    let on = query.date("on");
    let known_at = query.instant("knownAt");
    let (on, known_at) = query.finish()?.take(on.and(known_at));
    let on = on.unwrap_or_else(|| caller.today());
    let assessed = caller
        .run(move |tx| {
            let found = assess(tx, hospital, year, on, known_at)?;
            let details = json!({"on": on, "knownAt": known_at, "counted": found.judged.counted});
            trail::record(tx, Action::Get, &format!("jointMeetings:{hospital}:{year}"), &details)?;
            Ok(found)
        })
        .await?;
    Ok(HttpResponse::Ok().json(shown(&caller, hospital, (year, on), assessed)))
}

fn shown(
    caller: &Caller,
    hospital: HospitalNumber,
    (year, on): (i32, NaiveDate),
    assessed: Assessed,
) -> JointMeetingAssessment {
    let Assessed { meetings, names, judged } = assessed;
    let name = |member: Uuid| names.get(&member).cloned().unwrap_or_default();
    let shown = judged.meetings.iter().filter_map(|(index, lacks)| {
        let meeting = meetings.get(*index)?;
        Some(AssessedMeeting {
            href: caller.href(&format!("/establishments/{hospital}/jointMeetings/{}", meeting.key)),
            joint_meeting_id: meeting.key.clone(),
            day: meeting.content.day,
            counts: lacks.is_empty(),
            lacks: shown_faults(lacks, caller.language),
        })
    });
    JointMeetingAssessment {
        hospital_number: hospital,
        href: caller.href(&format!("/establishments/{hospital}/jointMeetingAssessments/{year}")),
        year,
        on,
        required: judged.required,
        counted: judged.counted,
        missing: judged.missing(),
        due: judged.due,
        meetings: shown.collect(),
        findings: shown_faults(&judged.findings(name), caller.language),
        sites: judged
            .sites
            .into_iter()
            .map(|one| SiteAttendance {
                site_id: one.site,
                name: one.name,
                members: one.members.into_iter().map(|id| SiteMember { team_member_id: id, name: name(id) }).collect(),
                attended: one.attended,
            })
            .collect(),
    }
}
