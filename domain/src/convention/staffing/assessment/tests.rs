//! Whole assessments, with every figure recomputed from its formula.

use proptest::prelude::*;

use super::*;
use crate::{
    convention::{
        staffing::{
            figure::paper::recomputed,
            statement::YearStatement,
            team::tests::{assignment, day, member},
        },
        term::{ConventionEnd, End, tests::term},
    },
    names::DeadlineKind,
    refusal::Reason,
};

fn exact(text: &str) -> Exact {
    text.parse().unwrap()
}

/// A member with these FTE in the pump convention and in self-management, from 2020 without end.
fn someone(number: u128, qualification: Qualification, function: Function, pump: &str, other: &str) -> Member {
    let part = |convention, fte: &str| assignment(function, convention, fte, "2020-01-01", "");
    let parts = vec![part(ConventionKind::Pump, pump), part(ConventionKind::SelfManagement, other)];
    member(number, qualification, parts)
}

fn self_management() -> BTreeMap<Function, Exact> {
    [
        (Function::Medical, exact("0.4")),
        (Function::Education, exact("0.9")),
        (Function::DataManagement, exact("0")),
        (Function::Secretariat, exact("0.2")),
    ]
    .into()
}

fn figures(judgement: &TeamJudgement) -> Vec<&Figure> {
    let all = [&judgement.required, &judgement.missing, &judgement.percentage, &judgement.highest_recovery];
    let each = judgement.functions.iter().flat_map(|one| {
        let six = [&one.pump, &one.self_management, &one.required, &one.present, &one.shortfall, &one.missing];
        six.into_iter().chain(&one.as_educators)
    });
    all.into_iter().chain(each).collect()
}

fn of(judgement: &TeamJudgement, function: Function) -> &FunctionJudgement {
    judgement.functions.iter().find(|one| one.function == function).unwrap()
}

fn judged(patients: &str, members: &[Member]) -> TeamJudgement {
    let presence = Presence::of(members, day("2024-05-01"), day("2024-05-01"));
    let nurses = Some(presence.nurses());
    judge(&exact(patients), &self_management(), presence, nurses)
}

/// STF-04: the article's example. Shortfalls of 0.27 for pumps and 0.32 for self-management, each below 0.5, make 0.59
/// together: the team must grow.
#[test]
fn the_articles_example_must_grow() {
    // Required: 0.87 for pumps and 0.9 for self-management. Present: 0.6 and 0.58.
    let required_pump = exact("0.87");
    let patients = &(&required_pump * &exact("100")) / &exact("0.3060");
    let nurses = |self_management: &str| {
        [("0.6", "0"), ("0", self_management)]
            .map(|(pump, other)| someone(1, Qualification::DiabetesNurse, Function::Education, pump, other))
    };
    let judgement = judged(&patients.to_string(), &nurses("0.58"));
    let education = of(&judgement, Function::Education);
    assert_eq!(education.pump.value, required_pump);
    assert_eq!(education.shortfall.value, exact("0.59"));
    assert!(education.must_grow);
    for (self_management, grows) in [("0.67", true), ("0.6701", false)] {
        let judgement = judged(&patients.to_string(), &nurses(self_management));
        assert_eq!(of(&judgement, Function::Education).must_grow, grows, "{self_management}");
    }
}

/// STF-04: the threshold is 0.5 for physicians and educators and 0.25 for each other function; reaching it is enough.
#[test]
fn each_function_has_its_threshold() {
    let thresholds: Vec<_> = judged("0", &[]).functions.iter().map(|one| one.threshold.to_string()).collect();
    assert_eq!(thresholds, ["0.5", "0.5", "0.25", "0.25"]);
    for (present, grows) in [("0.15", true), ("0.1501", false)] {
        let one = [someone(1, Qualification::Secretary, Function::Secretariat, present, "0")];
        // Required: 0.2 for self-management and 0.2 for pumps.
        let patients = &exact("20") / &exact("0.0667");
        assert_eq!(of(&judged(&patients.to_string(), &one), Function::Secretariat).must_grow, grows, "{present}");
    }
}

