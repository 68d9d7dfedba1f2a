//! A weekly period of time.

use serde::{Deserialize, Serialize};

/// The end of a day, in minutes after midnight.
pub const MIDNIGHT: u16 = 24 * 60;

/// A weekly period of time in a timetable or phone permanence, in minutes after midnight (STF-12, REG-05). Unlike the
/// last day of a span, its end is exclusive: one shift begins when the one before ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Shift {
    /// The day of the week, 1 for Monday to 7.
    pub weekday: u8,
    /// Its beginning.
    pub from: u16,
    /// Its end, after the beginning and at most midnight.
    pub to: u16,
}

impl Shift {
    /// Its length in minutes.
    #[must_use]
    pub fn minutes(self) -> i64 {
        i64::from(self.to) - i64::from(self.from)
    }

    /// Whether the two have a minute in common.
    #[must_use]
    pub fn overlaps(self, other: Shift) -> bool {
        self.weekday == other.weekday && self.from < other.to && other.from < self.to
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shifts() -> impl Strategy<Value = Shift> {
        (1..=2u8, 0..30u16, 1..30u16).prop_map(|(weekday, from, length)| Shift { weekday, from, to: from + length })
    }

    proptest! {
        /// STF-12, REG-05: a shift is the set of its minutes; two overlap if they have one in common.
        #[test]
        fn shifts_are_their_minutes(one in shifts(), other in shifts()) {
            let minutes = |of: Shift| (of.from..of.to).map(move |minute| (of.weekday, minute));
            prop_assert_eq!(one.minutes(), i64::try_from(minutes(one).count()).unwrap());
            let common = minutes(one).any(|minute| minutes(other).any(|another| another == minute));
            prop_assert_eq!(one.overlaps(other), common);
        }
    }
}
