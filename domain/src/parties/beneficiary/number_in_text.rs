//! National numbers in texts, where they do not belong (BEN-04).

use std::ops::Range;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::NationalNumber;
use crate::identifier::is_separator;

/// BEN-04: whether a text holds a national number: bare, formatted as on cards and forms, next to letters, or in the digits
/// of another script. Eleven digits within a longer run of digits do not count, nor do those of a UUID: as many of them
/// are national numbers by chance.
#[must_use]
pub fn holds_national_number(text: &str) -> bool {
    find(text).is_some()
}

/// BEN-04: replaces each national number in a foreign text by `***`, so that the text can be kept and shown.
#[must_use]
pub fn without_national_numbers(text: &str) -> String {
    let (mut kept, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(found) = find(rest) {
        kept.push_str(&rest[..found.start]);
        kept.push_str("***");
        rest = &rest[found.end..];
    }
    kept + rest
}

impl NationalNumber {
    /// BEN-04: whether these digits stand in a text one after the other, whatever else stands between and around them.
    #[must_use]
    pub fn stands_in(&self, text: &str) -> bool {
        let digits: String = digits(text).iter().map(|digit| char::from(b'0' + digit.value)).collect();
        digits.contains(self.expose())
    }
}

/// What stands between a digit and the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    /// Nothing that is seen.
    None,
    /// Only what groups the digits of a number: spaces, dots, hyphens, slashes.
    Grouped,
    /// One to three other characters, no letters.
    Marked,
    /// Letters, or more.
    Apart,
}

/// A digit, with its place in the text.
struct Digit {
    value: u8,
    after: Gap,
    at: Range<usize>,
}

/// The place of the first national number.
fn find(text: &str) -> Option<Range<usize>> {
    let digits = digits(text);
    (0..digits.len()).find_map(|from| {
        let number = digits.get(from..from + 11)?;
        let is_whole = number[0].after != Gap::None && digits.get(from + 11).is_none_or(|next| next.after != Gap::None);
        let is_number = || {
            let digits: String = number.iter().map(|digit| char::from(b'0' + digit.value)).collect();
            NationalNumber::parse(&digits).is_ok()
        };
        let found = is_whole && is_together(number) && is_number();
        found.then(|| number[0].at.start..number[10].at.end)
    })
}

/// Whether digits can be one number: grouped in any way by what usually groups digits, or by other marks where cards have
/// theirs (85,07,30,033,28), or each on its own. Figures in a row, such as `7.2, 6.8, 7.5`, are none of these.
fn is_together(number: &[Digit]) -> bool {
    let gaps: Vec<Gap> = number[1..].iter().map(|digit| digit.after).collect();
    let as_on_cards = || gaps.iter().enumerate().all(|(at, gap)| *gap == Gap::None || matches!(at + 1, 2 | 4 | 6 | 9));
    match gaps.iter().max() {
        Some(Gap::Apart) => false,
        Some(Gap::Marked) => as_on_cards() || !gaps.contains(&Gap::None),
        _ => true,
    }
}

/// All digits of a text, of any script and width, except those of UUIDs.
fn digits(text: &str) -> Vec<Digit> {
    let mut digits = Vec::new();
    let (mut gap, mut marks) = (Gap::Apart, 0);
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let at = text.len() - rest.len();
        if let Some(length) = uuid_at_start(text, at) {
            gap = Gap::Apart;
            rest = &rest[length..];
            continue;
        }
        rest = &rest[character.len_utf8()..];
        for part in character.nfkd() {
            if let Some(value) = digit_value(part) {
                digits.push(Digit { value, after: gap, at: at..at + character.len_utf8() });
                (gap, marks) = (Gap::None, 0);
            } else if part == '/' || is_separator(part) {
                gap = gap.max(Gap::Grouped);
            } else if !is_unseen(part) {
                marks += 1;
                gap = gap.max(if part.is_alphanumeric() || marks > 3 { Gap::Apart } else { Gap::Marked });
            }
        }
    }
    digits
}

