//! The periods granted under a convention that ends (CON-03, CON-04).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A period that an adviser granted, as it stands (COV-04).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Granted {
    /// Its identifier.
    pub id: Uuid,
    /// Its first day.
    pub from: NaiveDate,
    /// Its last day.
    pub to: NaiveDate,
}

/// What becomes of granted periods when their convention ends. Those that end in time are not named.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cuts {
    /// Those that end earlier than granted: on the convention's last day.
    pub shortened: Vec<Uuid>,
    /// Those that would begin only after it, of which nothing is left.
    pub dropped: Vec<Uuid>,
}

impl Cuts {
    /// CON-03, CON-04: which of the periods do not fit before the end of their convention's last day.
    #[must_use]
    pub fn at(last_day: NaiveDate, granted: &[Granted]) -> Cuts {
        let too_long = granted.iter().filter(|period| last_day < period.to);
        let (dropped, shortened) = too_long.partition::<Vec<&Granted>, _>(|period| last_day < period.from);
        let ids = |periods: Vec<&Granted>| periods.into_iter().map(|period| period.id).collect();
        Cuts { shortened: ids(shortened), dropped: ids(dropped) }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::{super::span::tests::span, *};

    /// Periods numbered from 1.
    pub(crate) fn granted(periods: &[&str]) -> Vec<Granted> {
        let of =
            |(n, period): (u128, &&str)| Granted { id: id(n), from: span(period).from, to: span(period).to.unwrap() };
        (1..).zip(periods).map(of).collect()
    }

    /// The identifier of the period of that number.
    pub(crate) fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    /// CON-03, CON-04: a period ends on the convention's last day at the latest, one that would begin later falls away.
    #[test]
    fn periods_end_with_their_convention() {
        let periods = granted(&[
            "2026-01-01/2026-06-29",
            "2026-01-01/2026-06-30",
            "2026-01-01/2026-07-01",
            "2026-06-30/2026-12-31",
            "2026-07-01/2026-12-31",
        ]);
        let cuts = Cuts::at(span("2026-01-01/2026-06-30").to.unwrap(), &periods);
        assert_eq!(cuts, Cuts { shortened: vec![id(3), id(4)], dropped: vec![id(5)] });
    }
}
