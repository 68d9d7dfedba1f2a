//! Management data of a day: the team with its FTE, the hours behind them, and the sites (REG-07, REG-16, STF-12,
//! CON-02).

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    convention::{
        contact::Contact,
        site::IdentifiedSite,
        staffing::{Figure, Member, norm::HOURS_A_YEAR, presence::Presence},
    },
    exact::Exact,
    names::{ConventionKind, Function, PartOfDay, Qualification},
    rule::RuleId,
    shift::Shift,
};

/// Time that a member spent for beneficiaries, as a register keeps it (REG-16).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordedTime {
    /// The member.
    pub member: Uuid,
    /// The day.
    pub day: NaiveDate,
    /// How long, in minutes; not every contact says so.
    pub minutes: Option<i64>,
    /// What it was spent on.
    pub on: TimeSpentOn,
}

/// What recorded time was spent on (REG-16).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeSpentOn {
    /// A contact with a beneficiary (REG-02).
    Contact,
    /// A joint meeting of the teams (REG-03).
    Meeting,
}

/// REG-16: the time of something in which members took part: each of them spent all of it.
pub fn time_of(
    members: &[Uuid],
    day: NaiveDate,
    minutes: Option<i64>,
    on: TimeSpentOn,
) -> impl Iterator<Item = RecordedTime> {
    members.iter().map(move |member| RecordedTime { member: *member, day, minutes, on })
}

/// REG-16, REG-02: the time of a contact.
pub fn time_of_contact(contact: &Contact) -> impl Iterator<Item = RecordedTime> {
    time_of(&contact.members, contact.day, contact.minutes, TimeSpentOn::Contact)
}

/// What a member does for the pump convention in one function on a day (REG-07, STF-12).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FunctionLine {
    /// The function.
    pub function: Function,
    /// The FTE as stated.
    pub fte: Exact,
    /// The FTE that count: without ward care and exempted hours, and 1 at most over all that the member does (STF-08).
    pub counted: Exact,
    /// The sites on which they work, without those left open.
    pub sites: Vec<Uuid>,
    /// The timetable, by weekday and hour.
    pub timetable: Vec<Shift>,
}

/// The hours behind the FTE of a member (REG-16). 1 FTE is 1634 hours a year (STF-16).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HoursBehind {
    /// The hours a year of the FTE stated for that day.
    pub of_fte: Figure,
    /// The hours of contacts and meetings that are recorded in the calendar year of that day.
    pub recorded: Figure,
    /// The recorded hours in percent of those of the FTE, rounded half up to two decimals; none without FTE.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percentage: Option<String>,
    /// The number of contacts and meetings of that year that do not say how long they were.
    pub without_minutes: usize,
}

/// A member of the team on a day (REG-07). Their name stands in the team register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TeamLine {
    /// The member.
    pub member: Uuid,
    /// Their qualification.
    pub qualification: Qualification,
    /// What they do for the pump convention, by function.
    pub functions: Vec<FunctionLine>,
    /// The hours behind their FTE.
    pub hours: HoursBehind,
}

/// A half-day of multidisciplinary consultation (REG-07).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct HalfDayLine {
    /// The day of the week, 1 for Monday to 7.
    pub weekday: u8,
    /// Morning or afternoon.
    pub part: PartOfDay,
}

/// A site on a day (REG-07, CON-02).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SiteLine {
    /// The site.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its address.
    pub address: String,
    /// Its half-days of multidisciplinary consultation, from Monday morning on.
    pub half_days: Vec<HalfDayLine>,
}

/// What INAMI may ask for of a day (REG-07, C 13 §2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ManagementData {
    /// The day.
    pub on: NaiveDate,
    /// Who works for the pump convention on that day, by qualification.
    pub team: Vec<TeamLine>,
    /// The sites on which the programme is offered on that day, by name.
    pub sites: Vec<SiteLine>,
}

