//! Tests of [`super`].

use rstest::rstest;

use super::{
    super::{
        credit::{LineState, tests::invoiced},
        line::tests::{blocks, told},
        pump_day::{
            tests::{CONTACTS, conditional, facts, own, p1, p3},
            without_pump,
        },
        terms::tests::basis,
    },
    *,
};
use crate::{
    convention::{coverage::period::PeriodEnd, hospital_stay::HospitalStay},
    ids::BeneficiaryId,
    span::tests::{day, span},
};

/// The basis of everybody here, always with 319.
fn of_319() -> Basis {
    basis(&["319 /"], &["2026-04-20"])
}

/// P1 of H1 whose period ended early.
fn ended(today: &str, last: &str, why: PeriodEnd) -> Facts {
    let mut facts = p1(today);
    facts.periods[0].period = facts.periods[0].period.ended(day(last), why).unwrap();
    facts
}

/// The correction of the only line of a range, billed to 319 in period 1.
fn of(range: &str, facts: &Facts, basis: &Basis) -> Option<Correction> {
    let [line] = invoiced(&blocks(&[range])).try_into().unwrap();
    correction(&line, facts, basis).unwrap()
}

/// Each part in one line: days, cause, amount, who bears it.
fn undue(correction: &Correction) -> Vec<String> {
    let line = |one: &UndueDays| {
        format!("{}/{} {} {} {}", one.days.from, one.days.to.unwrap(), one.cause, one.amount, one.borne_by)
    };
    correction.undue.iter().map(line).collect()
}

/// BIL-07, C 9 §2, COV-07, R3, B-14: the days after a move are undue; the beneficiary owes those billed before they
/// said so. The credit and the line for the days before the move are prepared.
#[rstest]
#[case(Some("2026-10-01"), &["2026-09-15/2026-09-30 takenOnElsewhere 165.28 beneficiary"])]
#[case(None, &["2026-09-15/2026-09-30 takenOnElsewhere 165.28 beneficiary"])]
#[case(Some("2026-09-10"), &["2026-09-15/2026-09-30 takenOnElsewhere 165.28 establishment"])]
#[case(Some("2026-09-15"), &["2026-09-15/2026-09-30 takenOnElsewhere 165.28 establishment"])]
#[case(
    Some("2026-09-20"),
    &[
        "2026-09-15/2026-09-19 takenOnElsewhere 51.65 beneficiary",
        "2026-09-20/2026-09-30 takenOnElsewhere 113.63 establishment",
    ]
)]
fn b_14_days_after_a_move_are_undue(#[case] told_on: Option<&str>, #[case] expected: &[&str]) {
    let mut facts = ended("2026-10-08", "2026-09-14", PeriodEnd::TakenOnElsewhere);
    facts.move_notices = told_on.map(day).into_iter().collect();
    let found = of("2026-09-01/2026-09-30", &facts, &of_319()).unwrap();
    assert_eq!(undue(&found), expected);
    assert_eq!(found.undue_amount().to_string(), "165.28");
    assert_eq!(found.credit.amount().to_string(), "-309.90");
    assert_eq!(told(&found.anew), ["300 2026-09-01/2026-09-14 14 144.62"]);
    assert_eq!(found.lost, []);
}

/// BIL-07, B-14, C-25: only a move to another establishment, or to the children's convention, is the beneficiary's.
#[rstest]
#[case(PeriodEnd::ChildrensConvention, "childrensConvention", "beneficiary")]
#[case(PeriodEnd::EstablishmentStops, "periodEnded", "establishment")]
#[case(PeriodEnd::ConventionEnded, "periodEnded", "establishment")]
#[case(PeriodEnd::Superseded, "periodEnded", "establishment")]
#[case(PeriodEnd::Death, "death", "establishment")]
fn b_14_only_a_move_is_the_beneficiarys(#[case] why: PeriodEnd, #[case] cause: &str, #[case] bearer: &str) {
    let found = of("2026-09-01/2026-09-30", &ended("2026-10-08", "2026-09-29", why), &of_319()).unwrap();
    assert_eq!(undue(&found), [format!("2026-09-30/2026-09-30 {cause} 10.33 {bearer}")]);
}

/// COV-07, BIL-01, C-14: the day of the transfer is the other establishment's; one recorded here before is undue.
#[rstest]
#[case("2026-10-13", None)]
#[case("2026-10-14", Some(UndueCause::TakenOnElsewhere))]
fn c_14_the_day_of_the_transfer_is_undue(#[case] on: &str, #[case] expected: Option<UndueCause>) {
    assert_eq!(cause(day(on), &ended("2026-10-20", "2026-10-13", PeriodEnd::TakenOnElsewhere)), expected);
}

/// COV-03, C-21: a later decision makes the days from its first day on undue.
#[rstest]
#[case("2026-10-31", None)]
#[case("2026-11-01", Some(UndueCause::PeriodEnded))]
fn c_21_a_later_decision_makes_days_undue(#[case] on: &str, #[case] expected: Option<UndueCause>) {
    assert_eq!(cause(day(on), &ended("2026-12-01", "2026-10-31", PeriodEnd::Superseded)), expected);
}

