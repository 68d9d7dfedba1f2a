//! The day-30 radar of drafts (COV-05).

use chrono::NaiveDate;

use super::{
    application::Content,
    facts::Facts,
    limits::{Limits, earliest_for},
    lost::price_of,
    readings::DRAFT_REMINDERS,
};
use crate::{amount::Amount, span::Span};

/// How much time a draft has left (COV-05).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Radar {
    /// The first day that could be granted if the application came in time.
    pub first_day: NaiveDate,
    /// The days since then.
    pub day: i64,
    /// The days on which it can still be introduced without loss, after today; negative when days are lost already.
    pub left: i64,
    /// The days lost if it is introduced today.
    pub lost: Option<Span>,
    /// What each further day costs, in EUR, once days are lost.
    pub per_day: Amount,
    /// The reminders due so far, by the day that they belong to: 20, 27, 30.
    pub due: Vec<i64>,
}

/// COV-05: the radar of a draft, as if it were introduced today; `None` until the programme has a first day.
#[must_use]
pub fn radar(content: &Content, facts: &Facts) -> Option<Radar> {
    let today = Content { application_date: Some(facts.today), ..content.clone() };
    let limits = Limits::of(&today, facts, &[])?;
    let day = (facts.today - limits.in_time).num_days();
    let next = Span::between(facts.today, facts.today);
    Some(Radar {
        first_day: limits.in_time,
        day,
        left: (limits.in_time - earliest_for(facts.today)).num_days(),
        lost: limits.lost(),
        per_day: price_of(next, &facts.tariffs),
        due: DRAFT_REMINDERS.into_iter().filter(|reminder| *reminder <= day).collect(),
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::{
        super::check::tests::{application, facts},
        *,
    };
    use crate::span::tests::{day, span};

    /// COV-05: a draft is reminded of on the days 20, 27 and 30 after the first one prescribed; on day 31 one is lost.
    #[rstest]
    #[case("2026-03-21", 19, 11, None, &[])]
    #[case("2026-03-22", 20, 10, None, &[20])]
    #[case("2026-03-29", 27, 3, None, &[20, 27])]
    #[case("2026-03-31", 29, 1, None, &[20, 27])]
    #[case("2026-04-01", 30, 0, None, &[20, 27, 30])]
    #[case("2026-04-02", 31, -1, Some("2026-03-02/2026-03-02"), &[20, 27, 30])]
    #[case("2026-04-11", 40, -10, Some("2026-03-02/2026-03-11"), &[20, 27, 30])]
    fn a_draft_has_thirty_days(
        #[case] today: &str,
        #[case] since: i64,
        #[case] left: i64,
        #[case] lost: Option<&str>,
        #[case] due: &[i64],
    ) {
        let radar = radar(&application("2026-03-05", "2026-03-02"), &facts(today)).unwrap();
        assert_eq!((radar.first_day, radar.day, radar.left), (day("2026-03-02"), since, left));
        assert_eq!((radar.lost, radar.due), (lost.map(span), due.to_vec()));
        assert_eq!(radar.per_day.to_string(), "10.30");
    }
}