impl ManagementData {
    /// REG-07, REG-16, STF-12: the management data of a day. `time` is what contacts and meetings of the calendar year
    /// of that day record; that of other years is ignored.
    #[must_use]
    pub fn of(on: NaiveDate, members: &[Member], sites: &[IdentifiedSite], time: &[RecordedTime]) -> ManagementData {
        let mut team: Vec<TeamLine> = members.iter().filter_map(|member| TeamLine::of(member, on, time)).collect();
        team.sort_by_key(|line| (line.qualification, line.member));
        let offered = sites.iter().filter(|one| one.site.span.holds(on));
        let mut sites: Vec<SiteLine> = offered.map(|one| SiteLine::of(one, on)).collect();
        sites.sort_by(|one, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
        ManagementData { on, team, sites }
    }
}

impl TeamLine {
    /// `None` for who does nothing for the pump convention on that day.
    fn of(member: &Member, on: NaiveDate, time: &[RecordedTime]) -> Option<TeamLine> {
        let counts = Presence::of(std::slice::from_ref(member), on, on);
        let counted: BTreeMap<Function, Exact> = counts
            .parts()
            .filter(|(convention, ..)| *convention == ConventionKind::Pump)
            .map(|(_, function, _, fte)| (function, fte.clone()))
            .collect();
        let mut functions: BTreeMap<Function, FunctionLine> = BTreeMap::new();
        for one in member.assignments.iter().filter(|one| one.convention == ConventionKind::Pump && one.holds(on)) {
            let line = functions.entry(one.function).or_insert_with(|| FunctionLine {
                function: one.function,
                fte: Exact::zero(),
                counted: counted.get(&one.function).cloned().unwrap_or_default(),
                sites: Vec::new(),
                timetable: Vec::new(),
            });
            line.fte = &line.fte + &one.fte;
            line.sites.extend(one.site.filter(|site| !line.sites.contains(site)));
            line.timetable.extend(&one.timetable);
            line.timetable.sort_unstable();
        }
        let functions: Vec<FunctionLine> = functions.into_values().collect();
        let fte = functions.iter().map(|line| line.fte.clone()).sum();
        let own: Vec<RecordedTime> = time.iter().filter(|one| one.member == member.id).copied().collect();
        let hours = HoursBehind::of(fte, on.year(), &own);
        let (id, qualification) = (member.id, member.qualification);
        (!functions.is_empty()).then_some(TeamLine { member: id, qualification, functions, hours })
    }
}

impl HoursBehind {
    /// REG-16, STF-16: the hours behind these FTE, from the time that a member spent in a calendar year.
    #[must_use]
    pub fn of(fte: Exact, year: i32, time: &[RecordedTime]) -> HoursBehind {
        let in_year = || time.iter().filter(|one| one.day.year() == year);
        let minutes = |on: TimeSpentOn| {
            let sum =
                in_year().filter(|one| one.on == on).filter_map(|one| one.minutes).fold(0_i64, i64::saturating_add);
            Exact::from(sum)
        };
        let (contacts, meetings) = (minutes(TimeSpentOn::Contact), minutes(TimeSpentOn::Meeting));
        let recorded = &(&contacts + &meetings) / &Exact::from(60);
        let hours = Exact::from(HOURS_A_YEAR);
        let of_fte = &fte * &hours;
        let percentage = &(&recorded * &Exact::from(100)) / &of_fte;
        HoursBehind {
            percentage: (!of_fte.is_zero()).then(|| percentage.shown(2)),
            of_fte: Figure::new(
                of_fte,
                "fte × hoursPerYear",
                RuleId::Reg16,
                vec![("fte", fte), ("hoursPerYear", hours)],
            ),
            recorded: Figure::new(
                recorded,
                "(contactMinutes + meetingMinutes) ÷ 60",
                RuleId::Reg16,
                vec![("contactMinutes", contacts), ("meetingMinutes", meetings)],
            ),
            without_minutes: in_year().filter(|one| one.minutes.is_none()).count(),
        }
    }
}

impl SiteLine {
    fn of(one: &IdentifiedSite, on: NaiveDate) -> SiteLine {
        let held = one.site.half_days.iter().filter(|half_day| half_day.span.holds(on));
        let mut half_days: Vec<HalfDayLine> =
            held.map(|half_day| HalfDayLine { weekday: half_day.weekday, part: half_day.part }).collect();
        half_days.sort_unstable();
        SiteLine { id: one.id, name: one.site.name.clone(), address: one.site.address.clone(), half_days }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{
        convention::{
            contact::ContactKind,
            site::{HalfDay, Site},
            staffing::{
                figure::paper::recomputed,
                team::tests::{assignment, member},
            },
        },
        ids::BeneficiaryId,
        names::Qualification::*,
        span::tests::{day, span},
    };

    const ON: &str = "2026-09-15";

    fn pump(function: Function, fte: &str, from: &str, to: &str) -> crate::convention::staffing::Assignment {
        assignment(function, ConventionKind::Pump, fte, from, to)
    }

    fn spent(member: u128, on: &str, minutes: Option<i64>, what: TimeSpentOn) -> RecordedTime {
        RecordedTime { member: Uuid::from_u128(member), day: day(on), minutes, on: what }
    }

    fn site(id: u128, name: &str, days: &str, half_days: &[(u8, PartOfDay, &str)]) -> IdentifiedSite {
        let half_day = |(weekday, part, days): &(u8, PartOfDay, &str)| HalfDay {
            weekday: *weekday,
            part: *part,
            span: span(days),
            present: Vec::new(),
            consultants: Vec::new(),
        };
        let site = Site {
            name: name.to_owned(),
            address: format!("{name} street 1"),
            span: span(days),
            self_management: Vec::new(),
            half_days: half_days.iter().map(half_day).collect(),
        };
        IdentifiedSite { id: Uuid::from_u128(id), site }
    }

    /// REG-07, REG-16, STF-12: team, FTE and sites of the day asked for, whatever came later; the hours of that year
    /// beside the FTE.
    #[test]
    fn r_10_management_data() {
        let mut nurse = member(
            1,
            DiabetesNurse,
            vec![
                pump(Function::Education, "0.3060", "2026-01-01", "2026-09-15"),
                pump(Function::Education, "0.5", "2026-09-16", ""),
                assignment(Function::Education, ConventionKind::SelfManagement, "0.4", "2026-01-01", ""),
            ],
        );
        nurse.assignments[0].timetable =
            vec![Shift { weekday: 3, from: 480, to: 720 }, Shift { weekday: 1, from: 480, to: 900 }];
        let team = [
            member(5, Secretary, vec![pump(Function::Secretariat, "0.0667", "2026-09-15", "")]),
            nurse,
            member(2, Endocrinologist, vec![pump(Function::Medical, "0.05", "2020-01-01", "")]),
            member(3, Dietician, vec![pump(Function::Education, "0.2", "2026-10-01", "")]),
            member(4, SpecialisedStaff, vec![pump(Function::DataManagement, "0.0612", "2020-01-01", "2026-09-14")]),
        ];
        let sites = [
            site(
                2,
                "South",
                "2021-01-01/",
                &[(4, PartOfDay::Afternoon, "2021-01-01/"), (2, PartOfDay::Morning, "2026-10-01/")],
            ),
            site(
                1,
                "North",
                "2021-01-01/2026-09-15",
                &[(4, PartOfDay::Morning, "2021-01-01/"), (1, PartOfDay::Afternoon, "2026-01-01/")],
            ),
            site(3, "East", "2026-09-16/", &[]),
        ];
        let time = [
            spent(1, "2026-01-01", Some(24_000), TimeSpentOn::Contact),
            spent(1, "2026-12-31", Some(630), TimeSpentOn::Meeting),
            spent(1, "2027-01-01", Some(90), TimeSpentOn::Contact),
            spent(2, "2026-05-05", Some(45), TimeSpentOn::Contact),
            spent(1, "2026-05-05", None, TimeSpentOn::Contact),
        ];
        let data = ManagementData::of(day(ON), &team, &sites, &time);
        let told: Vec<_> = data.team.iter().map(|one| (one.qualification, one.functions[0].fte.to_string())).collect();
        let expected = [(Endocrinologist, "0.05"), (DiabetesNurse, "0.306"), (Secretary, "0.0667")];
        assert_eq!(told, expected.map(|(who, fte)| (who, fte.to_owned())));

        let hours = &data.team[1].hours;
        assert_eq!([&hours.of_fte.value, &hours.recorded.value].map(Exact::to_string), ["500.004", "410.5"]);
        assert_eq!((hours.percentage.as_deref(), hours.without_minutes), (Some("82.10"), 1));
        for figure in [&hours.of_fte, &hours.recorded] {
            assert_eq!(recomputed(figure), figure.value);
        }
        assert_eq!(data.team[1].functions[0].timetable.iter().map(|shift| shift.weekday).collect::<Vec<_>>(), [1, 3]);

        assert_eq!(data.sites[0].address, "North street 1");
        let told: Vec<_> = data.sites.iter().map(|site| (site.name.as_str(), site.half_days.clone())).collect();
        let half_day = |weekday, part| HalfDayLine { weekday, part };
        let north = vec![half_day(1, PartOfDay::Afternoon), half_day(4, PartOfDay::Morning)];
        assert_eq!(told, [("North", north), ("South", vec![half_day(4, PartOfDay::Afternoon)])]);
    }

    /// REG-16: the share is rounded half up to two decimals; without FTE there is none.
    #[rstest]
    #[case("1", 98_040, Some("100.00"))]
    #[case("1", 0, Some("0.00"))]
    #[case("0.5", 49_017, Some("99.99"))]
    #[case("0.25", 16_340, Some("66.67"))]
    #[case("0", 60, None)]
    fn a_share_has_two_decimals(#[case] fte: &str, #[case] minutes: i64, #[case] expected: Option<&str>) {
        let time = [spent(1, ON, Some(minutes), TimeSpentOn::Contact)];
        assert_eq!(HoursBehind::of(fte.parse().unwrap(), 2026, &time).percentage.as_deref(), expected);
    }

    /// REG-07, STF-08: beside what is stated stands what counts.
    #[test]
    fn what_counts_stands_beside_what_is_stated() {
        let mut one = member(1, DiabetesNurse, vec![pump(Function::Education, "0.5", "2026-01-01", "")]);
        one.assignments[0].exempted_minutes = 228;
        let data = ManagementData::of(day(ON), &[one], &[], &[]);
        let line = &data.team[0].functions[0];
        assert_eq!([line.fte.to_string(), line.counted.to_string()], ["0.5", "0.4"]);
    }

    /// REG-16, REG-02: each member who took part in a contact spent all of its time.
    #[test]
    fn a_contact_is_time_of_each_member() {
        let contact = Contact {
            way: None,
            beneficiary_id: BeneficiaryId(Uuid::nil()),
            day: day("2026-05-06"),
            members: [1, 2].map(Uuid::from_u128).to_vec(),
            kind: ContactKind::Education,
            minutes: Some(90),
            note: None,
        };
        let expected = [1, 2].map(|member| spent(member, "2026-05-06", Some(90), TimeSpentOn::Contact));
        assert_eq!(time_of_contact(&contact).collect::<Vec<_>>(), expected);
    }
}
