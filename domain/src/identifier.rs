//! Identifiers issued by others, each with its own check: hospitals, persons, insurers, devices, nomenclature.
//!
//! The algorithms and published examples are in `reference/billing-and-identifiers.md` §2.

/// BEN-01: whether a character only groups the digits of a number: a space, dot or hyphen, also as word processors and
/// web pages write them (no-break, narrow, figure and thin spaces, typographic hyphens and dashes, the minus sign).
pub fn is_separator(c: char) -> bool {
    matches!(c, ' ' | '.' | '-' | '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{2010}'..='\u{2015}' | '\u{202f}' | '\u{205f}'
        | '\u{2212}' | '\u{3000}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}')
}

/// Implements `as_str`, `FromStr`, `Display`, `Debug`, serde as a string and the contract's schema for a checked text held as
/// ASCII bytes. Every text of the form `$pattern` that is refused has wrong check digits.
macro_rules! text_type {
    ($type:ident $(as $shown:literal)?, $error:ty, $pattern:literal, $doc:literal) => {
        $crate::described::described! { $type $(as $shown)? = $crate::described::text($doc, $pattern); }
        impl $type {
            /// The form that is stored and sent (SYS-04): without separators, except the dots of a convention number.
            #[must_use]
            pub fn as_str(&self) -> &str {
                $crate::identifier::digits_as_text(&self.0)
            }
        }
        impl std::str::FromStr for $type {
            type Err = $error;
            fn from_str(text: &str) -> Result<Self, $error> {
                Self::parse(text)
            }
        }
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($type), "({})"), self.as_str())
            }
        }
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use text_type;

/// Exactly `N` ASCII digits, or `None`.
pub(crate) fn ascii_digits<const N: usize>(text: &str) -> Option<[u8; N]> {
    let bytes: [u8; N] = text.as_bytes().try_into().ok()?;
    bytes.iter().all(u8::is_ascii_digit).then_some(bytes)
}

/// The text of stored ASCII characters.
pub(crate) fn digits_as_text(ascii: &[u8]) -> &str {
    std::str::from_utf8(ascii).unwrap_or_default()
}

/// The value of stored ASCII digits, at most nineteen.
pub(crate) fn digits_value(ascii: &[u8]) -> u64 {
    ascii.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit.wrapping_sub(b'0')))
}

/// 97 − (n mod 97): the two check digits of most Belgian numbers; 97 when the remainder is 0.
pub(crate) fn check_97(n: u64) -> u64 {
    97 - n % 97
}

/// Why a text is not an identifier of the expected kind (SYS-04). No variant holds the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentifierError {
    /// Wrong length, a wrong character, or a first digit this kind does not have.
    #[error("the number has the wrong form")]
    Format,
    /// The check digits do not match.
    #[error("the check digits of the number are wrong")]
    CheckDigits,
}

/// CON-01, CGM-14: whether the two check digits of a NIHDI number match its first six digits. Modulo 97 is the older
/// rule; since note I 2012/26 numbers are issued modulo 89 as well, and both remain valid.
#[must_use]
pub fn nihdi_check_fits(first_six: u64, check: u64) -> bool {
    check == check_97(first_six) || check == 89 - first_six % 89
}

fn check_nihdi(digits: &[u8], first: impl Fn(&[u8]) -> bool) -> Result<(), IdentifierError> {
    if !first(digits) {
        Err(IdentifierError::Format)
    } else if !nihdi_check_fits(digits_value(&digits[..6]), digits_value(&digits[6..8])) {
        Err(IdentifierError::CheckDigits)
    } else {
        Ok(())
    }
}

/// A hospital's NIHDI number: eight digits starting with 71 or 72 (CGM-14, SYS-02).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HospitalNumber([u8; 8]);

impl HospitalNumber {
    /// CGM-14: reads eight digits without separators.
    ///
    /// # Errors
    /// The wrong form, or check digits that match neither modulus.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let digits = ascii_digits(text).ok_or(IdentifierError::Format)?;
        check_nihdi(&digits, |digits| matches!(digits, [b'7', b'1' | b'2', ..])).map(|()| Self(digits))
    }
}

text_type!(
    HospitalNumber,
    IdentifierError,
    "^7[12][0-9]{6}$",
    "A hospital's INAMI number: 8 digits, the last two of them check digits."
);

/// A person's NIHDI number: profession, sequence, check digits, then three digits of competence (CON-08, COV-02).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NihdiNumber([u8; 11]);

