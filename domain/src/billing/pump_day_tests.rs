//! Tests of [`super`].

use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::{
    clock::brussels_day,
    convention::{
        coverage::period::{Period, PeriodEnd},
        tariff::Tariff,
    },
    ids::BeneficiaryId,
    refusal::tests::described,
    span::tests::{day, span},
};

/// The tariff of the scenarios.
pub(crate) fn tariffs() -> Vec<Tariff> {
    let rows = [("2021-01-01", "1.22"), ("2025-03-01", "1.49"), ("2026-03-01", "1.52"), ("2026-06-16", "1.55")];
    rows.iter().map(|(from, indexable)| row(from, indexable)).collect()
}

/// A row of it.
pub(crate) fn row(from: &str, indexable: &str) -> Tariff {
    Tariff {
        from: day(from),
        indexable: indexable.parse().unwrap(),
        fixed: "8.78".parse().unwrap(),
        source: "test data".to_owned(),
    }
}

/// A period of H1, numbered.
pub(crate) fn own(id: u128, days: &str) -> KnownPeriod {
    let days = span(days);
    KnownPeriod { id: Uuid::from_u128(id), own: true, period: Period::granted(days.from, days.to.unwrap()) }
}

/// A period of another establishment.
fn elsewhere(days: &str) -> KnownPeriod {
    KnownPeriod { own: false, ..own(9, days) }
}

/// What H1 knows of somebody on a day.
pub(crate) fn facts(today: &str, periods: &[KnownPeriod]) -> Facts {
    Facts { today: day(today), periods: periods.to_vec(), tariffs: tariffs(), ..Facts::default() }
}

/// The fixture's P1, covered from 2026-04-01 to 2027-03-31.
pub(crate) fn p1(today: &str) -> Facts {
    facts(today, &[own(1, "2026-04-01/2027-03-31")])
}

/// Each part in one line: days, then `due` or the faults.
fn told(verdicts: &[Verdict]) -> Vec<String> {
    let line = |one: &Verdict| {
        let outcome = match &one.outcome {
            Ok(_) => "due".to_owned(),
            Err(faults) => faults.iter().map(described).collect::<Vec<_>>().join(", "),
        };
        format!("{}/{} {outcome}", one.days.from, one.days.to.unwrap())
    };
    verdicts.iter().map(line).collect()
}

/// BIL-01, B-07: a day can be recorded when it is over in Brussels, whatever its length.
#[rstest]
#[case("2026-05-31", "2026-05-31T21:59:59Z", false)]
#[case("2026-05-31", "2026-05-31T22:00:00Z", true)]
#[case("2026-10-25", "2026-10-25T22:59:59Z", false)]
#[case("2026-10-25", "2026-10-25T23:00:00Z", true)]
#[case("2027-03-28", "2027-03-28T21:59:59Z", false)]
#[case("2027-03-28", "2027-03-28T22:00:00Z", true)]
fn b_07_a_day_is_recorded_when_it_is_over(#[case] of: &str, #[case] at: &str, #[case] due: bool) {
    let today = brussels_day(at.parse().unwrap());
    let found = verdict(day(of), &Facts { today, ..p1("2026-01-01") });
    let faults = found.err().unwrap_or_default();
    assert_eq!(faults.iter().map(described).next(), (!due).then(|| "BIL-01 day dayNotOver".to_owned()));
}

/// BIL-01, B-08: only days of the period are due; the others are named.
#[test]
fn b_08_each_day_outside_the_period_is_named() {
    let found = verdicts(span("2026-03-30/2026-04-02"), &p1("2026-05-01"));
    assert_eq!(told(&found), ["2026-03-30/2026-03-31 BIL-01 day noGrantedPeriod", "2026-04-01/2026-04-02 due"]);
    assert_eq!(found[1].outcome, Ok(Uuid::from_u128(1)));
}

/// BIL-01: the day on which a period begins again, at its end, is due in the new one.
#[test]
fn b_04_each_day_has_its_own_period() {
    let facts = facts("2027-04-01", &[own(1, "2026-03-15/2027-03-14"), own(2, "2027-03-15/2028-03-14")]);
    let periods: Vec<_> = verdicts(span("2027-03-01/2027-03-31"), &facts);
    assert_eq!(told(&periods), ["2027-03-01/2027-03-14 due", "2027-03-15/2027-03-31 due"]);
    assert_eq!(periods[1].outcome, Ok(Uuid::from_u128(2)));
}

