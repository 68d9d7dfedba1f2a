//! Since when and until when a convention is in force (CON-01, CON-05, CON-06).

use chrono::{Datelike, NaiveDate};

use super::{
    number::Number,
    span::{Span, eve, months_after},
};
pub use crate::names::{ConventionEnd, ConventionKind, ConventionParty};
use crate::{
    identifier::HospitalNumber,
    refusal::{Fault, Reason},
    rule::RuleId,
};

/// CON-05: the day on which the convention took effect, before which no pump convention of this text is in force.
pub const FIRST_DAY: NaiveDate = match NaiveDate::from_ymd_opt(2021, 1, 1) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

/// How long the notice of a denunciation runs (CON-05).
const NOTICE_MONTHS: u32 = 3;

/// On which day a convention ends, and why (CON-03 to CON-06).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

/// What is said of one convention (CON-01).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Its number, and with it its kind.
    pub number: Number,
    /// With which hospital.
    pub hospital: HospitalNumber,
    /// The first day on which it is in force.
    pub from: NaiveDate,
    /// Its own end, when it has one. That of the self-management convention ends it too (CON-06).
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

    /// CON-05: its days, by its own end alone.
    #[must_use]
    pub fn span(&self) -> Span {
        Span { from: self.from, to: self.end.map(|end| end.last_day) }
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
    /// `self_managements` are those of its hospital, and before a merger or demerger of the hospital it came from; other
    /// conventions among them change nothing.
    #[must_use]
    pub fn with_expiry(&self, self_managements: &[Term]) -> Term {
        Term { end: self.expiry(self_managements), ..self.clone() }
    }

    fn expiry(&self, self_managements: &[Term]) -> Option<End> {
        if self.kind() != ConventionKind::Pump {
            return self.end;
        }
        let covers = self_managements.iter().filter(|term| term.kind() == ConventionKind::SelfManagement);
        let covers: Vec<Span> = covers.map(Term::span).collect();
        let without = Span { from: self.from, to: None }.first_day_without(&covers);
        let expired = without.map(|day| End { last_day: eve(day), why: ConventionEnd::SelfManagementEnded });
        // Of two on the same day the one that was stated is named: `min_by_key` takes the first.
        self.end.into_iter().chain(expired).min_by_key(|end| end.last_day)
    }

    /// CON-05: the convention as a denunciation leaves it. Of two ends of its own the earlier one stands: a letter whose notice
    /// would end later has no effect, whoever sent it, and is no fault either, as it was sent all the same.
    ///
    /// # Errors
    /// It was sent before the convention began or after it ended (CON-06 included), or it denounces a self-management
    /// convention, of whose notice this convention says nothing.
    pub fn denounce(&self, denunciation: Denunciation, self_managements: &[Term]) -> Result<Term, Vec<Fault>> {
        let mut faults = Vec::new();
        if self.kind() != ConventionKind::Pump {
            let fault = Fault::new("kind", Reason::NotInList, RuleId::Con05);
            faults.push(fault.with("allowed", ConventionKind::Pump));
        }
        let really = self.with_expiry(self_managements).span();
        if !really.holds(denunciation.sent_on) {
            faults.push(really.outside("sentOn", RuleId::Con05));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let end = End { last_day: denunciation.last_day(), why: ConventionEnd::Denounced };
        let earlier = self.end.into_iter().chain([end]).min_by_key(|end| end.last_day);
        Ok(Term { end: earlier, ..self.clone() })
    }

    /// CON-01, CON-05: what is wrong with a convention about to be entered, beside all the others of all hospitals. It is not
    /// among them.
    #[must_use]
    pub fn faults(&self, others: &[Term]) -> Vec<Fault> {
        let mut faults = Vec::new();
        let is_pump = self.kind() == ConventionKind::Pump;
        if is_pump && self.from < FIRST_DAY {
            faults.push(Span { from: FIRST_DAY, to: None }.outside("from", RuleId::Con05));
        }
        faults.extend(self.span().end_fault("lastDay", RuleId::Con05));
        // Each convention gets one number of its own, so that none is given again, not even to the same hospital.
        if others.iter().any(|other| other.number == self.number) {
            faults.push(Fault::new("number", Reason::Repeated, RuleId::Con01));
        }
        let own: Vec<Term> = others.iter().filter(|other| other.hospital == self.hospital).cloned().collect();
        let same_kind = own.iter().filter(|other| other.kind() == self.kind());
        if same_kind.map(|other| other.with_expiry(&own)).any(|other| other.span().meets(self.span())) {
            faults.push(Fault::new("from", Reason::ConventionInForce, RuleId::Con01));
        }
        if is_pump
            && !own.iter().any(|other| other.kind() == ConventionKind::SelfManagement && other.in_force(self.from))
        {
            let fault = Fault::new("from", Reason::SelfManagementNotInForce, RuleId::Con01);
            faults.push(fault.with("day", self.from));
        }
        faults
    }
}

/// CON-06: the last day of a pump convention, by its own end and by that of self-management ([`Term::with_expiry`]).
#[must_use]
pub fn last_day(pump: &Term, self_managements: &[Term]) -> Option<NaiveDate> {
    pump.expiry(self_managements).map(|end| end.last_day)
}

/// CON-05, CON-06: the pump convention that is in force in a year, with the end it really has, and from which day to which of the
/// year. Of two that follow each other in it, the later one.
#[must_use]
pub fn pump_in_year(terms: &[Term], year: i32) -> Option<(Term, NaiveDate, NaiveDate)> {
    let (begin, end) = (NaiveDate::from_ymd_opt(year, 1, 1)?, NaiveDate::from_ymd_opt(year, 12, 31)?);
    let pumps = terms.iter().filter(|term| term.kind() == ConventionKind::Pump).map(|term| term.with_expiry(terms));
    let within = pumps.map(|term| {
        let (first, last) = (term.from.max(begin), term.end.map_or(end, |of| of.last_day.min(end)));
        (term, first, last)
    });
    within.filter(|(_, first, last)| first <= last).max_by_key(|(_, first, _)| *first)
}

#[cfg(test)]
#[path = "term_tests.rs"]
pub(super) mod tests;
