//! Tests of [`super`].

use proptest::prelude::*;
use uuid::Uuid;

use super::{super::covered::covered, super::covered::tests::*, super::due::due_on, *};
use crate::{
    convention::term::tests::hospital,
    span::tests::{day, span},
};

const NUMBER_OF_H1: &str = "7.86.501.72";
const NUMBER_OF_H2: &str = "7.86.502.71";

/// A granted period of person `n`, whom the hospital with that convention knows as a beneficiary of its own.
pub(crate) fn granted(n: u128, number: &str, days: &str) -> GrantedDays {
    let beneficiary = BeneficiaryId(Uuid::from_u128(if number == NUMBER_OF_H1 { n } else { 100 + n }));
    GrantedDays { person: PersonId(Uuid::from_u128(n)), beneficiary, number: number.parse().unwrap(), days: span(days) }
}

/// A pump of person `n`.
pub(crate) fn held(n: u128, model: &str, days: &str) -> PumpHeld {
    let pump = PumpType { manufacturer: "Invented Devices".to_owned(), model: model.to_owned() };
    let (person, beneficiary) = (PersonId(Uuid::from_u128(n)), BeneficiaryId(Uuid::from_u128(n)));
    PumpHeld { person, beneficiary, days: span(days), pump }
}

/// Each figure in words.
pub(crate) fn told(figures: &Figures) -> String {
    let types = figures.types.iter().map(|one| format!("{} {}, ", one.pump.model, one.beneficiaries));
    format!("{}beneficiaries {}", types.collect::<String>(), figures.beneficiaries)
}

/// H1's beneficiaries of R-07; P2 changes on a day.
fn pumps(change: &str) -> Vec<PumpHeld> {
    let eve = day(change).pred_opt().unwrap();
    vec![
        held(1, "Model X", "2026-04-01/"),
        held(2, "Model X", &format!("2025-09-01/{eve}")),
        held(2, "Model Y", &format!("{change}/")),
        held(3, "Model Y", "2026-05-06/"),
    ]
}

fn periods() -> Vec<GrantedDays> {
    [
        (1, "2026-04-01/2027-03-31"),
        (2, "2025-09-01/2026-08-31"),
        (2, "2026-09-01/2027-08-31"),
        (3, "2026-05-06/2027-05-05"),
        (4, "2026-11-02/2027-11-01"),
    ]
    .map(|(n, days)| granted(n, NUMBER_OF_H1, days))
    .to_vec()
}

/// R-07's report of 2026, with P2's change on a day.
pub(crate) fn report_of_2026(change: &str) -> YearlyReport {
    YearlyReport::of(2026, &covered(hospital(H1), 2026, &both("2021-01-01/", None)), &periods(), &pumps(change))
}

/// REG-06, R3: who had two types counts for both, and once among the beneficiaries; P4, granted but never given a pump,
/// is in no figure.
#[test]
fn r_07_yearly_report() {
    let report = report_of_2026("2026-09-01");
    assert_eq!(told(&report.figures), "Model X 2, Model Y 2, beneficiaries 3");
    assert_eq!(report.parts.len(), 1);
    let covered = covered(hospital(H1), 2026, &both("2021-01-01/", None));
    let [p4] = misfits(&covered, &periods(), &pumps("2026-09-01")).try_into().unwrap();
    assert_eq!((p4.reason, p4.from), (MisfitReason::NoPump, day("2026-11-02")));
    assert_eq!(p4.beneficiary_id, BeneficiaryId(Uuid::from_u128(4)));
}

/// REG-06: a pump outside every granted period is in no figure, and listed once for each type.
#[test]
fn a_pump_outside_a_period_is_listed() {
    let covered = covered(hospital(H1), 2026, &both("2021-01-01/", None));
    let periods =
        [granted(1, NUMBER_OF_H1, "2026-04-01/2026-08-31"), granted(2, NUMBER_OF_H2, "2026-01-01/2026-12-31")];
    let pumps = [
        held(1, "Model X", "2026-01-01/2026-08-31"),
        held(1, "Model Y", "2026-09-01/2026-10-31"),
        held(1, "Model Y", "2026-11-01/"),
        // Only under another establishment's convention.
        held(2, "Model X", "2026-01-01/"),
        // Not in the year.
        held(3, "Model X", "2025-01-01/2025-12-31"),
    ];
    let report = YearlyReport::of(2026, &covered, &periods, &pumps);
    assert_eq!(told(&report.figures), "Model X 1, beneficiaries 1");
    let listed: Vec<_> = misfits(&covered, &periods, &pumps)
        .into_iter()
        .map(|one| format!("{} {} {}", one.reason, one.pump.unwrap().model, one.from))
        .collect();
    assert_eq!(listed, ["noGrantedPeriod Model Y 2026-09-01", "noGrantedPeriod Model X 2026-01-01"]);
}

/// REG-06: a type is one type however it is written; the spelling that was used first names it.
#[test]
fn a_type_is_one_however_it_is_written() {
    let covered = covered(hospital(H1), 2026, &both("2021-01-01/", None));
    let periods = [1, 2].map(|n| granted(n, NUMBER_OF_H1, "2026-01-01/2026-12-31"));
    let pumps = [held(1, "Model  X", "2026-03-01/"), held(2, "model x", "2026-02-01/")];
    assert_eq!(told(&YearlyReport::of(2026, &covered, &periods, &pumps).figures), "model x 2, beneficiaries 2");
}

