//! The adviser's decision, and what it does to granted periods (COV-03 to COV-07, COV-11, PMP-01, CON-03, CON-04).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    application::Content,
    condition::Condition,
    facts::Facts,
    limits::Limits,
    period::{KnownPeriod, Period, PeriodEnd},
    status::{ApplicationCommand, ApplicationStatus, after},
};
pub use crate::names::Verdict;
use crate::{
    clock::eve,
    refusal::{Fault, Reason, Refusal, Rejection},
    rule::RuleId,
    span::Span,
};

/// The most conditions of one decision.
pub const MAX_CONDITIONS: usize = 20;

/// A decision, as the adviser states it (COV-03).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = StatedCoverageDecision, example = json!({"verdict": "unfavourable",
    "words": "Does not follow the self-management programme."}))]
pub struct Decision {
    /// In favour, against, or something else.
    pub verdict: Verdict,
    /// In favour: the first day. Against: the day from which the period granted before is undue; that of the decision
    /// when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub from: Option<NaiveDate>,
    /// In favour: the last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub to: Option<NaiveDate>,
    /// In favour: further conditions (COV-11).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    pub conditions: Vec<Condition>,
    /// Against: because. Other: what. In favour, when the period begins later than it could: why (COV-04).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 2000)]
    pub words: Option<String>,
    /// The decision that this one supersedes: the last one about the application.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub supersedes: Option<Uuid>,
}

/// What was decided about an application before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before {
    /// The application's status.
    pub status: ApplicationStatus,
    /// The last decision, if there is one.
    pub last: Option<Uuid>,
    /// The period that the application has been granted and that has days left, if there is one.
    pub granted: Option<Uuid>,
}

/// What a decision does (COV-04, COV-06, COV-07).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effect {
    /// The period that it grants.
    pub granted: Option<Period>,
    /// The periods that it ends, as they are then: superseded ones of this application, those cut because the
    /// beneficiary is taken on elsewhere.
    pub ended: Vec<KnownPeriod>,
}

/// COV-03 to COV-07, COV-11: what a decision about an application does.
///
/// # Errors
/// The application is not to be decided, the decision names no or another decision that it supersedes, it has faults,
/// or a period of another establishment stands in the way (COV-06).
pub fn decide(decision: &Decision, content: &Content, before: Before, facts: &Facts) -> Result<Effect, Rejection> {
    after(before.status, ApplicationCommand::Decide)?;
    if decision.supersedes != before.last {
        return Err(Refusal::DecisionStands { last: before.last }.into());
    }
    let superseded = |last_day: NaiveDate| {
        let former = facts.periods.iter().filter(|one| Some(one.id) == before.granted);
        former.filter_map(move |one| ended(one, last_day, PeriodEnd::Superseded))
    };
    match decision.verdict {
        Verdict::Favourable => {
            let days = favourable(decision, content, before, facts).map_err(Rejection::Faulty)?;
            let elsewhere = || facts.periods.iter().filter(|one| !one.own && one.overlaps(days));
            if elsewhere().any(|one| one.period.effective().is_some_and(|other| days.from <= other.from)) {
                return Err(Refusal::PeriodInTheWay.into());
            }
            let cut = elsewhere().filter_map(|one| ended(one, eve(days.from), PeriodEnd::TakenOnElsewhere));
            let granted = days.to.map(|to| Period::granted(days.from, to));
            Ok(Effect { granted, ended: superseded(NaiveDate::MIN).chain(cut).collect() })
        }
        Verdict::Unfavourable => {
            let faults = against(decision);
            let from = decision.from.unwrap_or(facts.today);
            let ended = superseded(eve(from)).collect();
            if faults.is_empty() { Ok(Effect { granted: None, ended }) } else { Err(Rejection::Faulty(faults)) }
        }
        Verdict::Other => {
            let mut faults = against(decision);
            faults.extend(decision.from.map(|_| not_here("from")));
            if faults.is_empty() { Ok(Effect::default()) } else { Err(Rejection::Faulty(faults)) }
        }
    }
}

fn ended(one: &KnownPeriod, last_day: NaiveDate, why: PeriodEnd) -> Option<KnownPeriod> {
    Some(KnownPeriod { period: one.period.ended(last_day, why)?, ..*one })
}

fn missing(field: &str, rule: RuleId) -> Fault {
    Fault::new(field, Reason::Required, rule)
}

