//! National numbers in free text, where they do not belong (BEN-04).

use super::NationalNumber;
use crate::identifier::is_separator;

/// BEN-04: whether a free text holds a national number, bare or formatted as on cards and forms. Eleven digits within a
/// longer run of digits, or next to a letter, do not count.
#[must_use]
pub fn holds_national_number(text: &str) -> bool {
    find(text).is_some()
}

/// BEN-04: replaces each national number in a foreign text by `***`, so that the text can be kept and shown.
#[must_use]
pub fn without_national_numbers(text: &str) -> String {
    let (mut kept, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((from, to)) = find(rest) {
        kept.push_str(&rest[..from]);
        kept.push_str("***");
        rest = &rest[to..];
    }
    kept + rest
}

/// The start and end of the first national number.
fn find(text: &str) -> Option<(usize, usize)> {
    let mut before = None;
    text.char_indices().find_map(|(at, character)| {
        let begins = character.is_ascii_digit() && !before.is_some_and(char::is_alphanumeric);
        before = Some(character);
        let length = if begins { number_at_start(&text[at..]) } else { None };
        length.map(|length| (at, at + length))
    })
}

/// The length in bytes of the national number at the start of the text.
fn number_at_start(text: &str) -> Option<usize> {
    let mut digits = String::with_capacity(11);
    let mut rest = text.chars();
    for character in rest.by_ref() {
        match character {
            '0'..='9' => digits.push(character),
            '/' => {}
            _ if is_separator(character) => {}
            _ => return None,
        }
        if digits.len() == 11 {
            break;
        }
    }
    let length = text.len() - rest.as_str().len();
    (!rest.next().is_some_and(char::is_alphanumeric) && NationalNumber::parse(&digits).is_ok()).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

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
    #[case("SN85073003328", false)]
    #[case("85073003328A", false)]
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
    #[case("é85 07 30 033 28", "é85 07 30 033 28")]
    #[case("(85\u{a0}07\u{a0}30\u{a0}033\u{a0}28)\u{e9}", "(***)\u{e9}")]
    fn numbers_give_way(#[case] text: &str, #[case] kept: &str) {
        assert_eq!(without_national_numbers(text), kept);
    }
}
