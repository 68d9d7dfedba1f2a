//! The registration code and its place in an invoice: CGM-06, TRA-02.

use serde::Serialize;

use crate::identifier::{ascii_digits, check_97, digits_as_text, digits_value, text_type};

/// Why a text is not a registration code (TRA-02).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RegistrationCodeError {
    /// Not fourteen digits (TRA-02).
    #[error("a registration code has fourteen digits")]
    NotFourteenDigits,
    /// The first digit is 0, which this registry never issues (TRA-02).
    #[error("a registration code does not start with 0")]
    StartsWithZero,
    /// The last two digits do not match the first twelve (TRA-02).
    #[error("the check digits of the registration code are wrong")]
    CheckDigits,
}

/// A registration's code: twelve digits, the first not 0, and 97 − (those twelve mod 97) as check digits (CGM-06,
/// TRA-02). It is unique and permanent (CGM-09, CGM-11).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegistrationCode([u8; 14]);

impl RegistrationCode {
    /// CGM-06: the code made of twelve random digits; `None` outside 100 000 000 000 to 999 999 999 999.
    #[must_use]
    pub fn from_digits(twelve: u64) -> Option<Self> {
        if !(100_000_000_000..=999_999_999_999).contains(&twelve) {
            return None;
        }
        ascii_digits(&format!("{twelve}{:02}", check_97(twelve))).map(Self)
    }

    /// TRA-02: reads fourteen digits without separators. Only for this registry's codes: those of other registries need
    /// not follow this check, as the official algorithm is not public.
    ///
    /// # Errors
    /// The wrong form, a leading 0, or check digits that do not match.
    pub fn parse(text: &str) -> Result<Self, RegistrationCodeError> {
        let digits: [u8; 14] = ascii_digits(text).ok_or(RegistrationCodeError::NotFourteenDigits)?;
        if digits[0] == b'0' {
            return Err(RegistrationCodeError::StartsWithZero);
        }
        if digits_value(&digits[12..]) != check_97(digits_value(&digits[..12])) {
            return Err(RegistrationCodeError::CheckDigits);
        }
        Ok(Self(digits))
    }

    /// TRA-02: the code as record type 50 carries it.
    #[must_use]
    pub fn zones(&self) -> [BillingZone; 3] {
        ZONES.each_ref().map(|layout| BillingZone {
            zone: layout.zone.to_string(),
            first_position: layout.first_position,
            last_position: layout.last_position,
            digits: digits_as_text(&self.0[layout.within_code()]).to_owned(),
        })
    }

    /// TRA-02: the code in three zones of an invoice, each of its full length.
    ///
    /// # Errors
    /// Those of `parse`; also `NotFourteenDigits` for zone lengths other than 4, 4 and 6.
    pub fn from_zones(zone57: &str, zone58: &str, zone59: &str) -> Result<Self, RegistrationCodeError> {
        let lengths = [zone57, zone58, zone59].map(str::len);
        if lengths != ZONES.each_ref().map(|layout| layout.within_code().len()) {
            return Err(RegistrationCodeError::NotFourteenDigits);
        }
        Self::parse(&[zone57, zone58, zone59].concat())
    }
}

text_type!(
    RegistrationCode as "RegistrationCodeNumber",
    RegistrationCodeError,
    "^[1-9][0-9]{13}$",
    "A registration code: 14 digits, the last two of them check digits (CGM-06)."
);

/// The position of a zone of the code in a record of type 50, counted from 1 (TRA-02).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ZoneLayout {
    /// The number of the zone.
    pub zone: u8,
    /// Its first position.
    pub first_position: u16,
    /// Its last position.
    pub last_position: u16,
}

impl ZoneLayout {
    /// The range of the code's digits in this zone.
    fn within_code(&self) -> std::ops::Range<usize> {
        let start = ZONES[0].first_position;
        usize::from(self.first_position - start)..usize::from(self.last_position - start) + 1
    }
}

/// TRA-02: the split 4+4+6. The lengths are published for the same zone numbers in other record types; that record 50
/// splits likewise is an inference. This is the only place to change it.
pub const ZONES: [ZoneLayout; 3] = [
    ZoneLayout { zone: 57, first_position: 333, last_position: 336 },
    ZoneLayout { zone: 58, first_position: 337, last_position: 340 },
    ZoneLayout { zone: 59, first_position: 341, last_position: 346 },
];