/// What only a favourable decision has.
fn not_here(field: &str) -> Fault {
    Fault::new(field, Reason::OnlyFavourable, RuleId::Cov03)
}

/// COV-03: a decision that is not favourable says why or what, and grants nothing.
fn against(decision: &Decision) -> Vec<Fault> {
    let mut faults = Vec::new();
    faults.extend(decision.to.map(|_| not_here("to")));
    if !decision.conditions.is_empty() {
        faults.push(not_here("conditions"));
    }
    if !has_words(decision) {
        faults.push(missing("words", RuleId::Cov03));
    }
    faults
}

fn has_words(decision: &Decision) -> bool {
    decision.words.as_ref().is_some_and(|words| !words.trim().is_empty())
}

/// COV-04 to COV-06, COV-11, PMP-01, CON-03, CON-04: the days of a favourable decision.
fn favourable(decision: &Decision, content: &Content, before: Before, facts: &Facts) -> Result<Span, Vec<Fault>> {
    let superseded: Vec<Uuid> = before.granted.into_iter().collect();
    let mut faults = Vec::new();
    let Some(from) = decision.from else {
        faults.push(missing("from", RuleId::Cov03));
        faults.extend(decision.to.is_none().then(|| missing("to", RuleId::Cov03)));
        return Err(faults);
    };
    let Some(limits) = Limits::of(content, facts, &superseded) else {
        // Nothing without a programme can be submitted, let alone decided.
        return Err(vec![missing("from", RuleId::Cov04)]);
    };
    for start in &limits.starts {
        if from < start.day {
            faults.push(Span::since(start.day).outside("from", start.rule));
        }
    }
    faults.extend(running_fault(from, &limits));
    if facts.death.is_some_and(|death| death < from) {
        faults.push(Fault::new("from", Reason::AfterDeath, RuleId::Cov07));
    }
    if from > limits.first.day && !has_words(decision) {
        faults.push(missing("words", RuleId::Cov04));
    }
    match decision.to {
        None => faults.push(missing("to", RuleId::Cov03)),
        Some(to) if to < from => faults.push(Span::since(from).outside("to", RuleId::Cov03)),
        Some(to) => faults.extend(last_day_faults(from, to, &limits)),
    }
    faults.extend(condition_faults(decision, from));
    match decision.to {
        Some(to) if faults.is_empty() => Ok(Span::between(from, to)),
        _ => Err(faults),
    }
}

/// COV-06: the fault when a period of the same establishment still runs on the first day.
fn running_fault(from: NaiveDate, limits: &Limits) -> Option<Fault> {
    let free = Span::since(from).first_day_without(&limits.own)?;
    (from < free).then(|| Span::since(free).outside("from", RuleId::Cov06))
}

/// COV-04, COV-06, CON-03 to CON-06: the faults of the last day, each bound with its rule.
fn last_day_faults(from: NaiveDate, to: NaiveDate, limits: &Limits) -> Vec<Fault> {
    let (longest, convention) = limits.ends(from);
    let next = limits.own.iter().map(|days| days.from).filter(|next| from < *next && *next <= to).min();
    let bounds = [Some((longest.day, longest.rule)), convention.map(|end| (end.day, end.rule))];
    let bounds = bounds.into_iter().flatten().chain(next.map(|next| (eve(next), RuleId::Cov06)));
    bounds.filter(|(last, _)| *last < to).map(|(last, rule)| Span::between(from, last).outside("to", rule)).collect()
}

/// COV-11: a condition has a text, falls due in the period and stops what is reimbursed after that.
fn condition_faults(decision: &Decision, from: NaiveDate) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (index, condition) in decision.conditions.iter().enumerate() {
        let under = format!("conditions[{index}]");
        let mut add = |fault: Fault| faults.push(fault.under(&under));
        if condition.text.trim().is_empty() {
            add(missing("text", RuleId::Cov11));
        }
        let period = Span { from, to: decision.to };
        if !period.holds(condition.due_on) {
            add(period.outside("dueOn", RuleId::Cov11));
        } else if condition.stops_on <= condition.due_on {
            add(Span { from: condition.due_on.succ_opt().unwrap_or(from), to: decision.to }
                .outside("stopsOn", RuleId::Cov11));
        }
    }
    faults
}

#[cfg(test)]
#[path = "decision_tests.rs"]
mod tests;
