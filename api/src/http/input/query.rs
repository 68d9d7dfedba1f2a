//! Query parameters.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use chrono::{DateTime, Utc};
use insula_domain::{
    exact::Exact,
    refusal::{Fault, Reason},
    rule::RuleId,
    text::text_reason,
};

use super::shortened;
use crate::http::problem::{ApiError, Place};

/// The query of a request, read like a body: every unknown name and every value of another form is a fault.
pub struct Query {
    pairs: Vec<(String, String)>,
    known: Vec<&'static str>,
    faults: Vec<Fault>,
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
            Ok(pairs) => Ok(Query { pairs, known: Vec::new(), faults: Vec::new() }),
            Err(_) => Err(ApiError::Faulty(vec![(Place::Query, Fault::new("", Reason::WrongType, RuleId::Sys04))])),
        }
    }

    fn values(&mut self, name: &'static str) -> Vec<String> {
        self.known.push(name);
        self.pairs.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone()).collect()
    }

    /// A value that may be given several times.
    pub fn many<T>(&mut self, name: &'static str, reason: Reason, parse: impl Fn(&str) -> Option<T>) -> Vec<T> {
        let mut values = Vec::new();
        for value in self.values(name) {
            match parse(&value) {
                Some(value) => values.push(value),
                None => self.faults.push(Fault::new(name, reason, RuleId::Sys04)),
            }
        }
        values
    }

    /// A value that may be given once.
    pub fn one<T>(&mut self, name: &'static str, reason: Reason, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let mut values = self.many(name, reason, parse);
        if values.len() > 1 {
            self.faults.push(Fault::new(name, Reason::Repeated, RuleId::Sys04));
        }
        values.pop()
    }

    /// A text of at most `max` characters, once.
    pub fn text(&mut self, name: &'static str, max: usize) -> Option<String> {
        let text = self.one(name, Reason::WrongType, |text| Some(text.to_owned()))?;
        let Some(reason) = text_reason(&text, max) else { return Some(text) };
        self.add(Fault::new(name, reason, RuleId::Sys04).with("max", max));
        None
    }

    /// One of these names, any number of times.
    pub fn many_of<T: Copy>(&mut self, name: &'static str, names: &[(&str, T)]) -> Vec<T> {
        let found = self.many(name, Reason::NotInList, |text| {
            names.iter().find(|(known, _)| *known == text).map(|(_, value)| *value)
        });
        let allowed: Vec<_> = names.iter().map(|(known, _)| *known).collect();
        for fault in self.faults.iter_mut().filter(|fault| fault.field == name) {
            fault.params = vec![("allowed", allowed.join(", "))];
        }
        found
    }

    /// One of these names, once.
    pub fn one_of<T: Copy>(&mut self, name: &'static str, names: &[(&str, T)]) -> Option<T> {
        let mut found = self.many_of(name, names);
        if found.len() > 1 {
            self.faults.push(Fault::new(name, Reason::Repeated, RuleId::Sys04));
        }
        found.pop()
    }

    /// Yes or no; absent is no.
    pub fn flag(&mut self, name: &'static str) -> bool {
        self.one(name, Reason::WrongType, |text| text.parse::<bool>().ok()).unwrap_or_else(|| {
            for fault in self.faults.iter_mut().filter(|fault| fault.field == name) {
                fault.params = vec![("expected", "boolean".to_owned())];
            }
            false
        })
    }

    /// A number from 0 to `max`, of at most so many decimals, exactly as it is written.
    pub fn decimal(&mut self, name: &'static str, max: i64, decimals: u32) -> Option<Exact> {
        let number = |text: &str| text.parse::<Exact>().ok().filter(|_| !text.contains('/'));
        let Some(number) = self.one(name, Reason::WrongType, number) else {
            for fault in self.faults.iter_mut().filter(|fault| fault.field == name) {
                fault.params = vec![("expected", "number".to_owned())];
            }
            return None;
        };
        if number.is_negative() || number > Exact::from(max) {
            self.add(Fault::new(name, Reason::OutOfRange, RuleId::Sys04).with("min", 0).with("max", max));
            return None;
        }
        if number.decimals().is_none_or(|n| n > decimals) {
            self.add(Fault::new(name, Reason::TooPrecise, RuleId::Sys04).with("decimals", decimals));
            return None;
        }
        Some(number)
    }

    /// A fault that only several values together show.
    pub fn add(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// A year of four digits.
    pub fn year(&mut self, name: &'static str) -> Option<i32> {
        let year = self.one(name, Reason::OutOfRange, |text| {
            text.parse().ok().filter(|year| text.len() == 4 && (1900..=2200).contains(year))
        });
        for fault in self.faults.iter_mut().filter(|fault| fault.field == name) {
            fault.params = vec![("min", "1900".to_owned()), ("max", "2200".to_owned())];
        }
        year
    }

    /// An instant with offset.
    pub fn instant(&mut self, name: &'static str) -> Option<DateTime<Utc>> {
        // A `+` that was not percent-encoded arrives as a space.
        self.one(name, Reason::NotATimestamp, |text| text.replace(' ', "+").parse().ok())
    }

    /// How many items a page holds: 50 unless stated, at most 200.
    pub fn page_size(&mut self) -> i32 {
        let size =
            self.one("pageSize", Reason::OutOfRange, |text| text.parse().ok().filter(|size| (1..=200).contains(size)));
        for fault in self.faults.iter_mut().filter(|fault| fault.field == "pageSize") {
            fault.params = vec![("min", "1".to_owned()), ("max", "200".to_owned())];
        }
        size.unwrap_or(50)
    }

    /// Ends the reading.
    pub fn finish(mut self) -> Result<(), ApiError> {
        for (name, _) in &self.pairs {
            if !self.known.contains(&name.as_str()) {
                self.faults.push(Fault::new(shortened(name), Reason::UnknownField, RuleId::Sys04));
            }
        }
        if self.faults.is_empty() {
            Ok(())
        } else {
            Err(ApiError::Faulty(self.faults.into_iter().map(|fault| (Place::Query, fault)).collect()))
        }
    }
}
