//! Beneficiaries without national number: their search key and identification code (BEN-02, BEN-03).

use chrono::NaiveDate;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};

use super::Sex;
use crate::identifier::text_type;

/// BEN-02, BEN-03: the search key of a person without national number. It holds an identity in clear text: feed it to a
/// keyed hash and drop it. Residence is not part of it, because people move.
#[must_use]
pub fn search_key_text(first_name: &str, last_name: &str, birth: NaiveDate, sex: Sex) -> String {
    let sex = match sex {
        Sex::Female => 'f',
        Sex::Male => 'm',
    };
    // No normalised name holds a bar, so different pairs of names never give the same key.
    format!("{}|{}|{birth}|{sex}", normalised_name(first_name), normalised_name(last_name))
}

/// BEN-02: a name without accents, case, spaces, hyphens and apostrophes. Other punctuation is dropped too: people type
/// a dot after an initial as inconsistently as a hyphen. Empty if no letter or digit is left.
#[must_use]
pub fn normalised_name(name: &str) -> String {
    let letters = name.nfkd().flat_map(char::to_lowercase).nfkd().filter(|c| is_kept(*c));
    let mut folded = String::with_capacity(name.len());
    for letter in letters {
        match latin_fold(letter) {
            Some(plain) => folded.push_str(plain),
            None => folded.push(letter),
        }
    }
    // Dropped characters may have separated two marks, whose canonical order is restored here.
    folded.nfkd().collect()
}

fn is_kept(c: char) -> bool {
    match c {
        // Letters to Unicode, but typed as apostrophes in transliterated names.
        '\u{2b9}'..='\u{2bf}' | '\u{2c8}' | '\u{2ca}' | '\u{2cb}' | '\u{a78b}' | '\u{a78c}' => false,
        _ if is_combining_mark(c) => !is_accent(c),
        _ => c.is_alphanumeric(),
    }
}

/// Accents, and Hebrew and Arabic pointing. Vowel signs of Indic scripts and the Japanese voicing mark are marks too,
/// but without them it is another name.
fn is_accent(mark: char) -> bool {
    matches!(canonical_combining_class(mark), 1 | 10..=36 | 200..)
}

/// Latin letters that Unicode does not decompose, spelled as in passports without them.
fn latin_fold(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        'ø' => "o",
        'đ' | 'ð' | 'ɖ' | 'ɗ' => "d",
        'ł' => "l",
        'ħ' => "h",
        'ŧ' => "t",
        'ŋ' => "n",
        'ı' => "i",
        'ĸ' => "k",
        'ɓ' => "b",
        'ƙ' => "k",
        'ς' => "σ",
        _ => return None,
    })
}

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
        let mut typed = text.chars().filter(|c| !matches!(c, ' ' | '-')).map(|c| c.to_ascii_uppercase());
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
        assert_eq!(key("Zoë", "D'Hondt-Müller"), "zoe|dhondtmuller|1980-02-09|f");
        assert_ne!(key("Anna", "Maria"), key("Ann", "Amaria"));
        assert_ne!(key("Anna", "Maria"), key("Maria", "Anna"));
    }

    /// BEN-02: spellings that differ only in accents, case, spaces, hyphens and apostrophes are the same name.
    #[rstest]
    #[case("Jean-Pierre", "JEAN  PIERRE")]
    #[case("D’Hondt", "d'hondt")]
    #[case("Tu\u{2bb}i", "tui")]
    #[case("Jos\u{e9}", "Jose\u{301}")]
    #[case("Strauß", "STRAUSS")]
    #[case("STRAUẞ", "strauss")]
    #[case("Sørensen", "SORENSEN")]
    #[case("Æbelø", "aebelo")]
    #[case("Cœur", "coeur")]
    #[case("Đorđević", "Dordevic")]
    #[case("Łukasz", "lukasz")]
    #[case("Þór", "thor")]
    #[case("İpek Yıldız", "ipek yildiz")]
    #[case("Ｔａｒｏ", "taro")]
    #[case("\u{fb01}ona", "fiona")]
    #[case("Παπαδόπουλος", "ΠΑΠΑΔΟΠΟΥΛΟΣ")]
    #[case("Соловьёв", "СОЛОВЬЕВ")]
    #[case("J. Smith", "J Smith")]
    #[case("O\u{200d}Neil\u{a0}", "oneil")]
    fn spellings_of_one_name_are_one(#[case] one: &str, #[case] other: &str) {
        assert_eq!(normalised_name(one), normalised_name(other));
    }

    /// BEN-02: different letters are different names, also in scripts that write vowels as marks.
    #[rstest]
    #[case("Müller", "Mueller")]
    #[case("रीता", "रात")]
    #[case("かな", "がな")]
    #[case("王", "李")]
    fn other_letters_are_other_names(#[case] one: &str, #[case] other: &str) {
        assert_ne!(normalised_name(one), normalised_name(other));
        assert!(!normalised_name(one).is_empty());
    }

    /// BEN-02: a code reads the same however it was copied.
    #[test]
    fn a_code_is_read_as_people_copy_it() {
        let code = IdentificationCode::from_random([0; 8]);
        assert_eq!(code.as_str(), "FG000000000X");
        assert_eq!(IdentificationCode::parse("fg-ooo ooo ooo-x"), Ok(code));
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

        /// BEN-02: normalising is idempotent, so stored keys stay valid.
        #[test]
        fn normalising_is_stable(name in ".{0,20}") {
            let once = normalised_name(&name);
            prop_assert_eq!(normalised_name(&once), once);
        }
    }
}
