//! Bodies, queries and path parts. Whatever does not fit the contract is a problem that names every fault (SYS-04), and is
//! looked at only after the gate has let the caller in.

mod query;

use std::{future::Future, pin::Pin};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header, web};
use chrono::NaiveDate;
use insula_domain::{
    exact::Exact,
    refusal::{Fault, Reason},
    rule::RuleId,
    text::{parse_date, text_reason},
};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{
    config::MAX_BODY,
    http::{
        auth::{is_person, strict_json},
        problem::{ApiError, Place},
    },
};

pub use query::Query;

/// How long a body may take to arrive.
const BODY_WITHIN: std::time::Duration = std::time::Duration::from_secs(10);

/// A JSON object, and the bytes it was read from.
pub struct Body {
    /// Its members; no name stands twice in any object of it.
    pub members: Map<String, Value>,
    /// As sent.
    pub bytes: web::Bytes,
    /// Whether it came as a merge patch.
    pub is_merge_patch: bool,
}

impl FromRequest for Body {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Body, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence =
            content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let patches = request.method() == actix_web::http::Method::PATCH;
        let is_merge_patch = patches && essence == "application/merge-patch+json";
        let fits = is_merge_patch || essence == "application/json";
        let coding = request.headers().get(header::CONTENT_ENCODING);
        let is_plain = coding.is_none_or(|coding| coding.as_bytes().eq_ignore_ascii_case(b"identity"));
        let length =
            request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
        let bytes = web::Payload::from_request(request, payload);
        Box::pin(async move {
            if !fits {
                return Err(ApiError::UnsupportedMediaType(if patches {
                    "application/merge-patch+json, application/json"
                } else {
                    "application/json"
                }));
            }
            if !is_plain {
                // A small body can unpack to any size; nobody needs to compress what the limit lets through.
                return Err(ApiError::UnsupportedMediaType("application/json, Content-Encoding: identity"));
            }
            if length.is_some_and(|length| length > MAX_BODY) {
                return Err(ApiError::PayloadTooLarge(MAX_BODY));
            }
            let payload = bytes.await.map_err(|_| not_json())?;
            // A body that trickles in would hold its place for ever.
            let read = tokio::time::timeout(BODY_WITHIN, payload.to_bytes_limited(MAX_BODY)).await;
            let bytes = read.map_err(|_| not_json())?.map_err(|_| ApiError::PayloadTooLarge(MAX_BODY))?;
            let bytes = bytes.map_err(|_| not_json())?;
            let members = strict_json::object(&bytes).ok_or_else(not_json)?;
            Ok(Body { members, bytes, is_merge_patch })
        })
    }
}

fn not_json() -> ApiError {
    ApiError::body(Fault::new("", Reason::NotJson, RuleId::Sys04))
}

/// Reads the members of an object one by one and collects what does not fit.
pub struct Reader<'a> {
    members: &'a Map<String, Value>,
    known: Vec<&'static str>,
    /// The faults so far.
    pub faults: Vec<Fault>,
}

