//! The time axis of a plot: its first and last day, and the marked days.

use chrono::{Datelike, Days as Length, NaiveDate};
use insula_domain::registry::counter::CounterId;
use insula_persistence::registry::counters::Figure;

use crate::http::language::{PlotTexts, filled};

/// More marks than this have no room for their dates.
const MOST_MARKS: usize = 8;
/// The minimum length of the axis: a shorter one would show nothing.
const LEAST_DAYS: u64 = 30;

/// The distance between marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Days(i32),
    Months(i32),
}

#[rustfmt::skip]
const STEPS: [Step; 14] = [
    Step::Days(1), Step::Days(7), Step::Days(14), Step::Months(1), Step::Months(2), Step::Months(3), Step::Months(6),
    Step::Months(12), Step::Months(24), Step::Months(60), Step::Months(120), Step::Months(240), Step::Months(600), Step::Months(1200),
];

impl Step {
    fn marks(self, day: NaiveDate) -> bool {
        match self {
            // Weeks start on Monday.
            Step::Days(n) => (day.num_days_from_ce() - 1).rem_euclid(n) == 0,
            Step::Months(n) => day.day() == 1 && (day.year() * 12 + day.month0().cast_signed()).rem_euclid(n) == 0,
        }
    }

    fn label(self, day: NaiveDate, texts: &PlotTexts) -> String {
        match self {
            Step::Days(_) => date(day, texts),
            Step::Months(n) if n < 12 => dated(&texts.month, day),
            Step::Months(_) => day.year().to_string(),
        }
    }
}

/// A day in the reader's format.
pub fn date(day: NaiveDate, texts: &PlotTexts) -> String {
    dated(&texts.date, day)
}

fn dated(text: &str, day: NaiveDate) -> String {
    let two = |number: u32| format!("{number:02}");
    filled(
        Some(&text.to_owned()),
        &[("day", two(day.day())), ("month", two(day.month())), ("year", format!("{:04}", day.year()))],
    )
}

/// The days of the axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    /// The first.
    pub first: NaiveDate,
    /// The last.
    pub last: NaiveDate,
}

impl Days {
    /// Counter B: its year (CNT-05), extended to its last night. Counter A: from the day before its first night until
    /// today.
    pub fn of(counter: CounterId, figures: &[Figure], today: NaiveDate) -> Days {
        let (first, last) = (figures.first().map(|one| one.day), figures.last().map(|one| one.day));
        let year = |year| Some((NaiveDate::from_ymd_opt(year, 1, 1)?, NaiveDate::from_ymd_opt(year, 12, 31)?));
        if let Some((begin, end)) = counter.year.and_then(year) {
            return Days { first: first.unwrap_or(begin).min(begin), last: last.unwrap_or(end).max(end) };
        }
        let last = last.unwrap_or(today).max(today);
        let least = last.checked_sub_days(Length::new(LEAST_DAYS)).unwrap_or(last);
        Days { first: first.and_then(|day| day.pred_opt()).unwrap_or(least).min(least), last }
    }

    /// The position of a day, counted from the first.
    pub fn place(&self, day: NaiveDate) -> i32 {
        i32::try_from((day - self.first).num_days()).unwrap_or(i32::MAX)
    }

    /// The position of the last day.
    pub fn length(&self) -> i32 {
        self.place(self.last).max(1)
    }

    /// The marked days with their labels: days, Mondays, months or years, as many as there is room for.
    pub fn marks(&self, texts: &PlotTexts) -> Vec<(NaiveDate, String)> {
        let days = || self.first.iter_days().take_while(|day| *day <= self.last);
        let marked = |step: Step| days().filter(move |day| step.marks(*day));
        let step = STEPS.into_iter().find(|step| marked(*step).take(MOST_MARKS + 1).count() <= MOST_MARKS);
        step.map_or_else(Vec::new, |step| marked(step).map(|day| (day, step.label(day, texts))).collect())
    }
}
