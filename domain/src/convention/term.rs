//! From when to when a convention is in force (CON-01, CON-05, CON-06).

use std::cmp::Reverse;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use super::number::ConventionNumber;
pub use crate::names::{ConventionEnd, ConventionKind, ConventionParty};
use crate::{
    clock::{eve, months_after},
    identifier::HospitalNumber,
    refusal::{Fault, Reason},
    rule::RuleId,
    span::Span,
};

/// CON-05: the day this text took effect; no pump convention under it is in force earlier.
pub const FIRST_DAY: NaiveDate = match NaiveDate::from_ymd_opt(2021, 1, 1) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

/// The length of the notice of a denunciation (CON-05).
const NOTICE_MONTHS: u32 = 3;

/// When a convention ends, and why (CON-03 to CON-06).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct End {
    /// The last day on which it is in force.
    pub last_day: NaiveDate,
    /// The reason.
    pub why: ConventionEnd,
}

/// A registered letter by which one party denounces a convention (CON-05).
#[derive(Debug, Clone, Copy, PartialEq, Eq, utoipa::ToSchema)]
#[schema(as = ConventionDenunciation, rename_all = "camelCase", example = json!({"sentOn": "2026-03-15", "by": "establishment"}))]
pub struct Denunciation {
    /// When it was sent.
    pub sent_on: NaiveDate,
    /// The party that sent it. The notice is the same for both.
    pub by: ConventionParty,
}

impl Denunciation {
    /// CON-05: the last day of the notice: three months from the first day of the month after sending. This also holds
    /// for a letter sent on the first of a month.
    #[must_use]
    pub fn last_day(&self) -> NaiveDate {
        let first_of_month = self.sent_on.with_day(1).unwrap_or(self.sent_on);
        eve(months_after(first_of_month, 1 + NOTICE_MONTHS))
    }
}

/// The part of a convention during which one hospital holds it (CON-01, CON-03, CON-04).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// The convention's number, which also tells its kind.
    pub number: ConventionNumber,
    /// The hospital.
    pub hospital: HospitalNumber,
    /// The first day on which the convention is in force, possibly at another hospital.
    pub from: NaiveDate,
    /// The first day on which this hospital holds it, if it took it over by a merger or demerger.
    pub taken_over: Option<NaiveDate>,
    /// The convention's own end or the eve of its next handover, whichever comes first. The end of self-management may
    /// come earlier (CON-06).
    pub end: Option<End>,
    /// Whether the hospital had no pump convention before, so that STF-05 applies to its team.
    pub new_establishment: bool,
}

impl Term {
    /// CON-01: the convention's kind.
    #[must_use]
    pub const fn kind(&self) -> ConventionKind {
        self.number.kind()
    }

    /// STF-05: the day the convention came into force, for a new establishment only.
    #[must_use]
    pub fn new_since(&self) -> Option<NaiveDate> {
        self.new_establishment.then_some(self.from)
    }

    /// CON-03, CON-05: the days on which this hospital holds it, without expiry under CON-06.
    #[must_use]
    pub fn span(&self) -> Span {
        Span { from: self.taken_over.unwrap_or(self.from), to: self.end.map(|end| end.last_day) }
    }

    /// CON-05: whether it is in force on a day, without expiry under CON-06. For a pump convention use
    /// [`Term::with_expiry`] first.
    #[must_use]
    pub fn in_force(&self, on: NaiveDate) -> bool {
        self.span().holds(on)
    }

    /// CON-06: the term with its actual end. A pump convention expires with its hospital's self-management convention,
    /// for good: one resumed after even a day's gap does not revive it. If another follows the next day, nothing
    /// expires. A pump convention that began without self-management never was in force: its last day is the eve of its
    /// first.
    ///
    /// Only its hospital's self-management conventions count in `self_managements`; other terms are ignored.
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
        // If both fall on the same day, the stated end gives the reason: `min_by_key` takes the first.
        self.end.into_iter().chain(expired).min_by_key(|end| end.last_day)
    }

    /// CON-01: the faults of a convention's beginning at its hospital. `others` are the terms of all other conventions.
    pub(super) fn start_faults(&self, others: &[Term]) -> Vec<Fault> {
        let mut faults = Vec::new();
        let own: Vec<Term> = others.iter().filter(|other| other.hospital == self.hospital).cloned().collect();
        // A merger may leave a hospital with two (CON-03): one taken over after this one began, or this one itself.
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

/// CON-05, CON-06: the pump convention in force in a year, with its actual end, and the first and last day of the year
/// on which its hospital holds it. Of two in succession, the later one; of two in parallel after a merger (CON-03), the
/// one whose establishment is not new (STF-05), then the older one.
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
