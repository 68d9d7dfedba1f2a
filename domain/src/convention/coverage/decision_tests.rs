//! Tests of [`super`]: the scenarios C-01, C-03 to C-07, C-12, C-14, C-15, C-17, C-20, C-21.

use chrono::Days;
use proptest::prelude::*;
use rstest::rstest;

use super::{
    super::{
        check::tests::{application, c_01, facts, own},
        period::tests::period,
        serving::tests::merged,
    },
    *,
};
use crate::{
    clock::last_day_of_months,
    refusal::tests::described,
    span::tests::{day, days, span},
};

const SUBMITTED: Before = Before { status: ApplicationStatus::Submitted, last: None, granted: None };

fn favourable(days: &str) -> Decision {
    Decision { from: Some(span(days).from), to: span(days).to, words: None, ..stated(Verdict::Favourable) }
}

fn stated(verdict: Verdict) -> Decision {
    Decision {
        verdict,
        from: None,
        to: None,
        conditions: Vec::new(),
        words: Some("Does not follow self-management.".into()),
        supersedes: None,
    }
}

fn elsewhere(days: &str) -> KnownPeriod {
    KnownPeriod { id: Uuid::from_u128(2), own: false, ..own(days) }
}

fn refused(decision: &Decision, content: &Content, facts: &Facts) -> Vec<String> {
    match decide(decision, content, SUBMITTED, facts) {
        Ok(_) => Vec::new(),
        Err(Rejection::Faulty(faults)) => faults.iter().map(described).collect(),
        Err(Rejection::Refused(refusal)) => vec![format!("{} {refusal:?}", refusal.rule())],
    }
}

/// COV-03, COV-04, C-01: a favourable decision grants a period.
#[test]
fn a_period_is_granted() {
    let effect = decide(
        &favourable("2026-04-01/2027-03-31"),
        &application("2026-04-10", "2026-04-01"),
        SUBMITTED,
        &facts("2026-04-20"),
    );
    let granted = Some(period("2026-04-01/2027-03-31"));
    assert_eq!(effect, Ok(Effect { granted, ended: vec![] }));
}

/// COV-04, COV-05, PMP-01, C-03, C-04, C-07: the days of a decision, on both sides of each limit.
#[rstest]
#[case("2026-04-01", "2026-03-01", "1985-07-30", "2026-03-01/2027-02-28", "COV-05 from outOfRange min=2026-03-02")]
#[case("2026-04-01", "2026-03-01", "1985-07-30", "2026-03-02/2027-03-01", "")]
#[case("2026-04-01", "2026-03-01", "1985-07-30", "2026-03-02/2027-03-02", "COV-04 to outOfRange min=2026-03-02")]
#[case("2028-02-29", "2028-02-29", "1985-07-30", "2028-02-29/2029-02-28", "")]
#[case("2028-02-29", "2028-02-29", "1985-07-30", "2028-02-29/2029-03-01", "COV-04 to outOfRange min=2028-02-29")]
#[case("2027-03-01", "2027-03-01", "1985-07-30", "2027-03-01/2028-02-29", "")]
#[case("2027-03-01", "2027-03-01", "1985-07-30", "2027-03-01/2028-03-01", "COV-04 to outOfRange min=2027-03-01")]
#[case("2026-06-12", "2026-06-10", "2010-06-15", "2026-06-14/2027-06-13", "PMP-01 from outOfRange min=2026-06-15")]
#[case("2026-06-12", "2026-06-10", "2010-06-15", "2026-06-15/2027-06-14", "")]
#[case("2028-02-28", "2028-02-28", "2012-02-29", "2028-02-28/2029-02-27", "PMP-01 from outOfRange min=2028-02-29")]
#[case("2028-02-28", "2028-02-28", "2012-02-29", "2028-02-29/2029-02-28", "")]
#[case("2026-04-10", "2026-04-01", "1985-07-30", "2026-03-31/2027-03-30", "COV-04 from outOfRange min=2026-04-01")]
#[case("2026-04-10", "2026-04-01", "1985-07-30", "2026-04-02/2026-04-01", "COV-03 to outOfRange min=2026-04-02")]
fn a_decision_keeps_the_limits(
    #[case] date: &str,
    #[case] from: &str,
    #[case] birth: &str,
    #[case] decided: &str,
    #[case] fault: &str,
) {
    let facts = Facts { birth: Some(day(birth)), ..facts(date) };
    let decision = Decision { words: Some("As agreed.".into()), ..favourable(decided) };
    let found = refused(&decision, &application(date, from), &facts);
    let short = found.iter().map(|fault| fault.split(" max=").next().unwrap_or_default()).collect::<Vec<_>>();
    assert_eq!(short, Some(fault).filter(|fault| !fault.is_empty()).into_iter().collect::<Vec<_>>());
}

