//! A convention as a whole, and the hospitals that hold it one after the other (CON-01 to CON-06).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    number::{ConventionNumber, PumpConventionNumber},
    term::{ConventionEnd, ConventionKind, Denunciation, End, FIRST_DAY, Term},
};
use crate::{
    clock::eve,
    identifier::HospitalNumber,
    refusal::{Fault, Reason},
    rule::RuleId,
    span::Span,
};

/// A hospital that took over a convention (CON-03, CON-04).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Holder {
    /// The hospital.
    pub hospital: HospitalNumber,
    /// The first day on which it holds the convention.
    pub from: NaiveDate,
    /// Whether a merger or a demerger brought it.
    pub why: ConventionEnd,
    /// The identifier of that merger or demerger.
    pub merger: Uuid,
}

/// A convention, with everything that decides on which days it is in force (CON-01, CON-05).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Convention {
    /// Its only number, which also tells its kind.
    pub number: ConventionNumber,
    /// The hospital it was concluded with.
    pub hospital: HospitalNumber,
    /// The first day on which it is in force.
    pub from: NaiveDate,
    /// The agreed last day, if there is one.
    pub agreed_last_day: Option<NaiveDate>,
    /// Whether the hospital had no pump convention before, so that STF-05 applies to its team.
    pub new_establishment: bool,
    /// The letter that denounced it; of several, the one whose notice ends first.
    pub letter: Option<Denunciation>,
    /// The end imposed by a merger or demerger.
    pub cut: Option<End>,
    /// The hospitals that took it over, one after the other.
    pub holders: Vec<Holder>,
}

impl Convention {
    /// CON-01: its kind.
    #[must_use]
    pub const fn kind(&self) -> ConventionKind {
        self.number.kind()
    }

    /// CON-03, CON-05: its own end, the earliest known one. The end of self-management may come earlier still (CON-06).
    #[must_use]
    pub fn end(&self) -> Option<End> {
        let agreed = self.agreed_last_day.map(|last_day| End { last_day, why: ConventionEnd::Other });
        let letter = self.letter.map(|letter| End { last_day: letter.last_day(), why: ConventionEnd::Denounced });
        // For ends on the same day the first in this order gives the reason.
        [agreed, self.cut, letter].into_iter().flatten().min_by_key(|end| end.last_day)
    }

    /// CON-03, CON-04: the convention as it was before the last merger that changed it: without the hospital that took
    /// it over, with the end that an earlier merger had imposed.
    fn before(&self, merger: Uuid, cut: Option<End>) -> Convention {
        let holders = self.holders.iter().copied().filter(|holder| holder.merger != merger).collect();
        Convention { cut, holders, ..self.clone() }
    }

    /// Whether this hospital holds it at any time (CON-03, CON-04).
    #[must_use]
    pub fn is_of(&self, hospital: HospitalNumber) -> bool {
        self.hospital == hospital || self.holders.iter().any(|holder| holder.hospital == hospital)
    }

    /// CON-03, CON-04: the convention's terms, one for each hospital that holds it, in order.
    #[must_use]
    pub fn terms(&self) -> Vec<Term> {
        let term_of = |hospital, taken_over, next: Option<&Holder>| {
            let handed_over = next.map(|next| End { last_day: eve(next.from), why: next.why });
            Term {
                number: self.number,
                hospital,
                from: self.from,
                taken_over,
                end: self.end().into_iter().chain(handed_over).min_by_key(|end| end.last_day),
                new_establishment: self.new_establishment,
            }
        };
        let mut terms = vec![term_of(self.hospital, None, self.holders.first())];
        for (index, holder) in self.holders.iter().enumerate() {
            terms.push(term_of(holder.hospital, Some(holder.from), self.holders.get(index + 1)));
        }
        terms
    }

