//! Checks and parsing of incoming texts.

use chrono::{Datelike, NaiveDate};

use crate::refusal::Reason;

/// Why a text cannot be saved: empty, longer than `max` characters, or with characters that mislead readers or break
/// files.
pub fn text_reason(text: &str, max: usize) -> Option<Reason> {
    // Direction controls can change how a text reads, and invisible characters can make two texts look alike; other
    // control characters break files and logs. The joiners U+200C and U+200D stay: names in some scripts need them.
    let forbidden = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e007f}')
    };
    if text.trim().is_empty() {
        Some(Reason::Empty)
    } else if text.chars().count() > max {
        Some(Reason::TooLong)
    } else if text.chars().any(forbidden) {
        Some(Reason::ForbiddenCharacter)
    } else {
        None
    }
}

/// Parses a date of exactly the form yyyy-MM-dd.
pub fn parse_date(text: &str) -> Option<NaiveDate> {
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    // Years over four digits and the year 0 have no such form, and the database does not support them.
    (text.len() == 10 && date.year() >= 1 && date.to_string() == text).then_some(date)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// CGM-04: empty, too long and misleading texts are refused.
    #[rstest]
    #[case("  ", Some(Reason::Empty))]
    #[case("12345678901", Some(Reason::TooLong))]
    #[case("a\u{0}b", Some(Reason::ForbiddenCharacter))]
    #[case("a\u{202e}b", Some(Reason::ForbiddenCharacter))]
    #[case("Élodie", None)]
    fn texts_are_checked(#[case] text: &str, #[case] reason: Option<Reason>) {
        assert_eq!(text_reason(text, 10), reason);
    }
}