/// One zone of record 50 (TRA-02).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BillingZone {
    /// Its number.
    pub zone: String,
    /// Its first position in the record, from 1.
    #[schema(minimum = 1, maximum = 350)]
    pub first_position: u16,
    /// Its last position in the record.
    #[schema(minimum = 1, maximum = 350)]
    pub last_position: u16,
    /// The digits of the code in this zone.
    pub digits: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    /// TRA-02: the inferred codes of the reference pass, except with a leading 0.
    #[rstest]
    #[case("12345678901279", None)]
    #[case("20240000004241", None)]
    #[case("10000012345620", None)]
    #[case("99999999999948", None)]
    #[case("00000000000196", Some(RegistrationCodeError::StartsWithZero))]
    #[case("12345678901278", Some(RegistrationCodeError::CheckDigits))]
    #[case("1234567890127", Some(RegistrationCodeError::NotFourteenDigits))]
    #[case("123456789012790", Some(RegistrationCodeError::NotFourteenDigits))]
    #[case("1234567890127x", Some(RegistrationCodeError::NotFourteenDigits))]
    #[case(" 12345678901279", Some(RegistrationCodeError::NotFourteenDigits))]
    fn a_code_is_read_strictly(#[case] text: &str, #[case] error: Option<RegistrationCodeError>) {
        assert_eq!(RegistrationCode::parse(text).err(), error);
    }

    /// CGM-06: twelve digits with a leading 0 make no code.
    #[rstest]
    #[case(99_999_999_999, None)]
    #[case(100_000_000_000, Some("10000000000092"))]
    #[case(202_400_000_042, Some("20240000004241"))]
    #[case(999_999_999_999, Some("99999999999948"))]
    #[case(1_000_000_000_000, None)]
    #[case(u64::MAX, None)]
    fn twelve_digits_make_a_code(#[case] twelve: u64, #[case] expected: Option<&str>) {
        assert_eq!(RegistrationCode::from_digits(twelve).map(|code| code.to_string()).as_deref(), expected);
    }

    /// TRA-02: the zones are at positions 333 to 346 of record 50, split 4+4+6.
    #[test]
    fn the_zones_split_the_code_in_4_4_and_6() {
        let zones = serde_json::to_value(RegistrationCode::parse("20240000004241").unwrap().zones()).unwrap();
        let zone = |zone, first, last, digits| serde_json::json!({"zone": zone, "firstPosition": first, "lastPosition": last, "digits": digits});
        let expected = serde_json::json!([
            zone("57", 333, 336, "2024"),
            zone("58", 337, 340, "0000"),
            zone("59", 341, 346, "004241"),
        ]);
        assert_eq!(zones, expected);
    }

    /// TRA-02: an insurer's three zones are checked as one code.
    #[rstest]
    #[case("2024", "0000", "004241", None)]
    #[case("2024", "0000", "004242", Some(RegistrationCodeError::CheckDigits))]
    #[case("0000", "0000", "000000", Some(RegistrationCodeError::StartsWithZero))]
    #[case("20240", "000", "004241", Some(RegistrationCodeError::NotFourteenDigits))]
    #[case("2024", "0000", "", Some(RegistrationCodeError::NotFourteenDigits))]
    fn three_zones_make_a_code(
        #[case] zone57: &str,
        #[case] zone58: &str,
        #[case] zone59: &str,
        #[case] error: Option<RegistrationCodeError>,
    ) {
        assert_eq!(RegistrationCode::from_zones(zone57, zone58, zone59).err(), error);
    }

    proptest! {
        /// CGM-06, TRA-02: a code round-trips through text, JSON and zones; one wrong digit is detected.
        #[test]
        fn a_code_survives_every_way_of_writing_it(
            twelve in 100_000_000_000_u64..=999_999_999_999,
            at in 0_usize..14,
            digit in 0_u8..10,
        ) {
            let code = RegistrationCode::from_digits(twelve).unwrap();
            prop_assert_eq!(code.to_string().parse(), Ok(code));
            prop_assert_eq!(serde_json::from_value::<RegistrationCode>(serde_json::json!(code)).unwrap(), code);
            let [zone57, zone58, zone59] = code.zones();
            let back = RegistrationCode::from_zones(&zone57.digits, &zone58.digits, &zone59.digits);
            prop_assert_eq!(back, Ok(code));
            let mut slip = code.to_string().into_bytes();
            slip[at] = b'0' + digit;
            let slip = String::from_utf8(slip).unwrap();
            prop_assert_eq!(RegistrationCode::parse(&slip).is_ok(), slip == code.as_str());
        }
    }
}