/// COV-03, COV-04, PMP-01, COV-05: all limits that a decision crosses come back at once.
#[test]
fn all_limits_come_at_once() {
    let facts = Facts { birth: Some(day("2010-06-15")), ..facts("2026-07-20") };
    let found = refused(&favourable("2026-06-01/2028-06-01"), &application("2026-07-20", "2026-06-10"), &facts);
    let rules: Vec<_> = found.iter().map(|fault| &fault[..14]).collect();
    assert_eq!(rules, ["COV-04 from ou", "PMP-01 from ou", "COV-05 from ou", "COV-04 to outO"]);
    let empty = Decision { words: None, ..stated(Verdict::Favourable) };
    let content = application("2026-04-10", "2026-04-01");
    assert_eq!(refused(&empty, &content, &facts), ["COV-03 from required", "COV-03 to required"]);
}

/// COV-04: a later start than possible needs words; lateness does not.
#[test]
fn a_later_start_needs_words() {
    let (content, facts) = (application("2026-04-01", "2026-03-01"), facts("2026-04-10"));
    assert_eq!(refused(&favourable("2026-03-02/2027-03-01"), &content, &facts), Vec::<String>::new());
    let later = favourable("2026-03-03/2027-03-01");
    assert_eq!(refused(&later, &content, &facts), ["COV-04 words required"]);
    let words = Decision { words: Some("Abroad until then.".into()), ..later };
    assert_eq!(refused(&words, &content, &facts), Vec::<String>::new());
}

/// COV-06, C-05: a prolongation begins after the running period of the establishment.
#[rstest]
#[case("2027-03-20/2028-03-19", "COV-06 from outOfRange min=2027-04-01 max=9999-12-31")]
#[case("2027-04-01/2028-03-31", "")]
fn a_prolongation_waits(#[case] decided: &str, #[case] fault: &str) {
    let mut facts = facts("2027-03-20");
    facts.periods = vec![c_01()];
    let found = refused(&favourable(decided), &application("2027-03-15", "2027-03-20"), &facts);
    assert_eq!(found.concat(), fault);
}

/// COV-06: a period of the establishment that begins later bounds the last day.
#[test]
fn the_next_period_bounds_the_last_day() {
    let mut facts = facts("2026-04-10");
    facts.periods = vec![own("2026-12-01/2027-11-30")];
    let content = application("2026-04-10", "2026-04-01");
    let expected = ["COV-06 to outOfRange min=2026-04-01 max=2026-11-30"];
    assert_eq!(refused(&favourable("2026-04-01/2026-12-01"), &content, &facts), expected);
    assert_eq!(refused(&favourable("2026-04-01/2026-11-30"), &content, &facts), Vec::<String>::new());
}

/// CON-03, C-17 d: no period outlasts its number.
#[rstest]
#[case("2027-07-15/2028-07-14", "CON-03 to outOfRange min=2027-07-15 max=2028-06-30")]
#[case("2027-07-15/2028-06-30", "")]
fn a_number_ends(#[case] decided: &str, #[case] fault: &str) {
    let mut facts = facts("2027-06-30");
    facts.numbers = merged();
    let number = "7.86.502.71".parse().ok();
    let content = Content { convention_number: number, ..application("2027-06-30", "2027-07-15") };
    assert_eq!(refused(&favourable(decided), &content, &facts).concat(), fault);
}

/// COV-07, C-12, C-14: a grant elsewhere cuts the running period on its eve.
#[rstest]
#[case("2026-09-15/2027-09-14", "2026-09-14")]
#[case("2026-10-14/2027-10-13", "2026-10-13")]
fn a_transfer_cuts_the_running_period(#[case] decided: &str, #[case] last: &str) {
    let mut facts = facts("2026-09-18");
    let held = elsewhere("2026-04-01/2027-03-31");
    facts.periods = vec![held];
    let content = application("2026-09-10", &decided[..10]);
    let effect = decide(&favourable(decided), &content, SUBMITTED, &facts).unwrap();
    let cut = held.period.ended(day(last), PeriodEnd::TakenOnElsewhere).unwrap();
    assert_eq!(effect.granted, Some(period(decided)));
    assert_eq!(effect.ended, [KnownPeriod { period: cut, ..held }]);
    assert!(!effect.ended[0].overlaps(span(decided)));
}

