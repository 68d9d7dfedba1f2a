//! Check digits and numbers of the invoice file (BIL-05). The algorithms and published examples are in
//! `reference/billing-and-identifiers.md` §1.4 and §2.

use serde::{Deserialize, Serialize};

use crate::{
    convention::number::PumpConventionNumber,
    described::{self, described},
    identifier::{
        HospitalNumber, IdentifierError, NihdiNumber, ascii_digits, check_97, digits_value, nihdi_check_fits, text_type,
    },
};

use super::layout::LENGTH;

/// What each character counts: digits 0 to 9, the blank 10, letters of either case 11 to 36, all others 37.
const VALUES: [u8; 256] = {
    let mut values = [37; 256];
    let mut byte = 0;
    while byte < 256 {
        let character = byte as u8;
        values[byte] = match character {
            b'0'..=b'9' => character - b'0',
            b' ' => 10,
            b'A'..=b'Z' => character - b'A' + 11,
            b'a'..=b'z' => character - b'a' + 11,
            _ => 37,
        };
        byte += 1;
    }
    values
};

/// BIL-05, zones 98 and 99: what remains of a sum by 97; 97 for 0.
#[must_use]
pub const fn control(sum: u64) -> u64 {
    match sum % 97 {
        0 => 97,
        rest => rest,
    }
}

/// BIL-05, zone 99: the check digits of a record, from its positions 1 to 348.
///
/// It is a plain sum: two characters that change places leave it as it is, and so do a sign that turns over and a
/// letter that changes case. The checker looks at those by itself.
#[must_use]
pub fn record_check(record: &[u8; LENGTH]) -> u64 {
    control(record[..LENGTH - 2].iter().map(|byte| u64::from(VALUES[usize::from(*byte)])).sum())
}

/// BIL-05: a NIHDI number as zones of twelve positions hold it: 0, eight digits of which two check, three digits of
/// qualification.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Twelve([u8; 12]);

impl Twelve {
    /// A hospital as establishment, third party or place of care: qualified 000.
    #[must_use]
    pub fn hospital(number: HospitalNumber) -> Twelve {
        Twelve::of(number.as_str(), "000")
    }

    /// A person: performer or prescriber.
    #[must_use]
    pub fn person(number: NihdiNumber) -> Twelve {
        Twelve::of(number.as_str(), "")
    }

    /// CON-01: a pump convention, as the place of stay.
    #[must_use]
    pub fn convention(number: PumpConventionNumber) -> Twelve {
        let digits: String = number.as_str().split('.').collect();
        Twelve::of(&digits, "000")
    }

    fn of(digits: &str, qualification: &str) -> Twelve {
        let mut twelve = [b'0'; 12];
        twelve[1..].iter_mut().zip(digits.bytes().chain(qualification.bytes())).for_each(|(to, from)| *to = from);
        Twelve(twelve)
    }

    /// BIL-05: reads twelve digits, 0 first.
    ///
    /// # Errors
    /// The wrong form, or check digits that match neither modulus.
    pub fn parse(text: &str) -> Result<Twelve, IdentifierError> {
        let digits: [u8; 12] =
            ascii_digits(text).filter(|digits: &[u8; 12]| digits[0] == b'0').ok_or(IdentifierError::Format)?;
        if twelve_fits(&digits) { Ok(Twelve(digits)) } else { Err(IdentifierError::CheckDigits) }
    }
}

text_type!(
    Twelve as "BillingNihdiNumber",
    IdentifierError,
    "^0[0-9]{11}$",
    "A NIHDI number as an invoice file holds it: 0, eight digits, three digits of qualification."
);

/// Whether the check digits within twelve digits of a zone are right (zones 14, 15, 24).
#[must_use]
pub fn twelve_fits(zone: &[u8]) -> bool {
    zone.len() == 12 && nihdi_check_fits(digits_value(&zone[1..7]), digits_value(&zone[7..9]))
}

/// An enterprise number (CBE), zone 27 of records 10 and 90.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct EnterpriseNumber([u8; 10]);

impl EnterpriseNumber {
    /// BIL-05: reads ten digits, the first 0 or 1, the last two 97 less the remainder of the first eight.
    ///
    /// # Errors
    /// The wrong form, or wrong check digits.
    pub fn parse(text: &str) -> Result<EnterpriseNumber, IdentifierError> {
        let digits: [u8; 10] = ascii_digits(text).ok_or(IdentifierError::Format)?;
        match digits[0] {
            b'0' | b'1' if digits_value(&digits[8..]) == check_97(digits_value(&digits[..8])) => {
                Ok(EnterpriseNumber(digits))
            }
            b'0' | b'1' => Err(IdentifierError::CheckDigits),
            _ => Err(IdentifierError::Format),
        }
    }
}

text_type!(
    EnterpriseNumber,
    IdentifierError,
    "^[01][0-9]{9}$",
    "An enterprise number (CBE): 10 digits, the last two of them check digits."
);

/// A bank account number (IBAN), without spaces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Iban(String);

described! {
    Iban = described::text("A bank account number (IBAN), without spaces.", "^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$");
}

impl TryFrom<String> for Iban {
    type Error = IdentifierError;

    fn try_from(text: String) -> Result<Iban, IdentifierError> {
        Iban::parse(&text)
    }
}

impl From<Iban> for String {
    fn from(iban: Iban) -> String {
        iban.0
    }
}

