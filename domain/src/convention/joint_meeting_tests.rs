use rstest::rstest;

use super::*;
use crate::{
    convention::{
        site::Site,
        staffing::{
            Qualification,
            team::tests::{assignment, member},
        },
    },
    refusal::tests::described,
    span::tests::{day, span},
};

const NORTH: Uuid = Uuid::from_u128(101);
const SOUTH: Uuid = Uuid::from_u128(102);

fn works(function: Function, convention: ConventionKind, site: Option<Uuid>, from: &str) -> Assignment {
    Assignment { site, ..assignment(function, convention, "0.1", from, "") }
}

fn pump(site: Option<Uuid>) -> Assignment {
    works(Function::Education, ConventionKind::Pump, site, "2021-01-01")
}

fn managed() -> Assignment {
    works(Function::Education, ConventionKind::SelfManagement, None, "2021-01-01")
}

/// 1 and 5 in the pump team, at North and at South; 2 in self-management; 3 in both; 4 a consultant; 6 from July on.
fn team() -> Vec<Member> {
    let consults = works(Function::Consultation, ConventionKind::Pump, None, "2021-01-01");
    let later = works(Function::Education, ConventionKind::Pump, Some(NORTH), "2026-07-01");
    vec![
        member(1, Qualification::DiabetesNurse, vec![pump(Some(NORTH))]),
        member(2, Qualification::DiabetesNurse, vec![managed()]),
        member(3, Qualification::DiabetesNurse, vec![pump(Some(NORTH)), pump(Some(SOUTH)), managed()]),
        member(4, Qualification::Podologist, vec![consults]),
        member(5, Qualification::Dietician, vec![pump(Some(SOUTH))]),
        member(6, Qualification::Dietician, vec![later]),
    ]
}

fn meeting(on: &str, members: &[u128]) -> JointMeeting {
    JointMeeting {
        day: day(on),
        members: members.iter().map(|id| Uuid::from_u128(*id)).collect(),
        from_self_management: Vec::new(),
        minutes: None,
        report: Some("Report 1".to_owned()),
    }
}

fn site(id: Uuid, name: &str) -> IdentifiedSite {
    let site = Site {
        name: name.to_owned(),
        address: "Rue Inventée 1".to_owned(),
        span: span("2021-01-01/"),
        self_management: Vec::new(),
        half_days: Vec::new(),
    };
    IdentifiedSite { id, site }
}

fn judged(on: &str, in_force: &str, meetings: &[JointMeeting], team: &[Member]) -> JudgedMeetings {
    let sites = [site(NORTH, "North"), site(SOUTH, "South")];
    MeetingYear { year: 2026, in_force: span(in_force), on: day(on), meetings, team, sites: &sites }.judge()
}

/// REG-03: somebody of each team takes part, and nobody meets alone; who is in both teams stands for either. Consultants
/// are in neither team.
#[rstest]
#[case(&[1, 2], &[])]
#[case(&[1, 3], &[])]
#[case(&[2, 3], &[])]
#[case(&[3], &["REG-03 fromSelfManagement selfManagementTeamAbsent"])]
#[case(&[1, 5], &["REG-03 fromSelfManagement selfManagementTeamAbsent"])]
#[case(&[2], &["REG-03 members pumpTeamAbsent"])]
#[case(&[2, 4], &["REG-03 members pumpTeamAbsent"])]
#[case(&[4], &["REG-03 members pumpTeamAbsent", "REG-03 fromSelfManagement selfManagementTeamAbsent"])]
#[case(&[6, 2], &["REG-03 members pumpTeamAbsent"])]
fn somebody_of_each_team_takes_part(#[case] members: &[u128], #[case] expected: &[&str]) {
    let lacks = meeting("2026-06-30", members).lacks(&team());
    assert_eq!(lacks.iter().map(described).collect::<Vec<_>>(), expected);
}

/// REG-03: persons of self-management who are not in the register count as its team; a report is asked for.
#[test]
fn a_meeting_needs_its_report() {
    let mut one = meeting("2026-06-30", &[1]);
    one.from_self_management = vec![Attendants { qualification: Qualification::DiabetesNurse, persons: 1 }];
    assert_eq!(one.lacks(&team()), []);
    one.report = None;
    assert_eq!(one.lacks(&team()).iter().map(described).collect::<Vec<_>>(), ["REG-03 report reportMissing"]);
}

/// REG-03: who takes part is in the team on that day.
#[test]
fn a_meeting_is_of_the_team_of_that_day() {
    let faults = meeting("2026-06-30", &[1, 6, 9]).absent(&team());
    assert_eq!(
        faults.iter().map(described).collect::<Vec<_>>(),
        ["REG-03 members[1] notInTeam", "REG-03 members[2] memberNotFound"]
    );
}

