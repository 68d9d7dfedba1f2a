//! CSV as spreadsheets and EHRs write it: RFC 4180, separated by commas or semicolons, with a header of names; empty
//! cells count as absent.

use std::collections::HashMap;

use insula_domain::{
    refusal::{Fault, Reason},
    rule::RuleId,
};
use serde_json::{Map, Value};

use super::{
    columns::{self, CellType, Column, Step},
    records::{Record, Records, likely_separator, stated_separator},
    rows::Rows,
};
use crate::http::input::shortened;

/// Reads header and rows. Every line is part of exactly one record, and every record that is not empty is a row or has
/// a fault.
pub(super) fn read(text: &str, rows: &mut Rows) {
    let Some(mut records) = records(text, rows) else { return };
    let Some(first) = records.find(|record| !is_empty(record)) else { return };
    let Some(header) = header(&first, rows) else { return };
    for record in records.filter(|record| !is_empty(record)) {
        let members = members(&header, &record);
        let number = record.number;
        let named = header.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
        let beyond = record.cells.iter().enumerate().skip(header.len()).any(|(_, cell)| !is_blank(cell));
        let goes_on = if let Some(misquoted) = &record.misquoted {
            let name = header.get(misquoted.cell).and_then(Option::as_ref).map_or("", |column| &column.name);
            rows.misquoted(number, name, misquoted);
            rows.add_faulty(number, members)
        } else if record.cells.len() < named || beyond {
            rows.fault(number, "", Reason::ColumnCount).params = vec![("columns", named.to_string())];
            rows.add_faulty(number, members)
        } else if let Some(nameless) = nameless(&header, &record) {
            rows.fault(number, "", Reason::NamelessColumn).params = vec![("column", (nameless + 1).to_string())];
            rows.add_faulty(number, members)
        } else {
            rows.add(number, members)
        };
        if !goes_on {
            return;
        }
    }
}

/// The records, separated as a `sep=` line says or as the header shows.
fn records<'a>(text: &'a str, rows: &mut Rows) -> Option<Records<'a>> {
    match stated_separator(text) {
        None => Some(Records::new(text, likely_separator(text))),
        Some(";") => Some(Records::new(text, b';').after_first_line()),
        Some(",") => Some(Records::new(text, b',').after_first_line()),
        Some(_) => {
            rows.faults.push(Fault::new("sep", Reason::NotInList, RuleId::Sys04).with("allowed", "; ,"));
            None
        }
    }
}

/// A row of empty cells, as spreadsheets leave behind.
fn is_empty(record: &Record) -> bool {
    record.misquoted.is_none() && record.cells.iter().all(|cell| is_blank(cell))
}

fn is_blank(cell: &str) -> bool {
    cell.trim().is_empty()
}

fn members(header: &[Option<Column>], record: &Record) -> Map<String, Value> {
    let mut members = Map::new();
    for (column, cell) in header.iter().zip(&record.cells) {
        let cell = cell.trim();
        if let (Some(column), false) = (column, cell.is_empty()) {
            put(&mut members, &column.path, value(column.cell_type, cell));
        }
    }
    members
}

/// The index of a value whose column has no name.
fn nameless(header: &[Option<Column>], record: &Record) -> Option<usize> {
    let mut cells = header.iter().zip(&record.cells);
    cells.position(|(column, cell)| column.is_none() && !is_blank(cell))
}

/// The columns of the header; an unknown or repeated name is a fault. A column without a name may stand where it has no
/// value either, as when every line ends with a separator.
fn header(record: &Record, rows: &mut Rows) -> Option<Vec<Option<Column>>> {
    if let Some(misquoted) = &record.misquoted {
        rows.misquoted(record.number, "", misquoted);
        return None;
    }
    let known: HashMap<String, Column> = columns::all().into_iter().map(|one| (one.name.clone(), one)).collect();
    let mut header: Vec<Option<Column>> = Vec::new();
    for name in record.cells.iter().map(|name| name.trim()) {
        let reason = match known.get(name) {
            None if name.is_empty() => {
                header.push(None);
                continue;
            }
            None => Reason::UnknownField,
            Some(column) if header.iter().flatten().any(|other| other == column) => Reason::DuplicateName,
            Some(column) => {
                header.push(Some(column.clone()));
                continue;
            }
        };
        rows.faults.push(Fault::new(shortened(name), reason, RuleId::Sys04));
        if !rows.goes_on() {
            return None;
        }
    }
    for name in ["rowId", "type"] {
        if !header.iter().flatten().any(|column| column.name == name) {
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
