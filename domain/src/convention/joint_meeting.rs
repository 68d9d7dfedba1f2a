//! The joint meetings of the two teams of a hospital, and what a year of them lacks (REG-03, REG-13).
//!
//! The team register says who is in which team, so that a meeting says only who took part. The choices that the texts
//! leave open are in `docs/decisions/0050-a-year-of-joint-meetings.md`.

use std::{collections::BTreeSet, ops::RangeInclusive};

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    entry::{Entry, absent},
    site::IdentifiedSite,
    staffing::{Assignment, Function, Member},
};
use crate::{
    ids::BeneficiaryId,
    names::{ConventionKind, Qualification},
    refusal::{Fault, Reason},
    rule::RuleId,
    span::Span,
};

/// REG-03, C 5 §6: how many joint meetings a calendar year asks for.
pub const A_YEAR: i64 = 6;

/// REG-03: how many members may take part in one meeting.
pub const MOST_MEMBERS: usize = 200;

/// REG-03: how long a report may be, in characters.
pub const LONGEST_REPORT: usize = 10_000;

/// REG-03: how many persons of one qualification may take part beside the members of the team register.
pub const PERSONS: RangeInclusive<i64> = 1..=100;

/// A joint meeting of the two teams (REG-03).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = JointMeetingEntry, example = json!({"day": "2026-05-13",
    "members": ["0198c1de-9a10-7bb1-9d2e-0a4f7c1b2d3e"],
    "fromSelfManagement": [{"qualification": "diabetesNurse", "persons": 2}], "minutes": 90,
    "report": "Report 2026-03, in the quality folder."}))]
pub struct JointMeeting {
    /// When: today or earlier.
    pub day: NaiveDate,
    /// Who took part: identifiers of members of the team, each of whom has an assignment on that day, for either
    /// convention.
    #[schema(min_items = 1, max_items = 200)]
    pub members: Vec<Uuid>,
    /// Who of the self-management team took part without being in the team register: how many of which qualification.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 10)]
    pub from_self_management: Vec<Attendants>,
    /// How long it was, in minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 1440)]
    pub minutes: Option<i64>,
    /// The report, or where it is kept; a meeting without it does not count. Never a national number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 10_000)]
    pub report: Option<String>,
}

/// Persons of the self-management team who are not in the team register (REG-03).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SelfManagementAttendants)]
pub struct Attendants {
    /// What they are.
    pub qualification: Qualification,
    /// How many of them took part.
    #[schema(minimum = 1, maximum = 100)]
    pub persons: i64,
}

impl Entry for JointMeeting {
    const RULE: RuleId = RuleId::Reg03;
    const BENEFICIARY: Option<fn(&Self) -> BeneficiaryId> = None;

    fn days(&self) -> Vec<(&'static str, NaiveDate)> {
        vec![("day", self.day)]
    }
}

/// C 5 §2 and §3: whether it is work in the team itself; consultants are called upon by the team (C 5 §4).
fn in_team(one: &Assignment, convention: ConventionKind) -> bool {
    one.convention == convention && one.function != Function::Consultation
}

impl JointMeeting {
    /// REG-03: the faults of members who are not in the team, or were not on that day.
    #[must_use]
    pub fn absent(&self, team: &[Member]) -> Vec<Fault> {
        absent(&self.members, self.day, team, RuleId::Reg03)
    }

    /// The members of a convention's team who took part.
    fn of(&self, convention: ConventionKind, team: &[Member]) -> BTreeSet<Uuid> {
        let there = |one: &&Member| self.members.contains(&one.id);
        let holds = |one: &Assignment| in_team(one, convention) && one.holds(self.day);
        team.iter().filter(there).filter(|one| one.assignments.iter().any(holds)).map(|one| one.id).collect()
    }

    /// REG-03, C 5 §6: why the meeting does not count: nobody of one of the teams took part, or there is no report. Who
    /// is in both teams stands for either, but nobody meets alone.
    #[must_use]
    pub fn lacks(&self, team: &[Member]) -> Vec<Fault> {
        let pump = self.of(ConventionKind::Pump, team);
        let managed = self.of(ConventionKind::SelfManagement, team);
        let is_one = pump.union(&managed).count() == 1 && !pump.is_empty();
        let mut faults = Vec::new();
        if pump.is_empty() {
            faults.push(Fault::new("members", Reason::PumpTeamAbsent, RuleId::Reg03));
        }
        if self.from_self_management.is_empty() && (managed.is_empty() || is_one) {
            faults.push(Fault::new("fromSelfManagement", Reason::SelfManagementTeamAbsent, RuleId::Reg03));
        }
        if self.report.is_none() {
            faults.push(Fault::new("report", Reason::ReportMissing, RuleId::Reg03));
        }
        faults
    }
}

/// What a year's joint meetings are judged by.
#[derive(Debug, Clone, Copy)]
pub struct MeetingYear<'a> {
    /// The year.
    pub year: i32,
    /// The days of the year on which the pump convention is in force.
    pub in_force: Span,
    /// The day on which they are judged: later meetings are not seen.
    pub on: NaiveDate,
    /// The meetings that are recorded.
    pub meetings: &'a [JointMeeting],
    /// The team register.
    pub team: &'a [Member],
    /// The sites.
    pub sites: &'a [IdentifiedSite],
}

