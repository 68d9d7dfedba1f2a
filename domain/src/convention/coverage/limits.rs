//! On which days a granted period may begin and end (COV-04 to COV-06, PMP-01, PMP-04, CON-03, CON-04).

use chrono::{Days, NaiveDate};
use uuid::Uuid;

use super::{
    application::Content,
    facts::Facts,
    readings::{ADMITTED_MONTHS, DAYS_BEFORE_APPLICATION, LONGEST_MONTHS},
    serving::ServingNumber,
    stay::InHospital,
};
pub use crate::names::{EndLimit, StartLimit};
use crate::{
    clock::{eve, last_day_of_months, months_after},
    rule::RuleId,
    span::Span,
};

/// A day before which a period cannot begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// The first day possible.
    pub day: NaiveDate,
    /// What keeps it from being earlier.
    pub limit: StartLimit,
    /// The rule that says so.
    pub rule: RuleId,
}

/// A day after which a period cannot end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// The last day possible.
    pub day: NaiveDate,
    /// What keeps it from being later.
    pub limit: EndLimit,
    /// The rule that says so.
    pub rule: RuleId,
}

/// What bounds the period of an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Every bound of the first day, but for the establishment's own periods.
    pub starts: Vec<Start>,
    /// The days of the establishment's own periods, without those that a decision supersedes.
    pub own: Vec<Span>,
    /// The end of the convention, if it has one.
    convention_end: Option<End>,
    /// The first day possible but for lateness.
    pub in_time: NaiveDate,
    /// The first day possible.
    pub first: Start,
}

/// COV-05: the earliest first day of a period whose application has this date.
#[must_use]
pub fn earliest_for(application_date: NaiveDate) -> NaiveDate {
    application_date.checked_sub_days(Days::new(DAYS_BEFORE_APPLICATION)).unwrap_or(NaiveDate::MIN)
}

/// PMP-01: the day on which somebody is admitted: the sixteenth birthday.
#[must_use]
pub fn admitted_from(birth: NaiveDate) -> NaiveDate {
    months_after(birth, ADMITTED_MONTHS)
}

impl Facts {
    /// CON-03: the number under which the application comes, if it is one of the establishment.
    #[must_use]
    pub fn number(&self, content: &Content) -> Option<&ServingNumber> {
        self.numbers.iter().find(|one| Some(one.number) == content.convention_number)
    }

    /// PMP-04: what is so of a programme that begins during a stay of somebody who is not covered yet.
    #[must_use]
    pub fn in_hospital(&self, content: &Content) -> Option<InHospital> {
        let from = content.first_day_wanted()?;
        let begun = |day: &NaiveDate| *day < from;
        let periods = || self.periods.iter().filter_map(|one| one.period.effective());
        if periods().any(|days| days.holds(eve(from))) {
            return None;
        }
        let pump_before = self.pumps.iter().any(begun) || periods().any(|days| begun(&days.from));
        InHospital::of(from, self.today, &self.stays, &self.contacts, pump_before)
    }
}

impl Limits {
    /// COV-04 to COV-06: the limits of an application whose programme has a first day. Without a date it is taken to be
    /// of today. Periods in `superseded` do not count.
    #[must_use]
    pub fn of(content: &Content, facts: &Facts, superseded: &[Uuid]) -> Option<Limits> {
        let wanted = content.first_day_wanted()?;
        let start = |day, limit, rule| Start { day, limit, rule };
        let mut starts = vec![start(wanted, StartLimit::Prescription, RuleId::Cov04)];
        let number = facts.number(content);
        starts.extend(number.map(|one| start(one.in_force.from, StartLimit::Convention, one.begins_by)));
        starts.extend(facts.birth.map(|birth| start(admitted_from(birth), StartLimit::Age, RuleId::Pmp01)));
        let stay = facts.in_hospital(content);
        let claimed = content.starts_in_hospital == Some(true);
        let not_counted = stay.filter(|stay| !claimed || !stay.refused_because.is_empty());
        let home = not_counted.and_then(|stay| stay.return_home);
        starts.extend(home.map(|day| start(day, StartLimit::ReturnHome, RuleId::Pmp04)));

        let periods = facts.periods.iter().filter(|one| one.own && !superseded.contains(&one.id));
        let own: Vec<Span> = periods.filter_map(|one| one.period.effective()).collect();
        let free = |from| Span::since(from).first_day_without(&own).unwrap_or(NaiveDate::MAX);
        let prescribed = starts[0];
        let latest = |starts: &[Start]| starts.iter().copied().rev().max_by_key(|one| one.day).unwrap_or(prescribed);
        let in_time = free(latest(&starts).day);
        let application_date = content.application_date.unwrap_or(facts.today);
        starts.push(start(earliest_for(application_date), StartLimit::LateIntroduction, RuleId::Cov05));
        let last = latest(&starts);
        let day = free(last.day);
        let first = if day > last.day { start(day, StartLimit::RunningPeriod, RuleId::Cov06) } else { last };
        let convention_end = number
            .and_then(|one| Some(End { day: one.in_force.to?, limit: EndLimit::Convention, rule: one.ends_by() }));
        Some(Limits { starts, own, convention_end, in_time, first })
    }

    /// COV-05: the days lost because the application came late.
    #[must_use]
    pub fn lost(&self) -> Option<Span> {
        // A period that begins meanwhile covers what follows.
        let next = self.own.iter().map(|days| days.from).filter(|from| *from > self.in_time).min();
        let to = eve(next.into_iter().chain([self.first.day]).min()?);
        (self.in_time <= to).then_some(Span::between(self.in_time, to))
    }

    /// COV-04, CON-03 to CON-06: the bounds of the last day of a period that begins on `first`, but for the
    /// establishment's own periods: twelve months, and the end of the convention.
    #[must_use]
    pub fn ends(&self, first: NaiveDate) -> (End, Option<End>) {
        let day = last_day_of_months(first, LONGEST_MONTHS);
        (End { day, limit: EndLimit::TwelveMonths, rule: RuleId::Cov04 }, self.convention_end)
    }

    /// COV-04, COV-06, CON-03 to CON-06: the latest last day of a period that begins on `first`.
    #[must_use]
    pub fn last(&self, first: NaiveDate) -> End {
        let next = self.own.iter().map(|days| days.from).filter(|from| *from > first).min();
        let before = next.map(|from| End { day: eve(from), limit: EndLimit::NextPeriod, rule: RuleId::Cov06 });
        let (longest, convention) = self.ends(first);
        [convention, before]
            .into_iter()
            .flatten()
            .fold(longest, |last, end| if end.day < last.day { end } else { last })
    }
}
