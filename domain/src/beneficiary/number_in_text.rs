//! National numbers where they do not belong: in texts that people write (BEN-04).

use super::NationalNumber;

/// BEN-04: whether a free text holds a national number, bare or as cards and forms print it. Eleven digits inside a longer
/// run of digits, or next to a letter, are something else.
#[must_use]
pub fn holds_national_number(text: &str) -> bool {
    let mut before = None;
    text.char_indices().any(|(at, character)| {
        let begins = character.is_ascii_digit() && !before.is_some_and(char::is_alphanumeric);
        before = Some(character);
        begins && begins_with_number(&text[at..])
    })
}

fn begins_with_number(text: &str) -> bool {
    let mut digits = String::with_capacity(11);
    let mut rest = text.chars();
    for character in rest.by_ref() {
        match character {
            '0'..='9' => digits.push(character),
            ' ' | '.' | '-' | '/' | '\u{a0}' | '\u{202f}' => {}
            _ => return false,
        }
        if digits.len() == 11 {
            break;
        }
    }
    !rest.next().is_some_and(char::is_alphanumeric) && NationalNumber::parse(&digits).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// BEN-04: a number is found in every spelling and wherever it stands, and other numbers are left alone.
    #[rstest]
    #[case("85073003328", true)]
    #[case("85.07.30-033.28", true)]
    #[case("patient 85 07 30 033 28, seen twice", true)]
    #[case("(850730-033.28)", true)]
    #[case("85/07/30-033/28", true)]
    #[case("1 85.07.30-033.28", true)]
    #[case("NISS:85073003328.", true)]
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
    }
}
