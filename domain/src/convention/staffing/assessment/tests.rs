//! Whole assessments, each figure reckoned again on paper.

use proptest::prelude::*;

use super::*;
use crate::convention::staffing::{
    figure::paper::reckoned,
    patients::YearNumber,
    team::{
        ConventionKind, Qualification,
        tests::{assignment, day, member},
    },
};

fn exact(text: &str) -> Exact {
    text.parse().unwrap()
}

/// A member of the function's first qualification, with so much in the pump convention and in self-management, for ever.
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

fn figures(judgement: &Judgement) -> Vec<&Figure> {
    let all = [&judgement.required, &judgement.missing, &judgement.percentage, &judgement.highest_recovery];
    let each = judgement.functions.iter().flat_map(|one| {
        let six = [&one.pump, &one.self_management, &one.required, &one.present, &one.shortfall, &one.missing];
        six.into_iter().chain(&one.as_educators)
    });
    all.into_iter().chain(each).collect()
}

fn of(judgement: &Judgement, function: Function) -> &FunctionJudgement {
    judgement.functions.iter().find(|one| one.function == function).unwrap()
}

fn judged(patients: &str, members: &[Member]) -> Judgement {
    let presence = Presence::of(members, day("2024-05-01"), day("2024-05-01"));
    let nurses = Some(presence.nurses());
    judge(&exact(patients), &self_management(), presence, nurses)
}

/// STF-04: the article's example. 0.27 for pumps and 0.32 for self-management, each below 0.5, are 0.59 together: grow.
#[test]
fn the_articles_example_must_grow() {
    // 0.87 are required for pumps and 0.9 for self-management; 0.6 and 0.58 are there.
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

/// STF-04: the threshold is 0.5 for physicians and educators and 0.25 for each other function, and reaching it is enough.
#[test]
fn each_function_has_its_threshold() {
    let thresholds: Vec<_> = judged("0", &[]).functions.iter().map(|one| one.threshold.to_string()).collect();
    assert_eq!(thresholds, ["0.5", "0.5", "0.25", "0.25"]);
    for (present, grows) in [("0.15", true), ("0.1501", false)] {
        let one = [someone(1, Qualification::Secretary, Function::Secretariat, present, "0")];
        // 0.2 for self-management and 0.2 for pumps are required.
        let patients = &exact("20") / &exact("0.0667");
        assert_eq!(of(&judged(&patients.to_string(), &one), Function::Secretariat).must_grow, grows, "{present}");
    }
}

/// STF-02: below a floor the team must act, however small the shortfall, and however few the patients.
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

/// STF-13: the shortfalls of what must grow or is below a floor, ÷ what is required of all; no surplus offsets another's.
#[test]
fn the_missing_percentage_counts_what_must_grow_or_is_below_a_floor() {
    let team = [
        // 10 FTE of physicians are a surplus that helps no other function.
        someone(1, Qualification::Endocrinologist, Function::Medical, "5", "5"),
        someone(2, Qualification::DiabetesNurse, Function::Education, "0.3", "0.3"),
        someone(3, Qualification::SpecialisedStaff, Function::DataManagement, "0.1", "0"),
        someone(4, Qualification::Secretary, Function::Secretariat, "0.2", "0.2"),
    ];
    let judgement = judged("300", &team);
    // Required: 0.15 + 0.4, 0.918 + 0.9, 0.1836, 0.2001 + 0.2.
    assert_eq!(judgement.required.value, exact("2.9517"));
    // Educators lack 1.218 and must grow; data management lacks 0.0836 and need not, the secretariat lacks 0.0001.
    assert_eq!(judgement.missing.value, exact("1.218"));
    assert_eq!(judgement.percentage.value.shown(2), "41.26");
    assert_eq!(judgement.highest_recovery.value.shown(2), "82.53");
    assert_eq!(judged("300", &[]).highest_recovery.value, exact("100"));
    for figure in figures(&judgement) {
        assert_eq!(reckoned(figure), figure.value, "{figure:?}");
    }
    let shortfall = &of(&judgement, Function::Secretariat).as_educators;
    assert_eq!(shortfall.as_ref().unwrap().value, exact("0.000075"));
}

fn asked<'a>(
    year: i32,
    patients: &'a Patients,
    self_management: &'a BTreeMap<Function, Exact>,
    members: &'a [Member],
) -> Question<'a> {
    Question {
        year,
        first: NaiveDate::from_ymd_opt(year, 1, 1).unwrap(),
        last: NaiveDate::from_ymd_opt(year, 12, 31).unwrap(),
        on: NaiveDate::from_ymd_opt(year, 12, 31).unwrap(),
        new_since: None,
        patients,
        self_management,
        members,
    }
}

