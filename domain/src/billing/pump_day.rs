//! Whether a day of programme is due (BIL-01, BIL-08, BIL-09, COV-11, PMP-04).

use std::collections::BTreeSet;

use chrono::NaiveDate;
use uuid::Uuid;

use super::limitation::{Interruption, last_day_to_invoice};
use crate::{
    clock::eve,
    convention::{
        coverage::{
            condition::{Condition, Met},
            period::KnownPeriod,
            stay::{InHospital, Stay},
        },
        hospital_stay::HospitalStay,
        tariff::{self, Tariff},
    },
    refusal::{Fault, Reason},
    rule::RuleId,
    span::Span,
};

/// The most days of one range: a granted period is no longer.
pub const MOST_DAYS: i64 = 366;

/// A further condition of the decision that granted a period (COV-11).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetCondition {
    /// The period.
    pub period: Uuid,
    /// The condition.
    pub condition: Condition,
    /// When it was met and from when that has effect, as the adviser noted it last.
    pub met: Option<Met>,
}

/// What is known of one person, as one establishment asks about their days (BIL-01).
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The Brussels day on which the days are recorded.
    pub today: NaiveDate,
    /// When the person died, if they did.
    pub death: Option<NaiveDate>,
    /// The person's granted periods, of all establishments.
    pub periods: Vec<KnownPeriod>,
    /// The conditions of the establishment's own periods.
    pub conditions: Vec<SetCondition>,
    /// Stays in hospital in which the pump treatment goes on or begins.
    pub stays: Vec<Stay>,
    /// The days in hospital on which the pump treatment was interrupted.
    pub without_pump: Vec<Span>,
    /// The days of direct contact with a diabetes nurse.
    pub contacts: Vec<NaiveDate>,
    /// The days from which the person has or had a pump.
    pub pumps: Vec<NaiveDate>,
    /// The days on which the person told the establishment of a move to another one (BIL-07).
    pub move_notices: Vec<NaiveDate>,
    /// The registered letters by which the limitation was interrupted.
    pub interruptions: Vec<Interruption>,
    /// The days that are due already for this person, at whichever establishment, and those that bar this one
    /// (`DayState::bars_its_establishment`).
    pub due: BTreeSet<NaiveDate>,
    /// The prices of a day.
    pub tariffs: Vec<Tariff>,
}

/// What is said of days that follow each other and for which the same holds (BIL-01).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The days.
    pub days: Span,
    /// The period in which they are due, or every reason why they are not.
    pub outcome: Result<Uuid, Vec<Fault>>,
}

/// PMP-04: the days of a stay that do not count, because the pump treatment is interrupted. The day of the return home
/// is a day at home.
#[must_use]
pub fn without_pump(stay: &HospitalStay) -> Option<Span> {
    let days = Span { from: stay.from, to: stay.to.map(eve) };
    (!stay.pump_continued && !days.is_empty()).then_some(days)
}

/// BIL-01, BIL-08, BIL-09, BIL-03, COV-07, COV-11, PMP-04: the period in which a day is due.
///
/// # Errors
/// Every reason why it is not, each with its rule.
pub fn verdict(day: NaiveDate, facts: &Facts) -> Result<Uuid, Vec<Fault>> {
    let mut faults = standing_faults(day, facts);
    let fault = |reason, rule| Fault::new("day", reason, rule);
    if facts.today <= day {
        faults.push(fault(Reason::DayNotOver, RuleId::Bil01));
    }
    let last = last_day_to_invoice(day, &facts.interruptions);
    if last < facts.today {
        faults.push(fault(Reason::LimitationPassed, RuleId::Bil08).with("day", last));
    }
    if facts.due.contains(&day) {
        faults.push(fault(Reason::DayAlreadyDue, RuleId::Bil09));
    }
    match period_of(day, facts) {
        Some(period) if faults.is_empty() => Ok(period.id),
        _ => Err(faults),
    }
}

