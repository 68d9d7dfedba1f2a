//! Tests of [`super`].

use proptest::prelude::*;
use rstest::rstest;

use super::{
    super::{
        granted::tests::{granted, id},
        span::tests::{day, days, said, span},
        term::tests::{hospital, term},
    },
    *,
};

const A: &str = "7.86.501.72";
const B: &str = "7.86.502.71";

fn number(text: &str) -> ConventionNumber {
    text.parse().unwrap()
}

fn second(days: &str) -> Term {
    Term { hospital: hospital("72012365"), ..term(B, days) }
}

/// Both have the convention; B is kept, the merged hospital is a third number.
fn merger(effective: &str) -> Merger {
    Merger {
        parties: [Party::With(term(A, "2021-01-01/")), Party::With(second("2021-01-01/"))],
        hospital: hospital("71010037"),
        effective: day(effective),
        kept: Some(number(B)),
        letter: Some(Letter { sent_on: day(effective), takes_over_all: true }),
    }
}

fn faults(merger: &Merger) -> Vec<String> {
    merger.plan(&[]).unwrap_err().iter().map(said).collect()
}

/// CON-03: one year for applications, two for conventions and periods, over the ends of February too.
#[rstest]
#[case("2024-07-01", "2026-06-30", "2025-07-01")]
#[case("2025-01-01", "2026-12-31", "2026-01-01")]
#[case("2024-02-29", "2026-02-28", "2025-02-28")]
#[case("2022-03-01", "2024-02-29", "2023-03-01")]
#[case("2024-03-01", "2026-02-28", "2025-03-01")]
fn a_merger_ends_one_convention(#[case] effective: &str, #[case] last: &str, #[case] kept_only: &str) {
    let periods =
        ["2024-01-01/2024-02-01", &format!("2024-01-01/{last}"), "2022-06-01/2030-01-01", "2030-01-01/2030-12-31"];
    let plan = merger(effective).plan(&granted(&periods)).unwrap();
    let ending = Ending {
        number: number(A),
        end: End { last_day: day(last), why: ConventionEnd::Merged },
        kept_only_from: day(kept_only),
        periods: Cuts { shortened: vec![id(3)], dropped: vec![id(4)] },
    };
    let expected = MergerPlan {
        hospital: hospital("71010037"),
        effective: day(effective),
        kept: number(B),
        kept_last_day: None,
        ending: Some(ending),
    };
    assert_eq!(plan, expected);
}

/// CON-03: either convention can be kept, and the merged hospital be either of the two.
#[rstest]
#[case(A, B)]
#[case(B, A)]
fn either_number_is_kept(#[case] kept: &str, #[case] ends: &str, #[values("71000436", "72012365")] merged: &str) {
    let stated = Merger { kept: Some(number(kept)), hospital: hospital(merged), ..merger("2024-07-01") };
    let plan = stated.plan(&[]).unwrap();
    assert_eq!((plan.hospital, plan.kept), (hospital(merged), number(kept)));
    assert_eq!(plan.application_numbers(day("2024-07-01")), [number(kept), number(ends)]);
    assert_eq!(plan.ending.map(|ending| ending.number), Some(number(ends)));
}

/// CON-03: which numbers serve on which day.
#[rstest]
#[case("2024-06-30", &[])]
#[case("2024-07-01", &[B, A])]
#[case("2025-06-30", &[B, A])]
#[case("2025-07-01", &[B])]
#[case("2026-07-01", &[B])]
fn applications_come_under_the_kept_number_after_a_year(#[case] on: &str, #[case] numbers: &[&str]) {
    let plan = merger("2024-07-01").plan(&[]).unwrap();
    let serving = plan.application_numbers(day(on));
    assert_eq!(serving.iter().map(ConventionNumber::as_str).collect::<Vec<_>>(), numbers);
}

/// CON-03, CON-05: an end that a convention had already stands, and its number then serves no longer.
#[test]
fn an_earlier_end_stands() {
    let mut merger = merger("2024-07-01");
    merger.parties = [Party::With(term(A, "2021-01-01/2024-09-30")), Party::With(second("2021-01-01/2025-12-31"))];
    let plan = merger.plan(&granted(&["2024-01-01/2024-12-31"])).unwrap();
    let ending = plan.ending.as_ref().unwrap();
    assert_eq!(ending.end, End { last_day: day("2024-09-30"), why: ConventionEnd::Other });
    assert_eq!(ending.periods.shortened, [id(1)]);
    assert_eq!(plan.kept_last_day, Some(day("2025-12-31")));
    assert_eq!(plan.application_numbers(day("2024-09-30")), [number(B), number(A)]);
    assert_eq!(plan.application_numbers(day("2024-10-01")), [number(B)]);
    assert_eq!(plan.application_numbers(day("2026-01-01")), []);
    // A later one does not outlast the two years.
    merger.parties[0] = Party::With(term(A, "2021-01-01/2026-07-01"));
    let end = merger.plan(&[]).unwrap().ending.unwrap().end;
    assert_eq!(end, End { last_day: day("2026-06-30"), why: ConventionEnd::Merged });
}

