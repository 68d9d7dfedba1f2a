//! The national number (NISS, INSZ), BIS numbers included: checked by BEN-01, kept out of logs and errors by BEN-04.

use std::fmt;

use chrono::{Datelike, NaiveDate};

use super::Sex;
use crate::{
    described::{self, described},
    identifier::{ascii_digits, digits_as_text, digits_value, is_separator},
};

/// Why a text is not a national number (BEN-01). No variant holds the text: BEN-04 keeps it out of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NationalNumberError {
    /// Not eleven digits once spaces, dots and hyphens are dropped (BEN-01).
    #[error("a national number has eleven digits")]
    NotElevenDigits,
    /// The last two digits match neither century (BEN-01).
    #[error("the check digits of the national number are wrong")]
    CheckDigits,
    /// The date of birth does not exist (BEN-01).
    #[error("the date of birth in the national number does not exist")]
    NoSuchDate,
    /// The serial is not one of 001 to 998, which the National Register issues (BEN-01).
    #[error("the national number has a serial that is never issued")]
    NoSuchSerial,
    /// The date of birth is in the future (BEN-01).
    #[error("the date of birth in the national number is in the future")]
    BirthInFuture,
}

/// The date of birth in a national number; an unknown part is `None` (BEN-01).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BirthParts {
    /// The year, with its century.
    pub year: Option<i32>,
    /// The month, 1 to 12; known only with the year.
    pub month: Option<u32>,
    /// The day of the month; known only with the month.
    pub day: Option<u32>,
}

impl BirthParts {
    /// `None` when the date does not exist.
    fn of(century: i32, yy: i32, month: u32, day: u32) -> Option<Self> {
        let parts = |year, month, day| Some(Self { year, month, day });
        let year = Some(century + yy);
        match (month, day) {
            // Without a month the register uses the day as a counter, which goes on beyond 31, and 00 00 for "unknown".
            (0, _) => parts(year.filter(|_| yy != 0), None, None),
            (1..=12, 0) => parts(year, Some(month), None),
            _ => NaiveDate::from_ymd_opt(century + yy, month, day).and(parts(year, Some(month), Some(day))),
        }
    }

    /// The birth date, if fully known (BEN-01).
    #[must_use]
    pub fn date(self) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(self.year?, self.month?, self.day?)
    }

    fn earliest(self) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(self.year?, self.month.unwrap_or(1), self.day.unwrap_or(1))
    }

    fn allows(self, birth: NaiveDate) -> bool {
        self.year.is_none_or(|year| year == birth.year())
            && self.month.is_none_or(|month| month == birth.month())
            && self.day.is_none_or(|day| day == birth.day())
    }
}

/// A checked national or BIS number (BEN-01). It prints as `***` and cannot be serialised (BEN-04).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct NationalNumber([u8; 11]);

described! {
    NationalNumber = described::text(
        "A national or BIS number: 11 digits (BEN-01). Spaces, dots and hyphens are ignored on entry.",
        "^[ .-]*([0-9][ .-]*){11}$",
    );
}

impl NationalNumber {
    /// BEN-01: drops spaces, dots and hyphens, then checks the remaining eleven digits.
    ///
    /// # Errors
    /// The first failed check: form, check digits, date, serial.
    pub fn parse(text: &str) -> Result<Self, NationalNumberError> {
        let kept = text.chars().filter(|c| !is_separator(*c));
        // One character too many is enough to refuse a text of any length.
        let kept: String = kept.take(12).collect();
        let number = Self(ascii_digits(&kept).ok_or(NationalNumberError::NotElevenDigits)?);
        let century = number.century().ok_or(NationalNumberError::CheckDigits)?;
        number.birth_in(century).ok_or(NationalNumberError::NoSuchDate)?;
        // No bounds are published for the serials of BIS numbers, so only those of the register are checked.
        if number.month_shift() == 0 && matches!(number.part(6, 9), 0 | 999) {
            return Err(NationalNumberError::NoSuchSerial);
        }
        Ok(number)
    }