/// BIL-01, BIL-03, COV-07, COV-11, PMP-04: why a day that is over is not due, whenever it is asked and whoever claims
/// it. What makes a day that was billed undue is among these.
#[must_use]
pub fn standing_faults(day: NaiveDate, facts: &Facts) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut add = |reason, rule| faults.push(Fault::new("day", reason, rule));
    if facts.death.is_some_and(|death| death < day) {
        add(Reason::AfterDeath, RuleId::Cov07);
    }
    if facts.without_pump.iter().any(|days| days.holds(day)) {
        add(Reason::PumpStopped, RuleId::Pmp04);
    }
    if tariff::on(&facts.tariffs, day).is_none() {
        add(Reason::NoPrice, RuleId::Bil03);
    }
    let Some(period) = period_of(day, facts) else {
        add(Reason::NoGrantedPeriod, RuleId::Bil01);
        return faults;
    };
    let unmet = facts.conditions.iter().filter(|one| one.period == period.id && one.condition.stops(day, one.met));
    faults.extend(unmet.map(|SetCondition { condition, .. }| {
        Fault::new("day", Reason::ConditionUnmet, RuleId::Cov11)
            .with("text", &condition.text)
            .with("day", condition.stops_on)
    }));
    faults.extend(start_faults(day, period, facts));
    faults
}

/// BIL-01, COV-07: the establishment's own period whose days left contain the day; a person has at most one (COV-06).
#[must_use]
pub fn period_of(day: NaiveDate, facts: &Facts) -> Option<&KnownPeriod> {
    facts.periods.iter().find(|one| one.own && one.period.effective().is_some_and(|days| days.holds(day)))
}

/// PMP-04: why a day before the return home does not count, when the programme began in hospital. Somebody who was
/// covered on the eve goes on being covered.
fn start_faults(day: NaiveDate, period: &KnownPeriod, facts: &Facts) -> Vec<Fault> {
    let from = period.period.from;
    let periods = || facts.periods.iter().filter_map(|one| one.period.effective());
    if periods().any(|days| days.holds(eve(from))) {
        return Vec::new();
    }
    let pump_before = facts.pumps.iter().any(|pump| *pump < from) || periods().any(|days| days.from < from);
    let Some(start) = InHospital::of(from, facts.today, &facts.stays, &facts.contacts, pump_before) else {
        return Vec::new();
    };
    if start.counts(from).is_some_and(|days| days.holds(day)) {
        return Vec::new();
    }
    let missing = start.without_contact.iter();
    let missing = missing.map(|day| Fault::new("day", Reason::ContactMissing, RuleId::Pmp04).with("day", day));
    start.faults("day").chain(missing).collect()
}

/// BIL-01: what is said of all days of a range, in as few parts as possible.
#[must_use]
pub fn verdicts(days: Span, facts: &Facts) -> Vec<Verdict> {
    let mut verdicts: Vec<Verdict> = Vec::new();
    for day in days.from.iter_days().take_while(|day| days.holds(*day)) {
        let outcome = verdict(day, facts);
        match verdicts.last_mut() {
            Some(last) if last.outcome == outcome => last.days.to = Some(day),
            _ => verdicts.push(Verdict { days: Span::between(day, day), outcome }),
        }
    }
    verdicts
}

/// BIL-01: the faults of ranges that name days: each has a last day, is not too long and names no day that another
/// names.
#[must_use]
pub fn range_faults(ranges: &[Span]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (index, range) in ranges.iter().enumerate() {
        let under = format!("days[{index}]");
        let to = format!("{under}.to");
        match range.days() {
            None => faults.push(Fault::new(to, Reason::Required, RuleId::Bil01)),
            Some(1..=MOST_DAYS) => {}
            Some(_) => {
                let last = range.from.iter_days().nth(usize::try_from(MOST_DAYS - 1).unwrap_or_default());
                faults.push(Span { from: range.from, to: last }.outside(to, RuleId::Bil01));
            }
        }
        if ranges[..index].iter().any(|other| other.overlaps(*range)) {
            faults.push(Fault::new(under, Reason::OverlapsAnother, RuleId::Bil01));
        }
    }
    faults
}

#[cfg(test)]
#[path = "pump_day_tests.rs"]
pub(super) mod tests;
