//! What an inspector would point out in a team: warnings, never refusals (STF-08 to STF-12, STF-18, STF-19).

use chrono::NaiveDate;
use uuid::Uuid;

use super::{
    norm::{MINUTES_A_WEEK, reaches},
    presence::Presence,
    team::{ConventionKind, Function, Member, Qualification, missing_consultants},
};
use crate::{
    exact::Exact,
    refusal::{Fault, Reason},
    rule::RuleId,
};

/// STF-09: up to this many required medical FTE, one physician is responsible for both conventions.
fn one_responsible_up_to() -> Exact {
    Exact::ratio(1, 2)
}

/// STF-10: the number of persons over whom the work of nurses, and that of dieticians, may always be split.
const ALWAYS: usize = 3;

/// All findings on a day, given the FTE required of each function. Fields name the member: `members[<id>]`.
pub fn findings(members: &[Member], on: NaiveDate, required: impl Fn(Function) -> Exact) -> Vec<Fault> {
    let presence = Presence::of(members, on, on);
    let mut findings: Vec<Fault> = members.iter().flat_map(|member| member_findings(member, on)).collect();
    findings.extend(presence.reduced.iter().map(|reduced| {
        let fault = Fault::new(field(reduced.member), Reason::AboveOneFte, RuleId::Stf08);
        fault.with("engaged", reduced.counted.shown(4)).with("from", reduced.from).with("to", reduced.to)
    }));
    findings.extend(responsible(members, on, &required(Function::Medical)));
    findings.extend(split(members, on, &required(Function::Education)));
    let dieticians = presence.dieticians();
    if !dieticians.is_zero() && !presence.dieticians_count(&required(Function::Education)) {
        let fault = Fault::new("members", Reason::DieticiansNotCounted, RuleId::Stf07);
        findings.push(fault.with("fte", dieticians.shown(4)));
    }
    findings.extend(consultants(members, on));
    findings
}

/// The findings about one member or about the team as a whole.
pub fn about(member: Uuid, mut findings: Vec<Fault>) -> Vec<Fault> {
    let of_member = field(member);
    findings.retain(|fault| fault.field == "members" || fault.field.starts_with(&of_member));
    findings
}

fn field(member: Uuid) -> String {
    format!("members[{member}]")
}

/// The findings about one member alone (STF-08, STF-11, STF-12, STF-19).
pub fn member_findings(member: &Member, on: NaiveDate) -> Vec<Fault> {
    let mut findings = Vec::new();
    let mut add = |fault: Fault| findings.push(fault);
    for (index, one) in member.assignments.iter().enumerate().filter(|(_, one)| one.holds(on)) {
        let part = |name: &str| format!("{}.assignments[{index}].{name}", field(member.id));
        // A consultant needs neither FTE nor timetable.
        let called = one.function == Function::Consultation && one.fte.is_zero();
        if !called && !one.timetable_agrees() {
            let fault = Fault::new(part("timetable"), Reason::TimetableDisagrees, RuleId::Stf12);
            let minutes = &one.fte * &Exact::from(MINUTES_A_WEEK);
            add(fault.with("timetable", one.timetable_minutes()).with("fte", minutes.shown(0)));
        }
        for (name, minutes) in [("exemptedMinutes", one.exempted_minutes), ("wardCareMinutes", one.ward_care_minutes)] {
            if minutes > 0 {
                add(Fault::new(part(name), Reason::HoursNotCounted, RuleId::Stf08).with("minutes", minutes));
            }
        }
    }
    let holds = |convention| {
        move |member: &Member| {
            let mut held = member.assignments.iter().filter(|one| one.holds(on));
            held.any(|one| {
                one.convention == convention && matches!(one.function, Function::Medical | Function::Education)
            })
        }
    };
    if holds(ConventionKind::Pump)(member) && !holds(ConventionKind::SelfManagement)(member) {
        add(Fault::new(field(member.id), Reason::NotInSelfManagement, RuleId::Stf19));
    }
    let proved = member.training_proved_on.is_some_and(|proved| proved <= on);
    if member.educates(on) && !proved {
        let due = member.proof_due_on();
        let reason = if on <= due { Reason::TrainingProofDue } else { Reason::TrainingProofOverdue };
        add(Fault::new(format!("{}.trainingProvedOn", field(member.id)), reason, RuleId::Stf11).with("due", due));
    }
    findings
}