/// REG-03: the calendar year asks for six by its last day; later meetings and those of other years are not seen.
#[rstest]
#[case("2026-12-03", 5, 1)]
#[case("2026-12-02", 5, 1)]
#[case("2026-12-01", 4, 2)]
#[case("2025-12-31", 0, 6)]
#[case("2027-06-01", 5, 1)]
fn six_meetings_a_year(#[case] on: &str, #[case] counted: i64, #[case] missing: i64) {
    let days = ["2025-12-31", "2026-01-14", "2026-03-11", "2026-05-13", "2026-09-09", "2026-12-02", "2027-01-13"];
    let mut meetings: Vec<_> = days.iter().map(|on| meeting(on, &[1, 3])).collect();
    meetings.push(meeting("2026-11-04", &[1, 5]));
    let judged = judged(on, "2026-01-01/2026-12-31", &meetings, &team());
    assert_eq!((judged.required, judged.counted, judged.missing()), (6, counted, missing));
    assert_eq!(judged.due, day("2026-12-31"));
    let finding = judged.findings(|id| id.to_string()).remove(0);
    let params = ["missing", "required", "due"].map(|name| finding.params.iter().find(|one| one.0 == name).unwrap());
    assert_eq!(params.map(|(_, value)| value.as_str()), [&missing.to_string(), "6", "2026-12-31"]);
}

/// REG-03: of a part of a year as many are asked for as it has sixths, by the last day in force; a meeting outside it
/// does not count.
#[rstest]
#[case("2026-01-01/2026-12-31", 6)]
#[case("2026-01-02/2026-12-31", 5)]
#[case("2026-01-01/2026-08-31", 3)]
#[case("2026-11-02/2026-12-31", 0)]
fn a_part_of_a_year_asks_for_its_share(#[case] in_force: &str, #[case] required: i64) {
    let judged = judged("2026-12-31", in_force, &[meeting("2026-01-01", &[1, 3])], &team());
    let days = span(in_force);
    assert_eq!((judged.required, judged.due), (required, days.to.unwrap()));
    let lacks: Vec<_> = judged.meetings[0].1.iter().map(described).collect();
    assert_eq!(lacks.is_empty(), days.from == day("2026-01-01"), "{lacks:?}");
    assert_eq!(judged.counted, i64::from(lacks.is_empty()));
}

/// REG-13: somebody who works on a site only takes part in some meeting; where nobody works there only, anybody who
/// works there does. Without any meeting no site is apart.
#[rstest]
#[case(&["12"], &["South 5 0", "North 1,6 1"])]
#[case(&["13", "12"], &["South 5 0", "North 1,6 2"])]
#[case(&["12", "35"], &["South 5 1", "North 1,6 1"])]
fn every_site_takes_part(#[case] meetings: &[&str], #[case] expected: &[&str]) {
    let meetings: Vec<_> = meetings
        .iter()
        .map(|who| who.chars().map(|id| u128::from(id.to_digit(10).unwrap())).collect::<Vec<_>>())
        .map(|members| meeting("2026-03-11", &members))
        .collect();
    let shown = |one: &SiteAttendance| {
        let members: Vec<_> = one.members.iter().map(|id| id.as_u128().to_string()).collect();
        format!("{} {} {}", one.name, members.join(","), one.attended)
    };
    let judged = judged("2026-12-31", "2026-01-01/2026-12-31", &meetings, &team());
    let sites: Vec<_> = judged.sites.iter().rev().map(shown).collect();
    assert_eq!(sites, expected);
    let apart: Vec<_> = judged.findings(|id| format!("N{}", id.as_u128())).into_iter().skip(1).collect();
    let is_apart = expected[0].ends_with('0');
    let named: &[&str] = if is_apart { &["REG-13 sites[1] siteNeverTookPart site=South members=N5"] } else { &[] };
    assert_eq!(apart.iter().map(described).collect::<Vec<_>>(), named);
}

/// REG-13: without members who work on a site only, all who work there stand for it; without a meeting nobody is apart.
#[test]
fn members_of_two_sites_stand_for_both() {
    let team: Vec<_> = team().into_iter().filter(|one| one.id == Uuid::from_u128(3)).collect();
    let judged = judged("2026-12-31", "2026-01-01/2026-12-31", &[], &team);
    assert!(judged.sites.iter().all(|one| one.members == [Uuid::from_u128(3)] && one.attended == 0));
    assert_eq!(judged.sites.len(), 2);
    assert_eq!(judged.findings(|id| id.to_string()).len(), 1);
}