    /// CON-01, CON-03, CON-05: the faults of a convention about to be entered or changed. `others` are all other
    /// conventions of all hospitals, without this one.
    #[must_use]
    pub fn faults(&self, others: &[Convention]) -> Vec<Fault> {
        let mut faults = Vec::new();
        let is_pump = self.kind() == ConventionKind::Pump;
        if is_pump && self.from < FIRST_DAY {
            faults.push(Span::since(FIRST_DAY).outside("from", RuleId::Con05));
        }
        faults.extend(Span { from: self.from, to: self.agreed_last_day }.end_fault("lastDay", RuleId::Con05));
        // A number is never reused, not even for the same hospital.
        if others.iter().any(|other| other.number == self.number) {
            faults.push(Fault::new("number", Reason::Repeated, RuleId::Con01));
        }
        let own = self.terms();
        let elsewhere: Vec<Term> = others.iter().flat_map(Convention::terms).collect();
        let all: Vec<Term> = own.iter().chain(&elsewhere).cloned().collect();
        // A convention handed over before it began starts at the hospital that took it over.
        if let Some(first) = own.iter().find(|term| !term.span().is_empty()).or(own.first()) {
            faults.extend(first.start_faults(&elsewhere));
        }
        let chains = others.iter().map(Convention::terms).chain([own]);
        faults.extend(chains.filter_map(|chain| gap(&chain, &all)).map(|(number, day)| {
            let fault = Fault::new("lastDay", Reason::HandedOverLater, RuleId::Con03);
            fault.with("number", number.as_str()).with("day", day)
        }));
        if let Some(letter) = self.letter {
            let without = Convention { letter: None, ..self.clone() };
            faults.extend(without.letter_faults(letter, others));
        }
        faults
    }

    /// CON-05: the convention after a denunciation. The earlier of two ends applies: a letter whose notice would end
    /// later has no effect, whoever sent it, but is no fault either, since it was in fact sent.
    ///
    /// # Errors
    /// The letter was sent before the convention began or after it ended (CON-06 included), it denounces a
    /// self-management convention, for which this text sets no notice, or it would end the convention before another
    /// hospital takes it over.
    pub fn denounce(&self, letter: Denunciation, others: &[Convention]) -> Result<Convention, Vec<Fault>> {
        let faults = self.letter_faults(letter, others);
        if !faults.is_empty() {
            return Err(faults);
        }
        let earlier = self.letter.into_iter().chain([letter]).min_by_key(Denunciation::last_day);
        let denounced = Convention { letter: earlier, ..self.clone() };
        let all: Vec<Term> = [&denounced].into_iter().chain(others).flat_map(Convention::terms).collect();
        match gap(&denounced.terms(), &all) {
            Some((number, day)) => {
                let fault = Fault::new("sentOn", Reason::HandedOverLater, RuleId::Con03);
                Err(vec![fault.with("number", number.as_str()).with("day", day)])
            }
            None => Ok(denounced),
        }
    }

    fn letter_faults(&self, letter: Denunciation, others: &[Convention]) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.kind() != ConventionKind::Pump {
            let fault = Fault::new("kind", Reason::NotInList, RuleId::Con05);
            faults.push(fault.with("allowed", ConventionKind::Pump));
        }
        let all: Vec<Term> = others.iter().flat_map(Convention::terms).collect();
        let end = self.terms().last().and_then(|last| last.with_expiry(&all).end);
        let actual = Span { from: self.from, to: end.map(|end| end.last_day) };
        if !actual.holds(letter.sent_on) {
            faults.push(actual.outside("sentOn", RuleId::Con05));
        }
        faults
    }
}

/// CON-03, CON-04: the first handover before which the convention would already have ended: its number and the day.
fn gap(chain: &[Term], all: &[Term]) -> Option<(ConventionNumber, NaiveDate)> {
    chain.windows(2).find_map(|pair| {
        let [before, after] = pair else { return None };
        let day = after.span().from;
        // Handed over before it began: there can be no gap.
        let never_held = before.span().is_empty() && before.span().from == day;
        let reaches = before.with_expiry(all).in_force(eve(day));
        (!never_held && !reaches).then_some((before.number, day))
    })
}

/// CON-01: the term under which a hospital holds a pump convention on a day; of two, the one that no merger ends
/// (CON-03).
#[must_use]
pub fn pump_on(hospital: HospitalNumber, on: NaiveDate, conventions: &[Convention]) -> Option<Term> {
    let all: Vec<Term> = conventions.iter().flat_map(Convention::terms).collect();
    let pumps = conventions.iter().filter(|one| one.kind() == ConventionKind::Pump);
    let running = pumps.flat_map(|one| one.terms().into_iter().map(|term| (one.cut.is_some(), term.with_expiry(&all))));
    let own = running.filter(|(_, term)| term.hospital == hospital && term.in_force(on));
    own.min_by_key(|(cut, term)| (*cut, term.from)).map(|(_, term)| term)
}

