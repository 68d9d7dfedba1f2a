//! Beneficiaries without national number: their search key and identification code (BEN-02, BEN-03).

use chrono::NaiveDate;

use super::{
    Sex,
    name::{formerly_normalised_name, normalised_name},
};
use crate::identifier::{is_separator, text_type};

/// BEN-02, BEN-03: the search key of a person without national number. It holds an identity in clear text: feed it to a
/// keyed hash and drop it. Residence is not part of it, because people move. Which name is the first and which the last
/// is not part of it either, and a person with one name only, written twice or beside a mark such as XXX, has one.
#[must_use]
pub fn search_key_text(first_name: &str, last_name: &str, birth: NaiveDate, sex: Sex) -> String {
    let sex = sex_in_key(sex);
    let both = [first_name, last_name].map(normalised_name);
    let mut names: Vec<_> = both.iter().filter(|name| !NO_NAME.contains(&name.as_str())).collect();
    if names.is_empty() {
        names.extend(&both);
    }
    names.sort_unstable();
    names.dedup();
    // No normalised name holds a bar, so different names never give the same key.
    let names: Vec<_> = names.into_iter().map(String::as_str).collect();
    format!("{}|{birth}|{sex}", names.join("|"))
}

/// BEN-03: the search key under which the same person was stored until names were compared as passports spell them. A row
/// from then is found by it, until its next correction gives it the present key.
#[must_use]
pub fn former_search_key_text(first_name: &str, last_name: &str, birth: NaiveDate, sex: Sex) -> String {
    let [first, last] = [first_name, last_name].map(formerly_normalised_name);
    format!("{first}|{last}|{birth}|{}", sex_in_key(sex))
}

const fn sex_in_key(sex: Sex) -> char {
    match sex {
        Sex::Female => 'f',
        Sex::Male => 'm',
    }
}

/// What forms and visas put in the place of a name that a person does not have (first or last name unknown, in the
/// languages of the register), normalised.
const NO_NAME: [&str; 9] = ["x", "xx", "xxx", "fnu", "lnu", "unknown", "onbekend", "inconnu", "unbekannt"];

/// Crockford's base 32: no I, L, O or U, to avoid misreading.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Why a text is not an identification code (BEN-02).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentificationCodeError {
    /// Not F followed by eleven characters of the alphabet, the first of them a letter from G on (BEN-02).
    #[error("an identification code is F and eleven letters or digits")]
    Format,
    /// The check character does not match (BEN-02).
    #[error("the check character of the identification code is wrong")]
    CheckCharacter,
}

/// The code generated for a person without national number (BEN-02): F, ten random characters, one check character. The
/// first random character is always a letter, so even a program that keeps only the digits never gets the eleven of a
/// national number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdentificationCode([u8; 12]);

impl IdentificationCode {
    /// BEN-02: the code made of the first 49 bits of `random`. The caller must ensure uniqueness.
    #[must_use]
    pub fn from_random(random: [u8; 8]) -> Self {
        let bits = u64::from_be_bytes(random) >> 15 | 1 << 49;
        let values: [u8; 10] = std::array::from_fn(|i| (bits >> (45 - 5 * i) & 31) as u8);
        Self::from_values(values)
    }

    /// BEN-02: reads a code as people copy it: any case, with spaces and hyphens, I or L for 1, O for 0.
    ///
    /// # Errors
    /// The wrong form, or a check character that does not match.
    pub fn parse(text: &str) -> Result<Self, IdentificationCodeError> {
        let mut typed = text.chars().filter(|c| !is_separator(*c)).map(|c| c.to_ascii_uppercase());
        if typed.next() != Some('F') {
            return Err(IdentificationCodeError::Format);
        }
        let mut values = [0; 11];
        for value in &mut values {
            *value = typed.next().and_then(value_of).ok_or(IdentificationCodeError::Format)?;
        }
        let [drawn @ .., check] = values;
        if typed.next().is_some() || drawn[0] < 16 {
            return Err(IdentificationCodeError::Format);
        }
        if check != check_value(&drawn) {
            return Err(IdentificationCodeError::CheckCharacter);
        }
        Ok(Self::from_values(drawn))
    }

    fn from_values(values: [u8; 10]) -> Self {
        let mut code = [b'F'; 12];
        let all = values.into_iter().chain([check_value(&values)]);
        for (place, value) in code.iter_mut().skip(1).zip(all) {
            *place = ALPHABET[usize::from(value & 31)];
        }
        Self(code)
    }
}

text_type!(
    IdentificationCode,
    IdentificationCodeError,
    "^[ -]*[Ff][ -]*[GHJKMNP-TV-Zghjkmnp-tv-z]([ -]*[0-9A-TV-Za-tv-z]){10}[ -]*$",
    "The code generated for a person without national number: F, ten letters and digits, a check character (BEN-02). On \
        entry, case, spaces and hyphens do not matter, and I or L stands for 1, O for 0."
);

fn value_of(typed: char) -> Option<u8> {
    let meant = match typed {
        'I' | 'L' => '1',
        'O' => '0',
        other => other,
    };
    ALPHABET.iter().zip(0..).find(|(letter, _)| char::from(**letter) == meant).map(|(_, value)| value)
}

