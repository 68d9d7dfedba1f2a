//! Schemas of team members.

use chrono::NaiveDate;
use insula_domain::{
    convention::staffing::Assignment,
    exact::{Decimal, Exact},
    identifier::NihdiNumber,
    names::{ConventionKind, Function, Qualification, Weekday},
    shift::Shift,
    span::Span,
};
use insula_persistence::convention::team;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    convention::{
        clock,
        record::{Recorded, Shown},
    },
    http::{caller::Caller, issue::InputValidationIssue},
};

/// A stretch of a weekly timetable.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TimetableShift)]
pub struct ShownShift {
    /// The day of the week.
    #[schema(value_type = Weekday)]
    pub weekday: Option<Weekday>,
    /// When it begins, Brussels time.
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    pub from: String,
    /// When it ends, the same day; `24:00` for midnight.
    #[schema(pattern = "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]
    pub to: String,
}

impl ShownShift {
    /// Shows a shift.
    pub fn of(shift: Shift) -> ShownShift {
        ShownShift { weekday: Weekday::of(shift.weekday), from: clock(shift.from), to: clock(shift.to) }
    }
}

/// An assignment of a member: function, convention, FTE and days.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TeamAssignment)]
pub struct ShownAssignment {
    /// The function; in the secretariat, educators replace a secretary at 0.75 for 1 (STF-06).
    pub function: Function,
    /// The convention.
    pub convention: ConventionKind,
    /// The site.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub site_id: Option<Uuid>,
    /// Whether they are the convention's responsible physician (STF-09).
    pub responsible: bool,
    /// The FTE; accompaniment only (STF-08).
    #[schema(value_type = Decimal)]
    pub fte: Exact,
    /// Minutes a week of it from which they are exempt at the end of their career; not counted (STF-08, C 20).
    #[schema(minimum = 0)]
    pub exempted_minutes: i64,
    /// Minutes a week of it that are ordinary ward care; not counted (STF-08).
    #[schema(minimum = 0)]
    pub ward_care_minutes: i64,
    /// When they work, each week; 38 hours for 1 FTE.
    pub timetable: Vec<ShownShift>,
    /// The first day.
    pub from: NaiveDate,
    /// The last day, if one is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub to: Option<NaiveDate>,
}

impl ShownAssignment {
    /// Whether it holds on a day.
    pub fn holds(&self, on: NaiveDate) -> bool {
        Span { from: self.from, to: self.to }.holds(on)
    }

    fn of(one: &Assignment) -> ShownAssignment {
        ShownAssignment {
            function: one.function,
            convention: one.convention,
            site_id: one.site,
            responsible: one.responsible,
            fte: one.fte.clone(),
            exempted_minutes: one.exempted_minutes,
            ward_care_minutes: one.ward_care_minutes,
            timetable: one.timetable.iter().map(|shift| ShownShift::of(*shift)).collect(),
            from: one.span.from,
            to: one.span.to,
        }
    }
}

/// A member of an establishment's team.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TeamMember {
    /// The version.
    #[serde(flatten)]
    #[schema(inline)]
    pub recorded: Recorded,
    /// Their name.
    pub name: String,
    /// Their NIHDI number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<NihdiNumber>)]
    pub nihdi_number: Option<String>,
    /// What they are (STF-19).
    pub qualification: Qualification,
    /// Their total employment at the hospital, in FTE.
    #[schema(value_type = Decimal)]
    pub employment: Exact,
    /// When they entered the service.
    pub entered_service: NaiveDate,
    /// When the educator's training was proved (STF-11).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub training_proved_on: Option<NaiveDate>,
    /// For an educator whose training is not proved yet: the last day to prove it (STF-11).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub training_proof_due_on: Option<NaiveDate>,
    /// Their assignments; in the register of a day, only those of that day.
    pub assignments: Vec<ShownAssignment>,
    /// Doubtful points about this member and the team as a whole; none of them is refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<InputValidationIssue>,
}

impl Shown for TeamMember {
    type Content = team::TeamMember;

    const PATH: &'static str = "teamMembers";
    const OF_BENEFICIARIES: bool = false;

    /// With all assignments and without warnings.
    fn of(_: &Caller, recorded: Recorded, content: team::TeamMember) -> TeamMember {
        let team::TeamMember { name, nihdi_number, member } = content;
        let unproved = member.qualification.is_educator() && member.training_proved_on.is_none();
        TeamMember {
            recorded,
            name,
            nihdi_number,
            qualification: member.qualification,
            employment: member.employment.clone(),
            entered_service: member.entered_service,
            training_proved_on: member.training_proved_on,
            training_proof_due_on: unproved.then(|| member.proof_due_on()),
            assignments: member.assignments.iter().map(ShownAssignment::of).collect(),
            warnings: Vec::new(),
        }
    }
}
