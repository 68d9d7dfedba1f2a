//! Tests of [`super`].

use rstest::rstest;

use super::{
    super::{
        credit::tests::invoiced,
        line::tests::{blocks, days},
        pump_day::tests::{conditional, facts, own, p1, row},
        refusal_code::RefusalCode,
    },
    *,
};
use crate::span::tests::{day, span};

/// What is known of somebody with a national number who was in hospital on these days.
fn about<'a>(facts: &'a Facts, in_hospital: &'a [Span], not_yet_credited: &'a BTreeSet<NaiveDate>) -> About<'a> {
    About { facts, in_hospital, not_yet_credited, known: Known::ByNationalNumber }
}

/// Each risk in one line: ground, days, first code, remedy.
fn told(risks: &[Risk]) -> Vec<String> {
    let line = |risk: &Risk| {
        let Risk { ground, days } = risk;
        let to = days.to.unwrap();
        format!("{ground} {}/{to} {} {} {}", days.from, ground.codes()[0], ground.remedy(), ground.rule())
    };
    risks.iter().map(line).collect()
}

fn line_of(range: &str) -> Line {
    blocks(&[range]).remove(0).lines.remove(0)
}

/// BEN-05: an invoice without both entitlement codes is held back.
#[rstest]
#[case(|line: &mut Line| line.terms.ct1 = None)]
#[case(|line: &mut Line| line.terms.ct2 = None)]
fn both_entitlement_codes_are_needed(#[case] change: fn(&mut Line)) {
    let (facts, none) = (p1("2026-06-01"), BTreeSet::new());
    let mut line = line_of("2026-05-01/2026-05-31");
    assert!(risks(&line, &about(&facts, &[], &none)).is_empty());
    change(&mut line);
    let found = risks(&line, &about(&facts, &[], &none));
    assert_eq!(told(&found), ["entitlementMissing 2026-05-01/2026-05-31 202710 enterEntitlement BEN-05"]);
    assert!(!goes(&found));
}

/// BIL-11, B-11: days in hospital with the pump are due; the likely refusal is named, and that it is contested. The
/// line goes.
#[test]
fn b_11_days_in_hospital_are_likely_to_be_refused() {
    let (facts, none) = (p1("2026-06-01"), BTreeSet::new());
    let found = risks(&line_of("2026-05-01/2026-05-31"), &about(&facts, &[span("2026-05-04/2026-05-08")], &none));
    assert_eq!(told(&found), ["inHospital 2026-05-04/2026-05-08 300545 contest BIL-11"]);
    assert_eq!(Ground::InHospital.codes(), ["300545", "300645"]);
    assert!(goes(&found));
}

/// BIL-07, R3, B-14: days that another establishment has still to credit may be refused; whose they were is not said.
#[test]
fn b_14_days_not_yet_credited_may_be_refused() {
    let facts = facts("2026-10-09", &[own(1, "2026-09-15/2027-09-14")]);
    let waiting = span("2026-09-15/2026-09-30").from.iter_days().take(16).collect();
    let found = risks(&line_of("2026-09-15/2026-09-30"), &about(&facts, &[], &waiting));
    assert_eq!(told(&found), ["paidElsewhere 2026-09-15/2026-09-30 300544 awaitCredit BIL-07"]);
    assert!(goes(&found));
    assert_eq!(risks(&line_of("2026-09-15/2026-09-30"), &about(&facts, &[], &BTreeSet::new())), []);
}

/// BEN-02, BIL-05, B-21: without a number that the insurer accepts the line is held back; the others go.
#[rstest]
#[case(Known::ByNationalNumber, &[])]
#[case(Known::ByOwnNumber { codes_do_without: true }, &[])]
#[case(
    Known::ByOwnNumber { codes_do_without: false },
    &["numberDemanded 2026-05-01/2026-05-31 202730 enterNumber BEN-02"]
)]
#[case(Known::Not, &["numberMissing 2026-05-01/2026-05-31 200810 enterNumber BEN-02"])]
fn b_21_a_number_is_needed(#[case] known: Known, #[case] expected: &[&str]) {
    let (facts, none) = (p1("2026-06-01"), BTreeSet::new());
    let p6 = About { known, ..about(&facts, &[], &none) };
    let blocks = cut_two();
    let forecast =
        Forecast::of(
            &blocks,
            &[],
            |line| {
                if line.from == day("2026-05-01") { p6.clone() } else { about(&facts, &[], &none) }
            },
        );
    assert_eq!(told(&forecast.lines[1].1), expected);
    assert_eq!(forecast.lines[0].1, []);
    let total = forecast.totals[&"319".parse().unwrap()].balance().to_string();
    assert_eq!(total, if expected.is_empty() { "628.30" } else { "309.00" });
}

/// April and May, each a line.
fn cut_two() -> Vec<Block> {
    blocks(&["2026-04-01/2026-05-31"])
}