/// BIL-09, BIL-01, B-09: a day that is due already, anywhere, is due no second time, and the place is not said. Without
/// a period of its own an establishment has no day.
#[test]
fn b_09_a_day_is_due_once() {
    let due = Facts { due: BTreeSet::from([day("2026-04-10")]), ..p1("2026-05-01") };
    let found = told(&verdicts(span("2026-04-09/2026-04-11"), &due));
    assert_eq!(found[1], "2026-04-10/2026-04-10 BIL-09 day dayAlreadyDue");
    assert_eq!(found.len(), 3);
    let of_h2 = facts("2026-05-01", &[elsewhere("2026-04-01/2027-03-31")]);
    assert_eq!(
        told(&verdicts(span("2026-04-10/2026-04-10"), &of_h2)),
        ["2026-04-10/2026-04-10 BIL-01 day noGrantedPeriod"]
    );
}

/// BIL-08, B-10: two years after the end of the month it is too late, unless a registered letter interrupted it.
#[rstest]
#[case("2026-05-31", false, true)]
#[case("2026-06-01", false, false)]
#[case("2026-06-01", true, true)]
#[case("2028-05-20", true, true)]
#[case("2028-05-21", true, false)]
fn b_10_a_day_is_due_within_two_years(#[case] today: &str, #[case] letter: bool, #[case] due: bool) {
    let mut facts = facts(today, &[own(1, "2024-01-01/2024-12-31")]);
    if letter {
        facts.interruptions = vec![Interruption { days: span("2024-05-01/2024-05-31"), sent_on: day("2026-05-20") }];
    }
    let found = verdict(day("2024-05-10"), &facts);
    assert_eq!(found.is_ok(), due);
    if let Err(faults) = found {
        let last = if letter { "2028-05-20" } else { "2026-05-31" };
        assert_eq!(
            faults.iter().map(described).collect::<Vec<_>>(),
            [format!("BIL-08 day limitationPassed day={last}")]
        );
    }
}

fn stay_elsewhere(days: &str, pump_continued: bool) -> HospitalStay {
    HospitalStay {
        beneficiary_id: BeneficiaryId(Uuid::nil()),
        from: span(days).from,
        to: span(days).to,
        hospital_number: "71032209".parse().unwrap(),
        pump_continued,
        linked_to_diabetes: false,
    }
}

/// PMP-04, BIL-11, B-11, B-12: days in any hospital are due while the pump goes on, and only then. The day of the
/// return home is one at home.
#[rstest]
#[case(&[("2026-05-04/2026-05-08", true)], &["2026-05-01/2026-05-31 due"])]
#[case(
    &[("2026-05-04/2026-05-07", false), ("2026-05-07/2026-05-08", true)],
    &["2026-05-01/2026-05-03 due", "2026-05-04/2026-05-06 PMP-04 day pumpStopped", "2026-05-07/2026-05-31 due"]
)]
#[case(&[("2026-05-21/", false)], &["2026-05-01/2026-05-20 due", "2026-05-21/2026-05-31 PMP-04 day pumpStopped"])]
#[case(&[("2026-05-04/2026-05-04", false)], &["2026-05-01/2026-05-31 due"])]
fn b_12_days_without_pump_do_not_count(#[case] stays: &[(&str, bool)], #[case] expected: &[&str]) {
    let stays: Vec<_> = stays.iter().map(|(days, pump)| stay_elsewhere(days, *pump)).collect();
    let facts = Facts { without_pump: stays.iter().filter_map(without_pump).collect(), ..p1("2026-06-01") };
    assert_eq!(told(&verdicts(span("2026-05-01/2026-05-31"), &facts)), expected);
}

/// P3: admitted to H1 on 2026-05-04, pump from 2026-05-06, home on 2026-05-13.
pub(crate) fn p3(today: &str, contacts: &[&str]) -> Facts {
    let stay =
        Stay { from: day("2026-05-04"), to: Some(day("2026-05-13")), with_convention: true, linked_to_diabetes: true };
    Facts {
        stays: vec![stay],
        contacts: contacts.iter().map(|text| day(text)).collect(),
        pumps: vec![day("2026-05-06")],
        ..facts(today, &[own(3, "2026-05-06/2027-05-05")])
    }
}

/// The working days of P3's stay, and the day of the return.
pub(crate) const CONTACTS: [&str; 6] =
    ["2026-05-06", "2026-05-07", "2026-05-08", "2026-05-11", "2026-05-12", "2026-05-13"];