/// REG-06, CON-05: the report covers the days until the convention ends; what happens later is in no figure.
#[test]
fn r_20_the_convention_ends_in_the_year() {
    let covered = covered(hospital(H1), 2026, &both("2021-01-01/2026-08-31", None));
    let report = YearlyReport::of(2026, &covered, &periods(), &pumps("2026-09-01"));
    assert_eq!(told(&report.figures), "Model X 2, Model Y 1, beneficiaries 3");
    assert_eq!(report.parts[0].days, span("2026-01-01/2026-08-31"));
    assert_eq!(due_on(2026), day("2027-03-31"));
}

/// REG-06, CON-03: the merged hospital counts once who was followed at both; each convention stays readable under its
/// own number, with the hospitals that held it.
#[test]
fn r_21_merged_in_the_year() {
    let covered = covered(hospital(H1), 2026, &both("2021-01-01/", Some("2026-07-01")));
    let periods = [
        granted(1, NUMBER_OF_H1, "2026-01-01/2026-04-30"),
        granted(1, NUMBER_OF_H2, "2026-05-01/2027-04-30"),
        granted(2, NUMBER_OF_H2, "2026-01-01/2026-12-31"),
    ];
    let pumps = [held(1, "Model X", "2025-01-01/"), held(2, "Model X", "2026-01-01/")];
    let report = YearlyReport::of(2026, &covered, &periods, &pumps);
    assert_eq!(told(&report.figures), "Model X 2, beneficiaries 2");
    let parts: Vec<_> = report
        .parts
        .iter()
        .map(|part| format!("{} {}: {}", part.convention_number, part.hospitals[0], told(&part.figures)))
        .collect();
    assert_eq!(
        parts,
        ["7.86.501.72 71000436: Model X 1, beneficiaries 1", "7.86.502.71 71032209: Model X 2, beneficiaries 2"]
    );
    assert_eq!(misfits(&covered, &periods, &pumps), []);
}

/// REG-06: a report is stored and read back as it was.
#[test]
fn a_report_reads_back() {
    let report = report_of_2026("2026-09-01");
    let text = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<YearlyReport>(&text).unwrap(), report);
    assert!(
        text.contains(r#""types":[{"manufacturer":"Invented Devices","model":"Model X","beneficiaries":2}"#),
        "{text}"
    );
}

fn days() -> impl Strategy<Value = String> {
    (0..500u64, 0..200u64).prop_map(|(from, length)| {
        let from = day("2025-06-01") + chrono::Days::new(from);
        format!("{from}/{}", from + chrono::Days::new(length))
    })
}

fn histories() -> impl Strategy<Value = (Vec<GrantedDays>, Vec<PumpHeld>)> {
    let number = prop::sample::select(vec![NUMBER_OF_H1, NUMBER_OF_H2]);
    let granted = (0..5u128, number, days()).prop_map(|(n, number, days)| granted(n, number, &days));
    let model = prop::sample::select(vec!["Model X", "Model Y", "model x"]);
    let held = (0..5u128, model, days()).prop_map(|(n, model, days)| held(n, model, &days));
    (prop::collection::vec(granted, 0..8), prop::collection::vec(held, 0..8))
}

proptest! {
    /// REG-06, R3: every figure is what a day-by-day count of persons gives, in whatever order the data come; who is
    /// counted nowhere and has something in the year is listed.
    #[test]
    fn figures_are_persons_counted_day_by_day((granted, held) in histories(), merged in any::<bool>()) {
        let covered = covered(hospital(H1), 2026, &both("2021-01-01/2026-11-30", merged.then_some("2026-07-01")));
        let report = YearlyReport::of(2026, &covered, &granted, &held);
        let year = span("2026-01-01/2026-12-31");
        let days = || year.from.iter_days().take_while(|day| year.holds(*day));
        let counts = |one: &PumpHeld| days().any(|day| {
            let due = |period: &GrantedDays| {
                period.person == one.person && period.days.holds(day)
                    && covered.iter().any(|convention| convention.number == period.number && convention.days.holds(day))
            };
            one.days.holds(day) && granted.iter().any(due)
        });
        let mut of: BTreeMap<String, BTreeSet<PersonId>> = BTreeMap::new();
        for one in held.iter().filter(|one| counts(one)) {
            of.entry(one.pump.model.to_lowercase()).or_default().insert(one.person);
        }
        let all: BTreeSet<PersonId> = of.values().flatten().copied().collect();
        prop_assert_eq!(report.figures.beneficiaries, i64::try_from(all.len()).unwrap());
        let counted: Vec<_> =
            report.figures.types.iter().map(|one| (one.pump.model.to_lowercase(), one.beneficiaries)).collect();
        let expected: Vec<_> =
            of.into_iter().map(|(model, persons)| (model, i64::try_from(persons.len()).unwrap())).collect();
        prop_assert_eq!(counted, expected);

        let reversed = |mut granted: Vec<GrantedDays>, mut held: Vec<PumpHeld>| {
            granted.reverse();
            held.reverse();
            (YearlyReport::of(2026, &covered, &granted, &held), misfits(&covered, &granted, &held))
        };
        let listed = misfits(&covered, &granted, &held);
        for period in granted.iter().filter(|period| !all.contains(&period.person)) {
            let in_year = granted.iter().filter(|one| one.beneficiary == period.beneficiary).any(|period| {
                covered.iter().any(|one| one.number == period.number && one.days.overlaps(period.days))
            });
            let without_pump = listed.iter().filter(|one| one.reason == MisfitReason::NoPump);
            let is_listed = without_pump.map(|one| one.beneficiary_id).any(|id| id == period.beneficiary);
            prop_assert_eq!(in_year, is_listed);
        }
        prop_assert_eq!(reversed(granted, held), (report, listed));
    }
}
