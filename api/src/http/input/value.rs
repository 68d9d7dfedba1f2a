//! A single JSON value, or what is wrong with it as a whole.

use std::ops::RangeInclusive;

use insula_domain::{
    exact::Exact,
    parties::beneficiary::holds_national_number,
    refusal::{Fault, Reason},
    rule::RuleId,
    text::{self, text_reason},
};
use serde_json::Value;

use crate::http::auth::is_person;

/// A fault without placeholders.
pub(super) fn plain_fault(reason: Reason) -> Fault {
    Fault::new("", reason, RuleId::Sys04)
}

pub(super) fn wrong_type(expected: &str) -> Fault {
    plain_fault(Reason::WrongType).with("expected", expected)
}

pub(super) fn too_many(max: usize) -> Fault {
    plain_fault(Reason::TooMany).with("max", max)
}

pub(super) fn outside(min: i64, max: i64) -> Fault {
    plain_fault(Reason::OutOfRange).with("min", min).with("max", max)
}

pub(super) fn text(value: &Value, max: usize) -> Result<&str, Fault> {
    let text = value.as_str().ok_or_else(|| wrong_type("string"))?;
    text_reason(text, max).map_or(Ok(text), |reason| Err(plain_fault(reason).with("max", max)))
}

/// BEN-04: a text in which no national number stands.
pub(super) fn searched_text(value: &Value, max: usize) -> Result<&str, Fault> {
    let text = text(value, max)?;
    if holds_national_number(text) {
        return Err(Fault::new("", Reason::NationalNumber, RuleId::Ben04));
    }
    Ok(text)
}

pub(super) fn person(text: &str) -> Option<String> {
    is_person(text).then(|| text.to_owned())
}

/// The allowed name that the text is, with its meaning.
pub(super) fn one_of_names<T: Copy>(text: &str, names: &[(&'static str, T)]) -> Result<(&'static str, T), Fault> {
    let found = names.iter().find(|(known, _)| *known == text).copied();
    found.ok_or_else(|| {
        let allowed: Vec<_> = names.iter().map(|(known, _)| *known).collect();
        plain_fault(Reason::NotInList).with("allowed", allowed.join(", "))
    })
}

/// Refuses a repeated entry.
pub(super) fn once<'a>(entry: &'a str, earlier: &mut Vec<&'a str>) -> Result<(), Fault> {
    if earlier.contains(&entry) {
        return Err(plain_fault(Reason::Repeated));
    }
    earlier.push(entry);
    Ok(())
}

pub(super) fn decimal(value: &Value, max: i64) -> Result<Exact, Fault> {
    let text = value.as_str().ok_or_else(|| plain_fault(Reason::NotANumber))?;
    text::decimal(text, max, 4, RuleId::Sys04)
}

pub(super) fn whole(value: &Value, range: RangeInclusive<i64>) -> Result<i64, Fault> {
    let number = value.as_i64().ok_or_else(|| wrong_type("integer"))?;
    if range.contains(&number) { Ok(number) } else { Err(outside(*range.start(), *range.end())) }
}