/// The handover of a convention from one hospital to another (CON-03, CON-04).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HandingOver {
    /// Its number.
    pub number: ConventionNumber,
    /// The hospital that holds it until the eve.
    pub by: HospitalNumber,
    /// The hospital that takes it over.
    pub to: HospitalNumber,
    /// The day of the handover: that of the merger or demerger, or the convention's own first day if that is later.
    pub from: NaiveDate,
}

impl HandingOver {
    /// CON-03, CON-04: the handovers of all conventions, of both kinds, that these hospitals hold on a day or later.
    #[must_use]
    pub fn all(
        from: &[HospitalNumber],
        to: HospitalNumber,
        on: NaiveDate,
        conventions: &[Convention],
    ) -> Vec<HandingOver> {
        let all: Vec<Term> = conventions.iter().flat_map(Convention::terms).collect();
        let last = conventions.iter().filter_map(|one| one.terms().pop());
        let actual = last.map(|term| term.with_expiry(&all));
        let goes = actual.filter(|term| {
            let whole = Span { from: term.from, to: term.end.map(|end| end.last_day) };
            from.contains(&term.hospital) && term.hospital != to && whole.overlaps(Span::since(on))
        });
        goes.map(|term| HandingOver { number: term.number, by: term.hospital, to, from: on.max(term.from) }).collect()
    }

    /// CON-03, CON-04: the fault of a date that precedes, or coincides with, a handover that already involves one of
    /// these hospitals.
    #[must_use]
    pub fn too_early(of: &[HospitalNumber], on: NaiveDate, conventions: &[Convention], rule: RuleId) -> Option<Fault> {
        let took = conventions.iter().flat_map(|one| &one.holders).filter(|holder| of.contains(&holder.hospital));
        let gave = conventions.iter().filter(|one| of.contains(&one.hospital)).flat_map(|one| &one.holders);
        let latest = took.chain(gave).map(|holder| holder.from).filter(|from| on <= *from).max()?;
        Some(Span::since(latest.succ_opt()?).outside("effective", rule))
    }
}

/// CON-03, CON-04: the conventions that handovers and ends change, as they leave them.
#[must_use]
pub fn changed(
    conventions: &[Convention],
    merger: Uuid,
    why: ConventionEnd,
    handed_over: &[HandingOver],
    cut: Option<(&[PumpConventionNumber], End)>,
) -> Vec<Convention> {
    let change = |one: &Convention| {
        let mut next = one.clone();
        let given = handed_over.iter().find(|given| given.number == one.number);
        next.holders.extend(given.map(|given| Holder { hospital: given.to, from: given.from, why, merger }));
        // An end that comes no later keeps its place and its reason.
        let ends = |numbers: &[PumpConventionNumber]| one.number.pump().is_some_and(|number| numbers.contains(&number));
        let earlier = |end: &End| one.end().is_none_or(|own| end.last_day < own.last_day);
        let brought = cut.filter(|(numbers, _)| ends(numbers)).map(|(_, end)| end).filter(earlier);
        next.cut = brought.or(next.cut);
        (next != *one).then_some(next)
    };
    conventions.iter().filter_map(change).collect()
}

/// CON-03, CON-04: restores the conventions changed by a merger that was entered in error. `changed` gives, for each,
/// the end that an earlier merger had imposed.
///
/// # Errors
/// The number of the first convention that cannot be restored because another one has taken its place.
pub fn restored_conventions(
    conventions: &[Convention],
    merger: Uuid,
    changed: &[(ConventionNumber, Option<End>)],
) -> Result<Vec<Convention>, ConventionNumber> {
    let change_of = |one: &Convention| changed.iter().find(|(number, _)| *number == one.number);
    let before = |one: &Convention| change_of(one).map_or_else(|| one.clone(), |(_, cut)| one.before(merger, *cut));
    let all: Vec<Convention> = conventions.iter().map(before).collect();
    let others = |of: &Convention| all.iter().filter(|one| one.number != of.number).cloned().collect::<Vec<_>>();
    let restored = all.iter().filter(|one| change_of(one).is_some());
    restored.map(|one| if one.faults(&others(one)).is_empty() { Ok(one.clone()) } else { Err(one.number) }).collect()
}

#[cfg(test)]
#[path = "holder_tests.rs"]
pub(super) mod tests;