/// STF-09: each convention has one responsible physician. Two different ones are allowed only if more than 0.5 medical
/// FTE is required and each is engaged for at least 0.5 FTE.
fn responsible(members: &[Member], on: NaiveDate, required: &Exact) -> Vec<Fault> {
    let responsible_for = |convention: ConventionKind| -> Vec<(&Member, Exact)> {
        let parts = members.iter().flat_map(|member| member.assignments.iter().map(move |one| (member, one)));
        let chosen = parts.filter(|(_, one)| one.responsible && one.holds(on) && one.convention == convention);
        chosen.map(|(member, one)| (member, one.counts())).collect()
    };
    let mut findings = Vec::new();
    for convention in ConventionKind::ALL {
        if responsible_for(*convention).len() != 1 {
            let fault = Fault::new("members", Reason::ResponsiblePhysicianMissing, RuleId::Stf09);
            findings.push(fault.with("convention", convention));
        }
    }
    if let ([(pump, engaged)], [(other, engaged_too)]) =
        (responsible_for(ConventionKind::Pump).as_slice(), responsible_for(ConventionKind::SelfManagement).as_slice())
    {
        let least = one_responsible_up_to();
        let each = reaches(engaged, &least) && reaches(engaged_too, &least);
        if pump.id != other.id && !(*required > least && each) {
            findings.push(Fault::new(field(pump.id), Reason::TwoResponsiblePhysicians, RuleId::Stf09));
        }
    }
    findings
}

/// STF-10: at most three nurses and three dieticians, unless more than 3 FTE are required.
fn split(members: &[Member], on: NaiveDate, required: &Exact) -> Vec<Fault> {
    let persons = |qualification: Qualification| {
        let educating = |member: &&Member| {
            member.qualification == qualification
                && member.assignments.iter().any(|one| one.holds(on) && one.function == Function::Education)
        };
        members.iter().filter(educating).count()
    };
    let three = Exact::from(3);
    let chosen = [Qualification::DiabetesNurse, Qualification::Dietician].into_iter();
    let over =
        chosen.map(|which| (which, persons(which))).filter(|(_, persons)| *persons > ALWAYS && *required <= three);
    over.map(|(which, persons)| {
        let fault = Fault::new("members", Reason::SplitOverMany, RuleId::Stf10);
        fault.with("function", which).with("persons", persons)
    })
    .collect()
}