/// The zeros of the scripts that have digits of their own, each followed by its one to nine (Unicode 14, category Nd),
/// without those that compatibility forms decompose.
const ZEROS: &str = "0\u{660}\u{6f0}\u{7c0}\u{966}\u{9e6}\u{a66}\u{ae6}\u{b66}\u{be6}\u{c66}\u{ce6}\u{d66}\u{de6}\u{e50}\u{ed0}\
    \u{f20}\u{1040}\u{1090}\u{17e0}\u{1810}\u{1946}\u{19d0}\u{1a80}\u{1a90}\u{1b50}\u{1bb0}\u{1c40}\u{1c50}\
    \u{a620}\u{a8d0}\u{a900}\u{a9d0}\u{a9f0}\u{aa50}\u{abf0}\u{104a0}\u{10d30}\u{11066}\u{110f0}\u{11136}\
    \u{111d0}\u{112f0}\u{11450}\u{114d0}\u{11650}\u{116c0}\u{11730}\u{118e0}\u{11950}\u{11c50}\u{11d50}\u{11da0}\
    \u{16a60}\u{16ac0}\u{16b50}\u{1e140}\u{1e2f0}\u{1e950}";

fn digit_value(character: char) -> Option<u8> {
    let value = |zero: char| u32::from(character).checked_sub(u32::from(zero)).filter(|value| *value < 10);
    ZEROS.chars().find_map(value).and_then(|value| u8::try_from(value).ok())
}