/// STF-02: below a floor the shortfall is missing, however small it is and however few the patients.
#[test]
fn a_floor_is_always_required() {
    let team = [
        someone(1, Qualification::Endocrinologist, Function::Medical, "0.1", "0.39"),
        someone(2, Qualification::DiabetesNurse, Function::Education, "0.2", "0.4"),
    ];
    let judgement = judged("1", &team);
    let medical = of(&judgement, Function::Medical);
    assert_eq!((medical.required.value.to_string(), medical.required.rule), ("0.5".into(), RuleId::Stf02));
    assert!(!medical.must_grow && medical.floor.as_ref().unwrap().below);
    assert_eq!(medical.missing.value, exact("0.01"));
    let education = of(&judgement, Function::Education);
    assert!(!education.floor.as_ref().unwrap().below && !education.must_grow);
    assert!(education.missing.value.is_zero() && !education.shortfall.value.is_zero());
}

/// STF-13: the shortfalls of functions that must grow or are below a floor, ÷ the total required; no surplus offsets
/// another function's shortfall.
#[test]
fn the_missing_percentage_counts_what_must_grow_or_is_below_a_floor() {
    let team = [
        // A surplus of 10 FTE of physicians helps no other function.
        someone(1, Qualification::Endocrinologist, Function::Medical, "5", "5"),
        someone(2, Qualification::DiabetesNurse, Function::Education, "0.3", "0.3"),
        someone(3, Qualification::SpecialisedStaff, Function::DataManagement, "0.1", "0"),
        someone(4, Qualification::Secretary, Function::Secretariat, "0.2", "0.2"),
    ];
    let judgement = judged("300", &team);
    // Required: 0.15 + 0.4, 0.918 + 0.9, 0.1836, 0.2001 + 0.2.
    assert_eq!(judgement.required.value, exact("2.9517"));
    // Educators lack 1.218 and must grow. Data management lacks 0.0836 and the secretariat 0.0001: neither must.
    assert_eq!(judgement.missing.value, exact("1.218"));
    assert_eq!(judgement.percentage.value.shown(2), "41.26");
    assert_eq!(judgement.highest_recovery.value.shown(2), "82.53");
    assert_eq!(judged("300", &[]).highest_recovery.value, exact("100"));
    for figure in figures(&judgement) {
        assert_eq!(recomputed(figure), figure.value, "{figure:?}");
    }
    let shortfall = &of(&judgement, Function::Secretariat).as_educators;
    assert_eq!(shortfall.as_ref().unwrap().value, exact("0.000075"));
}

fn asked<'a>(year: i32, term: &'a Term, stated: &'a Statements, members: &'a [Member]) -> AssessmentInput<'a> {
    let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
    let last = NaiveDate::from_ymd_opt(year, 12, 31).unwrap();
    AssessmentInput { year, term, first, last, on: last, stated, members }
}

fn convention() -> Term {
    term("7.86.501.72", "2021-01-01/")
}

/// A hundred patients in each year, and the given self-management requirement.
fn hundred_a_year(self_management: BTreeMap<Function, Exact>) -> Statements {
    let stated = YearStatement { patients: Some(exact("100")), self_management, ..YearStatement::default() };
    (2018..2030).map(|year| (year, stated.clone())).collect()
}

/// STF-14: nurses below the floor on 1 January 2021 have until 30 June 2021, that day included; the year is then judged
/// on its second half alone.
#[test]
fn nurses_have_until_the_end_of_june_2021() {
    let (term, stated) = (convention(), hundred_a_year(BTreeMap::new()));
    let nurse = |from: &str| {
        let mut early = someone(1, Qualification::DiabetesNurse, Function::Education, "0.5", "0");
        early.assignments.push(assignment(Function::Education, ConventionKind::Pump, "0.1", from, ""));
        [early]
    };
    for (from, below) in [("2021-07-01", false), ("2021-07-02", true), ("2021-01-02", false)] {
        let team = nurse(from);
        let assessment = asked(2021, &term, &stated, &team).assess().unwrap();
        assert_eq!(assessment.nurses_by, Some(day("2021-06-30")));
        let floor = of(&assessment.over_the_year, Function::Education).floor.clone().unwrap();
        assert_eq!(floor.below, below, "{from}");
    }
    let team = nurse("2021-07-01");
    for (on, floor) in [("2021-06-30", None), ("2021-07-01", Some(false))] {
        let question = AssessmentInput { on: day(on), ..asked(2021, &term, &stated, &team) };
        let judged = question.assess().unwrap().on_the_day;
        assert_eq!(of(&judged, Function::Education).floor.as_ref().map(|floor| floor.below), floor, "{on}");
    }
    // No transition for a team that reached the floor on 1 January, nor in later years.
    let reached = nurse("2021-01-01");
    assert_eq!(asked(2021, &term, &stated, &reached).assess().unwrap().nurses_by, None);
    assert_eq!(asked(2022, &term, &stated, &team).assess().unwrap().nurses_by, None);
}