fn hundred_a_year() -> Patients {
    let known = YearNumber { stated: Some(exact("100")), patient_days: None };
    Patients { years: (2018..2030).map(|year| (year, known.clone())).collect(), ..Patients::default() }
}

/// STF-14: nurses below the floor on 1 January 2021 have until 30 June 2021, that day included; the year is then held against
/// its second half alone.
#[test]
fn nurses_have_until_the_end_of_june_2021() {
    let (patients, none) = (hundred_a_year(), BTreeMap::new());
    let nurse = |from: &str| {
        let mut early = someone(1, Qualification::DiabetesNurse, Function::Education, "0.5", "0");
        early.assignments.push(assignment(Function::Education, ConventionKind::Pump, "0.1", from, ""));
        [early]
    };
    for (from, below) in [("2021-07-01", false), ("2021-07-02", true), ("2021-01-02", false)] {
        let team = nurse(from);
        let assessment = asked(2021, &patients, &none, &team).assess().unwrap();
        assert_eq!(assessment.nurses_by, Some(day("2021-06-30")));
        let floor = of(&assessment.over_the_year, Function::Education).floor.clone().unwrap();
        assert_eq!(floor.below, below, "{from}");
    }
    let team = nurse("2021-07-01");
    for (on, floor) in [("2021-06-30", None), ("2021-07-01", Some(false))] {
        let question = Question { on: day(on), ..asked(2021, &patients, &none, &team) };
        let judged = question.assess().unwrap().on_the_day;
        assert_eq!(of(&judged, Function::Education).floor.as_ref().map(|floor| floor.below), floor, "{on}");
    }
    // Who reached it on 1 January has no such time, nor has who joined later.
    let reached = nurse("2021-01-01");
    assert_eq!(asked(2021, &patients, &none, &reached).assess().unwrap().nurses_by, None);
    assert_eq!(asked(2022, &patients, &none, &team).assess().unwrap().nurses_by, None);
}

/// STF-03, STF-13: the day and the year are judged by the same number of patients, each with its own presence.
#[test]
fn a_day_and_the_year_are_judged_apart() {
    let (patients, stated) = (hundred_a_year(), self_management());
    let mut nurse = someone(1, Qualification::DiabetesNurse, Function::Education, "0.5", "0.5");
    nurse.assignments[0].from = day("2024-07-01");
    let team = [nurse];
    let assessment = asked(2024, &patients, &stated, &team).assess().unwrap();
    assert_eq!(assessment.patients.value, exact("100"));
    assert_eq!(of(&assessment.on_the_day, Function::Education).present.value, exact("1"));
    let average = &of(&assessment.over_the_year, Function::Education).present.value;
    assert_eq!(*average, exact("0.5") + &exact("92") / &exact("366"));
}

proptest! {
    /// STF-13, STF-02: every figure of an assessment can be reckoned on paper, the parts make the whole, what is missing is
    /// within what is required, and what can be recovered never exceeds everything.
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
            prop_assert_eq!(reckoned(figure), figure.value.clone(), "{:?}", figure);
        }
        let parts: Exact = judgement.functions.iter().map(|one| one.missing.value.clone()).sum();
        prop_assert_eq!(&parts, &judgement.missing.value);
        prop_assert!(judgement.missing.value <= judgement.required.value);
        prop_assert!(judgement.highest_recovery.value <= Exact::from(100));
        prop_assert!(!judgement.percentage.value.is_negative());
    }
}