/// BIL-01, BIL-03, BIL-08, COV-07, COV-11, PMP-04: what is wrong with a line is named with its days, all of it, and
/// holds the line back.
#[test]
fn b_10_what_is_wrong_with_a_line_is_named() {
    let none = BTreeSet::new();
    let mut facts = p1("2026-09-05");
    facts.death = Some(day("2026-08-20"));
    facts.without_pump = vec![span("2026-08-03/2026-08-04")];
    facts.tariffs.push(row("2026-08-30", "1.60"));
    let found = risks(&line_of("2026-08-01/2026-08-31"), &about(&facts, &[], &none));
    let expected = [
        "afterDeath 2026-08-21/2026-08-31 300549 leaveDaysOut COV-07",
        "notCounted 2026-08-03/2026-08-04 300545 leaveDaysOut PMP-04",
        "otherPrice 2026-08-30/2026-08-31 301940 regularise BIL-03",
    ];
    assert_eq!(told(&found), expected);
    assert!(!goes(&found));

    let unmet = conditional("2026-12-01", None);
    let found = risks(&line_of("2026-11-01/2026-11-30"), &about(&unmet, &[], &none));
    assert_eq!(told(&found), ["conditionUnmet 2026-11-01/2026-11-30 3004B3 leaveDaysOut COV-11"]);

    let late = p1("2028-06-01");
    let found = risks(&line_of("2026-03-30/2026-03-31"), &about(&late, &[], &none));
    let both = [
        "tooLate 2026-03-30/2026-03-31 300546 leaveDaysOut BIL-08",
        "outsidePeriod 2026-03-30/2026-03-31 300548 leaveDaysOut BIL-01",
    ];
    assert_eq!(told(&found), both);
}

/// BIL-05, B-16: the share of lines at risk is exact; insurers refuse a file above 5 %, not at it.
#[rstest]
#[case(1, 3, true)]
#[case(1, 63, false)]
#[case(1, 20, false)]
#[case(2, 39, true)]
#[case(0, 0, false)]
fn b_16_a_file_falls_above_five_percent(#[case] refused: usize, #[case] of: usize, #[case] falls: bool) {
    assert_eq!(fells_the_file(&share(refused, of)), falls);
}

/// BIL-05, B-16: of three lines one is at risk.
#[test]
fn b_16_the_share_at_risk_is_shown() {
    let (facts, none) = (p1("2026-07-01"), BTreeSet::new());
    let blocks = blocks(&["2026-05-01/2026-05-31", "2026-06-01/2026-06-30"]);
    let stay = [span("2026-05-04/2026-05-08")];
    let forecast = Forecast::of(&blocks, &[], |_| about(&facts, &stay, &none));
    assert_eq!(forecast.share_at_risk(), Exact::ratio(100, 3));
}

/// BIL-05, B-17: the totals are those of the lines that go and of the credits; a negative one waits.
#[test]
fn b_17_totals_are_by_insurer() {
    let (facts, none) = (p1("2026-08-01"), BTreeSet::new());
    let blocks = super::super::line::cut(days(&["2026-06-01/2026-07-31"], "2026-07-01"));
    let credit = Credit::of(&invoiced(&cut_two())[1]).unwrap();
    let forecast = Forecast::of(&blocks, &[credit], |_| about(&facts, &[], &none));
    let told = forecast.totals.iter().map(|(of, total)| format!("{of} {} {}", total.balance(), total.waits()));
    assert_eq!(told.collect::<Vec<_>>(), ["100 320.23 false", "319 -9.85 true"]);
}

/// BIL-01: covered days of a month that nobody recorded are named, as far as they are over and count.
#[test]
fn days_not_recorded_are_named() {
    let mut facts = p1("2026-05-20");
    facts.due = span("2026-05-01/2026-05-09").from.iter_days().take(9).collect();
    facts.without_pump = vec![span("2026-05-12/2026-05-13")];
    let found = not_recorded(span("2026-05-01/2026-05-31"), &facts);
    assert_eq!(found, [span("2026-05-10/2026-05-11"), span("2026-05-14/2026-05-19")]);
    assert_eq!(not_recorded(span("2026-06-01/2026-06-30"), &facts), []);
}

/// BIL-08, B-10: the dry run of May 2026 lists the days that are lost at its end.
#[rstest]
#[case("2026-05-02", &["2024-05-10"])]
#[case("2026-05-31", &["2024-05-10"])]
#[case("2026-06-01", &["2024-06-01"])]
#[case("2026-02-10", &["2024-02-10"])]
#[case("2026-03-01", &[])]
fn b_10_days_that_expire_are_named(#[case] today: &str, #[case] expected: &[&str]) {
    let days = ["2024-02-10", "2024-05-10", "2024-06-01", "2026-02-10"].map(day).into();
    let found = expiring(&days, &facts(today, &[]));
    assert_eq!(found, expected.iter().map(|text| day(text)).collect::<Vec<_>>());
}

/// BIL-05, B-22: a sending number serves once a year, and two files a month are sent without derogation.
#[rstest]
#[case(13, 1, false, &[])]
#[case(12, 1, false, &["100721"])]
#[case(13, 2, false, &["100723"])]
#[case(13, 2, true, &[])]
#[case(12, 2, false, &["100721", "100723"])]
fn b_22_a_file_has_its_own_number(
    #[case] sending: u16,
    #[case] files: usize,
    #[case] derogation: bool,
    #[case] expected: &[&str],
) {
    let found = file_grounds(sending, &BTreeSet::from([11, 12]), files, derogation);
    assert_eq!(found.iter().map(|ground| ground.codes()[0]).collect::<Vec<_>>(), expected);
}

/// BIL-05: each code has the form of one in the insurers' catalogue.
#[test]
fn codes_are_of_the_catalogue() {
    for code in Ground::ALL.iter().flat_map(|ground| ground.codes()) {
        assert!(code.parse::<RefusalCode>().is_ok(), "{code}");
    }
}