    /// BEN-01: refuses a number whose holder would be born after `today`.
    ///
    /// # Errors
    /// `BirthInFuture`, also when the known parts of the date already prove it.
    pub fn check_birth_not_after(&self, today: NaiveDate) -> Result<(), NationalNumberError> {
        match self.birth().earliest() {
            Some(earliest) if earliest > today => Err(NationalNumberError::BirthInFuture),
            _ => Ok(()),
        }
    }

    /// BEN-01: the date of birth in the number. It is unambiguous, because no number matches both centuries (see the
    /// test `no_number_fits_both_centuries`).
    #[must_use]
    pub fn birth(&self) -> BirthParts {
        let parts = self.century().and_then(|century| self.birth_in(century));
        parts.unwrap_or(BirthParts { year: None, month: None, day: None })
    }

    /// BEN-01: whether a stated birth date contradicts the number. Unknown parts never do.
    #[must_use]
    pub fn disagrees_with_birth(&self, birth: NaiveDate) -> bool {
        !self.birth().allows(birth)
    }

    /// BEN-01: the sex given by the serial; `None` for a BIS number with month + 20, issued with the sex unknown.
    #[must_use]
    pub fn sex(&self) -> Option<Sex> {
        match (self.month_shift(), self.part(6, 9) % 2) {
            (20, _) => None,
            (_, 0) => Some(Sex::Female),
            _ => Some(Sex::Male),
        }
    }

    /// BEN-01: whether a stated sex contradicts the number.
    #[must_use]
    pub fn disagrees_with_sex(&self, sex: Sex) -> bool {
        self.sex().is_some_and(|known| known != sex)
    }

    /// The eleven digits, for encryption, keyed hashing and the insurers' invoice file only (BEN-04, BIL-05).
    #[must_use]
    pub fn expose(&self) -> &str {
        digits_as_text(&self.0)
    }

    fn part(&self, from: usize, to: usize) -> u32 {
        self.0[from..to].iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'))
    }

    fn century(&self) -> Option<i32> {
        let first_nine = digits_value(&self.0[..9]);
        let check = digits_value(&self.0[9..]);
        let fits = |prefix: u64| check == 97 - (prefix + first_nine) % 97;
        if fits(0) {
            Some(1900)
        } else if fits(2_000_000_000) {
            Some(2000)
        } else {
            None
        }
    }

    /// What a BIS number adds to the month: 20 (sex unknown at issue), 40, or 0 for a national number.
    fn month_shift(&self) -> u32 {
        match self.part(2, 4) {
            20..=32 => 20,
            40..=52 => 40,
            _ => 0,
        }
    }

    fn birth_in(&self, century: i32) -> Option<BirthParts> {
        let yy = i32::try_from(self.part(0, 2)).ok()?;
        BirthParts::of(century, yy, self.part(2, 4) - self.month_shift(), self.part(4, 6))
    }
}

