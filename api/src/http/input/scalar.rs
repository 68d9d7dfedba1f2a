//! Single values in a JSON object.

use std::ops::RangeInclusive;

use chrono::NaiveDate;
use insula_domain::{exact::Exact, refusal::Reason, text::parse_date};
use uuid::Uuid;

use super::{
    field::Field,
    form::identifier,
    reader::Reader,
    value::{decimal, one_of_names, person, plain_fault, searched_text, text, whole, wrong_type},
};

impl Reader<'_> {
    /// A text of at most `max` characters, in which no national number stands (BEN-04).
    pub fn text(&mut self, name: &'static str, max: usize) -> Field<Option<String>> {
        self.value(name, |value| Ok(searched_text(value, max)?.to_owned()))
    }

    /// A mandatory text.
    pub fn required_text(&mut self, name: &'static str, max: usize) -> Field<String> {
        let text = self.text(name, max);
        self.required(name, text)
    }

    /// A part of a beneficiary's identity, which is stored encrypted and nowhere else (BEN-04).
    pub fn identity_text(&mut self, name: &'static str, max: usize) -> Field<Option<String>> {
        self.value(name, |value| Ok(text(value, max)?.to_owned()))
    }

    /// A text parsed by `parse`; `reason` is the fault when it fails.
    pub fn parsed<T>(
        &mut self,
        name: &'static str,
        reason: Reason,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Field<Option<T>> {
        self.value(name, |value| parse(text(value, 128)?).ok_or_else(|| plain_fault(reason)))
    }

    /// The same, mandatory.
    pub fn required_parsed<T>(
        &mut self,
        name: &'static str,
        reason: Reason,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Field<T> {
        let parsed = self.parsed(name, reason, parse);
        self.required(name, parsed)
    }

    /// A day.
    pub fn date(&mut self, name: &'static str) -> Field<Option<NaiveDate>> {
        self.parsed(name, Reason::NotADate, parse_date)
    }

    /// A mandatory day.
    pub fn required_date(&mut self, name: &'static str) -> Field<NaiveDate> {
        self.required_parsed(name, Reason::NotADate, parse_date)
    }

    /// An identifier.
    pub fn uuid(&mut self, name: &'static str) -> Field<Option<Uuid>> {
        self.parsed(name, Reason::NotAnIdentifier, identifier)
    }

    /// A mandatory identifier.
    pub fn required_uuid(&mut self, name: &'static str) -> Field<Uuid> {
        self.required_parsed(name, Reason::NotAnIdentifier, identifier)
    }

    /// A person, in the form of a token's `sub`; never a national number (BEN-04).
    pub fn person(&mut self, name: &'static str) -> Field<Option<String>> {
        self.parsed(name, Reason::NotAnIdentifier, person)
    }

    /// A mandatory person.
    pub fn required_person(&mut self, name: &'static str) -> Field<String> {
        self.required_parsed(name, Reason::NotAnIdentifier, person)
    }

    /// A value out of `all`, by its name.
    pub fn one_of<T: Copy>(
        &mut self,
        name: &'static str,
        all: &[T],
        name_of: fn(T) -> &'static str,
    ) -> Field<Option<T>> {
        let names: Vec<_> = all.iter().map(|one| (name_of(*one), *one)).collect();
        self.value(name, |value| Ok(one_of_names(text(value, 100)?, &names)?.1))
    }

    /// One of the allowed names, mandatory.
    pub fn required_one_of<T: Copy>(
        &mut self,
        name: &'static str,
        all: &[T],
        name_of: fn(T) -> &'static str,
    ) -> Field<T> {
        let one = self.one_of(name, all, name_of);
        self.required(name, one)
    }

    /// `true` or `false`, if present.
    pub fn boolean(&mut self, name: &'static str) -> Field<Option<bool>> {
        self.value(name, |value| value.as_bool().ok_or_else(|| wrong_type("boolean")))
    }

    /// `true` or `false`; `false` when absent.
    pub fn flag(&mut self, name: &'static str) -> Field<bool> {
        self.boolean(name).or(false)
    }

    /// A number from 0 to `max` with at most four decimals, as text.
    pub fn decimal(&mut self, name: &'static str, max: i64) -> Field<Option<Exact>> {
        self.value(name, |value| decimal(value, max))
    }

    /// A mandatory number from 0 to `max` with at most four decimals, as text.
    pub fn required_decimal(&mut self, name: &'static str, max: i64) -> Field<Exact> {
        let decimal = self.decimal(name, max);
        self.required(name, decimal)
    }

    /// A whole number in this range.
    pub fn integer(&mut self, name: &'static str, range: RangeInclusive<i64>) -> Field<Option<i64>> {
        self.value(name, |value| whole(value, range))
    }

    /// A mandatory whole number in this range.
    pub fn required_integer(&mut self, name: &'static str, range: RangeInclusive<i64>) -> Field<i64> {
        let integer = self.integer(name, range);
        self.required(name, integer)
    }
}
