//! Detects the damage that spreadsheets do to values when they write a file, so that the fault names it (SYS-04,
//! BEN-01).

use crate::{
    identifier::{implant_code_is_valid, is_separator},
    parties::beneficiary::NationalNumber,
    refusal::Reason,
    udi,
};

/// The kinds of value that spreadsheets can damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// A day.
    Date,
    /// A national number.
    Niss,
    /// The identifier of a device model.
    UdiDi,
    /// An implant code.
    ImplantCode,
    /// Free text, never considered damaged.
    Remark,
    /// Any other value.
    Other,
}

/// The damage a spreadsheet did to a value, if any.
#[must_use]
pub fn damage(cell: Cell, text: &str) -> Option<Reason> {
    let text = text.trim();
    match cell {
        Cell::Remark => None,
        _ if is_shortened(text) => Some(Reason::NumberShortened),
        Cell::Date if is_local_date(text) => Some(Reason::SpreadsheetDate),
        Cell::Niss if lost_zeros(text, 11, |full| NationalNumber::parse(full).is_ok()) => Some(Reason::LeadingZeroLost),
        // A valid shorter form is an identifier of its own.
        Cell::UdiDi if !udi::is_valid(text) && lost_zeros(text, 14, udi::is_valid) => Some(Reason::LeadingZeroLost),
        Cell::ImplantCode if lost_zeros(text, 12, implant_code_is_valid) => Some(Reason::LeadingZeroLost),
        _ => None,
    }
}

/// `1.0E+10`, in either notation.
fn is_shortened(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else { return false };
    let Some(exponent) = exponent.strip_prefix(['+', '-']) else { return false };
    let (first, rest) = mantissa.split_at_checked(1).unwrap_or_default();
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let rest_fits = rest.is_empty() || rest.strip_prefix(['.', ',']).is_some_and(digits);
    digits(first) && rest_fits && digits(exponent)
}

/// `02/03/2026`, `2-3-26`, or a spreadsheet's day count.
fn is_local_date(text: &str) -> bool {
    let day = text.split([' ', 'T']).next().unwrap_or_default();
    let parts: Vec<_> = day.split(['/', '-', '.']).collect();
    let number = |part: &&str| (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    let written = parts.len() == 3 && parts.iter().all(number) && parts[0].len() <= 2;
    let counted = day.len() == 5 && day.parse::<u32>().is_ok_and(|days| (10_000..80_000).contains(&days));
    written || counted
}

/// Whether a number with too few digits becomes valid when padded with leading zeros.
fn lost_zeros(text: &str, length: usize, fits: impl Fn(&str) -> bool) -> bool {
    let digits: String = text.chars().filter(|c| !is_separator(*c)).collect();
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    // With half or more of its digits missing, a match would be a coincidence.
    is_number && digits.len() < length && digits.len() * 2 > length && fits(&format!("{digits:0>length$}"))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// BEN-01, SYS-04: damage is recognised, and undamaged values are left alone.
    #[rstest]
    #[case(Cell::Date, "02/03/2026", Some(Reason::SpreadsheetDate))]
    #[case(Cell::Date, "2-3-26", Some(Reason::SpreadsheetDate))]
    #[case(Cell::Date, "2.3.2026 00:00", Some(Reason::SpreadsheetDate))]
    #[case(Cell::Date, "46083", Some(Reason::SpreadsheetDate))]
    #[case(Cell::Date, "2026-03-02", None)]
    #[case(Cell::Date, "soon", None)]
    #[case(Cell::Niss, "6070500252", Some(Reason::LeadingZeroLost))]
    #[case(Cell::Niss, "10100105", Some(Reason::LeadingZeroLost))]
    #[case(Cell::Niss, "8.5073E+10", Some(Reason::NumberShortened))]
    #[case(Cell::Niss, "8,5073003328E+10", Some(Reason::NumberShortened))]
    #[case(Cell::Niss, "85073003328", None)]
    #[case(Cell::Niss, "6070500253", None)]
    #[case(Cell::UdiDi, "07870020003", None)]
    #[case(Cell::UdiDi, "817870020003", None)]
    #[case(Cell::UdiDi, "00817870020003", None)]
    #[case(Cell::Other, "1.0E+10", Some(Reason::NumberShortened))]
    #[case(Cell::Other, "1E+10", Some(Reason::NumberShortened))]
    #[case(Cell::Other, "12E45", None)]
    #[case(Cell::Other, "1E10", None)]
    #[case(Cell::Other, "SN1E+10", None)]
    #[case(Cell::Other, "", None)]
    #[case(Cell::Other, "é", None)]
    #[case(Cell::ImplantCode, "12345678991", None)]
    #[case(Cell::Remark, "1.0E+10", None)]
    fn damage_is_recognised(#[case] cell: Cell, #[case] text: &str, #[case] reason: Option<Reason>) {
        assert_eq!(damage(cell, text), reason, "{text}");
    }
}
