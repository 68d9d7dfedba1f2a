//! Since when and until when a convention is in force (CON-01, CON-05, CON-06).

use std::cmp::Reverse;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use super::number::Number;
pub use crate::names::{ConventionEnd, ConventionKind, ConventionParty};
use crate::{
    clock::{eve, months_after},
    identifier::HospitalNumber,
    refusal::{Fault, Reason},
    rule::RuleId,
    span::Span,
};

/// CON-05: the day on which the convention took effect, before which no pump convention of this text is in force.
pub const FIRST_DAY: NaiveDate = match NaiveDate::from_ymd_opt(2021, 1, 1) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

/// How long the notice of a denunciation runs (CON-05).
const NOTICE_MONTHS: u32 = 3;

/// On which day a convention ends, and why (CON-03 to CON-06).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct End {
    /// The last day on which it is in force.
    pub last_day: NaiveDate,
    /// Why.
    pub why: ConventionEnd,
}

/// A registered letter by which one party denounces a convention (CON-05).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Denunciation {
    /// When it was sent.
    pub sent_on: NaiveDate,
    /// By whom. The notice is the same for both.
    pub by: ConventionParty,
}

impl Denunciation {
    /// CON-05: the last day of the notice: three months from the first day of the month after the sending. A letter sent on
    /// the first of a month waits for the next first, as any other of that month.
    #[must_use]
    pub fn last_day(&self) -> NaiveDate {
        let first_of_month = self.sent_on.with_day(1).unwrap_or(self.sent_on);
        eve(months_after(first_of_month, 1 + NOTICE_MONTHS))
    }
}

/// A convention as one hospital has it (CON-01, CON-03, CON-04).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Its number, and with it its kind.
    pub number: Number,
    /// Which hospital.
    pub hospital: HospitalNumber,
    /// The first day on which the convention is in force, be it with another hospital.
    pub from: NaiveDate,
    /// The first day on which this hospital has it, when it took it over by a merger or demerger.
    pub taken_over: Option<NaiveDate>,
    /// Its own end, or the eve of the day on which another hospital takes it over, when it has one. That of the self-management
    /// convention ends it too (CON-06).
    pub end: Option<End>,
    /// Whether the hospital had no pump convention before, so that its team starts by STF-05.
    pub new_establishment: bool,
}

impl Term {
    /// CON-01: of which kind it is.
    #[must_use]
    pub const fn kind(&self) -> ConventionKind {
        self.number.kind()
    }

    /// STF-05: the day on which the convention of a new establishment came into force: of one that had no pump
    /// convention before.
    #[must_use]
    pub fn new_since(&self) -> Option<NaiveDate> {
        self.new_establishment.then_some(self.from)
    }

    /// CON-03, CON-05: its days with this hospital, by its own end alone.
    #[must_use]
    pub fn span(&self) -> Span {
        Span { from: self.taken_over.unwrap_or(self.from), to: self.end.map(|end| end.last_day) }
    }

    /// CON-05: whether it is in force on a day, by its own end alone. Ask [`Term::with_expiry`] of a pump convention.
    #[must_use]
    pub fn in_force(&self, on: NaiveDate) -> bool {
        self.span().holds(on)
    }

    /// CON-06: the convention with the end it really has. A pump convention expires on the last day from which the
    /// self-management convention is in force no longer: for good, so that one resumed later, be it a day too late, does not
    /// bring it back. Where one follows another the next day, nothing expires. One that began without self-management never
    /// was in force: its last day is the eve of its first.
    ///
    /// Of `self_managements` those of its hospital count; whatever else is among them changes nothing.
    #[must_use]
    pub fn with_expiry(&self, self_managements: &[Term]) -> Term {
        Term { end: self.expiry(self_managements), ..self.clone() }
    }

    fn expiry(&self, self_managements: &[Term]) -> Option<End> {
        if self.kind() != ConventionKind::Pump {
            return self.end;
        }
        let covers = self_managements
            .iter()
            .filter(|term| term.kind() == ConventionKind::SelfManagement && term.hospital == self.hospital);
        let covers: Vec<Span> = covers.map(Term::span).collect();
        let without = Span::since(self.span().from).first_day_without(&covers);
        let expired = without.map(|day| End { last_day: eve(day), why: ConventionEnd::SelfManagementEnded });
        // Of two on the same day the one that was stated is named: `min_by_key` takes the first.
        self.end.into_iter().chain(expired).min_by_key(|end| end.last_day)
    }

    /// CON-01: what is wrong with a convention beginning at its hospital on its first day, beside all the others as their hospitals
    /// have them.
    pub(super) fn start_faults(&self, others: &[Term]) -> Vec<Fault> {
        let mut faults = Vec::new();
        let own: Vec<Term> = others.iter().filter(|other| other.hospital == self.hospital).cloned().collect();
        // A merger may leave a hospital with two (CON-03): one that came to it after this one began, or this one itself.
        let came_later = |other: &Term| other.taken_over.is_some_and(|since| self.from < since);
        let beside = own.iter().filter(|other| other.kind() == self.kind() && !came_later(other));
        let meets = beside.map(|other| other.with_expiry(&own)).any(|other| other.span().overlaps(self.span()));
        if meets && self.taken_over.is_none() {
            faults.push(Fault::new("from", Reason::ConventionInForce, RuleId::Con01));
        }
        let first = self.span().from;
        let carried = own.iter().any(|other| other.kind() == ConventionKind::SelfManagement && other.in_force(first));
        if self.kind() == ConventionKind::Pump && !carried {
            let fault = Fault::new("from", Reason::SelfManagementNotInForce, RuleId::Con01);
            faults.push(fault.with("day", first));
        }
        faults
    }
}

/// CON-05, CON-06: the pump convention that is in force in a year, with the end it really has, and from which day to which of the
/// year its hospital has it. Of two that follow each other in it, the later one; of two that run beside each other after a merger
/// (CON-03), the one of an establishment that is not new (STF-05), then the older one.
#[must_use]
pub fn pump_in_year(terms: &[Term], year: i32) -> Option<(Term, NaiveDate, NaiveDate)> {
    let (begin, end) = (NaiveDate::from_ymd_opt(year, 1, 1)?, NaiveDate::from_ymd_opt(year, 12, 31)?);
    let pumps = terms.iter().filter(|term| term.kind() == ConventionKind::Pump).map(|term| term.with_expiry(terms));
    let within = pumps.filter_map(|term| {
        let days = term.span().clip(Span::between(begin, end))?;
        Some((term, days.from, days.to?))
    });
    within.max_by_key(|(term, first, last)| (*last, !term.new_establishment, Reverse(*first)))
}

#[cfg(test)]
#[path = "term_tests.rs"]
pub(super) mod tests;