/// COV-06, C-15: a period elsewhere that begins on or after the first day stands in the way, until it is given up.
#[rstest]
#[case("2026-12-01/2027-11-30", true)]
#[case("2026-12-01/2027-01-01", true)]
#[case("2026-12-01/2026-12-31", false)]
fn a_later_period_stands_in_the_way(#[case] decided: &str, #[case] in_the_way: bool) {
    let mut facts = facts("2026-11-25");
    let held = elsewhere("2027-01-01/2027-12-31");
    facts.periods = vec![held];
    let content = application("2026-11-25", "2026-12-01");
    let expected = if in_the_way { vec!["COV-06 PeriodInTheWay".to_owned()] } else { vec![] };
    assert_eq!(refused(&favourable(decided), &content, &facts), expected);
    let given_up = held.period.ended_by_establishment(PeriodEnd::GivenUp, Default::default(), facts.today).unwrap();
    facts.periods = vec![KnownPeriod { period: given_up, ..held }];
    assert_eq!(refused(&favourable(decided), &content, &facts), Vec::<String>::new());
}

/// COV-06: a period elsewhere that begins on the very first day stands in the way too.
#[test]
fn a_period_from_the_same_day_stands_in_the_way() {
    let mut facts = facts("2026-11-25");
    facts.periods = vec![elsewhere("2026-12-01/2027-11-30")];
    let found = refused(&favourable("2026-12-01/2027-11-30"), &application("2026-11-25", "2026-12-01"), &facts);
    assert_eq!(found, ["COV-06 PeriodInTheWay"]);
}

/// COV-03, C-01, C-20: a decided application has its decision superseded by name, or not at all.
#[rstest]
#[case(None, None, None)]
#[case(Some(7), Some(7), None)]
#[case(Some(7), None, Some(7))]
#[case(Some(7), Some(6), Some(7))]
#[case(None, Some(6), Some(0))]
fn a_decision_names_what_it_supersedes(
    #[case] last: Option<u128>,
    #[case] named: Option<u128>,
    #[case] stands: Option<u128>,
) {
    let status = if last.is_some() { ApplicationStatus::Decided } else { ApplicationStatus::Submitted };
    let before = Before { status, last: last.map(Uuid::from_u128), granted: None };
    let decision = Decision { supersedes: named.map(Uuid::from_u128), ..stated(Verdict::Unfavourable) };
    let result = decide(&decision, &application("2026-04-10", "2026-04-01"), before, &facts("2026-04-20"));
    let refusal = Refusal::DecisionStands { last: last.map(Uuid::from_u128) };
    assert_eq!(result.err(), stands.map(|_| refusal.into()));
}

/// COV-03: only an application that was submitted, and neither withdrawn nor closed, is decided.
#[test]
fn only_what_was_submitted_is_decided() {
    for status in ApplicationStatus::ALL {
        let before = Before { status: *status, last: None, granted: None };
        let decision = stated(Verdict::Unfavourable);
        let result = decide(&decision, &application("2026-04-10", "2026-04-01"), before, &facts("2026-04-20"));
        let possible = status.is_open() || *status == ApplicationStatus::Decided;
        assert_eq!(result.is_ok(), possible, "{status}");
    }
}

const DECIDED: Before =
    Before { status: ApplicationStatus::Decided, last: Some(Uuid::from_u128(7)), granted: Some(Uuid::from_u128(1)) };

fn superseding(decision: Decision) -> Decision {
    Decision { supersedes: DECIDED.last, ..decision }
}

/// COV-03, C-21: a later unfavourable decision ends the period from the day it says, else from its own day.
#[rstest]
#[case(Some("2026-11-01"), Some("2026-10-31"))]
#[case(None, Some("2026-10-04"))]
#[case(Some("2026-04-01"), None)]
#[case(Some("2026-01-01"), None)]
fn an_unfavourable_decision_ends_the_period(#[case] from: Option<&str>, #[case] last: Option<&str>) {
    let mut facts = facts("2026-10-05");
    facts.periods = vec![c_01()];
    let decision = superseding(Decision { from: from.map(day), ..stated(Verdict::Unfavourable) });
    let effect = decide(&decision, &application("2026-04-10", "2026-04-01"), DECIDED, &facts).unwrap();
    assert_eq!((effect.granted, effect.ended.len()), (None, 1));
    let period = effect.ended[0].period;
    assert_eq!(period.effective(), last.map(|last| Span::between(day("2026-04-01"), day(last))));
    assert_eq!(period.end.map(|end| end.why), Some(PeriodEnd::Superseded));
}

/// COV-03: a superseding favourable decision replaces the period; its limits ignore the one it replaces.
#[test]
fn a_favourable_decision_replaces_the_period() {
    let mut facts = facts("2026-10-05");
    facts.periods = vec![c_01()];
    let content = application("2026-04-10", "2026-04-01");
    let decision = superseding(favourable("2026-04-01/2026-12-31"));
    let effect = decide(&decision, &content, DECIDED, &facts).unwrap();
    assert_eq!(effect.granted, Some(period("2026-04-01/2026-12-31")));
    assert_eq!(effect.ended[0].period.effective(), None);
}

