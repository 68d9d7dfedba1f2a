//! The form of names and identifiers.

use std::ops::RangeInclusive;

use chrono::NaiveDate;
use insula_domain::{
    identifier::HospitalNumber,
    refusal::{Fault, Reason},
    rule::RuleId,
    text::parse_date,
};
use uuid::Uuid;

use crate::http::problem::{ApiError, InputPlace};

/// An unknown name as it is shown to its sender: shortened, and without digits that could be a national number
/// (BEN-04).
pub fn shortened(name: &str) -> String {
    let digits = name.chars().filter(|c| c.is_numeric()).count();
    if digits >= 9 { "…".to_owned() } else { name.chars().take(60).collect() }
}

/// A UUID in the 36-character form, in either case. Other spellings are refused.
pub fn identifier(text: &str) -> Option<Uuid> {
    Uuid::parse_str(text).ok().filter(|_| text.len() == 36)
}

/// A UUID in the path. A malformed one answers 404, like an unknown one.
pub fn path_uuid(text: &str) -> Result<Uuid, ApiError> {
    identifier(text).ok_or(ApiError::NotFound)
}

/// A number or a day in the path: what somebody typed or copied. A malformed one is a fault, unlike an identifier that
/// Insula made.
pub fn path_value<T>(name: &'static str, value: Result<T, Reason>) -> Result<T, ApiError> {
    value.map_err(|reason| path_fault(Fault::new(name, reason, RuleId::Sys04)))
}

/// A number in the path between these bounds, written in one way only.
pub fn path_number(name: &'static str, text: &str, bounds: RangeInclusive<i32>) -> Result<i32, ApiError> {
    let number = text.parse::<i32>().ok().filter(|number| bounds.contains(number) && number.to_string() == text);
    number.ok_or_else(|| {
        let fault = Fault::new(name, Reason::OutOfRange, RuleId::Sys04);
        path_fault(fault.with("min", *bounds.start()).with("max", *bounds.end()))
    })
}

/// A hospital's number in the path.
pub fn path_hospital(text: &str) -> Result<HospitalNumber, ApiError> {
    path_value("hospitalNumber", text.parse().map_err(|_| Reason::CheckDigit))
}

/// A day in the path.
pub fn path_day(text: &str) -> Result<NaiveDate, ApiError> {
    path_value("day", parse_date(text).ok_or(Reason::NotADate))
}

fn path_fault(fault: Fault) -> ApiError {
    ApiError::Faulty(vec![(InputPlace::Path, fault)])
}