/// PMP-04, B-13: a start in hospital counts with a contact on every working day of the stay; without one no day before
/// the return home counts, and each names the day that is missing.
#[test]
fn b_13_a_start_in_hospital_asks_for_contacts() {
    let may = span("2026-05-06/2026-05-31");
    assert_eq!(told(&verdicts(may, &p3("2026-06-01", &CONTACTS))), ["2026-05-06/2026-05-31 due"]);
    let without = [&CONTACTS[..4], &CONTACTS[5..]].concat();
    let found = told(&verdicts(may, &p3("2026-06-01", &without)));
    let missing = "2026-05-06/2026-05-12 PMP-04 day contactMissing day=2026-05-12";
    assert_eq!(found, [missing, "2026-05-13/2026-05-31 due"]);
}

/// PMP-04, C-26: a start in hospital that fails a condition names each, before the return home only.
#[test]
fn b_13_a_start_in_hospital_has_conditions() {
    let mut facts = p3("2026-06-01", &CONTACTS);
    facts.stays[0].linked_to_diabetes = false;
    facts.pumps.push(day("2020-01-01"));
    let found = told(&verdicts(span("2026-05-12/2026-05-13"), &facts));
    let both = "2026-05-12/2026-05-12 PMP-04 day stayNotLinked, PMP-04 day notFirstPump";
    assert_eq!(found, [both, "2026-05-13/2026-05-13 due"]);
}

/// PMP-04: who was covered on the eve, here or elsewhere, stays covered in hospital without contacts.
#[rstest]
#[case(own(1, "2025-05-06/2026-05-05"), true)]
#[case(elsewhere("2025-05-06/2026-05-05"), true)]
#[case(own(1, "2025-05-06/2026-05-04"), false)]
fn b_11_who_is_covered_stays_so_in_hospital(#[case] before: KnownPeriod, #[case] due: bool) {
    let mut facts = p3("2026-06-01", &[]);
    facts.periods.push(before);
    assert_eq!(verdict(day("2026-05-06"), &facts).is_ok(), due);
}

/// COV-07, R4, B-20, C-25: the day of death is due, no later one is.
#[test]
fn b_20_the_day_of_death_is_due() {
    let facts = Facts { death: Some(day("2026-08-20")), ..p1("2026-09-05") };
    let found = told(&verdicts(span("2026-08-19/2026-08-21"), &facts));
    assert_eq!(found, ["2026-08-19/2026-08-20 due", "2026-08-21/2026-08-21 COV-07 day afterDeath"]);
}

/// P1 with the adviser's condition of B-24.
pub(crate) fn conditional(today: &str, met_from: Option<&str>) -> Facts {
    let condition = Condition {
        text: "HbA1c report by 2026-10-31, else no reimbursement from 2026-11-01".to_owned(),
        due_on: day("2026-10-31"),
        stops_on: day("2026-11-01"),
    };
    let met = met_from.map(|from| Met { met_on: day(from), effective_from: day(from) });
    let condition = SetCondition { period: Uuid::from_u128(1), condition, met };
    Facts { conditions: vec![condition], ..p1(today) }
}

/// COV-11, R8, B-24: an unmet condition stops days from the day that the decision names until it is met, with its text.
#[rstest]
#[case(None, "2026-11-30")]
#[case(Some("2026-11-21"), "2026-11-20")]
#[case(Some("2026-11-01"), "2026-10-31")]
fn b_24_an_unmet_condition_stops_days(#[case] met: Option<&str>, #[case] last_refused: &str) {
    let found = verdicts(span("2026-10-30/2026-11-30"), &conditional("2026-12-01", met));
    let refused = found.iter().find(|one| one.outcome.is_err());
    assert_eq!(refused.and_then(|one| one.days.to).unwrap_or(day("2026-10-31")), day(last_refused));
    if let Some(Err(faults)) = refused.map(|one| &one.outcome) {
        let text = "HbA1c report by 2026-10-31, else no reimbursement from 2026-11-01";
        assert_eq!(described(&faults[0]), format!("COV-11 day conditionUnmet text={text} day=2026-11-01"));
        assert_eq!(refused.map(|one| one.days.from), Some(day("2026-11-01")));
    }
}

/// COV-11: a condition binds its own period only.
#[test]
fn a_condition_is_of_its_period() {
    let mut facts = conditional("2026-12-01", None);
    facts.conditions[0].period = Uuid::from_u128(2);
    assert!(verdict(day("2026-11-15"), &facts).is_ok());
}

/// COV-07, BIL-01, C-14, C-21: a period that ended early bears no day after its end.
#[rstest]
#[case("2026-10-13", PeriodEnd::TakenOnElsewhere)]
#[case("2026-10-31", PeriodEnd::Superseded)]
fn c_14_c_21_a_period_ends_with_its_last_day(#[case] last: &str, #[case] why: PeriodEnd) {
    let mut facts = p1("2026-12-01");
    facts.periods[0].period = facts.periods[0].period.ended(day(last), why).unwrap();
    let found = told(&verdicts(span("2026-10-13/2026-11-01"), &facts));
    let next = day(last).succ_opt().unwrap();
    let refused = format!("{next}/2026-11-01 BIL-01 day noGrantedPeriod");
    assert_eq!(found, [format!("2026-10-13/{last} due"), refused]);
}