/// The ten values as a polynomial over GF(32) (x^5 = x^2 + 1), evaluated at the element 2. One wrong character, or any
/// two exchanged, always changes it, and unlike modulo 37 it needs no characters outside the alphabet.
fn check_value(values: &[u8; 10]) -> u8 {
    values.iter().fold(0, |sum, value| {
        let doubled = (sum ^ value) << 1;
        if doubled & 32 == 0 { doubled } else { doubled ^ 0b10_0101 }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parties::beneficiary::NationalNumber;
    use proptest::prelude::*;
    use rstest::rstest;

    fn key(first: &str, last: &str) -> String {
        search_key_text(first, last, NaiveDate::from_ymd_opt(1980, 2, 9).unwrap(), Sex::Female)
    }

    /// BEN-02: the key holds both names, the birth date and the sex, each in its place.
    #[test]
    fn the_search_key_holds_names_birth_date_and_sex() {
        assert_eq!(key("Zoë", "D'Hondt-Müller"), "dhondtmuller|zo|1980-02-09|f");
        assert_ne!(key("Anna", "Maria"), key("Ann", "Amaria"));
        assert_ne!(key("Anna", "Maria"), key("Anna", "Marie"));
    }

    /// BEN-03: stored keys of former days stay what they were.
    #[test]
    fn a_former_key_is_what_it_was() {
        let former = |first, last| former_search_key_text(first, last, "1980-02-09".parse().unwrap(), Sex::Female);
        assert_eq!(former("Zoë", "D'Hondt-Müller"), "zoe|dhondtmuller|1980-02-09|f");
        assert_eq!(former("Æbelø", "Соловьёв"), "aebelo|соловьев|1980-02-09|f");
    }

    /// BEN-03: exchanged names are the same person's, and so is the only name of someone, however the other is filled in.
    #[test]
    fn exchanged_names_and_an_only_name_are_found() {
        assert_eq!(key("Anna", "Maria"), key("Maria", "Anna"));
        let only = key("Suharto", "Suharto");
        for (first, last) in [("XXX", "Suharto"), ("Suharto", "FNU"), ("Onbekend", "SUHARTO"), ("Inconnu", "Suharto")] {
            assert_eq!(key(first, last), only, "{first} {last}");
        }
        assert_ne!(key("Anna", "Suharto"), only);
        assert_ne!(key("XXX", "FNU"), key("XXX", "XXX"));
        for name in NO_NAME {
            assert_eq!(normalised_name(name), name);
        }
    }

    /// BEN-02: a code reads the same however it was copied.
    #[test]
    fn a_code_is_read_as_people_copy_it() {
        let code = IdentificationCode::from_random([0; 8]);
        assert_eq!(code.as_str(), "FG000000000X");
        for copied in ["fg-ooo ooo ooo-x", "FG\u{202f}000\u{a0}000\u{2011}000X"] {
            assert_eq!(IdentificationCode::parse(copied), Ok(code));
        }
        assert_eq!(serde_json::json!(code), serde_json::json!("FG000000000X"));
        assert_eq!(serde_json::from_str::<IdentificationCode>("\"FG000000000X\"").unwrap(), code);
    }

    /// BEN-02: a text that is not a code is refused.
    #[rstest]
    #[case("", IdentificationCodeError::Format)]
    #[case("GG000000000X", IdentificationCodeError::Format)]
    #[case("FG00000000X", IdentificationCodeError::Format)]
    #[case("FG000000000XP", IdentificationCodeError::Format)]
    #[case("FG00000000UX", IdentificationCodeError::Format)]
    #[case("F00000000000", IdentificationCodeError::Format)]
    #[case("FG000000000Y", IdentificationCodeError::CheckCharacter)]
    fn another_text_is_no_code(#[case] text: &str, #[case] error: IdentificationCodeError) {
        assert_eq!(IdentificationCode::parse(text), Err(error));
    }

    proptest! {
        /// BEN-02: a code never passes as a national number, not even stripped to its digits.
        #[test]
        fn a_code_is_never_a_national_number(random: [u8; 8]) {
            let code = IdentificationCode::from_random(random);
            let digits: String = code.as_str().chars().filter(char::is_ascii_digit).collect();
            prop_assert!(NationalNumber::parse(code.as_str()).is_err());
            prop_assert!(NationalNumber::parse(&digits).is_err());
            prop_assert_eq!(code.to_string().parse(), Ok(code));
        }

        /// BEN-02: one wrong character, or two exchanged, is detected.
        #[test]
        fn a_slip_in_a_code_is_noticed(random: [u8; 8], at in 1_usize..12, with in 1_usize..12, value in 0_usize..32) {
            let right = IdentificationCode::from_random(random).as_str().as_bytes().to_vec();
            let (mut wrong, mut swapped) = (right.clone(), right.clone());
            wrong[at] = ALPHABET[value];
            swapped.swap(at, with);
            for slip in [wrong, swapped] {
                let read = IdentificationCode::parse(std::str::from_utf8(&slip).unwrap());
                prop_assert_eq!(read.is_ok(), slip == right);
            }
        }
    }
}
