use rstest::rstest;
use uuid::Uuid;

use super::*;
use crate::{
    ids::BeneficiaryId,
    span::tests::{day, span},
};

const NOBODY: BeneficiaryId = BeneficiaryId(Uuid::nil());

/// A general practitioner (`g`) or specialist (`s`) with the days on which they treat.
fn physician(text: &str) -> TreatingPhysician {
    let (kind, days) = text.split_once(' ').unwrap();
    let kind = if kind == "g" { PhysicianKind::GeneralPractitioner } else { PhysicianKind::Specialist };
    let days = span(days);
    TreatingPhysician {
        beneficiary_id: NOBODY,
        from: days.from,
        to: days.to,
        kind,
        name: "Dr Invented".to_owned(),
        nihdi_number: None,
    }
}

/// A report such as `start g 2026-04-03`.
fn report(text: &str) -> PractitionerReport {
    let parts: Vec<&str> = text.split(' ').collect();
    let sent_to = if parts[1] == "g" { PhysicianKind::GeneralPractitioner } else { PhysicianKind::Specialist };
    let kind = ReportKind::from_name(parts[0]).unwrap();
    PractitionerReport { beneficiary_id: NOBODY, day: day(parts[2]), kind, sent_to, note: None }
}

fn change(on: &str, important: bool) -> TherapyChange {
    TherapyChange { beneficiary_id: NOBODY, day: day(on), change: "basal rates".to_owned(), important }
}

fn dues(on: &str, covered: &[&str], physicians: &[&str], changes: &[TherapyChange], sent: &[&str]) -> Vec<String> {
    let covered: Vec<_> = covered.iter().map(|text| span(text)).collect();
    let physicians: Vec<_> = physicians.iter().map(|text| physician(text)).collect();
    let reports: Vec<_> = sent.iter().map(|text| report(text)).collect();
    let told = Told { covered: &covered, physicians: &physicians, changes, reports: &reports, on: day(on) };
    let shown = |one: ReportDue| {
        let to = if one.sent_to == PhysicianKind::Specialist { "s" } else { "g" };
        let sent = one.sent_on.map(|day| format!(" {day}")).unwrap_or_default();
        format!("{} {to} {} {}{sent}", one.kind, one.due, one.state)
    };
    told.dues().into_iter().map(shown).collect()
}

const P1: [&str; 2] = ["2026-04-01/2027-03-31", "2027-04-01/2028-03-31"];
const GP: &str = "g 2020-01-01/";

/// REG-04: information at the start, a full report within twelve months, and then twelve months after the last one;
/// nothing becomes due after the last day covered.
#[rstest]
#[case("2026-03-31", &[], &[])]
#[case("2026-04-01", &[], &["start g 2026-04-01 open", "yearly g 2027-04-01 open"])]
#[case("2026-04-02", &[], &["start g 2026-04-01 late", "yearly g 2027-04-01 open"])]
#[case("2026-04-03", &["start g 2026-04-03"], &["start g 2026-04-01 sent 2026-04-03", "yearly g 2027-04-01 open"])]
#[case("2027-04-02", &["start g 2026-03-20"], &["start g 2026-04-01 sent 2026-03-20", "yearly g 2027-04-01 late"])]
#[case("2027-04-02", &["start g 2026-04-03", "yearly g 2027-02-10"],
    &["start g 2026-04-01 sent 2026-04-03", "yearly g 2027-04-01 sent 2027-02-10", "yearly g 2028-02-10 open"])]
#[case("2028-06-01", &["start g 2026-04-03", "yearly g 2027-02-10", "yearly g 2028-02-05"],
    &["start g 2026-04-01 sent 2026-04-03", "yearly g 2027-04-01 sent 2027-02-10",
        "yearly g 2028-02-10 sent 2028-02-05"])]
fn a_full_report_every_year(#[case] on: &str, #[case] sent: &[&str], #[case] expected: &[&str]) {
    assert_eq!(dues(on, &P1, &[GP], &[], sent), expected);
}

/// REG-04: the specialist is informed if there is one; without practitioner nothing is late, and what was sent counts.
#[rstest]
#[case(&[GP, "s 2020-01-01/"], &["start g 2026-04-01 late", "start s 2026-04-01 late", "yearly g 2027-04-01 open"])]
#[case(&[GP, "s 2026-06-01/"], &["start g 2026-04-01 late", "yearly g 2027-04-01 open", "start s 2026-06-01 late"])]
#[case(&[GP, "s 2026-01-01/2026-03-31"], &["start g 2026-04-01 late", "yearly g 2027-04-01 open"])]
#[case(&[], &["start g 2026-04-01 noneKnown", "yearly g 2027-04-01 noneKnown"])]
#[case(&["g 2026-05-01/"], &["yearly g 2027-04-01 open", "start g 2026-05-01 late"])]
fn who_is_informed(#[case] physicians: &[&str], #[case] expected: &[&str]) {
    let mut expected: Vec<_> = expected.to_vec();
    expected.sort_by_key(|text| text.split(' ').nth(2).unwrap());
    assert_eq!(dues("2026-09-01", &P1, physicians, &[], &[]), expected);
}

/// REG-04: an important change is due until a report is sent, be it a full one; others are not, nor those outside a
/// therapy.
#[rstest]
#[case("2026-09-02", &[], &[])]
#[case("2026-09-03", &[], &["importantChange g 2026-09-03 open"])]
#[case("2027-01-31", &[], &["importantChange g 2026-09-03 late"])]
#[case("2027-01-31", &["importantChange g 2026-09-02"], &["importantChange g 2026-09-03 late"])]
#[case("2027-01-31", &["importantChange g 2026-09-10"], &["importantChange g 2026-09-03 sent 2026-09-10"])]
#[case("2027-01-31", &["yearly g 2026-09-03"], &["importantChange g 2026-09-03 sent 2026-09-03"])]
fn an_important_change_is_told(#[case] on: &str, #[case] sent: &[&str], #[case] expected: &[&str]) {
    let changes = [change("2026-08-01", false), change("2026-03-31", true), change("2026-09-03", true)];
    let all = dues(on, &P1, &[GP], &changes, sent);
    assert_eq!(all.into_iter().filter(|one| one.starts_with("important")).collect::<Vec<_>>(), expected);
}

/// REG-04: a therapy that begins anew after a gap is told anew.
#[test]
fn a_new_therapy_is_told_anew() {
    let covered = ["2026-04-01/2026-09-30", "2027-01-01/2027-12-31"];
    assert_eq!(
        dues("2027-01-15", &covered, &[GP], &[], &["start g 2026-04-03"]),
        ["start g 2026-04-01 sent 2026-04-03", "start g 2027-01-01 late"]
    );
    assert_eq!(
        dues("2027-01-15", &covered, &[GP], &[], &["start g 2026-12-20"]),
        ["start g 2026-04-01 late", "start g 2027-01-01 sent 2026-12-20"]
    );
}
