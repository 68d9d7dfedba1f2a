//! Schemas of a year that is assessed.

use chrono::{DateTime, NaiveDate, Utc};
use insula_domain::{
    convention::{
        number::ConventionNumber,
        staffing::{Figure, TeamJudgement, deadlines::Deadline, norm::Step},
    },
    exact::Exact,
    identifier::HospitalNumber,
    names::{ConventionKind, DeadlineKind, Function, Qualification},
    rule::RuleId,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::issue::InputValidationIssue;

/// A year's staffing compared with the norm.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StaffingAssessment {
    /// The establishment.
    pub hospital_number: HospitalNumber,
    /// Its name.
    pub hospital_name: String,
    /// Its address.
    #[schema(format = "uri")]
    pub href: String,
    /// The year.
    pub year: i32,
    /// The pump convention that is in force in the year.
    pub convention_number: ConventionNumber,
    /// The first day of the year on which it is in force.
    pub from: NaiveDate,
    /// The last one.
    pub to: NaiveDate,
    /// The number of patients that the year is assessed on (STF-03, STF-05).
    pub patients: Figure,
    /// The origin of the numbers of patients: what was stated about which year, and on what grounds.
    pub grounds: Vec<StatedNumber>,
    /// On the average of the days from `from` to `to`: what is missing and what can be recovered (STF-13).
    pub over_the_year: TeamJudgement,
    /// The day on which the team is assessed.
    pub on: NaiveDate,
    /// On that day: whether the team must grow (STF-04).
    pub on_the_day: TeamJudgement,
    /// The numbers of patients at which the team of that day must grow (STF-04).
    pub steps: Vec<Step>,
    /// The average of the year, person by person.
    pub persons: Vec<AssessedPerson>,
    /// Points that an inspector would raise about that day (STF-07 to STF-12, STF-18, STF-19).
    pub findings: Vec<InputValidationIssue>,
    /// What is due from that day on, the earliest first (STF-05, STF-11, STF-14, CON-05, CON-06).
    pub deadlines: Vec<StaffingDeadline>,
    /// The instant as of which the records were read: `knownAt`, or now.
    pub assessed_at: DateTime<Utc>,
}

/// What was stated about a year that the assessment uses.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StatedNumber {
    /// The year.
    pub year: i32,
    /// The mean over the year.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub patients: Option<Exact>,
    /// The mean over the year by the days of programme that are recorded here; the stated number takes precedence
    /// (STF-03).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub patients_from_days: Option<Figure>,
    /// On its last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub patients_at_year_end: Option<Exact>,
    /// On the day of entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub patients_on_entry: Option<Exact>,
    /// The grounds of the statement.
    pub grounds: String,
    /// The version of the statement.
    pub version: i32,
    /// Who stated it.
    pub recorded_by: String,
}

/// A member's part in the average of the year.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssessedPerson {
    /// Who.
    pub team_member_id: Uuid,
    /// Their name.
    pub name: String,
    /// What they are.
    pub qualification: Qualification,
    /// What they do.
    pub function: Function,
    /// For which convention.
    pub convention: ConventionKind,
    /// The exact FTE that count, averaged over the days of the year.
    pub fte: Exact,
}

/// A deadline.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StaffingDeadline {
    /// Its last day.
    pub on: NaiveDate,
    /// What is due.
    pub what: DeadlineKind,
    /// The rule.
    pub rule: RuleId,
    /// The rule's source.
    pub source: &'static str,
    /// The person concerned, if it concerns one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub team_member_id: Option<Uuid>,
}

impl From<Deadline> for StaffingDeadline {
    fn from(deadline: Deadline) -> StaffingDeadline {
        StaffingDeadline {
            on: deadline.on,
            what: deadline.what,
            rule: deadline.what.rule(),
            source: deadline.what.rule().source(),
            team_member_id: deadline.member,
        }
    }
}