impl fmt::Debug for NationalNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for NationalNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn number(text: &str) -> NationalNumber {
        NationalNumber::parse(text).unwrap()
    }

    /// A number with the right check digits for any first nine digits.
    fn with_check(first_nine: u64, century: u64) -> String {
        let prefix = if century == 2000 { 2_000_000_000 } else { 0 };
        format!("{first_nine:09}{:02}", 97 - (prefix + first_nine) % 97)
    }

    /// BEN-01: published numbers of both registers and both centuries are read.
    #[rstest]
    #[case("85073003328", Some("1985-07-30"), Some(Sex::Male))]
    #[case("17073003384", Some("2017-07-30"), Some(Sex::Male))]
    #[case("94021300145", Some("1994-02-13"), Some(Sex::Male))]
    #[case("06070500252", Some("2006-07-05"), Some(Sex::Female))]
    #[case("00010100105", Some("2000-01-01"), Some(Sex::Male))]
    #[case("00010100173", Some("1900-01-01"), Some(Sex::Male))]
    #[case("85493001252", Some("1985-09-30"), Some(Sex::Female))]
    #[case("03511501779", Some("2003-11-15"), Some(Sex::Male))]
    #[case("72230000123", None, None)]
    #[case("75400000309", None, Some(Sex::Male))]
    #[case("98472899765", Some("1998-07-28"), Some(Sex::Male))]
    #[case("40000000163", None, Some(Sex::Male))]
    #[case("10000100182", None, Some(Sex::Male))]
    #[case("10200100128", None, None)]
    #[case("10400100171", None, Some(Sex::Male))]
    #[case("00003241778", None, Some(Sex::Male))]
    #[case("24203200171", None, None)]
    #[case(&with_check(850_099_033, 1900), None, Some(Sex::Male))]
    #[case("86103130262", Some("1986-10-31"), Some(Sex::Female))]
    #[case(&with_check(229_001, 2000), Some("2000-02-29"), Some(Sex::Male))]
    fn published_numbers_are_read(#[case] text: &str, #[case] birth: Option<&str>, #[case] sex: Option<Sex>) {
        assert_eq!(number(text).birth().date(), birth.map(day));
        assert_eq!(number(text).sex(), sex);
        assert_eq!(number(text).expose(), text);
    }

    /// BEN-01: the error names the failed check without repeating the number.
    #[rstest]
    #[case("85073003329", NationalNumberError::CheckDigits)]
    #[case("17073003383", NationalNumberError::CheckDigits)]
    #[case("85073003300", NationalNumberError::CheckDigits)]
    #[case(&with_check(850_230_033, 1900), NationalNumberError::NoSuchDate)]
    #[case(&with_check(850_732_033, 1900), NationalNumberError::NoSuchDate)]
    #[case(&with_check(851_301_033, 1900), NationalNumberError::NoSuchDate)]
    #[case(&with_check(853_301_033, 1900), NationalNumberError::NoSuchDate)]
    #[case(&with_check(855_301_033, 1900), NationalNumberError::NoSuchDate)]
    #[case(&with_check(229_001, 1900), NationalNumberError::NoSuchDate)]
    #[case("00000000097", NationalNumberError::NoSuchSerial)]
    #[case(&with_check(850_730_999, 1900), NationalNumberError::NoSuchSerial)]
    #[case("8507300332", NationalNumberError::NotElevenDigits)]
    #[case("850730033280", NationalNumberError::NotElevenDigits)]
    #[case("8507300332a", NationalNumberError::NotElevenDigits)]
    #[case("85/07/30 033 28", NationalNumberError::NotElevenDigits)]
    #[case("٨٥٠٧٣٠٠٣٣٢٨", NationalNumberError::NotElevenDigits)]
    #[case("", NationalNumberError::NotElevenDigits)]
    fn a_wrong_number_is_refused(#[case] text: &str, #[case] error: NationalNumberError) {
        assert_eq!(NationalNumber::parse(text), Err(error));
    }

    /// BEN-01: spaces, dots and hyphens are dropped, as cards and forms print them.
    #[test]
    fn printed_forms_are_one_number() {
        assert_eq!(number("85.07.30-033.28"), number("85073003328"));
        assert_eq!(number(" 850730 033 28 "), number("85073003328"));
        for pasted in
            ["850730\u{a0}033\u{a0}28", "850730\u{202f}03328", "85.07.30\u{2011}033.28", "85073003328\u{2009}"]
        {
            assert_eq!(number(pasted), number("85073003328"), "{pasted:?}");
        }
    }

    /// BEN-01: matching both centuries would need 2 000 000 000 to be a multiple of 97, so the rule's "either may be
    /// stated" never occurs.
    #[test]
    fn no_number_fits_both_centuries() {
        assert_ne!(2_000_000_000 % 97, 0);
    }

    /// BEN-01: a birth in the future is refused only if the known parts prove it.
    #[rstest]
    #[case(260_715_001, 2000, "2026-07-14", false)]
    #[case(260_715_001, 2000, "2026-07-15", true)]
    #[case(260_700_001, 2000, "2026-06-30", false)]
    #[case(260_700_001, 2000, "2026-07-01", true)]
    #[case(270_000_001, 2000, "2026-12-31", false)]
    #[case(260_000_001, 2000, "2026-01-01", true)]
    #[case(260_715_001, 1900, "2026-01-01", true)]
    #[case(1, 2000, "2026-01-01", true)]
    fn a_birth_in_the_future_is_refused(
        #[case] nine: u64,
        #[case] century: u64,
        #[case] today: &str,
        #[case] accepted: bool,
    ) {
        let checked = number(&with_check(nine, century)).check_birth_not_after(day(today));
        let refused = Err(NationalNumberError::BirthInFuture);
        assert_eq!(checked, if accepted { Ok(()) } else { refused });
    }

    /// BEN-01: only known parts can disagree with the stated birth date.
    #[rstest]
    #[case("85073003328", "1985-07-30", false)]
    #[case("85073003328", "1985-07-31", true)]
    #[case("85073003328", "2085-07-30", true)]
    #[case("72230000123", "1972-03-19", false)]
    #[case("72230000123", "1972-04-19", true)]
    #[case("75400000309", "1975-12-24", false)]
    #[case("75400000309", "1976-12-24", true)]
    #[case(&with_check(1, 1900), "1961-05-06", false)]
    fn only_known_parts_disagree_with_a_birth_date(#[case] text: &str, #[case] birth: &str, #[case] disagrees: bool) {
        assert_eq!(number(text).disagrees_with_birth(day(birth)), disagrees);
    }

    /// BEN-01: the serial gives the sex, except in a BIS number issued with the sex unknown.
    #[test]
    fn a_sex_unknown_at_issue_never_disagrees() {
        assert!(number("85073003328").disagrees_with_sex(Sex::Female));
        assert!(!number("85073003328").disagrees_with_sex(Sex::Male));
        assert!(number("85493001252").disagrees_with_sex(Sex::Male));
        assert!(!number("72230000123").disagrees_with_sex(Sex::Female));
        assert!(!number("72230000123").disagrees_with_sex(Sex::Male));
    }

    /// BEN-04: neither the number nor its error prints a digit.
    #[test]
    fn no_digit_is_printed() {
        let shown = format!("{0} {0:?} {1:?}", number("85073003328"), Some(number("85073003328")));
        assert_eq!(shown, "*** *** Some(***)");
        let refused = NationalNumber::parse("85073003329").unwrap_err();
        assert!(!format!("{refused} {refused:?}").contains(|c: char| c.is_ascii_digit()));
    }

    proptest! {
        /// BEN-01: every number the registers can issue is accepted and gives its birth date.
        #[test]
        fn every_number_of_the_registers_is_read(days in 0_i64..73_049, serial in 1_u64..=998, bis in 0_u64..=2) {
            let birth = day("1900-01-01") + chrono::Duration::days(days);
            let month = u64::from(birth.month()) + bis * 20;
            let yymmdd = birth.year().unsigned_abs() as u64 % 100 * 10_000 + month * 100 + u64::from(birth.day());
            let century = if birth.year() < 2000 { 1900 } else { 2000 };
            let parsed = number(&with_check(yymmdd * 1000 + serial, century));
            prop_assert_eq!(parsed.birth().date(), Some(birth));
            prop_assert_eq!(parsed.sex().is_none(), bis == 1);
        }

        /// BEN-01: with an unknown month the day is a counter of two digits, in both registers.
        #[test]
        fn a_day_without_month_is_a_counter(yy in 0_u64..100, day in 0_u64..100, serial in 1_u64..=998, bis in 0_u64..=2) {
            for century in [1900, 2000] {
                let text = with_check(((yy * 100 + bis * 20) * 100 + day) * 1000 + serial, century);
                prop_assert_eq!(number(&text).birth().date(), None);
                let inside = format!("dossier {text}, gezien");
                prop_assert!(crate::parties::beneficiary::holds_national_number(&inside));
            }
        }

        /// BEN-01: no text makes the parser panic, and an accepted number parses again.
        #[test]
        fn any_text_is_read_or_refused(text in "[0-9 .-]{0,14}|.{0,20}") {
            if let Ok(parsed) = NationalNumber::parse(&text) {
                prop_assert_eq!(NationalNumber::parse(parsed.expose()), Ok(parsed.clone()));
            }
        }
    }
}