/// BIL-12, BIL-05, B-06: a change of insurer learned afterwards credits the line and bills each insurer its days.
#[test]
fn b_06_each_insurer_is_billed_its_days() {
    let basis = basis(&["319 /2026-05-10", "100 2026-05-11/"], &["2026-04-20"]);
    let found = of("2026-05-01/2026-05-31", &p1("2026-06-20"), &basis).unwrap();
    assert_eq!(found.credit.amount().to_string(), "-319.30");
    assert_eq!(told(&found.anew), ["100 2026-05-11/2026-05-31 21 216.30", "300 2026-05-01/2026-05-10 10 103.00"]);
    assert_eq!((found.undue, found.lost), (vec![], vec![]));
}

/// BIL-12: a day on which the beneficiary had no insurer is not due from anybody.
#[test]
fn b_06_a_day_without_insurer_is_undue() {
    let basis = basis(&["319 /2026-05-30"], &["2026-04-20"]);
    let found = of("2026-05-01/2026-05-31", &p1("2026-06-20"), &basis).unwrap();
    assert_eq!(undue(&found), ["2026-05-31/2026-05-31 notInsured 10.30 establishment"]);
}

/// BIL-08, R6, B-18: after two years the credit is made, the line to the other insurer is not, and the loss is shown.
#[rstest]
#[case("2026-11-03", "310.00", &[])]
#[case("2026-06-01", "310.00", &[])]
#[case("2026-05-31", "0.00", &["100 2024-05-01/2024-05-31 31 310.00"])]
fn b_18_a_credit_is_never_too_late(#[case] today: &str, #[case] lost: &str, #[case] anew: &[&str]) {
    let facts = facts(today, &[own(1, "2024-01-01/2024-12-31")]);
    let found = of("2024-05-01/2024-05-31", &facts, &basis(&["100 /"], &["2024-01-10"])).unwrap();
    assert_eq!(found.credit.amount().to_string(), "-310.00");
    assert_eq!(
        (found.lost_amount().to_string().as_str(), told(&found.anew)),
        (lost, anew.iter().map(ToString::to_string).collect())
    );
    assert_eq!(found.lost.len(), usize::from(anew.is_empty()));
}

/// COV-07, R4, B-20, C-25: the days after the day of death are undue, whether or not the period was cut.
#[rstest]
#[case(false)]
#[case(true)]
fn b_20_days_after_death_are_undue(#[case] cut: bool) {
    let mut facts = p1("2026-09-05");
    facts.death = Some(day("2026-08-20"));
    if cut {
        facts.periods[0].period = facts.periods[0].period.ended(day("2026-08-20"), PeriodEnd::Death).unwrap();
    }
    let found = of("2026-08-01/2026-08-31", &facts, &of_319()).unwrap();
    assert_eq!(undue(&found), ["2026-08-21/2026-08-31 death 113.63 establishment"]);
    assert_eq!(found.credit.amount().to_string(), "-320.23");
    assert_eq!(told(&found.anew), ["300 2026-08-01/2026-08-20 20 206.60"]);
}

/// COV-11, PMP-04: an unmet condition, a pump that stopped and a start in hospital that fails make days undue.
#[test]
fn other_causes_are_named() {
    assert_eq!(cause(day("2026-11-05"), &conditional("2026-12-01", None)), Some(UndueCause::ConditionUnmet));
    assert_eq!(cause(day("2026-11-05"), &conditional("2026-12-01", Some("2026-11-01"))), None);
    let stay = HospitalStay {
        beneficiary_id: BeneficiaryId(uuid::Uuid::nil()),
        from: day("2026-05-21"),
        to: None,
        hospital_number: "71000436".parse().unwrap(),
        pump_continued: false,
        linked_to_diabetes: false,
    };
    let stopped = Facts { without_pump: without_pump(&stay).into_iter().collect(), ..p1("2026-06-01") };
    assert_eq!(cause(day("2026-05-21"), &stopped), Some(UndueCause::PumpStopped));
    assert_eq!(cause(day("2026-05-20"), &stopped), None);
    assert_eq!(cause(day("2026-05-06"), &p3("2026-06-01", &CONTACTS[1..])), Some(UndueCause::StartInHospital));
}

/// BIL-05: nothing is corrected when nothing changed, nor when only an entitlement code or a destination did.
#[test]
fn nothing_is_corrected_without_need() {
    let mut basis = of_319();
    assert_eq!(of("2026-05-01/2026-05-31", &p1("2026-06-20"), &basis), None);
    basis.affiliations[0].ct1 = "110".parse().ok();
    basis.destinations.insert("319".parse().unwrap(), "319".parse().unwrap());
    assert_eq!(of("2026-05-01/2026-05-31", &p1("2026-06-20"), &basis), None);
}

/// BIL-05: what cannot be credited cannot be corrected.
#[test]
fn a_credited_line_is_not_corrected_again() {
    let [mut line] = invoiced(&blocks(&["2026-09-01/2026-09-30"])).try_into().unwrap();
    line.state = LineState::Credited;
    let facts = ended("2026-10-08", "2026-09-14", PeriodEnd::TakenOnElsewhere);
    assert_eq!(correction(&line, &facts, &of_319()), Err(Refusal::LineCredited));
}

/// BIL-12: days in another period than the one billed are billed anew under its agreement.
#[test]
fn a_day_of_another_period_is_billed_anew() {
    let facts = facts("2026-06-20", &[own(2, "2026-04-01/2027-03-31")]);
    let found = of("2026-05-01/2026-05-31", &facts, &basis(&["319 /"], &["2026-04-20", "2026-06-10"])).unwrap();
    assert_eq!(found.anew[0].terms.agreed_on, day("2026-06-10"));
    assert_eq!(span("2026-05-01/2026-05-31"), found.anew[0].lines[0].days());
}
