//! The rows of a file while it is read.

use std::collections::HashSet;

use insula_domain::{
    refusal::{Fault, Reason},
    registry::registration::spreadsheet::{Cell, damage},
    rule::RuleId,
    text::text_reason,
};
use serde_json::{Map, Value};

use super::records::Misquoted;

/// The maximum length of a row's reference, in characters.
const MAX_REFERENCE: usize = 64;
/// Reading stops after so many faults: an answer lists no more, and such a file is not an import at all.
pub(super) const ENOUGH: usize = 500;

/// One row.
pub struct Row {
    /// Its line; in a CSV file the row number in a spreadsheet, where the header is row 1.
    pub number: i32,
    /// The caller's reference.
    pub reference: String,
    /// The rest of the row, as JSON.
    pub payload: Vec<u8>,
}

/// The rows so far, and the faults of their form.
pub(super) struct Rows {
    max: usize,
    /// How many rows there are, including those without a readable reference.
    count: usize,
    pub(super) rows: Vec<Row>,
    references: HashSet<String>,
    pub(super) faults: Vec<Fault>,
}

impl Rows {
    pub(super) fn new(max: usize) -> Rows {
        Rows { max, count: 0, rows: Vec::new(), references: HashSet::new(), faults: Vec::new() }
    }

    /// Whether to read on.
    pub(super) fn goes_on(&self) -> bool {
        self.faults.len() < ENOUGH
    }

    pub(super) fn fault(&mut self, number: usize, name: &str, reason: Reason) -> &mut Fault {
        let name = if name.is_empty() { format!("row[{number}]") } else { format!("row[{number}].{name}") };
        self.faults.push(Fault::new(name, reason, RuleId::Sys04));
        let last = self.faults.len() - 1;
        &mut self.faults[last]
    }

    /// The fault of a quotation mark, with its place in the file.
    pub(super) fn misquoted(&mut self, number: usize, name: &str, misquoted: &Misquoted) {
        let fault = self.fault(number, name, misquoted.reason);
        fault.params = vec![("line", misquoted.line.to_string()), ("character", misquoted.character.to_string())];
    }

    /// Counts a row that has its fault already. What can be read of its reference is compared like any other, so that a
    /// repeated one is told together with the fault. Returns whether to read on.
    pub(super) fn add_faulty(&mut self, number: usize, members: Map<String, Value>) -> bool {
        if members.contains_key("rowId") {
            return self.add(number, members);
        }
        self.counted() && self.goes_on()
    }

    /// Counts one more row; too many are a fault.
    fn counted(&mut self) -> bool {
        if self.count == self.max {
            self.faults.push(Fault::new("rows", Reason::TooMany, RuleId::Sys04).with("max", self.max));
            return false;
        }
        self.count += 1;
        true
    }

    /// Adds a row, taking its reference out of its members. Returns whether to read on.
    pub(super) fn add(&mut self, number: usize, mut members: Map<String, Value>) -> bool {
        if !self.counted() {
            return false;
        }
        let reference = match members.remove("rowId") {
            None => Err(Reason::Required),
            Some(Value::String(text)) => {
                let damaged = damage(Cell::Other, &text);
                match damaged.or_else(|| text_reason(&text, MAX_REFERENCE)) {
                    Some(reason) => Err(reason),
                    None if !self.references.insert(text.clone()) => Err(Reason::Repeated),
                    None => Ok(text),
                }
            }
            Some(_) => Err(Reason::WrongType),
        };
        match reference {
            Ok(reference) => self.rows.push(Row {
                number: i32::try_from(number).unwrap_or(i32::MAX),
                reference,
                payload: Value::Object(members).to_string().into_bytes(),
            }),
            Err(reason) => {
                let fault = self.fault(number, "rowId", reason);
                fault.params = vec![("max", MAX_REFERENCE.to_string()), ("expected", "string".to_owned())];
            }
        }
        self.goes_on()
    }
}