/// STF-03, STF-13: the day and the year are judged for the same number of patients, each with its own presence.
#[test]
fn a_day_and_the_year_are_judged_apart() {
    let (term, stated) = (convention(), hundred_a_year(self_management()));
    let mut nurse = someone(1, Qualification::DiabetesNurse, Function::Education, "0.5", "0.5");
    nurse.assignments[0].span.from = day("2024-07-01");
    let team = [nurse];
    let assessment = asked(2024, &term, &stated, &team).assess().unwrap();
    assert_eq!(assessment.patients.value, exact("100"));
    assert_eq!(of(&assessment.on_the_day, Function::Education).present.value, exact("1"));
    let average = &of(&assessment.over_the_year, Function::Education).present.value;
    assert_eq!(*average, exact("0.5") + &exact("92") / &exact("366"));
}

/// STF-03, STF-05: without the numbers the year is based on there is no assessment, and all missing ones are named. A
/// new establishment needs other numbers.
#[test]
fn numbers_that_are_not_stated_are_asked_for() {
    let needed = |year, term: &Term| match asked(year, term, &Statements::new(), &[]).assess() {
        Err(Refusal::PatientNumbersMissing { needed }) => needed,
        other => panic!("{other:?}"),
    };
    assert_eq!(needed(2024, &convention()), ["2022: patients", "2023: patients"]);
    let new = Term { from: day("2023-05-10"), new_establishment: true, ..convention() };
    assert_eq!(needed(2023, &new), ["patientsOnEntry"]);
    assert_eq!(needed(2025, &new), ["2024: patientsAtYearEnd"]);
}

/// STF-13: the members' shares, each weighted by its days, add up to the yearly presence, also for a member reduced to
/// 1 FTE (STF-08).
#[test]
fn the_average_is_told_member_by_member() {
    let (term, stated) = (convention(), hundred_a_year(self_management()));
    let mut late = someone(1, Qualification::DiabetesNurse, Function::Education, "0.5", "0");
    late.assignments[0].span.from = day("2024-07-01");
    late.assignments.pop();
    let much = someone(2, Qualification::DiabetesNurse, Function::Education, "0.9", "0.6");
    let assessment = asked(2024, &term, &stated, &[late, much]).assess().unwrap();
    let told: Vec<_> =
        assessment.parts.iter().map(|part| (part.member.as_u128(), part.convention, part.fte.to_string())).collect();
    let (pump, other) = (ConventionKind::Pump, ConventionKind::SelfManagement);
    assert_eq!(told, [(1, pump, "46/183".into()), (2, pump, "0.6".into()), (2, other, "0.4".into())]);
    let sum: Exact = assessment.parts.iter().map(|part| part.fte.clone()).sum();
    assert_eq!(sum, of(&assessment.over_the_year, Function::Education).present.value);
}

