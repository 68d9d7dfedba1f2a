//! Granted periods: the days agreed to, and what became of them (COV-04, COV-06, COV-07).

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::readings::{ENDING_REMINDERS, NOTICE_MONTHS};
pub use crate::names::{PeriodEnd, PeriodState};
use crate::{
    clock::{eve, months_after},
    refusal::{Fault, Reason},
    rule::RuleId,
    span::Span,
};

/// Why and when a period ended before the last day granted (COV-07).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EarlyEnd {
    /// The last day left. The eve of the first day granted when none is left.
    pub last_day: NaiveDate,
    /// The reason.
    pub why: PeriodEnd,
}

/// A period that an adviser granted (COV-04).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first day granted.
    pub from: NaiveDate,
    /// The last day granted.
    pub to: NaiveDate,
    /// Its early end, if there is one; the earliest if there were several.
    pub end: Option<EarlyEnd>,
}

/// The days of a period, counted on a day (COV-04, COV-07).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayCount {
    /// All days granted.
    pub granted: i64,
    /// The days left of them after an early end.
    pub effective: i64,
    /// Of those, the days that are over.
    pub used: i64,
    /// Of those, today and the days to come.
    pub left: i64,
}

/// What an establishment states about the end of a period (COV-07).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StatedEnd {
    /// The last day; not asked when the period is given up.
    pub last_day: Option<NaiveDate>,
    /// When the beneficiary was told that the establishment stops.
    pub told_on: Option<NaiveDate>,
}

impl Period {
    /// COV-04: a period with all its days.
    #[must_use]
    pub const fn granted(from: NaiveDate, to: NaiveDate) -> Period {
        Period { from, to, end: None }
    }

    /// COV-07: the days that are left; `None` when none is.
    #[must_use]
    pub fn effective(&self) -> Option<Span> {
        let to = self.end.map_or(self.to, |end| end.last_day.min(self.to));
        let days = Span::between(self.from, to);
        (!days.is_empty()).then_some(days)
    }

    /// COV-06, COV-07: the period after an end; `None` when it comes no earlier than the one there is, and so changes
    /// nothing: an end is never made later.
    #[must_use]
    pub fn ended(&self, last_day: NaiveDate, why: PeriodEnd) -> Option<Period> {
        let days = self.effective()?;
        let end = EarlyEnd { last_day: last_day.max(eve(self.from)), why };
        (days.to? > end.last_day).then_some(Period { end: Some(end), ..*self })
    }

    /// COV-07: its state on a day.
    #[must_use]
    pub fn state(&self, on: NaiveDate) -> PeriodState {
        match self.effective() {
            Some(days) if on < days.from => PeriodState::Planned,
            Some(days) if days.holds(on) => PeriodState::Running,
            _ => PeriodState::Ended,
        }
    }

    /// COV-07: its days, counted on a day.
    #[must_use]
    pub fn count(&self, on: NaiveDate) -> DayCount {
        let length = |days: Option<Span>| days.and_then(Span::days).unwrap_or(0);
        let days = self.effective();
        let left = length(days.and_then(|days| days.clip(Span::since(on))));
        DayCount {
            granted: length(Some(Span::between(self.from, self.to))),
            effective: length(days),
            used: length(days) - left,
            left,
        }
    }

    /// COV-04: the days on which one is reminded that it ends: 60 and 30 days before its last one.
    #[must_use]
    pub fn reminders(&self) -> Option<[NaiveDate; 2]> {
        let last = self.effective()?.to?;
        Some(ENDING_REMINDERS.map(|days| last.checked_sub_days(Days::new(days)).unwrap_or(NaiveDate::MIN)))
    }

    /// COV-07: the period after its establishment ended it. Only some reasons can be stated: the others follow from
    /// decisions, deaths and conventions. A period that has not begun bears no invoiced day, because a day is invoiced
    /// after it is over (BIL-01).
    ///
    /// # Errors
    /// Every fault of the statement.
    pub fn ended_by_establishment(
        &self,
        why: PeriodEnd,
        stated: StatedEnd,
        today: NaiveDate,
    ) -> Result<Period, Vec<Fault>> {
        let mut faults = Vec::new();
        let last_day = match why {
            PeriodEnd::GivenUp => {
                if self.state(today) != PeriodState::Planned {
                    faults.push(Fault::new("why", Reason::AlreadyBegun, RuleId::Cov07).with("day", self.from));
                }
                Some(eve(self.from))
            }
            PeriodEnd::ChildrensConvention | PeriodEnd::EstablishmentStops => {
                faults.extend(self.last_day_faults(stated.last_day));
                stated.last_day
            }
            PeriodEnd::TakenOnElsewhere | PeriodEnd::Death | PeriodEnd::ConventionEnded | PeriodEnd::Superseded => {
                let stateable = [PeriodEnd::ChildrensConvention, PeriodEnd::EstablishmentStops, PeriodEnd::GivenUp];
                let allowed = stateable.map(PeriodEnd::name).join(", ");
                faults.push(Fault::new("why", Reason::NotInList, RuleId::Cov07).with("allowed", allowed));
                None
            }
        };
        if why == PeriodEnd::EstablishmentStops {
            faults.extend(notice_faults(stated, today));
        }
        match last_day.and_then(|last_day| self.ended(last_day, why)) {
            Some(period) if faults.is_empty() => Ok(period),
            _ => Err(faults),
        }
    }

    /// The last day lies in what is left; its own last day would change nothing.
    fn last_day_faults(&self, stated: Option<NaiveDate>) -> Option<Fault> {
        let Some(last_day) = stated else {
            return Some(Fault::new("lastDay", Reason::Required, RuleId::Cov07));
        };
        let days = self.effective().unwrap_or(Span::between(self.from, eve(self.from)));
        let possible = Span::between(eve(days.from), eve(days.to.unwrap_or(self.to)));
        (!possible.holds(last_day)).then(|| possible.outside("lastDay", RuleId::Cov07))
    }
}

/// COV-07: the earliest last day after a month's notice: the first day without care may have the same day number in the
/// next month, or be that month's last day.
#[must_use]
pub fn earliest_last_day(told_on: NaiveDate) -> NaiveDate {
    eve(months_after(told_on, NOTICE_MONTHS))
}

fn notice_faults(stated: StatedEnd, today: NaiveDate) -> Vec<Fault> {
    let Some(told_on) = stated.told_on else {
        return vec![Fault::new("toldOn", Reason::Required, RuleId::Cov07)];
    };
    let mut faults = Vec::new();
    if told_on > today {
        faults.push(Fault::new("toldOn", Reason::InFuture, RuleId::Cov07));
    }
    let earliest = earliest_last_day(told_on);
    if stated.last_day.is_some_and(|last_day| last_day < earliest) {
        faults.push(Span::since(earliest).outside("lastDay", RuleId::Cov07));
    }
    faults
}

/// A period of a person, as one establishment sees it (COV-06).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownPeriod {
    /// Its identifier.
    pub id: Uuid,
    /// Whether it is one of this establishment, under whichever of its numbers (CON-03).
    pub own: bool,
    /// Its days.
    pub period: Period,
}

impl KnownPeriod {
    /// Whether any of its days is left and lies in the span.
    #[must_use]
    pub fn overlaps(&self, days: Span) -> bool {
        self.period.effective().is_some_and(|own| own.overlaps(days))
    }
}

#[cfg(test)]
#[path = "period_tests.rs"]
pub(super) mod tests;