/// STF-18: a dietician of the self-management team, a social worker or social nurse, a psychologist, a podologist.
fn consultants(members: &[Member], on: NaiveDate) -> Vec<Fault> {
    let can_be_called = |member: &&Member| {
        member.assignments.iter().filter(|one| one.holds(on)).any(|one| match member.qualification {
            // Any dietician of the self-management team will do; the others must be entered as consultants.
            Qualification::Dietician => one.convention == ConventionKind::SelfManagement,
            _ => one.function == Function::Consultation,
        })
    };
    let there: Vec<Qualification> = members.iter().filter(can_be_called).map(|member| member.qualification).collect();
    missing_consultants(&there)
        .map(|missing| Fault::new("members", Reason::ConsultantMissing, RuleId::Stf18).with("consultant", missing))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        convention::staffing::team::tests::{assignment, day, member},
        shift::Shift,
    };

    const BOTH: [ConventionKind; 2] = [ConventionKind::Pump, ConventionKind::SelfManagement];

    fn exact(text: &str) -> Exact {
        text.parse().unwrap()
    }

    /// A member of both conventions whose timetable matches the FTE.
    fn both(number: u128, qualification: Qualification, function: Function) -> Member {
        let mut made =
            member(number, qualification, BOTH.map(|kind| assignment(function, kind, "0.5", "2020-01-01", "")).into());
        for (part, weekday) in made.assignments.iter_mut().zip([1, 3]) {
            part.timetable =
                vec![Shift { weekday, from: 480, to: 1080 }, Shift { weekday: weekday + 1, from: 480, to: 1020 }];
        }
        made
    }

    fn consultant(number: u128, qualification: Qualification) -> Member {
        member(
            number,
            qualification,
            vec![assignment(Function::Consultation, ConventionKind::SelfManagement, "0", "2020-01-01", "")],
        )
    }

    /// A team without findings.
    fn team() -> Vec<Member> {
        let mut physician = both(1, Qualification::Endocrinologist, Function::Medical);
        for part in &mut physician.assignments {
            part.responsible = true;
        }
        let consultants = [
            Qualification::Dietician,
            Qualification::SocialNurse,
            Qualification::Psychologist,
            Qualification::Podologist,
        ];
        let rest = consultants.into_iter().zip(10..).map(|(qualification, number)| consultant(number, qualification));
        [physician, both(2, Qualification::DiabetesNurse, Function::Education)].into_iter().chain(rest).collect()
    }

    fn described(team: &[Member], required: &str) -> Vec<&'static str> {
        said_on(team, "2024-05-02", required)
    }

    fn said_on(team: &[Member], on: &str, required: &str) -> Vec<&'static str> {
        findings(team, day(on), |_| exact(required)).into_iter().map(|fault| fault.reason.code()).collect()
    }

    /// STF-08 to STF-19: a good team has no findings.
    #[test]
    fn a_good_team_has_no_findings() {
        assert!(described(&team(), "0.5").is_empty(), "{:?}", described(&team(), "0.5"));
    }

    /// STF-08: FTE above 1, exempted hours and ward care are pointed out.
    #[test]
    fn what_does_not_count_is_said() {
        let mut team = team();
        team[1].assignments[0].fte = exact("0.6");
        team[1].assignments[0].ward_care_minutes = 60;
        team[1].assignments[1].exempted_minutes = 60;
        assert_eq!(
            described(&team, "0.5"),
            ["timetableDisagrees", "hoursNotCounted", "hoursNotCounted", "aboveOneFte"]
        );
    }

    /// STF-09: no responsible physician, two for one convention, and two different ones who may or may not be.
    #[test]
    fn one_physician_is_responsible() {
        let mut nobody = team();
        nobody[0].assignments[0].responsible = false;
        assert_eq!(described(&nobody, "1"), ["responsiblePhysicianMissing"]);
        let mut two = team();
        let mut other = both(3, Qualification::AssimilatedPhysician, Function::Medical);
        other.assignments[1].responsible = true;
        two.push(other);
        assert_eq!(described(&two, "1"), ["responsiblePhysicianMissing"]);
        two[0].assignments[1].responsible = false;
        assert_eq!(described(&two, "0.5"), ["twoResponsiblePhysicians"]);
        assert!(described(&two, "0.5001").is_empty());
        two[0].assignments[0].exempted_minutes = 1;
        assert_eq!(described(&two, "0.5001"), ["hoursNotCounted", "twoResponsiblePhysicians"]);
    }

    /// STF-10: a fourth nurse is pointed out, unless more than 3 FTE are required.
    #[test]
    fn the_work_is_split_over_three() {
        let mut many = team();
        for number in 20..22 {
            many.push(both(number, Qualification::DiabetesNurse, Function::Education));
        }
        assert!(described(&many, "3").is_empty());
        many.push(both(22, Qualification::DiabetesNurse, Function::Education));
        assert_eq!(described(&many, "3"), ["splitOverMany"]);
        assert!(described(&many, "3.0001").is_empty());
        let mut dieticians = team();
        for number in 20..24 {
            dieticians.push(both(number, Qualification::Dietician, Function::Education));
        }
        assert_eq!(described(&dieticians, "3"), ["splitOverMany"]);
    }

    /// STF-11: the proof is due until its last day and overdue after it, for educators only.
    #[test]
    fn the_proof_of_training_is_asked_for() {
        let mut team = team();
        team[1].entered_service = day("2020-01-01");
        team[1].training_proved_on = None;
        assert_eq!(said_on(&team, "2022-12-31", "0.5"), ["trainingProofDue"]);
        assert_eq!(said_on(&team, "2023-01-01", "0.5"), ["trainingProofOverdue"]);
        team[1].training_proved_on = Some(day("2023-01-02"));
        assert_eq!(said_on(&team, "2023-01-01", "0.5"), ["trainingProofOverdue"]);
        assert!(said_on(&team, "2023-01-02", "0.5").is_empty());
        team[0].training_proved_on = None;
        assert!(said_on(&team, "2023-01-02", "0.5").is_empty());
    }

    /// STF-19: a physician or educator who works for pumps works in self-management too.
    #[test]
    fn the_team_is_a_common_one() {
        let mut team = team();
        team[1].assignments[1].span.to = Some(day("2024-05-01"));
        assert_eq!(described(&team, "0.5"), ["notInSelfManagement"]);
        team[1].assignments[0].function = Function::DataManagement;
        assert!(described(&team, "0.5").is_empty());
    }

    /// STF-18: each missing consultant is named; a social worker can stand in for a social nurse.
    #[test]
    fn missing_consultants_are_shown() {
        let all = team();
        assert!(described(&all, "0.5").is_empty());
        let alone = &all[..2];
        let missing: Vec<_> = findings(alone, day("2024-05-02"), |_| exact("0.5"))
            .into_iter()
            .flat_map(|fault| fault.params.into_iter().map(|(_, value)| value))
            .collect();
        assert_eq!(missing, ["dietician", "socialWorker", "psychologist", "podologist"]);
        let mut other = all.clone();
        other[3].qualification = Qualification::SocialWorker;
        assert!(described(&other, "0.5").is_empty());
        other[3].assignments[0].span.to = Some(day("2024-05-01"));
        assert_eq!(described(&other, "0.5"), ["consultantMissing"]);
    }

    /// STF-12: entering a member shows the findings about them and about the team as a whole, none about others.
    #[test]
    fn what_is_said_is_of_one_member_and_of_the_team() {
        let mut team = team();
        team[1].training_proved_on = None;
        team[0].assignments[0].ward_care_minutes = 60;
        team.truncate(2);
        let described = |member: &Member| -> Vec<_> {
            let found = about(member.id, findings(&team, day("2024-05-02"), |_| exact("0.5")));
            found.iter().map(|fault| fault.reason.code()).collect()
        };
        let consultants = ["consultantMissing"; 4];
        assert_eq!(described(&team[0]), [["hoursNotCounted"].as_slice(), &consultants].concat());
        assert_eq!(described(&team[1]), [["trainingProofOverdue"].as_slice(), &consultants].concat());
    }

    /// STF-07: dieticians who do not count are pointed out.
    #[test]
    fn dieticians_who_do_not_count_are_said() {
        let mut team = team();
        team.push(both(30, Qualification::Dietician, Function::Education));
        assert_eq!(described(&team, "0.6"), ["dieticiansNotCounted"]);
        assert!(described(&team, "0.61").is_empty());
    }
}
