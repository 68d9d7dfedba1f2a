//! One record, written and read by the numbers of its zones (BIL-05).

use chrono::{Datelike, NaiveDate};
use unicode_normalization::UnicodeNormalization;

use super::{
    digits::record_check,
    layout::{Kind, LENGTH, RecordType, Zone},
};
use crate::identifier::digits_value;

/// A value does not fit its zone: too long, of another kind, or no such zone. It never holds the value (BEN-04).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the value does not fit zone {zone} of record {}", kind.number())]
pub struct DoesNotFit {
    /// The record.
    pub kind: RecordType,
    /// The zone.
    pub zone: u8,
}

/// What goes into a zone.
#[derive(Clone, Copy)]
pub enum Value<'a> {
    /// A number.
    Number(u64),
    /// Digits that are no quantity.
    Digits(&'a str),
    /// A text; accents and ligatures are taken off it.
    Text(&'a str),
    /// A sign and a size: 0 has a sign too.
    Signed(Sign, u64),
    /// A day YYYYMMDD; zeros without one.
    Day(Option<NaiveDate>),
}

/// The sign of an amount or number of units; a credit is negative throughout (201140).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// `+`
    Plus,
    /// `-`
    Minus,
}

/// A zone whose unused positions hold another character than usual: annex 7 f of the instructions names zones of text
/// that are filled with zeros, but the list is not public (BIL-05).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fill {
    /// The record.
    pub kind: RecordType,
    /// The zone.
    pub zone: u8,
    /// The character.
    pub with: u8,
}

/// A record as it stands in the file.
#[derive(Clone, PartialEq, Eq)]
pub struct Record([u8; LENGTH]);

impl Record {
    /// BIL-05: a record with these zones, all others unused: zeros for numbers, blanks for text, `+` and zeros for
    /// signed zones, unless `fills` says otherwise. Its number and check digits come with [`Record::numbered`].
    ///
    /// # Errors
    /// The first value that does not fit.
    pub fn new(kind: RecordType, fills: &[Fill], zones: &[(u8, Value<'_>)]) -> Result<Record, DoesNotFit> {
        let mut bytes = [b'0'; LENGTH];
        for zone in kind.zones() {
            let unused = &mut bytes[zone.range()];
            let other = fills.iter().find(|fill| (fill.kind, fill.zone) == (kind, zone.number));
            match (zone.kind, other) {
                (_, Some(fill)) => unused.fill(fill.with),
                (Kind::Text | Kind::Open, None) => unused.fill(b' '),
                (Kind::Signed, None) => unused[0] = b'+',
                (Kind::Number, None) => {}
            }
        }
        let mut record = Record(bytes);
        record.put(kind, 1, Value::Number(kind.number().into()))?;
        for (zone, value) in zones {
            record.put(kind, *zone, *value)?;
        }
        Ok(record)
    }

    fn put(&mut self, kind: RecordType, number: u8, value: Value<'_>) -> Result<(), DoesNotFit> {
        let fault = DoesNotFit { kind, zone: number };
        let zone = kind.zone(number).ok_or(fault)?;
        let bytes = &mut self.0[zone.range()];
        let fits = match (zone.kind, value) {
            (Kind::Number, Value::Number(value)) => right_aligned(bytes, &value.to_string()),
            (Kind::Number, Value::Digits(digits)) => right_aligned(bytes, digits),
            (Kind::Number, Value::Day(None)) => right_aligned(bytes, ""),
            (Kind::Number, Value::Day(Some(day))) => {
                right_aligned(bytes, &format!("{:04}{:02}{:02}", day.year(), day.month(), day.day()))
            }
            (Kind::Signed, Value::Signed(sign, size)) => {
                bytes[0] = if sign == Sign::Minus { b'-' } else { b'+' };
                right_aligned(&mut bytes[1..], &size.to_string())
            }
            (Kind::Text, Value::Text("")) => true,
            (Kind::Text, Value::Text(text)) => left_aligned(bytes, &ascii(text)),
            _ => false,
        };
        if fits { Ok(()) } else { Err(fault) }
    }

    /// A record that was written before.
    #[must_use]
    pub const fn of(bytes: [u8; LENGTH]) -> Record {
        Record(bytes)
    }

    /// BIL-05: the record with its number in the file (zone 2), a control number if it has one (zone 98), and its check
    /// digits (zone 99).
    #[must_use]
    pub fn numbered(mut self, number: u32, control: Option<u64>) -> Record {
        renumber(&mut self.0, number, control);
        self
    }

    /// The record's bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; LENGTH] {
        &self.0
    }

    /// The record's zones.
    #[must_use]
    pub const fn view(&self) -> View<'_> {
        View(&self.0)
    }
}