/// COV-03: only a favourable decision has days and conditions; the others say why or what, and change no period when
/// they are neither for nor against.
#[test]
fn a_decision_says_why() {
    let (content, mut facts) = (application("2026-04-10", "2026-04-01"), facts("2026-10-05"));
    facts.periods = vec![c_01()];
    for verdict in [Verdict::Unfavourable, Verdict::Other] {
        let silent = Decision { words: Some(" ".into()), ..stated(verdict) };
        assert_eq!(refused(&silent, &content, &facts), ["COV-03 words required"]);
        let condition = Condition { text: "x".into(), due_on: day("2026-05-01"), stops_on: day("2026-05-02") };
        let ending = Decision { to: Some(day("2027-03-31")), conditions: vec![condition], ..stated(verdict) };
        let expected = ["COV-03 to onlyFavourable", "COV-03 conditions onlyFavourable"];
        assert_eq!(refused(&ending, &content, &facts), expected);
    }
    let dated = Decision { from: Some(day("2026-11-01")), ..stated(Verdict::Other) };
    assert_eq!(refused(&dated, &content, &facts), ["COV-03 from onlyFavourable"]);
    let other = decide(&superseding(stated(Verdict::Other)), &content, DECIDED, &facts);
    assert_eq!(other, Ok(Effect::default()));
}

/// COV-07, C-25: nothing is granted from after the death; the day of death itself still can be.
#[rstest]
#[case("2026-04-01", "")]
#[case("2026-03-31", "COV-07 from afterDeath")]
fn nothing_begins_after_death(#[case] death: &str, #[case] fault: &str) {
    let facts = Facts { death: Some(day(death)), ..facts("2026-04-20") };
    let found = refused(&favourable("2026-04-01/2027-03-31"), &application("2026-04-10", "2026-04-01"), &facts);
    assert_eq!(found.concat(), fault);
}

/// COV-11: a condition falls due in the period and stops what is reimbursed after that day.
#[rstest]
#[case("Comes to education.", "2026-06-30", "2026-07-01", "")]
#[case(" ", "2026-06-30", "2026-07-01", "COV-11 conditions[0].text required")]
#[case("x", "2026-03-31", "2026-07-01", "COV-11 conditions[0].dueOn outOfRange min=2026-04-01 max=2027-03-31")]
#[case("x", "2027-04-01", "2027-04-02", "COV-11 conditions[0].dueOn outOfRange min=2026-04-01 max=2027-03-31")]
#[case("x", "2026-06-30", "2026-06-30", "COV-11 conditions[0].stopsOn outOfRange min=2026-07-01 max=2027-03-31")]
fn a_condition_falls_due(#[case] text: &str, #[case] due: &str, #[case] stops: &str, #[case] fault: &str) {
    let condition = Condition { text: text.into(), due_on: day(due), stops_on: day(stops) };
    let decision = Decision { conditions: vec![condition], ..favourable("2026-04-01/2027-03-31") };
    let found = refused(&decision, &application("2026-04-10", "2026-04-01"), &facts("2026-04-20"));
    assert_eq!(found.concat(), fault);
}

proptest! {
    /// COV-06, COV-07: whatever is granted elsewhere, a decision that passes leaves no day to two periods, and
    /// lengthens none.
    #[test]
    fn no_day_belongs_to_two(
        from in days(),
        length in 1..370u64,
        others in prop::collection::vec((0..500u64, 1..370u64), 0..4),
    ) {
        let from = from.max(day("2021-01-01"));
        let mut facts = Facts { today: from, birth: None, ..facts("2026-04-10") };
        let mut free = from - Days::new(700);
        for (n, (gap, length)) in (10..).zip(others) {
            let first = free + Days::new(gap);
            let granted = Period::granted(first, first + Days::new(length - 1));
            facts.periods.push(KnownPeriod { id: Uuid::from_u128(n), own: false, period: granted });
            free = granted.to + Days::new(1);
        }
        let to = from + Days::new(length - 1);
        let decision = Decision { from: Some(from), to: Some(to), words: None, ..stated(Verdict::Favourable) };
        let content = application(&from.to_string(), &from.to_string());
        let result = decide(&decision, &content, SUBMITTED, &facts);
        let later = facts.periods.iter().any(|one| from <= one.period.from && one.period.from <= to);
        prop_assert_eq!(result == Err(Refusal::PeriodInTheWay.into()), later && to <= last_day_of_months(from, 12));
        if let Ok(effect) = result {
            let granted = Span::between(from, to);
            for one in &facts.periods {
                let now = effect.ended.iter().find(|ended| ended.id == one.id).unwrap_or(one);
                prop_assert!(!now.overlaps(granted));
                let shorter = now.period.effective().is_none_or(|days| days.is_within(Span::between(one.period.from, one.period.to)));
                prop_assert!(shorter);
            }
        }
    }
}
