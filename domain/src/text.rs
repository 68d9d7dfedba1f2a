//! Checks and parsing of incoming texts, numbers with decimals among them.

use std::borrow::Cow;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Utc};

use crate::{
    exact::Exact,
    refusal::{Fault, Reason},
    rule::RuleId,
};

/// SYS-04: a text with LF for every line break: Windows programs and HTML forms write CRLF.
pub fn with_lf(text: &str) -> Cow<'_, str> {
    if text.contains('\r') { Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")) } else { Cow::Borrowed(text) }
}

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

/// Parses an instant of the form of RFC 3339 in the years 1 to 9999, in UTC and in Brussels: there its day is always a
/// date that [`parse_date`] reads and the database holds.
pub fn parse_instant(text: &str) -> Option<DateTime<Utc>> {
    let at = DateTime::parse_from_rfc3339(text).ok()?.to_utc();
    // The two zones are less than a day apart.
    let [before, after] = [at.checked_sub_days(Days::new(1))?, at.checked_add_days(Days::new(1))?];
    (before.year() >= 1 && after.year() <= 9999).then_some(at)
}

/// The last day of the month, when the text is a date yyyy-MM-00, as expiry dates on labels may be (GS1: day 00).
pub fn last_day_if_zero(text: &str) -> Option<NaiveDate> {
    let month = text.strip_suffix("-00")?;
    let first = parse_date(&format!("{month}-01"))?;
    first.checked_add_months(Months::new(1))?.pred_opt()
}

/// Reads a number from 0 to `max` with at most `decimals` decimals, written as `7`, `7.2` or `7.20` (SYS-04).
///
/// # Errors
/// A fault without a field, of this rule: [`Reason::DecimalComma`], [`Reason::NotANumber`], [`Reason::OutOfRange`] or
/// [`Reason::TooPrecise`].
pub fn decimal(text: &str, max: i64, decimals: u32, rule: RuleId) -> Result<Exact, Fault> {
    let fault = |reason| Fault::new("", reason, rule);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = unsigned.split_once(['.', ',']).map_or((unsigned, None), |(whole, part)| (whole, Some(part)));
    if !digits(whole) || !part.is_none_or(digits) {
        return Err(fault(Reason::NotANumber));
    }
    if text.contains(',') {
        return Err(fault(Reason::DecimalComma));
    }
    // A text of more digits than `Exact` reads is beyond any range, or too precise.
    let number = unsigned.parse::<Exact>().ok().filter(|number| unsigned == text && *number <= Exact::from(max));
    match number {
        _ if part.is_some_and(|part| part.len() > decimals as usize) => {
            Err(fault(Reason::TooPrecise).with("decimals", decimals))
        }
        Some(number) => Ok(number),
        None => Err(fault(Reason::OutOfRange).with("min", 0).with("max", max)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    /// SYS-04: an instant is read in the years 1 to 9999 and with an offset only; beyond them days and zones overflow.
    #[rstest]
    #[case("2026-03-29T02:30:00+02:00", Some("2026-03-29T00:30:00+00:00"))]
    #[case("0001-01-02T00:00:00Z", Some("0001-01-02T00:00:00+00:00"))]
    #[case("9999-12-30T23:59:59.999Z", Some("9999-12-30T23:59:59.999+00:00"))]
    #[case("0001-01-01T00:00:00Z", None)]
    #[case("9999-12-31T23:30:00Z", None)]
    #[case("-9999-01-01T00:00:00Z", None)]
    #[case("+262142-12-31T23:59:59Z", None)]
    #[case("-262143-01-01T00:00:00Z", None)]
    #[case("2026-03-29", None)]
    #[case("2026-03-29 02:30:00 UTC", None)]
    fn instants_are_read_within_bounds(#[case] text: &str, #[case] expected: Option<&str>) {
        assert_eq!(parse_instant(text).map(|at| at.to_rfc3339()).as_deref(), expected, "{text}");
    }

    /// SYS-04: a line break is one character, whatever system wrote it.
    #[rstest]
    #[case("one\r\ntwo\rthree\n\r\n", "one\ntwo\nthree\n\n")]
    #[case("\r", "\n")]
    #[case("none", "none")]
    fn a_line_break_is_a_line_break(#[case] text: &str, #[case] kept: &str) {
        assert_eq!(with_lf(text), kept);
        assert_eq!(text_reason(&with_lf("a\r\nb"), 10), None);
    }

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

    /// SYS-04: a decimal number is digits with a point; what else is written is told apart.
    #[rstest]
    #[case("0", Ok("0"))]
    #[case("7.20", Ok("7.2"))]
    #[case("10", Ok("10"))]
    #[case("10.01", Err(Reason::OutOfRange))]
    #[case("-0.1", Err(Reason::OutOfRange))]
    #[case("-0", Err(Reason::OutOfRange))]
    #[case("99999999999999999999999999999999999999999999", Err(Reason::OutOfRange))]
    #[case("7.201", Err(Reason::TooPrecise))]
    #[case("7,2", Err(Reason::DecimalComma))]
    #[case("1,234,5", Err(Reason::NotANumber))]
    #[case("1,234.5", Err(Reason::NotANumber))]
    #[case("7.", Err(Reason::NotANumber))]
    #[case(".5", Err(Reason::NotANumber))]
    #[case("+7", Err(Reason::NotANumber))]
    #[case("1/3", Err(Reason::NotANumber))]
    #[case("1e1", Err(Reason::NotANumber))]
    #[case("", Err(Reason::NotANumber))]
    fn a_decimal_number_is_digits_with_a_point(#[case] text: &str, #[case] expected: Result<&str, Reason>) {
        let read = |decimals| decimal(text, 10, decimals, RuleId::Sys04).map_err(|fault| fault.reason);
        assert_eq!(read(2), expected.map(|text| text.parse().unwrap()));
        if !text.contains('.') {
            assert_eq!(read(0), read(2), "a whole number has no decimals");
        }
    }

    proptest! {
        /// SYS-04: what the contract's pattern allows is never refused for its form.
        #[test]
        fn the_pattern_is_what_is_read(text in "[0-9]{1,9}(\\.[0-9]{1,4})?") {
            prop_assert!(decimal(&text, 999_999_999, 4, RuleId::Sys04).is_ok());
        }
    }
}