/// BIL-05: writes the number of the record, its control number if there is a new one, and its check digits.
pub fn renumber(record: &mut [u8; LENGTH], number: u32, control: Option<u64>) {
    right_aligned(&mut record[2..8], &number.to_string());
    if let Some(control) = control {
        right_aligned(&mut record[346..348], &control.to_string());
    }
    let check = record_check(record);
    right_aligned(&mut record[348..], &check.to_string());
}

/// Writes a signed amount into a zone of twelve positions; whether it fits.
#[must_use]
pub fn put_amount(zone: &mut [u8], cents: i64) -> bool {
    zone[0] = if cents < 0 { b'-' } else { b'+' };
    right_aligned(&mut zone[1..], &cents.unsigned_abs().to_string())
}

fn right_aligned(zone: &mut [u8], digits: &str) -> bool {
    let Some(start) = zone.len().checked_sub(digits.len()) else { return false };
    zone[..start].fill(b'0');
    zone[start..].copy_from_slice(digits.as_bytes());
    digits.bytes().all(|b| b.is_ascii_digit())
}

fn left_aligned(zone: &mut [u8], text: &str) -> bool {
    if text.len() > zone.len() {
        return false;
    }
    let (used, rest) = zone.split_at_mut(text.len());
    used.copy_from_slice(text.as_bytes());
    rest.fill(b' ');
    true
}

/// BIL-05: a text in ASCII: letters lose their accents, ligatures are spelt out, any other character becomes a question
/// mark.
#[must_use]
pub fn ascii(text: &str) -> String {
    let plain = |c: char| match c {
        ' '..='~' => Some(c),
        '\u{2018}' | '\u{2019}' => Some('\''),
        '\u{2010}'..='\u{2015}' => Some('-'),
        '\u{a0}' | '\t' => Some(' '),
        '\u{300}'..='\u{36f}' => None,
        'ø' => Some('o'),
        'Ø' => Some('O'),
        'ł' => Some('l'),
        'Ł' => Some('L'),
        'đ' => Some('d'),
        'Đ' => Some('D'),
        'ı' => Some('i'),
        _ => Some('?'),
    };
    let spelt = [("ß", "ss"), ("æ", "ae"), ("Æ", "AE"), ("œ", "oe"), ("Œ", "OE")];
    let spelt = spelt.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
    spelt.nfd().filter_map(plain).collect()
}

/// A record's zones, as they are read (BIL-05).
#[derive(Clone, Copy)]
pub struct View<'a>(pub &'a [u8; LENGTH]);

impl<'a> View<'a> {
    /// The positions of a zone.
    #[must_use]
    pub fn of(self, zone: &Zone) -> &'a [u8] {
        &self.0[zone.range()]
    }

    /// The type of the record.
    #[must_use]
    pub fn kind(self) -> Option<RecordType> {
        RecordType::of(self.0)
    }

    /// The positions of the zone of that number; empty if this type of record has none.
    #[must_use]
    pub fn zone(self, number: u8) -> &'a [u8] {
        self.kind().and_then(|kind| kind.zone(number)).map_or(&[], |zone| self.of(zone))
    }

    /// The number in a zone of up to nineteen digits; `None` for anything else.
    #[must_use]
    pub fn number(self, number: u8) -> Option<u64> {
        let digits = self.zone(number);
        (matches!(digits.len(), 1..=19) && digits.iter().all(u8::is_ascii_digit)).then(|| digits_value(digits))
    }

    /// The sign and size in a signed zone; `None` for anything else.
    #[must_use]
    pub fn signed(self, number: u8) -> Option<(Sign, i64)> {
        let (sign, digits) = self.zone(number).split_first()?;
        let sign = match sign {
            b'+' => Sign::Plus,
            b'-' => Sign::Minus,
            _ => return None,
        };
        let size = digits.iter().all(u8::is_ascii_digit).then(|| digits_value(digits))?;
        Some((sign, i64::try_from(size).ok()?))
    }

    /// The amount in cents in a signed zone; `None` for anything else.
    #[must_use]
    pub fn amount(self, number: u8) -> Option<i64> {
        self.signed(number).map(|(sign, size)| if sign == Sign::Minus { -size } else { size })
    }

    /// The day in a zone; `None` for zeros and for what is no day.
    #[must_use]
    pub fn day(self, number: u8) -> Option<NaiveDate> {
        let value = u32::try_from(self.number(number)?).ok()?;
        NaiveDate::from_ymd_opt(i32::try_from(value / 10_000).ok()?, value / 100 % 100, value % 100)
    }
}

#[cfg(test)]
#[path = "record_tests.rs"]
pub(crate) mod tests;
