//! What is corrected when something is learned about days that were billed: a period that ended, a death, a stay, an
//! insurer, a price (BIL-01, BIL-03, BIL-07, BIL-08, BIL-12, COV-07, COV-11, PMP-04).

use chrono::NaiveDate;

use super::{
    credit::{Credit, InvoicedLine},
    limitation::last_day_to_invoice,
    line::{BilledDay, Block, Line, cut},
    pump_day::{Facts, period_of, standing_faults},
    terms::Basis,
};
pub use crate::names::{Bearer, UndueCause};
use crate::{
    amount::Amount,
    convention::{
        coverage::period::{KnownPeriod, Period},
        move_notice::told_on,
    },
    names::PeriodEnd,
    refusal::{Reason, Refusal},
    span::Span,
};

/// Days that were billed or recorded and are not due, for one reason (BIL-07).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndueDays {
    /// The days, which follow each other.
    pub days: Span,
    /// Why they are not due.
    pub cause: UndueCause,
    /// What was asked for them.
    pub amount: Amount,
    /// Who bears it.
    pub borne_by: Bearer,
}

/// Days that are due and can no longer be invoiced anew (BIL-08).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostDays {
    /// The days, which follow each other.
    pub days: Span,
    /// What would be asked for them.
    pub amount: Amount,
}

/// What a line is corrected by: a credit of the whole line, and new lines for what is due of it (BIL-05).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// The credit.
    pub credit: Credit,
    /// The days that are not due.
    pub undue: Vec<UndueDays>,
    /// The lines for the days that are, in blocks.
    pub anew: Vec<Block>,
    /// The days that are due and come too late: with the credit they are lost.
    pub lost: Vec<LostDays>,
}

impl Correction {
    /// BIL-07: what was asked without being due.
    #[must_use]
    pub fn undue_amount(&self) -> Amount {
        self.undue.iter().map(|one| one.amount.clone()).sum()
    }

    /// BIL-08: what is lost.
    #[must_use]
    pub fn lost_amount(&self) -> Amount {
        self.lost.iter().map(|one| one.amount.clone()).sum()
    }
}

/// BIL-01, BIL-07, COV-07, COV-11, PMP-04: why a day that is over is not due, if it is not. Of several causes the first
/// one of the list of `standing_faults`.
#[must_use]
pub fn cause(day: NaiveDate, facts: &Facts) -> Option<UndueCause> {
    let faults = standing_faults(day, facts);
    let reason = faults.first()?.reason;
    Some(match reason {
        Reason::AfterDeath => UndueCause::Death,
        Reason::PumpStopped => UndueCause::PumpStopped,
        Reason::ConditionUnmet => UndueCause::ConditionUnmet,
        Reason::StayNotLinked | Reason::StayWithoutConvention | Reason::NotFirstPump | Reason::ContactMissing => {
            UndueCause::StartInHospital
        }
        _ => ended_because(day, facts),
    })
}

/// COV-07: why the establishment's period no longer has a day that it was granted.
fn ended_because(day: NaiveDate, facts: &Facts) -> UndueCause {
    match ended_period(day, facts).and_then(|period| period.end).map(|end| end.why) {
        Some(PeriodEnd::TakenOnElsewhere) => UndueCause::TakenOnElsewhere,
        Some(PeriodEnd::ChildrensConvention) => UndueCause::ChildrensConvention,
        Some(PeriodEnd::Death) => UndueCause::Death,
        _ => UndueCause::PeriodEnded,
    }
}

/// COV-07: the establishment's period that was granted for a day and ended early.
fn ended_period(day: NaiveDate, facts: &Facts) -> Option<&Period> {
    let granted = |one: &&KnownPeriod| one.own && Span::between(one.period.from, one.period.to).holds(day);
    facts.periods.iter().filter(granted).map(|one| &one.period).find(|period| period.end.is_some())
}

/// BIL-07, C 9 §2: who bears an undue day. Whoever moves to another establishment, or to the children's convention,
/// owes the days billed before they said so: all of them when they never did, none when they said so in time.
#[must_use]
pub fn borne_by(day: NaiveDate, cause: UndueCause, facts: &Facts) -> Bearer {
    let moved = matches!(cause, UndueCause::TakenOnElsewhere | UndueCause::ChildrensConvention);
    let told_on = ended_period(day, facts).and_then(|period| told_on(period, &facts.move_notices));
    if moved && told_on.is_none_or(|told_on| day < told_on) { Bearer::Beneficiary } else { Bearer::Establishment }
}

/// BIL-03, BIL-07, BIL-12: what a line that stands is corrected by; `None` when every day of it still holds as it was
/// billed. A day holds when it is due in the same period, from the same insurer, at the same price.
///
/// # Errors
/// The line cannot be credited.
pub fn correction(of: &InvoicedLine, facts: &Facts, basis: &Basis) -> Result<Option<Correction>, Refusal> {
    let credit = Credit::of(of)?;
    let line = &of.line;
    let days: Vec<_> = line.each_day().map(|day| (day, now(day, facts, basis))).collect();
    if days.iter().all(|(_, now)| now.as_ref().is_ok_and(|now| holds(line, now))) {
        return Ok(None);
    }
    let mut correction = Correction { credit, undue: Vec::new(), anew: Vec::new(), lost: Vec::new() };
    let mut anew = Vec::new();
    for (day, now) in days {
        match now {
            Err(cause) => correction.add_undue(day, cause, borne_by(day, cause, facts), &line.price),
            Ok(now) if last_day_to_invoice(day, &facts.interruptions) < facts.today => correction.add_lost(&now),
            Ok(now) => anew.push(now),
        }
    }
    correction.anew = cut(anew);
    Ok(Some(correction))
}

/// The day as it would be billed now, or why it is not due.
fn now(day: NaiveDate, facts: &Facts, basis: &Basis) -> Result<BilledDay, UndueCause> {
    if let Some(cause) = cause(day, facts) {
        return Err(cause);
    }
    let period = period_of(day, facts).ok_or(UndueCause::PeriodEnded)?;
    basis.billed(day, period.id).map_err(|_| UndueCause::NotInsured)
}

/// BIL-03, BIL-12: whether the day is billed as it would be now. Entitlement codes learned later change no amount.
fn holds(line: &Line, now: &BilledDay) -> bool {
    line.terms.period == now.terms.period && line.terms.insurer == now.terms.insurer && line.price == now.price
}

impl Correction {
    fn add_undue(&mut self, day: NaiveDate, cause: UndueCause, borne_by: Bearer, price: &Amount) {
        match self.undue.last_mut() {
            Some(last) if (last.cause, last.borne_by, last.days.to) == (cause, borne_by, day.pred_opt()) => {
                last.days.to = Some(day);
                last.amount = last.amount.plus(price);
            }
            _ => self.undue.push(UndueDays { days: Span::between(day, day), cause, amount: price.clone(), borne_by }),
        }
    }

    fn add_lost(&mut self, now: &BilledDay) {
        match self.lost.last_mut() {
            Some(last) if last.days.to == now.day.pred_opt() => {
                last.days.to = Some(now.day);
                last.amount = last.amount.plus(&now.price);
            }
            _ => self.lost.push(LostDays { days: Span::between(now.day, now.day), amount: now.price.clone() }),
        }
    }
}

#[cfg(test)]
#[path = "undue_tests.rs"]
pub(super) mod tests;
