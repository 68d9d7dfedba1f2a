//! Query parameters.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use chrono::{DateTime, NaiveDate, Utc};
use insula_domain::{
    exact::Exact,
    parties::beneficiary::holds_national_number,
    refusal::{Fault, Reason},
    rule::RuleId,
    text::{self, parse_date, parse_instant, text_reason},
};
use uuid::Uuid;

use super::{
    field::{Done, Faults, Field},
    form::{identifier, shortened},
    value::{one_of_names, outside, plain_fault, wrong_type},
};
use crate::http::problem::{ApiError, InputPlace};

/// The query of a request, read like a body: an unknown name and a malformed value are faults.
pub struct Query {
    pairs: Vec<(String, String)>,
    read_names: Vec<&'static str>,
    faults: Faults,
}

impl FromRequest for Query {
    type Error = ApiError;
    type Future = Ready<Result<Query, ApiError>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        ready(Query::of(request.query_string()))
    }
}

impl Query {
    /// The query of an address.
    pub fn of(text: &str) -> Result<Query, ApiError> {
        match serde_html_form::from_str(text) {
            Ok(pairs) => Ok(Query { pairs, read_names: Vec::new(), faults: Faults::default() }),
            Err(_) => Err(ApiError::Faulty(vec![(InputPlace::Query, plain_fault(Reason::WrongType))])),
        }
    }

    /// Reads every value of a parameter with `read`.
    fn each<T>(&mut self, name: &'static str, read: impl Fn(&str) -> Result<T, Fault>) -> Vec<Field<T>> {
        self.read_names.push(name);
        let values = self.pairs.iter().filter(|(known, _)| known == name);
        values.map(|(_, value)| Field(read(value).map_err(|fault| self.faults.record(fault.under(name))))).collect()
    }

    /// Reads the value of a parameter; several values are a fault.
    fn only<T>(&mut self, name: &'static str, read: impl Fn(&str) -> Result<T, Fault>) -> Field<Option<T>> {
        let mut values = self.each(name, read);
        if values.len() > 1 {
            return Field(Err(self.faults.record(plain_fault(Reason::Repeated).under(name))));
        }
        Field(values.pop().map(|value| value.0).transpose())
    }

    /// A parameter that may occur several times.
    pub fn many<T>(&mut self, name: &'static str, reason: Reason, parse: impl Fn(&str) -> Option<T>) -> Field<Vec<T>> {
        self.each(name, |text| parse(text).ok_or_else(|| plain_fault(reason))).into_iter().collect()
    }