impl NihdiNumber {
    /// CON-08: drops spaces, dots and hyphens, then checks the eleven digits. Numbers starting with 7 or 8 are
    /// institutions.
    ///
    /// # Errors
    /// The wrong form, or check digits that match neither modulus.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let kept: String = text.chars().filter(|c| !is_separator(*c)).take(12).collect();
        let digits = ascii_digits(&kept).ok_or(IdentifierError::Format)?;
        check_nihdi(&digits, |digits| matches!(digits, [b'1'..=b'6' | b'9', ..])).map(|()| Self(digits))
    }

    /// The first eight digits, which stay the same for life while the competence can change (CON-08).
    #[must_use]
    pub fn person(&self) -> &str {
        digits_as_text(&self.0[..8])
    }

    /// Whether the first digit, 1, is that of physicians (STF-19, COV-02).
    #[must_use]
    pub fn is_physician(&self) -> bool {
        self.profession() == Profession::Physician
    }

    /// STF-19: the profession that the first digit names.
    #[must_use]
    pub fn profession(&self) -> Profession {
        match self.0[0] {
            b'1' => Profession::Physician,
            b'2' | b'6' => Profession::Pharmacist,
            b'3' => Profession::Dentist,
            b'4' => Profession::Nurse,
            _ => Profession::Other,
        }
    }
}

/// The profession in a person's NIHDI number (STF-19): `reference/billing-and-identifiers.md` §2.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profession {
    /// 1: physician.
    Physician,
    /// 2, 6: hospital pharmacist, pharmacist.
    Pharmacist,
    /// 3: dentist.
    Dentist,
    /// 4: nurse, midwife.
    Nurse,
    /// 5, 9: other professions, several under one digit.
    Other,
}

text_type!(
    NihdiNumber,
    IdentifierError,
    "^[ .-]*[1-69]([ .-]*[0-9]){10}[ .-]*$",
    "A person's NIHDI number: 11 digits. Spaces, dots and hyphens are ignored on entry."
);

/// An insurer: a national union or one of its mutualities, three digits without check digits (SYS-02, COV-03).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InsurerNumber([u8; 3]);

impl InsurerNumber {
    /// SYS-02: reads three digits starting with 1 to 6 or 9. Whether the insurer exists is reference data.
    ///
    /// # Errors
    /// The wrong form.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        match ascii_digits::<3>(text) {
            Some(digits @ [b'1'..=b'6' | b'9', ..]) => Ok(Self(digits)),
            _ => Err(IdentifierError::Format),
        }
    }
}

text_type!(InsurerNumber, IdentifierError, "^[1-69][0-9]{2}$", "An insurer's number: 3 digits.");

/// CGM-05, BIL-05: whether a text is an implant or notification code (zones 43 and 55-56): ten digits and two check
/// digits.
#[must_use]
pub fn implant_code_is_valid(text: &str) -> bool {
    ascii_digits::<12>(text).is_some_and(|digits| digits_value(&digits[10..]) == check_97(digits_value(&digits[..10])))
}