/// COV-07, C-15: a period that has not begun bears no day, and none once it is given up.
#[test]
fn c_15_a_period_to_come_bears_no_day() {
    let mut facts = facts("2026-11-25", &[own(1, "2027-01-01/2027-12-31")]);
    assert_eq!(told(&verdicts(span("2027-01-01/2027-01-01"), &facts)), ["2027-01-01/2027-01-01 BIL-01 day dayNotOver"]);
    facts.periods[0].period = facts.periods[0].period.ended(day("2026-12-31"), PeriodEnd::GivenUp).unwrap();
    facts.today = day("2027-02-01");
    assert_eq!(
        told(&verdicts(span("2027-01-01/2027-01-01"), &facts)),
        ["2027-01-01/2027-01-01 BIL-01 day noGrantedPeriod"]
    );
}

/// CON-07, BIL-03, C-19: of a period granted under the earlier convention the days from 2021 on are due here.
#[test]
fn c_19_an_earlier_period_is_due_from_2021_on() {
    let found =
        told(&verdicts(span("2020-09-01/2021-08-31"), &facts("2021-09-02", &[own(1, "2020-09-01/2021-08-31")])));
    assert_eq!(found, ["2020-09-01/2020-12-31 BIL-03 day noPrice", "2021-01-01/2021-08-31 due"]);
}

/// SYS-04, BIL-01: everything that is wrong with a day is said at once.
#[test]
fn all_faults_of_a_day_come_at_once() {
    let mut facts = conditional("2026-11-15", None);
    facts.death = Some(day("2026-11-14"));
    facts.without_pump = vec![span("2026-11-10/")];
    facts.due = BTreeSet::from([day("2026-11-15")]);
    facts.tariffs.clear();
    let faults = verdict(day("2026-11-15"), &facts).unwrap_err();
    let rules: Vec<_> = faults.iter().map(|fault| fault.rule.id()).collect();
    assert_eq!(rules, ["COV-07", "PMP-04", "BIL-03", "COV-11", "BIL-01", "BIL-09"]);
}

/// BIL-01: a range has a last day, at most a year, and no day of another.
#[rstest]
#[case(&["2026-04-01/2026-04-30", "2026-05-01/2026-05-01"], &[])]
#[case(&["2026-04-01/"], &["BIL-01 days[0].to required"])]
#[case(&["2026-04-02/2026-04-01"], &["BIL-01 days[0].to outOfRange min=2026-04-02 max=2027-04-02"])]
#[case(&["2026-01-01/2027-01-02"], &["BIL-01 days[0].to outOfRange min=2026-01-01 max=2027-01-01"])]
#[case(&["2026-01-01/2027-01-01", "2026-04-01/2026-04-30"], &["BIL-01 days[1] overlapsAnother"])]
fn ranges_are_bounded(#[case] ranges: &[&str], #[case] expected: &[&str]) {
    let ranges: Vec<_> = ranges.iter().map(|text| span(text)).collect();
    assert_eq!(range_faults(&ranges).iter().map(described).collect::<Vec<_>>(), expected);
}

proptest! {
    /// BIL-01: the parts of a range are its days, each with its own verdict, and no two neighbours say the same.
    #[test]
    fn parts_are_the_verdicts_of_their_days(from in 0..60u64, length in 1..60u64, stop in 0..60u64, dead in 0..90u64) {
        let start = day("2026-03-15");
        let at = |n| start + chrono::Days::new(n);
        let mut facts = p1("2026-06-01");
        facts.without_pump = vec![Span::between(at(stop), at(stop + 5))];
        facts.death = Some(at(dead));
        let days = Span::between(at(from), at(from + length));
        let found = verdicts(days, &facts);
        let mut next = days.from;
        for one in &found {
            prop_assert_eq!(one.days.from, next);
            for day in one.days.from.iter_days().take_while(|day| one.days.holds(*day)) {
                prop_assert_eq!(&verdict(day, &facts), &one.outcome);
                next = day.succ_opt().unwrap();
            }
        }
        prop_assert_eq!(next, days.to.unwrap().succ_opt().unwrap());
        prop_assert!(found.windows(2).all(|two| two[0].outcome != two[1].outcome));
    }
}