/// CON-03, CON-02: what only one of them has goes on for the merged hospital, without letter, and nothing ends.
#[rstest]
fn the_only_convention_goes_on(#[values(None, Some(B))] kept: Option<&str>, #[values(true, false)] turned: bool) {
    let mut parties = [Party::Without(hospital("71000436")), Party::With(second("2021-01-01/"))];
    if turned {
        parties.reverse();
    }
    let merger = Merger { parties, kept: kept.map(number), letter: None, ..merger("2024-07-01") };
    let plan = merger.plan(&granted(&["2022-06-01/2030-01-01"])).unwrap();
    assert_eq!((plan.hospital, plan.kept, plan.ending.clone()), (hospital("71010037"), number(B), None));
    assert_eq!(plan.application_numbers(day("2030-01-01")), [number(B)]);
}

/// CON-03: each fault by itself.
#[test]
fn every_fault_of_a_merger_is_found() {
    let both = || merger("2024-07-01");
    let with = |change: &dyn Fn(&mut Merger)| {
        let mut merger = both();
        change(&mut merger);
        faults(&merger)
    };
    assert!(both().plan(&[]).is_ok());
    assert_eq!(with(&|m| m.parties[1] = Party::With(term(B, "2021-01-01/"))), ["CON-03 parties[1].hospital repeated"]);
    assert_eq!(
        with(&|m| {
            m.parties[1] = Party::With(Term { number: term(A, "2021-01-01/").number, ..second("2021-01-01/") });
            m.kept = Some(number(A));
        }),
        ["CON-03 parties[1].convention repeated"]
    );
    assert_eq!(
        with(&|m| m.kept = Some(number("7.86.503.70"))),
        ["CON-03 kept notInList allowed=7.86.501.72, 7.86.502.71"]
    );
    assert_eq!(with(&|m| m.kept = None), ["CON-03 kept required"]);
    assert_eq!(with(&|m| m.letter = None), ["CON-03 letter required"]);
    let letter = |sent_on: &str, takes_over_all| Some(Letter { sent_on: day(sent_on), takes_over_all });
    assert_eq!(with(&|m| m.letter = letter("2024-07-01", false)), ["CON-03 letter.takesOverAll takeOverNotDeclared"]);
    assert_eq!(
        with(&|m| m.letter = letter("2026-07-01", false)),
        ["CON-03 letter.sentOn afterDeadline deadline=2026-06-30", "CON-03 letter.takesOverAll takeOverNotDeclared"]
    );
    assert_eq!(
        with(&|m| m.parties[1] = Party::With(second("2024-07-02/"))),
        ["CON-03 effective outOfRange min=2024-07-02 max=9999-12-31"]
    );
    assert_eq!(
        with(&|m| m.parties[0] = Party::With(term(A, "2021-01-01/2024-06-30"))),
        ["CON-03 effective outOfRange min=2021-01-01 max=2024-06-30"]
    );
    assert_eq!(
        with(&|m| m.parties[0] = Party::With(term("7.86.000.01", "2021-01-01/"))),
        ["CON-03 parties[0].convention notInList allowed=pump"]
    );
    assert_eq!(
        with(&|m| {
            m.parties = [Party::Without(hospital("71000436")), Party::Without(hospital("72012365"))];
            m.kept = None;
        }),
        ["CON-03 parties atLeastOneOf fields=parties[0].convention, parties[1].convention"]
    );
}

/// CON-03, SYS-04: all faults of a merger come at once.
#[test]
fn all_faults_of_a_merger_come_at_once() {
    let broken = Merger {
        parties: [Party::With(term(A, "2024-07-02/")), Party::With(term(B, "2021-01-01/2024-06-30"))],
        kept: Some(number("7.86.503.70")),
        letter: Some(Letter { sent_on: day("2027-01-01"), takes_over_all: false }),
        ..merger("2024-07-01")
    };
    assert_eq!(faults(&broken).len(), 6);
}

proptest! {
    /// CON-03: for one full year both numbers serve, for two the conventions last, and nothing granted under the ending number
    /// outlasts it.
    #[test]
    fn a_merger_lasts_two_years(effective in days().prop_filter("in force", |day| *day >= span("2021-01-01/").from), from in 0..1500u64, length in 0..365u64) {
        let from = effective - chrono::Days::new(365) + chrono::Days::new(from);
        let period = Granted { id: id(1), from, to: from + chrono::Days::new(length) };
        let merger = Merger { effective, letter: Some(Letter { sent_on: effective, takes_over_all: true }), ..merger("2024-07-01") };
        let plan = merger.plan(&[period]).unwrap();
        let ending = plan.ending.clone().unwrap();
        let length = (ending.end.last_day - effective).num_days() + 1;
        prop_assert!((730..=731).contains(&length), "{} days", length);
        let year = (ending.kept_only_from - effective).num_days();
        prop_assert!((365..=366).contains(&year), "{} days", year);
        prop_assert_eq!(ending.periods.shortened.is_empty() && ending.periods.dropped.is_empty(), period.to <= ending.end.last_day);
        for on in effective.iter_days().take(800) {
            prop_assert_eq!(plan.application_numbers(on).len(), if on < ending.kept_only_from { 2 } else { 1 });
        }
    }
}