/// CGM-01: whether a nomenclature code has the right check digit: the sixth digit is the first five modulo 7.
#[must_use]
pub fn nomenclature_check(code: u64) -> bool {
    (1..=999_999).contains(&code) && code / 10 % 7 == code % 10
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    /// BEN-01: no digit, letter or line break is a separator.
    #[test]
    fn separators_say_nothing() {
        let separators = (0..=u32::from(char::MAX)).filter_map(char::from_u32).filter(|c| is_separator(*c));
        assert!(separators.clone().count() > 20);
        assert!(separators.into_iter().all(|c| !c.is_alphanumeric() && !c.is_control()));
    }

    /// CON-01, CGM-14: published numbers match under either modulus, and no other check digits do.
    #[rstest]
    #[case("710004", 36, 38)]
    #[case("710322", 9, 76)]
    #[case("710100", 37, 31)]
    #[case("720123", 5, 65)]
    #[case("100001", 6, 35)]
    #[case("123456", 25, 76)]
    #[case("412345", 2, 81)]
    #[case("786500", 73, 82)]
    #[case("786501", 72, 81)]
    #[case("786555", 18, 27)]
    #[case("786599", 71, 72)]
    fn two_moduli_are_in_use(#[case] six: &str, #[case] by_97: u64, #[case] by_89: u64) {
        let hospital = matches!(&six[..2], "71" | "72");
        let person = !six.starts_with('7');
        for check in 0..100 {
            let fits = check == by_97 || check == by_89;
            let number = format!("{six}{check:02}");
            assert_eq!(nihdi_check_fits(six.parse().unwrap(), check), fits);
            assert_eq!(HospitalNumber::parse(&number).is_ok(), fits && hospital);
            assert_eq!(NihdiNumber::parse(&(number + "690")).is_ok(), fits && person);
        }
    }

    /// CGM-14: a text that is not a hospital number is refused.
    #[rstest]
    #[case("71000437", IdentifierError::CheckDigits)]
    #[case("78650073", IdentifierError::Format)]
    #[case("7100043", IdentifierError::Format)]
    #[case("710-004-36", IdentifierError::Format)]
    fn another_text_is_no_hospital(#[case] text: &str, #[case] error: IdentifierError) {
        assert_eq!(HospitalNumber::parse(text), Err(error));
    }

    /// CON-08: a person's number is read with or without separators, and its first eight digits identify the person.
    #[rstest]
    #[case("1-00001-06-690", Ok("10000106690"))]
    #[case("1 23456 76 004", Ok("12345676004"))]
    #[case("4.12345.02.000", Ok("41234502000"))]
    #[case("10000107690", Err(IdentifierError::CheckDigits))]
    #[case("1000010669", Err(IdentifierError::Format))]
    #[case("71000436000", Err(IdentifierError::Format))]
    #[case("00000197000", Err(IdentifierError::Format))]
    fn a_person_is_read_as_written(#[case] text: &str, #[case] expected: Result<&str, IdentifierError>) {
        let read = NihdiNumber::parse(text);
        assert_eq!(read.as_ref().map(NihdiNumber::as_str), expected.as_ref().copied());
        if let Ok(number) = read {
            assert_eq!(number.person(), &number.as_str()[..8]);
            assert_eq!(number.is_physician(), text.starts_with('1'));
        }
    }

    /// SYS-02: insurers are 1xx to 6xx and 9xx.
    #[rstest]
    fn insurers_have_three_digits(#[values("100", "317", "690", "900")] text: &str) {
        assert_eq!(InsurerNumber::parse(text).unwrap().as_str(), text);
    }

    /// SYS-02: other first digits, lengths and characters are refused.
    #[rstest]
    fn another_text_is_no_insurer(#[values("000", "700", "801", "31", "3190", "3x9", "31 9")] text: &str) {
        assert_eq!(InsurerNumber::parse(text), Err(IdentifierError::Format));
    }

    /// SYS-04: identifiers are serialised as plain strings, and a wrong one is refused.
    #[test]
    fn identifiers_travel_as_strings() {
        let hospital: HospitalNumber = serde_json::from_str("\"71000436\"").unwrap();
        assert_eq!(serde_json::to_string(&hospital).unwrap(), "\"71000436\"");
        assert_eq!(format!("{hospital} {hospital:?}"), "71000436 HospitalNumber(71000436)");
        assert!(serde_json::from_str::<HospitalNumber>("\"71000437\"").is_err());
        assert!(serde_json::from_str::<InsurerNumber>("319").is_err());
    }

    /// CGM-05, BIL-05: the published implant codes pass, altered ones do not; a zero remainder gives 97.
    #[rstest]
    fn implant_codes_bear_their_check(
        #[values("999999999949", "123456789095", "000000000196", "000000000097")] right: &str,
        #[values("000000000000", "999999999948", "99999999949", "9999999999 49")] wrong: &str,
    ) {
        assert!(implant_code_is_valid(right) && !implant_code_is_valid(wrong));
    }

    /// CGM-01: every code in the sources has the right check digit, and any other last digit is wrong.
    #[test]
    fn nomenclature_codes_bear_their_check() {
        let codes = [
            174_370, 174_381, 174_495, 174_506, 109_594, 102_771, 102_852, 560_011, 567_011, 558_806, 786_015, 786_030,
            786_052, 767_443, 767_465, 763_593, 428_035, 428_050, 428_072, 429_155, 960_046, 186_970, 400_396, 101_032,
            101_043,
        ];
        for code in codes {
            for last in 0..10 {
                assert_eq!(nomenclature_check(code / 10 * 10 + last), last == code % 10);
            }
        }
        for code in [174_371, 174_382, 174_494, 174_507, 0, 1_000_006] {
            assert!(!nomenclature_check(code));
        }
    }

    proptest! {
        /// SYS-04: no text panics.
        #[test]
        fn any_text_is_judged(text in "[0-9A-Z]{0,26}|.{0,16}") {
            let _ = (implant_code_is_valid(&text), InsurerNumber::parse(&text).is_ok());
            let _ = (HospitalNumber::parse(&text).is_ok(), NihdiNumber::parse(&text).is_ok());
        }
    }
}
