//! The file of an import: its form, told with every fault of it before anything is kept (SYS-04). What a row says is judged
//! later, row by row.

mod columns;
mod csv_rows;
mod ndjson;

use std::collections::HashSet;

use insula_domain::{
    refusal::{Fault, Reason},
    registry::registration::{
        content::text_reason,
        spreadsheet::{Cell, damage},
    },
    rule::RuleId,
};
use serde_json::{Map, Value};

pub use columns::unknown_names;

/// The most rows of a file.
pub const MAX_ROWS: usize = 20_000;
/// The most rows of an import that is stored as a whole or not at all: it is one transaction.
pub const MAX_ATOMIC_ROWS: usize = 2_000;
/// The longest reference of a row, in characters.
const MAX_REFERENCE: usize = 64;
/// Of a file that is another one altogether not every fault is worth telling: an answer lists no more.
const ENOUGH: usize = 500;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values, or separated by semicolons, with a header.
    Csv,
    /// One JSON object a line.
    Ndjson,
}

/// One row.
pub struct Row {
    /// Its line; in a CSV file the row as a spreadsheet counts it, the header being row 1.
    pub number: i32,
    /// The caller's own reference.
    pub reference: String,
    /// What else it says, as JSON.
    pub payload: Vec<u8>,
}

/// Reads a file: its rows, or every fault of its form.
pub fn read(format: Format, bytes: &[u8], max_rows: usize) -> Result<Vec<Row>, Vec<Fault>> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Err(vec![Fault::new("", Reason::NotUtf8, RuleId::Sys04)]);
    };
    // Spreadsheets put it before what they write in UTF-8.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut rows = Rows { max: max_rows, count: 0, rows: Vec::new(), references: HashSet::new(), faults: Vec::new() };
    match format {
        Format::Csv => csv_rows::read(text, &mut rows),
        Format::Ndjson => ndjson::read(text, &mut rows),
    }
    if rows.rows.is_empty() && rows.faults.is_empty() {
        rows.faults.push(Fault::new("rows", Reason::Required, RuleId::Sys04));
    }
    if rows.faults.is_empty() { Ok(rows.rows) } else { Err(rows.faults) }
}

/// The rows so far, and what is wrong with their form.
struct Rows {
    max: usize,
    /// How many there are, also without a reference that could be read.
    count: usize,
    rows: Vec<Row>,
    references: HashSet<String>,
    faults: Vec<Fault>,
}

impl Rows {
    /// Whether reading on is of any use.
    fn goes_on(&self) -> bool {
        self.faults.len() < ENOUGH
    }

    fn fault(&mut self, number: usize, name: &str, reason: Reason) -> &mut Fault {
        let name = if name.is_empty() { format!("row[{number}]") } else { format!("row[{number}].{name}") };
        self.faults.push(Fault::new(name, reason, RuleId::Sys04));
        let last = self.faults.len() - 1;
        &mut self.faults[last]
    }

    /// One more row; its reference is taken out of what it says. Returns whether there is room for another.
    fn add(&mut self, number: usize, mut members: Map<String, Value>) -> bool {
        if self.count == self.max {
            self.faults.push(Fault::new("rows", Reason::TooMany, RuleId::Sys04).with("max", self.max));
            return false;
        }
        self.count += 1;
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

#[cfg(test)]
mod tests;
