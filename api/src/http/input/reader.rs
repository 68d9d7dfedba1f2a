//! The members of a JSON object.

use insula_domain::{
    refusal::{Fault, Reason},
    rule::RuleId,
};
use serde_json::{Map, Value};

use super::{
    field::{Done, Faults, Field, Unread},
    form::shortened,
    value::wrong_type,
};
use crate::http::problem::{ApiError, InputPlace};

/// Reads the members of an object one by one and collects the faults.
pub struct Reader<'a> {
    members: &'a Map<String, Value>,
    read_names: Vec<&'static str>,
    pub(super) faults: Faults,
}

impl<'a> Reader<'a> {
    /// Starts reading a body or an object in it.
    pub fn new(members: &'a Map<String, Value>) -> Reader<'a> {
        Reader { members, read_names: Vec::new(), faults: Faults::default() }
    }

    pub(super) fn get(&mut self, name: &'static str) -> Option<&'a Value> {
        self.read_names.push(name);
        self.members.get(name)
    }

    /// Reads the value of a member with `read`, if present. The faults of `read` are about the value as a whole.
    pub(super) fn value<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&'a Value) -> Result<T, Fault>,
    ) -> Field<Option<T>> {
        let value = self.get(name).map(read).transpose();
        Field(value.map_err(|fault| self.faults.record(fault.under(name))))
    }

    /// Makes a field mandatory: its absence is a fault.
    pub(super) fn required<T>(&mut self, name: &'static str, field: Field<Option<T>>) -> Field<T> {
        Field(field.0.and_then(|value| value.ok_or_else(|| self.absent(name, RuleId::Sys04))))
    }

    /// Records that a member is missing, once, for the first rule that requires it.
    fn absent(&mut self, name: &'static str, rule: RuleId) -> Unread {
        let told = |fault: &Fault| fault.field == name && fault.reason == Reason::Required;
        let fault = Fault::new(name, Reason::Required, rule);
        let fault = Some(fault).filter(|_| !self.faults.so_far().iter().any(told));
        self.faults.record_all(fault)
    }

    /// Requires a member because of a rule, before it is read.
    pub fn require(&mut self, name: &'static str, rule: RuleId) {
        if !self.members.contains_key(name) {
            self.absent(name, rule);
        }
    }

    /// An object, unread.
    pub fn object(&mut self, name: &'static str) -> Field<Option<&'a Map<String, Value>>> {
        self.value(name, |value| value.as_object().ok_or_else(|| wrong_type("object")))
    }

    /// Reads an object; its faults are under its name.
    pub fn part<T>(&mut self, name: &'static str, read: impl FnOnce(&mut Reader) -> Field<T>) -> Field<Option<T>> {
        match self.get(name) {
            Some(value) => self.inner(name, value, read).map(Some),
            None => Field(Ok(None)),
        }
    }

    pub(super) fn inner<T>(&mut self, at: &str, value: &Value, read: impl FnOnce(&mut Reader) -> Field<T>) -> Field<T> {
        let Some(members) = value.as_object() else {
            return Field(Err(self.faults.record(wrong_type("object").under(at))));
        };
        let mut reader = Reader::new(members);
        let read = read(&mut reader);
        match reader.end() {
            Ok(_) => read,
            Err(faults) => Field(Err(self.faults.record_all(faults.into_iter().map(|fault| fault.under(at))))),
        }
    }

    /// Combines fields of this object into one value. Nothing is built after a fault.
    pub fn build<T>(&self, build: impl FnOnce(&Done) -> T) -> Field<T> {
        Field(self.faults.none_yet().map(|done| build(&done)))
    }

    /// Applies a rule to a readable field.
    pub fn judge<T>(&mut self, field: &Field<T>, rule: impl FnOnce(&T) -> Vec<Fault>) {
        self.faults.record_all(field.known().map(rule).unwrap_or_default());
    }

    /// Converts a readable field by a rule that may find faults.
    pub fn then<T, U>(&mut self, field: Field<T>, rule: impl FnOnce(T) -> Result<U, Vec<Fault>>) -> Field<U> {
        Field(field.0.and_then(|value| rule(value).map_err(|faults| self.faults.record_all(faults))))
    }

    /// Adds a fault.
    pub fn add(&mut self, fault: Fault) {
        self.faults.record(fault);
    }

    /// Adds the faults found by a rule.
    pub fn extend(&mut self, faults: impl IntoIterator<Item = Fault>) {
        self.faults.record_all(faults);
    }

    /// Whether there is already a fault about this field.
    pub fn has_fault_on(&self, field: &str) -> bool {
        self.faults.so_far().iter().any(|fault| fault.field == field)
    }

    /// Whether there is no fault so far.
    pub fn is_faultless(&self) -> bool {
        self.faults.none_yet().is_ok()
    }

    /// Finishes the reading. Unknown members are faults too.
    pub fn finish(self) -> Result<Done, ApiError> {
        self.end()
            .map_err(|faults| ApiError::Faulty(faults.into_iter().map(|fault| (InputPlace::Body, fault)).collect()))
    }

    /// Finishes the reading for code that continues despite faults.
    pub fn end(mut self) -> Result<Done, Vec<Fault>> {
        let unknown = self.members.keys().filter(|name| !self.read_names.contains(&name.as_str()));
        self.faults.record_all(unknown.map(|name| Fault::new(shortened(name), Reason::UnknownField, RuleId::Sys04)));
        self.faults.end()
    }
}
