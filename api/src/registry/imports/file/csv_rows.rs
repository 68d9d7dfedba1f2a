//! CSV as spreadsheets and EHRs write it: RFC 4180, separated by commas or semicolons, with a header of names; empty
//! cells count as absent.

use std::{collections::HashMap, io::Read};

use csv::StringRecord;
use insula_domain::{
    refusal::{Fault, Reason},
    rule::RuleId,
};
use serde_json::{Map, Number, Value};

use super::{
    columns::{self, CellType, Column, Step},
    rows::Rows,
};
use crate::http::input::shortened;

/// Reads header and rows.
pub(super) fn read(text: &str, rows: &mut Rows) {
    // Ends the last line, so that every line is counted alike.
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(text))
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes().chain(&b"\n"[..]));
    let mut record = StringRecord::new();
    let mut number = 0usize;
    // Returns whether there is another record. The text is UTF-8 and records may have any length, so reading cannot
    // fail.
    let mut next = |record: &mut StringRecord, number: &mut usize| {
        let before = reader.position().line();
        let more = matches!(reader.read_record(record), Ok(true));
        // The reader skips empty lines, a spreadsheet counts them.
        let lines = reader.position().line() - before;
        let within: usize = record.iter().map(|cell| cell.matches('\n').count()).sum();
        let empty = lines.saturating_sub(1 + u64::try_from(within).unwrap_or_default());
        *number += 1 + usize::try_from(empty).unwrap_or_default();
        more
    };
    if !next(&mut record, &mut number) {
        return;
    }
    let Some(header) = header(&record, rows) else { return };
    while next(&mut record, &mut number) {
        if record.iter().all(|cell| cell.trim().is_empty()) {
            // A row of empty cells, as spreadsheets leave behind.
            continue;
        }
        if record.len() != header.len() {
            rows.fault(number, "", Reason::ColumnCount).params = vec![("columns", header.len().to_string())];
            if rows.goes_on() {
                continue;
            }
            return;
        }
        let mut members = Map::new();
        for (column, cell) in header.iter().zip(&record) {
            let cell = cell.trim();
            if !cell.is_empty() {
                put(&mut members, &column.path, value(column.cell_type, cell));
            }
        }
        if !rows.add(number, members) {
            return;
        }
    }
}

/// The separator: the more frequent one in the header, outside quotation marks.
fn delimiter(text: &str) -> u8 {
    let (mut quoted, mut semicolons, mut commas) = (false, 0, 0);
    for byte in text.bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            b';' if !quoted => semicolons += 1,
            b',' if !quoted => commas += 1,
            _ => {}
        }
    }
    if semicolons > commas { b';' } else { b',' }
}

/// The columns of the header; an unknown or repeated name is a fault.
fn header(record: &StringRecord, rows: &mut Rows) -> Option<Vec<Column>> {
    let known: HashMap<String, Column> = columns::all().into_iter().map(|one| (one.name.clone(), one)).collect();
    let mut header: Vec<Column> = Vec::new();
    for name in record.iter().map(str::trim) {
        let reason = match known.get(name) {
            None => Reason::UnknownField,
            Some(column) if header.contains(column) => Reason::DuplicateName,
            Some(column) => {
                header.push(column.clone());
                continue;
            }
        };
        rows.faults.push(Fault::new(shortened(name), reason, RuleId::Sys04));
        if !rows.goes_on() {
            return None;
        }
    }
    for name in ["rowId", "type"] {
        if !header.iter().any(|column| column.name == name) {
            rows.faults.push(Fault::new(name, Reason::Required, RuleId::Sys04));
        }
    }
    // Without a valid header no row can be judged.
    rows.faults.is_empty().then_some(header)
}

/// A cell as the JSON value of the same row. An unreadable cell stays text, which becomes a fault of its row.
fn value(cell_type: CellType, cell: &str) -> Value {
    let read = match cell_type {
        CellType::Text => None,
        CellType::Boolean if cell.eq_ignore_ascii_case("true") => Some(Value::Bool(true)),
        CellType::Boolean if cell.eq_ignore_ascii_case("false") => Some(Value::Bool(false)),
        CellType::Boolean => None,
        CellType::Integer => cell.parse::<i64>().ok().map(|number| Value::Number(number.into())),
        CellType::Decimal => {
            let is_plain = cell.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'));
            let number = cell.parse::<f64>().ok().filter(|_| is_plain);
            // As in JSON: a number without a point is an integer.
            let whole = cell.parse::<i64>().ok().map(Number::from);
            whole.or_else(|| number.and_then(Number::from_f64)).map(Value::Number)
        }
    };
    read.unwrap_or_else(|| Value::String(cell.to_owned()))
}

/// Puts a value at its path. An entry keeps its index even when earlier entries are empty, so that a fault names the
/// column.
fn put(members: &mut Map<String, Value>, path: &[Step], value: Value) {
    let Some((Step::Name(name), rest)) = path.split_first() else { return };
    let mut place = members.entry(name.clone()).or_insert(Value::Null);
    for step in rest {
        match step {
            Step::Name(name) => {
                if !place.is_object() {
                    *place = Value::Object(Map::new());
                }
                place = &mut place[name.as_str()];
            }
            Step::Index(index) => {
                if !place.is_array() {
                    *place = Value::Array(Vec::new());
                }
                if let Value::Array(entries) = place {
                    while entries.len() <= *index {
                        entries.push(Value::Object(Map::new()));
                    }
                }
                place = &mut place[*index];
            }
        }
    }
    *place = value;
}