/// STF-04, STF-05, STF-07, STF-11, CON-05: findings, deadlines and growth steps are those of the judged day, which is
/// always a day of the convention.
#[test]
fn what_follows_is_of_the_day() {
    let stated = hundred_a_year(self_management());
    let ends = End { last_day: day("2026-06-30"), why: ConventionEnd::Denounced };
    let term = Term { end: Some(ends), ..convention() };
    let mut nurse = someone(1, Qualification::DiabetesNurse, Function::Education, "0.3", "0.4");
    (nurse.entered_service, nurse.training_proved_on) = (day("2022-01-01"), None);
    nurse.assignments[0].span.from = day("2024-07-01");
    let team = [nurse];
    let question = AssessmentInput { first: day("2024-03-01"), ..asked(2024, &term, &stated, &team) };
    let on = |on: &str| AssessmentInput { on: day(on), ..question.clone() }.assess().unwrap();
    assert_eq!(
        [on("2023-01-01").on, on("2024-07-01").on, on("2031-01-01").on].map(|day| day.to_string()),
        ["2024-03-01", "2024-07-01", "2024-12-31"]
    );
    let due = |assessment: &Assessment| {
        assessment.deadlines.iter().map(|one| (one.on.to_string(), one.what)).collect::<Vec<_>>()
    };
    let both = [
        ("2024-12-31".to_owned(), DeadlineKind::TrainingProof),
        ("2026-06-30".to_owned(), DeadlineKind::ConventionEnds),
    ];
    assert_eq!(due(&on("2024-07-01")), both);
    let educators = |assessment: &Assessment| {
        assessment
            .steps
            .iter()
            .find(|step| step.function == Function::Education)
            .map(|step| (step.patients, step.present.to_string()))
    };
    // Self-management requires 0.9: 0.4 FTE reach the threshold without patients, 0.7 FTE once the patients require
    // 0.3.
    assert_eq!(educators(&on("2024-03-01")), Some((0, "0.4".into())));
    assert_eq!(educators(&on("2024-07-01")), Some((99, "0.7".into())));
    let reasons = |on: &str, stated: &Statements, team: &[Member]| {
        let found =
            AssessmentInput { on: day(on), stated, members: team, ..question.clone() }.assess().unwrap().findings;
        found.into_iter().map(|fault| fault.reason).collect::<Vec<_>>()
    };
    assert!(reasons("2024-07-01", &stated, &team).contains(&Reason::TrainingProofDue));
    // A dietician counts only where more than the floor is required, so findings depend on the year's requirement.
    let dietician = someone(2, Qualification::Dietician, Function::Education, "0.1", "0.1");
    let with = [team[0].clone(), dietician];
    let little: Statements = stated
        .keys()
        .map(|year| (*year, YearStatement { patients: Some(exact("1")), ..YearStatement::default() }))
        .collect();
    assert!(!reasons("2024-07-01", &stated, &with).contains(&Reason::DieticiansNotCounted));
    assert!(reasons("2024-07-01", &little, &with).contains(&Reason::DieticiansNotCounted));
}

proptest! {
    /// STF-13, STF-02: every figure can be recomputed from its formula, the parts add up, no more is missing than is
    /// required, and no more than 100 % can be recovered.
    #[test]
    fn an_assessment_holds_together(
        patients in 0_i64..100_000, per in 1_i64..732,
        fte in prop::collection::vec((0_usize..6, 0_i64..15_000, 0_i64..15_000), 0..12),
    ) {
        const WHO: [(Qualification, Function); 6] = [
            (Qualification::Endocrinologist, Function::Medical),
            (Qualification::DiabetesNurse, Function::Education),
            (Qualification::Dietician, Function::Education),
            (Qualification::SpecialisedStaff, Function::DataManagement),
            (Qualification::Secretary, Function::Secretariat),
            (Qualification::DiabetesNurse, Function::Secretariat),
        ];
        let team: Vec<Member> = fte.into_iter().enumerate().map(|(number, (who, pump, other))| {
            let (pump, other) = (Exact::ten_thousandths(pump).to_string(), Exact::ten_thousandths(other).to_string());
            someone(number as u128, WHO[who].0, WHO[who].1, &pump, &other)
        }).collect();
        let judgement = judged(&Exact::ratio(patients, per).to_string(), &team);
        for figure in figures(&judgement) {
            prop_assert_eq!(recomputed(figure), figure.value.clone(), "{:?}", figure);
        }
        let parts: Exact = judgement.functions.iter().map(|one| one.missing.value.clone()).sum();
        prop_assert_eq!(&parts, &judgement.missing.value);
        prop_assert!(judgement.missing.value <= judgement.required.value);
        prop_assert!(judgement.highest_recovery.value <= Exact::from(100));
        prop_assert!(!judgement.percentage.value.is_negative());
    }
}