impl<'a> Reader<'a> {
    /// Over a body.
    pub fn new(members: &'a Map<String, Value>) -> Reader<'a> {
        Reader { members, known: Vec::new(), faults: Vec::new() }
    }

    fn get(&mut self, name: &'static str) -> Option<&'a Value> {
        self.known.push(name);
        self.members.get(name)
    }

    fn fault(&mut self, name: &str, reason: Reason) -> &mut Fault {
        self.faults.push(Fault::new(name, reason, RuleId::Sys04));
        let last = self.faults.len() - 1;
        &mut self.faults[last]
    }

    fn wrong_type(&mut self, name: &str, expected: &'static str) {
        self.fault(name, Reason::WrongType).params.push(("expected", expected.to_owned()));
    }

    /// A text of at most `max` characters.
    pub fn text(&mut self, name: &'static str, max: usize) -> Option<String> {
        let Value::String(text) = self.get(name)? else {
            self.wrong_type(name, "string");
            return None;
        };
        if let Some(reason) = text_reason(text, max) {
            self.fault(name, reason).params.push(("max", max.to_string()));
            return None;
        }
        Some(text.clone())
    }

    /// A mandatory text.
    pub fn required_text(&mut self, name: &'static str, max: usize) -> String {
        if !self.members.contains_key(name) {
            self.fault(name, Reason::Required);
        }
        self.text(name, max).unwrap_or_default()
    }

    /// A text that `parse` understands; otherwise a fault of that reason.
    pub fn parsed<T>(&mut self, name: &'static str, reason: Reason, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let text = self.text(name, 128)?;
        let parsed = parse(&text);
        if parsed.is_none() {
            self.fault(name, reason);
        }
        parsed
    }

    /// A day.
    pub fn date(&mut self, name: &'static str) -> Option<NaiveDate> {
        self.parsed(name, Reason::NotADate, parse_date)
    }

    /// An identifier.
    pub fn uuid(&mut self, name: &'static str) -> Option<Uuid> {
        self.parsed(name, Reason::NotAnIdentifier, identifier)
    }

    /// One of a few names.
    pub fn one_of<T: Copy>(&mut self, name: &'static str, names: &[(&str, T)]) -> Option<T> {
        let text = self.text(name, 100)?;
        let found = names.iter().find(|(known, _)| *known == text).map(|(_, value)| *value);
        if found.is_none() {
            let allowed: Vec<_> = names.iter().map(|(known, _)| *known).collect();
            self.fault(name, Reason::NotInList).params.push(("allowed", allowed.join(", ")));
        }
        found
    }

    /// A mandatory one of a closed list of names.
    pub fn required_one_of<T: Copy>(
        &mut self,
        name: &'static str,
        all: &[T],
        name_of: fn(T) -> &'static str,
    ) -> Option<T> {
        if !self.members.contains_key(name) {
            self.fault(name, Reason::Required);
        }
        self.one_of(name, &all.iter().map(|one| (name_of(*one), *one)).collect::<Vec<_>>())
    }

    /// A mandatory day.
    pub fn required_date(&mut self, name: &'static str) -> NaiveDate {
        if !self.members.contains_key(name) {
            self.fault(name, Reason::Required);
        }
        self.date(name).unwrap_or_default()
    }

    /// Some of a few names, at least one and each once.
    pub fn some_of<T: Copy>(&mut self, name: &'static str, names: &[(&str, T)]) -> Vec<T> {
        let Some(value) = self.get(name) else {
            self.fault(name, Reason::Required);
            return Vec::new();
        };
        let Some(entries) = value.as_array() else {
            self.wrong_type(name, "array");
            return Vec::new();
        };
        if entries.is_empty() {
            self.fault(name, Reason::Required);
        }
        if entries.len() > names.len() {
            self.fault(name, Reason::TooMany).params.push(("max", names.len().to_string()));
            return Vec::new();
        }
        let mut found: Vec<(&str, T)> = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            let at = format!("{name}[{index}]");
            let known = entry.as_str().map(|text| names.iter().find(|(known, _)| *known == text));
            match known {
                None => self.wrong_type(&at, "string"),
                Some(None) => {
                    let allowed: Vec<_> = names.iter().map(|(known, _)| *known).collect();
                    self.fault(&at, Reason::NotInList).params.push(("allowed", allowed.join(", ")));
                }
                Some(Some((known, _))) if found.iter().any(|(earlier, _)| earlier == known) => {
                    self.fault(&at, Reason::Repeated);
                }
                Some(Some(one)) => found.push(*one),
            }
        }
        found.into_iter().map(|(_, value)| value).collect()
    }

    /// Yes or no; absent is no.
    pub fn flag(&mut self, name: &'static str) -> bool {
        match self.get(name) {
            None => false,
            Some(Value::Bool(value)) => *value,
            Some(_) => {
                self.wrong_type(name, "boolean");
                false
            }
        }
    }

    /// A number from 0 to `max`, of at most four decimals, exactly as it is written.
    pub fn decimal(&mut self, name: &'static str, max: i64) -> Option<Exact> {
        let value = self.get(name)?;
        self.decimal_of(name, value, max)
    }

    /// A list of such numbers; empty when it is absent.
    pub fn decimals(&mut self, name: &'static str, most: usize, max: i64) -> Vec<Exact> {
        let entries = self.list(name, most).iter().enumerate();
        entries.filter_map(|(index, value)| self.decimal_of(&format!("{name}[{index}]"), value, max)).collect()
    }

    fn decimal_of(&mut self, at: &str, value: &Value, max: i64) -> Option<Exact> {
        let Value::Number(number) = value else {
            self.wrong_type(at, "number");
            return None;
        };
        // A number with an exponent is far outside, or far too fine.
        let parsed = number.to_string().parse::<Exact>().ok();
        let fine = parsed
            .as_ref()
            .map_or(number.as_f64().is_some_and(|n| n.abs() < 1.0), |n| n.decimals().is_none_or(|n| n > 4));
        if fine {
            self.fault(at, Reason::TooPrecise).params.push(("decimals", "4".to_owned()));
            return None;
        }
        let within = parsed.filter(|number| !number.is_negative() && *number <= Exact::from(max));
        if within.is_none() {
            self.fault(at, Reason::OutOfRange).params.extend([("min", "0".to_owned()), ("max", max.to_string())]);
        }
        within
    }

    /// A mandatory number from 0 to `max`, of at most four decimals.
    pub fn required_decimal(&mut self, name: &'static str, max: i64) -> Exact {
        if !self.members.contains_key(name) {
            self.fault(name, Reason::Required);
        }
        self.decimal(name, max).unwrap_or_default()
    }

    /// A whole number from 0 to `max`; 0 when it is absent.
    pub fn whole(&mut self, name: &'static str, max: i64) -> i64 {
        let Some(value) = self.get(name) else { return 0 };
        let Some(number) = value.as_i64() else {
            self.wrong_type(name, "integer");
            return 0;
        };
        if !(0..=max).contains(&number) {
            self.fault(name, Reason::OutOfRange).params.extend([("min", "0".to_owned()), ("max", max.to_string())]);
        }
        number
    }

    /// An object of its own.
    pub fn object(&mut self, name: &'static str) -> Option<&'a Map<String, Value>> {
        let value = self.get(name)?;
        if !value.is_object() {
            self.wrong_type(name, "object");
        }
        value.as_object()
    }

    /// A person, as issuers name them in tokens. A national number never is one (BEN-04).
    pub fn person(&mut self, name: &'static str) -> Option<String> {
        self.parsed(name, Reason::NotAnIdentifier, |text| is_person(text).then(|| text.to_owned()))
    }

    /// The entries of a list, of whatever type; empty when it is absent.
    pub fn list(&mut self, name: &'static str, max: usize) -> &'a [Value] {
        let Some(value) = self.get(name) else { return &[] };
        let Some(entries) = value.as_array() else {
            self.wrong_type(name, "array");
            return &[];
        };
        if entries.len() > max {
            self.fault(name, Reason::TooMany).params.push(("max", max.to_string()));
            return &[];
        }
        entries
    }

    /// Two texts of a list, each as `parse` understands it.
    pub fn pair<T>(
        &mut self,
        name: &'static str,
        reason: Reason,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<[Option<T>; 2]> {
        let Some(entries) = self.get(name)?.as_array() else {
            self.wrong_type(name, "array");
            return None;
        };
        if entries.len() > 2 {
            self.fault(name, Reason::TooMany).params.push(("max", "2".to_owned()));
        }
        let mut each = |index: usize| {
            let at = format!("{name}[{index}]");
            match entries.get(index).map(Value::as_str) {
                None => self.fault(&at, Reason::Required),
                Some(None) => {
                    self.wrong_type(&at, "string");
                    return None;
                }
                Some(Some(text)) => match parse(text) {
                    None => self.fault(&at, reason),
                    read => return read,
                },
            };
            None
        };
        Some([each(0), each(1)])
    }

    /// The objects of a list, each read by itself and with its faults under its place; none of it when it has any. `read` looks at
    /// all its names before it gives up.
    pub fn objects<T>(&mut self, name: &'static str, max: usize, read: impl Fn(&mut Reader) -> Option<T>) -> Vec<T> {
        let mut found = Vec::new();
        for (index, value) in self.list(name, max).iter().enumerate() {
            let at = format!("{name}[{index}]");
            let Some(members) = value.as_object() else {
                self.wrong_type(&at, "object");
                continue;
            };
            let mut each = Reader::new(members);
            let one = read(&mut each);
            let faults = each.into_faults();
            found.extend(one.filter(|_| faults.is_empty()));
            self.faults.extend(faults.into_iter().map(|fault| fault.under(&at)));
        }
        found
    }

    /// An object of its own, read with its faults under its name; `read` looks at all its names.
    pub fn part<T>(&mut self, name: &'static str, read: impl Fn(&mut Reader) -> T) -> Option<T> {
        let mut part = Reader::new(self.object(name)?);
        let one = read(&mut part);
        self.faults.extend(part.into_faults().into_iter().map(|fault| fault.under(name)));
        Some(one)
    }

    /// A mandatory text that `parse` understands.
    pub fn required_parsed<T>(
        &mut self,
        name: &'static str,
        reason: Reason,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        if !self.members.contains_key(name) {
            self.fault(name, Reason::Required);
        }
        self.parsed(name, reason, parse)
    }

    /// A list of persons, each once.
    pub fn persons(&mut self, name: &'static str, max: usize) -> Vec<String> {
        let mut persons: Vec<String> = Vec::new();
        for (index, entry) in self.list(name, max).iter().enumerate() {
            let at = format!("{name}[{index}]");
            match entry.as_str() {
                None => self.wrong_type(&at, "string"),
                Some(person) if !is_person(person) => {
                    self.fault(&at, Reason::NotAnIdentifier);
                }
                Some(person) if persons.iter().any(|known| known == person) => {
                    self.fault(&at, Reason::Repeated);
                }
                Some(person) => persons.push(person.to_owned()),
            }
        }
        persons
    }

    /// A fault of the caller's own.
    pub fn add(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// Ends the reading: names nobody asked for are faults too.
    pub fn finish(self) -> Result<(), ApiError> {
        let faults = self.into_faults();
        if faults.is_empty() {
            Ok(())
        } else {
            Err(ApiError::Faulty(faults.into_iter().map(|fault| (Place::Body, fault)).collect()))
        }
    }

    /// Ends the reading and gives every fault of it.
    pub fn into_faults(mut self) -> Vec<Fault> {
        let unknown: Vec<_> =
            self.members.keys().filter(|name| !self.known.contains(&name.as_str())).cloned().collect();
        for name in unknown {
            self.fault(&shortened(&name), Reason::UnknownField);
        }
        self.faults
    }
}

/// An unknown name is shown to whoever sent it, but not at any length, and digits that could be a number of a person are
/// not (BEN-04).
pub fn shortened(name: &str) -> String {
    let digits = name.chars().filter(|c| c.is_numeric()).count();
    if digits >= 9 { "…".to_owned() } else { name.chars().take(60).collect() }
}

/// An identifier as Insula writes it, 36 characters, in either case. Other spellings of a UUID are none.
pub fn identifier(text: &str) -> Option<Uuid> {
    Uuid::parse_str(text).ok().filter(|_| text.len() == 36)
}

/// An identifier in the path. One of another form leads nowhere, like one that is not there.
pub fn path_uuid(text: &str) -> Result<Uuid, ApiError> {
    identifier(text).ok_or(ApiError::NotFound)
}
