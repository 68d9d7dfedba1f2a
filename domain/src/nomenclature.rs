//! Nomenclature pairs and the counters they feed (CNT-01). The pairs themselves are dated reference data.

use chrono::{Datelike, NaiveDate};

use crate::{
    described::{self, described},
    identifier::{IdentifierError, ascii_digits, digits_value, nomenclature_check, text_type},
    names::{DeviceKind, RegistrationType, names},
};

/// The pair that counter A counts.
pub const PAIR_A: &str = "174370-174381";
/// The pair that counter B counts.
pub const PAIR_B: &str = "174495-174506";

/// A nomenclature code: six digits, the last one a check digit (CGM-01).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NomenclatureCode([u8; 6]);

impl NomenclatureCode {
    /// CGM-01: reads six digits.
    ///
    /// # Errors
    /// The wrong form, or a wrong check digit.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let digits = ascii_digits(text).ok_or(IdentifierError::Format)?;
        if nomenclature_check(digits_value(&digits)) { Ok(Self(digits)) } else { Err(IdentifierError::CheckDigits) }
    }
}

text_type!(
    NomenclatureCode,
    IdentifierError,
    "^[0-9]{6}$",
    "A nomenclature code: 6 digits, the last one a check digit (CGM-01)."
);

/// Two nomenclature codes, ambulatory and hospitalised, joined by a hyphen. Which pairs there are is reference data.
pub struct JoinedPair;

described! {
    JoinedPair as "NomenclatureCodes" = described::text(
        "A nomenclature pair: the code for ambulatory care and the one for hospitalised beneficiaries.",
        "^[0-9]{6}-[0-9]{6}$",
    );
}

names! {
    /// One of the two national counters (CNT-01).
    Counter as "CounterName" {
        /// Pair 174370-174381, at most 400 in all.
        A = "A",
        /// Pair 174495-174506, at most 60 per calendar year.
        B = "B",
    }
}

impl Counter {
    /// CNT-01: the counter's number of places; B starts anew each calendar year.
    pub const fn limit(self) -> u32 {
        match self {
            Counter::A => 400,
            Counter::B => 60,
        }
    }

    /// CNT-01: the pair that the counter counts; both codes count as one.
    pub const fn pair(self) -> &'static str {
        match self {
            Counter::A => PAIR_A,
            Counter::B => PAIR_B,
        }
    }

    /// CNT-01, CNT-05: the counter, and for B the year, that a registration feeds. `None` if it is not counted: any
    /// type but a first implantation, no sensor among the devices, or another pair.
    pub fn fed_by(
        registration_type: RegistrationType,
        devices: impl IntoIterator<Item = DeviceKind>,
        pair: Option<&str>,
        event_date: Option<NaiveDate>,
    ) -> Option<(Counter, Option<i32>)> {
        let counts = registration_type == RegistrationType::FirstImplantation
            && devices.into_iter().any(|kind| kind == DeviceKind::Sensor);
        if !counts {
            return None;
        }
        match pair? {
            PAIR_A => Some((Counter::A, None)),
            PAIR_B => Some((Counter::B, Some(event_date?.year()))),
            _ => None,
        }
    }

    /// CNT-03, CNT-06: the pair a hospital can choose instead; none for B.
    pub const fn other_pair(self) -> Option<&'static str> {
        match self {
            Counter::A => Some(PAIR_B),
            Counter::B => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CNT-01, CNT-05: only first implantations of sensors count, B by the year of the implantation.
    #[test]
    fn only_first_implantations_of_sensors_count() {
        use DeviceKind::{Sensor, Transmitter};
        let day = NaiveDate::from_ymd_opt(2026, 12, 31);
        let first = RegistrationType::FirstImplantation;
        assert_eq!(Counter::fed_by(first, [Sensor, Transmitter], Some(PAIR_A), day), Some((Counter::A, None)));
        assert_eq!(Counter::fed_by(first, [Sensor], Some(PAIR_B), day), Some((Counter::B, Some(2026))));
        assert_eq!(Counter::fed_by(first, [Transmitter], Some(PAIR_A), day), None);
        assert_eq!(Counter::fed_by(first, [Sensor], Some("174392-174403"), day), None);
        assert_eq!(Counter::fed_by(RegistrationType::Replacement, [Sensor], Some(PAIR_A), day), None);
    }
}