/// Accents, joiners, soft hyphens and other characters that leave no trace between two digits.
fn is_unseen(character: char) -> bool {
    is_combining_mark(character)
        || matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// The length of the UUID at a place of a text, which no letter or digit precedes or follows.
fn uuid_at_start(text: &str, at: usize) -> Option<usize> {
    const LENGTH: usize = 36;
    let form = |(place, byte): (usize, u8)| {
        if matches!(place, 8 | 13 | 18 | 23) { byte == b'-' } else { byte.is_ascii_hexdigit() }
    };
    let is_uuid = text.as_bytes().get(at..at + LENGTH)?.iter().copied().enumerate().all(form);
    let alone = |next: Option<char>| !next.is_some_and(char::is_alphanumeric);
    (is_uuid && alone(text[..at].chars().next_back()) && alone(text[at + LENGTH..].chars().next())).then_some(LENGTH)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    /// BEN-04: a national number is found in every spelling and position; other numbers are left alone.
    #[rstest]
    #[case("85073003328", true)]
    #[case("85.07.30-033.28", true)]
    #[case("patient 85 07 30 033 28, seen twice", true)]
    #[case("(850730-033.28)", true)]
    #[case("85/07/30-033/28", true)]
    #[case("1 85.07.30-033.28", true)]
    #[case("NISS:85073003328.", true)]
    #[case("dossier 00003241778, gezien", true)]
    #[case("24 20 32\u{2011}001\u{2009}71", true)]
    #[case("85073003329", false)]
    #[case("850730033280", false)]
    #[case("185073003328", false)]
    #[case("SN85073003328", true)]
    #[case("85073003328A", true)]
    #[case("x79010199803", false)]
    #[case("x85073003328", true)]
    #[case("LOT85073003328B", true)]
    #[case("\u{ff18}\u{ff15}\u{ff10}\u{ff17}\u{ff13}\u{ff10}\u{ff10}\u{ff13}\u{ff13}\u{ff12}\u{ff18}", true)]
    #[case("٨٥٠٧٣٠٠٣٣٢٨", true)]
    #[case("⁸⁵.⁰⁷.³⁰-⁰³³.²⁸", true)]
    #[case("⑧⑤⓪⑦③⓪⓪③③②⑧", true)]
    #[case("𝟖𝟓𝟎𝟕𝟑𝟎𝟎𝟑𝟑𝟐𝟖", true)]
    #[case("8\u{20e3}5\u{20e3}0\u{20e3}73003328", true)]
    #[case("850730\u{ad}033\u{200d}28", true)]
    #[case("85_07_30_033_28", true)]
    #[case("85,07,30;033:28", true)]
    #[case("850730 (033) 28", true)]
    #[case("8|5|0|7|3|0|0|3|3|2|8", true)]
    #[case("850,730,033,28", false)]
    #[case("85a07b30c033d28", false)]
    #[case("85 **** 073003328", false)]
    #[case("8507300332\u{0661}", false)]
    #[case("85073003328\u{0661}", false)]
    #[case("a0850730-0332-8abc-9def-0123456789ab", false)]
    #[case("xa0850730-0332-8abc-9def-0123456789ab", false)]
    #[case("0198c1de-6d11-7c05-8f00-5b1f7a9e2c44/85073003328", true)]
    #[case("2026-06-01 14:30", false)]
    #[case("E3 00817870020003", false)]
    #[case("", false)]
    fn a_number_in_a_text_is_found(#[case] text: &str, #[case] found: bool) {
        assert_eq!(holds_national_number(text), found);
        assert_eq!(without_national_numbers(text) != text, found);
        assert!(!holds_national_number(&without_national_numbers(text)));
    }

    /// BEN-04: every national number is replaced; the text around it stays.
    #[rstest]
    #[case("known as 85.07.30-033.28, seen twice", "known as ***, seen twice")]
    #[case("85073003328 85073003328", "*** ***")]
    #[case("é85 07 30 033 28", "é***")]
    #[case("٨٥٠٧٣٠٠٣٣٢٨e", "***e")]
    #[case("(85\u{a0}07\u{a0}30\u{a0}033\u{a0}28)\u{e9}", "(***)\u{e9}")]
    fn numbers_give_way(#[case] text: &str, #[case] kept: &str) {
        assert_eq!(without_national_numbers(text), kept);
    }

    /// BEN-04: a known number is found whatever stands between and around its digits.
    #[rstest]
    #[case("85073003328", true)]
    #[case("185073003328", true)]
    #[case("85a07b30c033d28", true)]
    #[case("SN8507-3003x\u{0663}\u{ff12}8/1", true)]
    #[case("8507300332", false)]
    #[case("82330037058", false)]
    fn a_known_number_is_found_anywhere(#[case] text: &str, #[case] stands: bool) {
        assert_eq!(NationalNumber::parse("85.07.30-033.28").unwrap().stands_in(text), stands);
    }

    /// BEN-04: every digit of Unicode is read, and nothing else as one.
    #[test]
    fn the_digits_of_every_script_are_read() {
        let read: Vec<char> =
            (0..=u32::from(char::MAX)).filter_map(char::from_u32).filter(|c| digit_value(*c).is_some()).collect();
        assert_eq!(read.len(), ZEROS.chars().count() * 10);
        assert!(read.iter().all(|c| c.is_numeric()), "{read:?}");
    }

    proptest! {
        /// BEN-04: a number is found in every script, after and before every text that is not a digit, and between marks.
        #[test]
        fn a_number_is_found_however_it_is_written(
            before in "([\\PN]{0,8}[^\\pN])?", after in "([^\\pN][\\PN]{0,8})?", zero in 0_usize..100, marks in "[ ._,:;|*#~-]{0,2}",
        ) {
            let zeros: Vec<char> = ZEROS.chars().collect();
            let zero = u32::from(zeros[zero % zeros.len()]);
            let write = |c: char| char::from_u32(zero + u32::from(c) - 0x30).unwrap();
            let groups = ["85", "07", "30", "033", "28"].map(|group| group.chars().map(write).collect::<String>());
            let text = format!("{before}{}{after}", groups.join(&marks));
            prop_assert!(holds_national_number(&text), "{}", text);
            prop_assert!(NationalNumber::parse("85073003328").unwrap().stands_in(&text));
        }

        /// BEN-04: no text makes the search panic, and what is left after it holds none.
        #[test]
        fn any_text_is_searched(text in "(\\PC|[0-9 ./-]){0,60}") {
            prop_assert!(!holds_national_number(&without_national_numbers(&text)));
        }
    }
}