    /// A parameter that may occur once.
    pub fn one<T>(
        &mut self,
        name: &'static str,
        reason: Reason,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Field<Option<T>> {
        self.only(name, |text| parse(text).ok_or_else(|| plain_fault(reason)))
    }

    /// A text of at most `max` characters, in which no national number stands (BEN-04); may occur once.
    pub fn text(&mut self, name: &'static str, max: usize) -> Field<Option<String>> {
        self.only(name, |text| match text_reason(text, max) {
            None if holds_national_number(text) => Err(Fault::new("", Reason::NationalNumber, RuleId::Ben04)),
            None => Ok(text.to_owned()),
            Some(reason) => Err(plain_fault(reason).with("max", max)),
        })
    }

    /// Values out of `names`, each as its own field, for a rule about the readable ones.
    pub fn each_of<T: Copy>(&mut self, name: &'static str, names: &[(&'static str, T)]) -> Vec<Field<T>> {
        self.each(name, |text| Ok(one_of_names(text, names)?.1))
    }

    /// Values out of `all`, by their names; may occur several times.
    pub fn any_of<T: Copy>(&mut self, name: &'static str, all: &[T], name_of: fn(T) -> &'static str) -> Field<Vec<T>> {
        let names: Vec<_> = all.iter().map(|one| (name_of(*one), *one)).collect();
        self.each_of(name, &names).into_iter().collect()
    }

    /// A value out of `all`, by its name; may occur once.
    pub fn one_of<T: Copy>(
        &mut self,
        name: &'static str,
        all: &[T],
        name_of: fn(T) -> &'static str,
    ) -> Field<Option<T>> {
        let names: Vec<_> = all.iter().map(|one| (name_of(*one), *one)).collect();
        self.only(name, |text| Ok(one_of_names(text, &names)?.1))
    }

    /// `true` or `false`; `false` when absent.
    pub fn flag(&mut self, name: &'static str) -> Field<bool> {
        self.only(name, |text| text.parse().map_err(|_| wrong_type("boolean"))).or(false)
    }

    /// A number from 0 to `max` with at most `decimals` decimals, exactly as written.
    pub fn decimal(&mut self, name: &'static str, max: i64, decimals: u32) -> Field<Option<Exact>> {
        self.only(name, |text| text::decimal(text, max, decimals, RuleId::Sys04))
    }

    /// An identifier.
    pub fn uuid(&mut self, name: &'static str) -> Field<Option<Uuid>> {
        self.one(name, Reason::NotAnIdentifier, identifier)
    }

    /// A day.
    pub fn date(&mut self, name: &'static str) -> Field<Option<NaiveDate>> {
        self.one(name, Reason::NotADate, parse_date)
    }

    /// A year of four digits.
    pub fn year(&mut self, name: &'static str) -> Field<Option<i32>> {
        self.only(name, |text| {
            let year = text.parse().ok().filter(|year| text.len() == 4 && (1900..=2200).contains(year));
            year.ok_or_else(|| outside(1900, 2200))
        })
    }

    /// A whole number within limits.
    pub fn whole(&mut self, name: &'static str, min: i64, max: i64) -> Field<Option<i64>> {
        self.only(name, |text| {
            let number = text.parse().ok().filter(|number: &i64| number.to_string() == text);
            number.filter(|number| (min..=max).contains(number)).ok_or_else(|| outside(min, max))
        })
    }

    /// An instant with an offset.
    pub fn instant(&mut self, name: &'static str) -> Field<Option<DateTime<Utc>>> {
        // A `+` that is not percent-encoded arrives as a space.
        self.one(name, Reason::NotATimestamp, |text| parse_instant(&text.replace(' ', "+")))
    }

    /// `pageSize`: 50 by default, at most 200.
    pub fn page_size(&mut self) -> Field<i32> {
        let size = self.only("pageSize", |text| {
            text.parse().ok().filter(|size| (1..=200).contains(size)).ok_or_else(|| outside(1, 200))
        });
        size.or(50)
    }

    /// Where a page starts, `after`, and its size, `pageSize`.
    pub fn page<T>(&mut self, parse: impl Fn(&str) -> Option<T>) -> Field<(Option<T>, i32)> {
        self.one("after", Reason::NotAnIdentifier, parse).and(self.page_size())
    }

    /// Adds a fault about several values together.
    pub fn add(&mut self, fault: Fault) {
        self.faults.record(fault);
    }

    /// Finishes the reading together with that of the body, so that the faults of both are named.
    pub fn finish_with<T>(self, body: Result<T, Vec<Fault>>) -> Result<(Done, T), ApiError> {
        match (self.finish(), body) {
            (Ok(done), Ok(body)) => Ok((done, body)),
            (Err(error), Ok(_)) => Err(error),
            (query, Err(faults)) => {
                let mut all = match query {
                    Err(ApiError::Faulty(all)) => all,
                    Err(error) => return Err(error),
                    Ok(_) => Vec::new(),
                };
                all.extend(faults.into_iter().map(|fault| (InputPlace::Body, fault)));
                Err(ApiError::Faulty(all))
            }
        }
    }

    /// Finishes the reading.
    pub fn finish(mut self) -> Result<Done, ApiError> {
        let unknown = self.pairs.iter().filter(|(name, _)| !self.read_names.contains(&name.as_str()));
        let unknown = unknown.map(|(name, _)| Fault::new(shortened(name), Reason::UnknownField, RuleId::Sys04));
        self.faults.record_all(unknown);
        self.faults
            .end()
            .map_err(|faults| faults.into_iter().map(|fault| (InputPlace::Query, fault)).collect())
            .map_err(ApiError::Faulty)
    }
}
