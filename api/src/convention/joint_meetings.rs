//! The joint meetings of the two teams (REG-03).

use actix_web::{get, post, put};
use chrono::NaiveDate;
use insula_domain::{
    convention::{
        contact,
        entry::Entry,
        joint_meeting::{self, Attendants},
        staffing::Member,
    },
    identifier::HospitalNumber,
    names::Qualification,
    refusal::Fault,
};
use insula_persistence::{
    Stop, Tx,
    convention::{records, team::TeamMember},
};

use crate::{
    convention::record::{self, Answered, AsEntered, Correction, RecordPath, RecordWithdrawal, Register, RegisterPath},
    http::{
        caller::Caller,
        collection::{Page, Versions},
        input::{Body, Field, Query, Reader},
        parameters::{After, IdempotencyKey, IfMatch, KnownAt, OfDays, OfHospital, OfJointMeeting, PageSize},
    },
};

/// A meeting in the register.
pub type JointMeeting = AsEntered<joint_meeting::JointMeeting>;

/// A meeting as it should have been entered.
pub type JointMeetingCorrection = Correction<joint_meeting::JointMeeting>;

fn attendants(reader: &mut Reader) -> Field<Attendants> {
    let qualification = reader.required_one_of("qualification", Qualification::ALL, Qualification::name);
    let persons = reader.required_integer("persons", joint_meeting::PERSONS);
    reader.build(|done| Attendants { qualification: done.take(qualification), persons: done.take(persons) })
}

impl Register for joint_meeting::JointMeeting {
    const PATH: &'static str = "jointMeetings";

    fn read(reader: &mut Reader, today: NaiveDate) -> Field<Self> {
        let day = reader.required_date("day");
        reader.judge(&day, |day| Self::planned("day", *day, today).into_iter().collect());
        let members = reader.some_uuids("members", joint_meeting::MOST_MEMBERS);
        let from_self_management = reader.objects("fromSelfManagement", Qualification::ALL.len(), attendants);
        let minutes = reader.integer("minutes", contact::MINUTES);
        let report = reader.text("report", joint_meeting::LONGEST_REPORT);
        reader.build(|done| joint_meeting::JointMeeting {
            day: done.take(day),
            members: done.take(members),
            from_self_management: done.take(from_self_management),
            minutes: done.take(minutes),
            report: done.take(report),
        })
    }

    /// REG-03: who took part was in the team.
    fn faults(&self, tx: &mut Tx, hospital: HospitalNumber) -> Result<Vec<Fault>, Stop> {
        let team = records::list::<TeamMember>(tx, hospital, None)?;
        let team: Vec<Member> = team.into_iter().map(|one| one.content.member).collect();
        Ok(self.absent(&team))
    }
}

/// Joint meetings, the latest entered first.
pub type JointMeetingCollection = Page<JointMeeting>;

/// Every version of a joint meeting.
pub type JointMeetingVersionCollection = Versions<JointMeeting>;

/// List joint meetings.
///
/// The meetings of the team with that of the self-management convention, with report and participants (REG-03).
/// `knownAt` gives them as they were recorded at that instant, without later corrections. Each read is recorded in the
/// trail.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listJointMeetings",
    params(OfHospital, OfDays, KnownAt, After, PageSize),
    responses((status = 200, description = "The joint meetings, the latest entered first.", body = JointMeetingCollection))
)]
#[get("/establishments/{hospitalNumber}/jointMeetings")]
pub async fn list_joint_meetings(caller: Caller, path: RegisterPath, query: Query) -> Answered {
    record::list::<JointMeeting>(caller, &path, query).await
}

/// Enter a joint meeting.
///
/// Day, members of the team who took part, others of the self-management team, and the report (REG-03). Each member has
/// an assignment in the team register on that day. What a meeting lacks to count is said by
/// `getJointMeetingAssessment`.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "createJointMeeting",
    params(OfHospital, IdempotencyKey),
    request_body = joint_meeting::JointMeeting,
    responses((status = 201, description = "The joint meeting.", body = JointMeeting))
)]
#[post("/establishments/{hospitalNumber}/jointMeetings")]
pub async fn create_joint_meeting(caller: Caller, path: RegisterPath, body: Body) -> Answered {
    record::create::<joint_meeting::JointMeeting>(caller, &path, body).await
}

/// Get a joint meeting.
///
/// What is known of it now, or was at `knownAt` (REG-03).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getJointMeeting",
    params(OfHospital, OfJointMeeting, KnownAt),
    responses((status = 200, description = "The joint meeting.", body = JointMeeting))
)]
#[get("/establishments/{hospitalNumber}/jointMeetings/{jointMeetingId}")]
pub async fn get_joint_meeting(caller: Caller, path: RecordPath, query: Query) -> Answered {
    record::get::<JointMeeting>(caller, &path, query).await
}

/// Correct a joint meeting.
///
/// Replaces the joint meeting as a whole and says why. Earlier versions are kept and still answer `knownAt`.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "replaceJointMeeting",
    params(OfHospital, OfJointMeeting, IfMatch),
    request_body = JointMeetingCorrection,
    responses((status = 200, description = "The joint meeting.", body = JointMeeting))
)]
#[put("/establishments/{hospitalNumber}/jointMeetings/{jointMeetingId}")]
pub async fn replace_joint_meeting(caller: Caller, path: RecordPath, body: Body) -> Answered {
    record::replace::<joint_meeting::JointMeeting>(caller, &path, body).await
}

/// Withdraw a joint meeting that was entered in error.
///
/// For a meeting that never was. Earlier versions are kept.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "withdrawJointMeeting",
    params(OfHospital, OfJointMeeting, IfMatch, IdempotencyKey),
    request_body = RecordWithdrawal,
    responses((status = 200, description = "The joint meeting, withdrawn.", body = JointMeeting))
)]
#[post("/establishments/{hospitalNumber}/jointMeetings/{jointMeetingId}/withdraw")]
pub async fn withdraw_joint_meeting(caller: Caller, path: RecordPath, body: Body) -> Answered {
    record::withdraw::<JointMeeting>(caller, &path, body).await
}

/// List the versions of a joint meeting.
///
/// Every version, the latest first: by whom it was recorded, when, and why it was corrected. Those that were withdrawn
/// are found here too.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listJointMeetingVersions",
    params(OfHospital, OfJointMeeting),
    responses((status = 200, description = "The versions.", body = JointMeetingVersionCollection))
)]
#[get("/establishments/{hospitalNumber}/jointMeetings/{jointMeetingId}/versions")]
pub async fn list_joint_meeting_versions(caller: Caller, path: RecordPath) -> Answered {
    record::list_versions::<JointMeeting>(caller, &path).await
}