impl Iban {
    /// BIL-05: reads a country, check digits by ISO 7064 and up to thirty letters and digits, in capitals. A Belgian
    /// account also carries the check of its first ten digits.
    ///
    /// # Errors
    /// The wrong form, or wrong check digits.
    pub fn parse(text: &str) -> Result<Iban, IdentifierError> {
        let bytes = text.as_bytes();
        let form = (15..=34).contains(&bytes.len())
            && bytes[..2].iter().all(u8::is_ascii_uppercase)
            && bytes[2..4].iter().all(u8::is_ascii_digit)
            && bytes[4..].iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        let belgian = form && &bytes[..2] == b"BE";
        if !form || (belgian && (bytes.len() != 16 || !bytes[4..].iter().all(u8::is_ascii_digit))) {
            return Err(IdentifierError::Format);
        }
        let rest = bytes[4..].iter().chain(&bytes[..4]).fold(0, |rest, byte| match byte {
            b'0'..=b'9' => (rest * 10 + u64::from(byte - b'0')) % 97,
            letter => (rest * 100 + u64::from(letter - b'A') + 10) % 97,
        });
        let national = !belgian || digits_value(&bytes[14..]) == control(digits_value(&bytes[4..14]));
        if rest == 1 && national { Ok(Iban(text.to_owned())) } else { Err(IdentifierError::CheckDigits) }
    }

    /// Without spaces.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::billing::file::record::tests::{DAYS_VECTOR, FOOTER_VECTOR, IDENTITY_VECTOR, SERVICE_VECTOR, bytes};

    /// BIL-05: the check digits of the published record 52, and of the records computed for the reference.
    #[rstest]
    #[case(IDENTITY_VECTOR, 68)]
    #[case(SERVICE_VECTOR, 79)]
    #[case(DAYS_VECTOR, 83)]
    #[case(FOOTER_VECTOR, 85)]
    fn a_record_carries_its_check_digits(#[case] record: &str, #[case] check: u64) {
        let record = bytes(record);
        assert_eq!(record_check(&record), check);
        assert_eq!(&record[348..], format!("{check:02}").as_bytes());
    }

    /// BIL-05: one digit more or less never leaves the check digits as they were; a remainder of 0 is written 97.
    #[test]
    fn a_digit_that_changes_is_seen() {
        let record = bytes(DAYS_VECTOR);
        for position in (0..348).filter(|position| record[*position].is_ascii_digit()) {
            for digit in (b'0'..=b'9').filter(|digit| *digit != record[position]) {
                let mut changed = record;
                changed[position] = digit;
                assert_ne!(record_check(&changed), 83);
            }
        }
        assert_eq!([control(174_370), control(0), control(97), control(98)], [61, 97, 97, 1]);
    }

    /// BIL-05, CON-01: NIHDI numbers in twelve positions; a convention's last two digits are not checked.
    #[test]
    fn numbers_fill_twelve_positions() {
        let hospital = Twelve::hospital("71000436".parse().unwrap());
        let person = Twelve::person("10000106690".parse().unwrap());
        let convention = Twelve::convention("7.86.501.72".parse().unwrap());
        assert_eq!(
            [hospital.as_str(), person.as_str(), convention.as_str()],
            ["071000436000", "010000106690", "078650172000"]
        );
        assert_eq!(Twelve::parse("071000436000"), Ok(hospital));
        assert_eq!(Twelve::parse("071000437000"), Err(IdentifierError::CheckDigits));
        assert_eq!(Twelve::parse("171000436000"), Err(IdentifierError::Format));
        assert_eq!(Twelve::parse("07100043600"), Err(IdentifierError::Format));
    }

    /// BIL-05: published enterprise numbers (102702).
    #[rstest]
    #[case("0406798006", Ok(()))]
    #[case("0203201835", Ok(()))]
    #[case("0540317021", Ok(()))]
    #[case("1234567894", Ok(()))]
    #[case("1000000021", Ok(()))]
    #[case("0406798007", Err(IdentifierError::CheckDigits))]
    #[case("2406798006", Err(IdentifierError::Format))]
    #[case("406798006", Err(IdentifierError::Format))]
    fn an_enterprise_has_a_number(#[case] text: &str, #[case] expected: Result<(), IdentifierError>) {
        assert_eq!(EnterpriseNumber::parse(text).map(|_| ()), expected);
    }

    /// BIL-05: published account numbers (103602).
    #[rstest]
    #[case("BE68539007547034", Ok(()))]
    #[case("BE43000000000101", Ok(()))]
    #[case("BE21001234567803", Ok(()))]
    #[case("BE11999999999948", Ok(()))]
    #[case("BE54000000009797", Ok(()))]
    #[case("NL91ABNA0417164300", Ok(()))]
    #[case("BE68539007547035", Err(IdentifierError::CheckDigits))]
    #[case("NL92ABNA0417164300", Err(IdentifierError::CheckDigits))]
    #[case("BE6853900754703", Err(IdentifierError::Format))]
    #[case("be68539007547034", Err(IdentifierError::Format))]
    #[case("BE68 5390 0754 7034", Err(IdentifierError::Format))]
    #[case("", Err(IdentifierError::Format))]
    fn an_account_has_a_number(#[case] text: &str, #[case] expected: Result<(), IdentifierError>) {
        assert_eq!(Iban::parse(text).map(|_| ()), expected);
    }
}