/// A year of joint meetings, judged (REG-03, REG-13).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedMeetings {
    /// How many are asked for.
    pub required: i64,
    /// How many count.
    pub counted: i64,
    /// By when: the last day of the year on which the convention is in force.
    pub due: NaiveDate,
    /// The meetings of the year, by their index, each with why it does not count; nothing if it does.
    pub meetings: Vec<(usize, Vec<Fault>)>,
    /// Who of each site took part.
    pub sites: Vec<SiteAttendance>,
}

/// Who of a site took part in the year's meetings (REG-13).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteAttendance {
    /// The site.
    pub site: Uuid,
    /// Its name.
    pub name: String,
    /// The members who stand for it: those who work there only, or, where there are none, all who work there.
    pub members: Vec<Uuid>,
    /// In how many meetings at least one of them took part.
    pub attended: i64,
}

impl MeetingYear<'_> {
    /// REG-03, REG-13: what counts of a year, and what is missing.
    #[must_use]
    pub fn judge(&self) -> JudgedMeetings {
        let due = self.in_force.to.unwrap_or(self.in_force.from);
        let held = self.meetings.iter().enumerate();
        let held = held.filter(|(_, one)| one.day.year() == self.year && one.day <= self.on);
        let meetings: Vec<_> = held.map(|(index, one)| (index, self.lacks(one))).collect();
        let counted = meetings.iter().filter(|(_, faults)| faults.is_empty()).count();
        JudgedMeetings {
            required: self.required(),
            counted: i64::try_from(counted).unwrap_or(i64::MAX),
            due,
            sites: self.sites(&meetings),
            meetings,
        }
    }

    /// Six, or as many as the part of the year asks for on which the convention is in force, rounded down.
    fn required(&self) -> i64 {
        let first = NaiveDate::from_ymd_opt(self.year, 1, 1);
        let last = NaiveDate::from_ymd_opt(self.year, 12, 31);
        let all = first.zip(last).and_then(|(first, last)| Span::between(first, last).days());
        let part = self.in_force.days().unwrap_or_default();
        all.map_or(0, |all| A_YEAR * part / all)
    }

    fn lacks(&self, one: &JointMeeting) -> Vec<Fault> {
        let mut faults = one.lacks(self.team);
        if !self.in_force.holds(one.day) {
            let fault = Fault::new("day", Reason::PumpConventionMissing, RuleId::Reg03);
            faults.insert(0, fault.with("day", one.day));
        }
        faults
    }

    fn sites(&self, meetings: &[(usize, Vec<Fault>)]) -> Vec<SiteAttendance> {
        let seen = Span { to: self.in_force.to.map(|to| to.min(self.on)), ..self.in_force };
        let offered = self.sites.iter().filter_map(|one| Some((one, one.site.span.clip(seen)?)));
        let attendance = offered.filter_map(|(one, days)| {
            let members = self.standing_for(one.id, days);
            let took_part = |index: usize| {
                let there = self.meetings.get(index).map(|meeting| meeting.members.as_slice()).unwrap_or_default();
                members.iter().any(|member| there.contains(member))
            };
            let attended = meetings.iter().filter(|(index, _)| took_part(*index)).count();
            let attended = i64::try_from(attended).unwrap_or(i64::MAX);
            (!members.is_empty()).then(|| SiteAttendance {
                site: one.id,
                name: one.site.name.clone(),
                members: members.clone(),
                attended,
            })
        });
        attendance.collect()
    }

    /// REG-13, C 6 §2: those who work on the site only, on some of these days; all who work there if nobody does so
    /// only there.
    fn standing_for(&self, site: Uuid, days: Span) -> Vec<Uuid> {
        let works = |one: &&Assignment| in_team(one, ConventionKind::Pump) && one.span.overlaps(days);
        let there = |one: &&Member| one.assignments.iter().filter(works).any(|one| one.site == Some(site));
        let elsewhere = |one: &Member| one.assignments.iter().filter(works).any(|one| one.site != Some(site));
        let (shared, alone): (Vec<&Member>, Vec<&Member>) =
            self.team.iter().filter(there).partition(|one| elsewhere(one));
        let standing = if alone.is_empty() { shared } else { alone };
        standing.into_iter().map(|one| one.id).collect()
    }
}

impl JudgedMeetings {
    /// How many are missing.
    #[must_use]
    pub fn missing(&self) -> i64 {
        (self.required - self.counted).max(0)
    }

    /// REG-03, REG-13: what an inspector would point out: meetings that are missing, and sites of which nobody took
    /// part in any; `name` gives the name of a member.
    #[must_use]
    pub fn findings(&self, name: impl Fn(Uuid) -> String) -> Vec<Fault> {
        let mut findings = Vec::new();
        if self.missing() > 0 {
            let fault = Fault::new("counted", Reason::MeetingsMissing, RuleId::Reg03);
            findings.push(fault.with("missing", self.missing()).with("required", self.required).with("due", self.due));
        }
        let apart = self.sites.iter().enumerate().filter(|(_, one)| one.attended == 0 && !self.meetings.is_empty());
        findings.extend(apart.map(|(index, one)| {
            let members = one.members.iter().map(|member| name(*member)).collect::<Vec<_>>().join(", ");
            let fault = Fault::new(format!("sites[{index}]"), Reason::SiteNeverTookPart, RuleId::Reg13);
            fault.with("site", &one.name).with("members", members)
        }));
        findings
    }
}

#[cfg(test)]
#[path = "joint_meeting_tests.rs"]
mod tests;
