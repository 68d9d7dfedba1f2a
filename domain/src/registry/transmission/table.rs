//! Coded registrations as a table (TRA-03): one row each, with the columns of the dictionary. No spreadsheet takes a
//! cell for a formula.

use serde_json::{Map, Value};

use crate::registry::registration::dictionary::{Dictionary, Field, FieldKind};

/// Separates several codes in one cell.
const SEPARATOR: &str = "|";

/// A column of the content: its name and the path to its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The field's name; within an object or a list the dotted path, with list positions counted from 1.
    pub name: String,
    way: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Member(String),
    Entry(usize),
}

/// TRA-01, TRA-03: the columns of the transmitted content, in the order of the dictionary, the same for every
/// registration. Fields in `beside` already have a column of their own and are left out.
pub fn columns(dictionary: &Dictionary, beside: &[&str]) -> Vec<Column> {
    let mut columns = Vec::new();
    let fields = dictionary.fields.iter().filter(|field| field.transmitted && !beside.contains(&field.name.as_str()));
    for field in fields {
        below(field, &Column { name: String::new(), way: Vec::new() }, &mut columns);
    }
    columns
}

fn below(field: &Field, parent: &Column, columns: &mut Vec<Column>) {
    let here = parent.with(&field.name, Step::Member(field.name.clone()));
    match field.kind {
        FieldKind::Object => field.fields.iter().for_each(|inner| below(inner, &here, columns)),
        FieldKind::List => {
            let most = field.max.and_then(|max| usize::try_from(max).ok()).unwrap_or(1);
            for entry in 0..most {
                let here = here.with(&(entry + 1).to_string(), Step::Entry(entry));
                field.fields.iter().for_each(|inner| below(inner, &here, columns));
            }
        }
        _ => columns.push(here),
    }
}

impl Column {
    fn with(&self, name: &str, step: Step) -> Column {
        let name = if self.name.is_empty() { name.to_owned() } else { format!("{}.{name}", self.name) };
        let mut way = self.way.clone();
        way.push(step);
        Column { name, way }
    }

    /// The content's value in this column, as text; empty if absent.
    pub fn text(&self, content: &Map<String, Value>) -> String {
        let mut steps = self.way.iter();
        let first = steps.next().and_then(|step| match step {
            Step::Member(name) => content.get(name),
            Step::Entry(_) => None,
        });
        let value = steps.fold(first, |value, step| match step {
            Step::Member(name) => value?.get(name),
            Step::Entry(place) => value?.get(place),
        });
        value.map(as_text).unwrap_or_default()
    }
}

fn as_text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(entries) => entries.iter().map(as_text).collect::<Vec<_>>().join(SEPARATOR),
        other => other.to_string(),
    }
}

/// One line of CSV (RFC 4180), line end included, without formulas.
pub fn line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let mut line = String::new();
    for (at, cell) in cells.into_iter().enumerate() {
        if at > 0 {
            line.push(',');
        }
        push_cell(&mut line, cell);
    }
    line.push_str("\r\n");
    line
}

/// Prefixes an apostrophe to a cell that starts like a formula, unless it is a plain number, then quotes it where RFC
/// 4180 requires.
fn push_cell(line: &mut String, cell: &str) {
    let apostrophe = if is_formula(cell) { "'" } else { "" };
    let needs_quotes = cell.contains(['"', ',', '\r', '\n']) || cell.starts_with(' ') || cell.ends_with(' ');
    if needs_quotes {
        line.push('"');
        line.push_str(apostrophe);
        line.push_str(&cell.replace('"', "\"\""));
        line.push('"');
    } else {
        line.push_str(apostrophe);
        line.push_str(cell);
    }
}

/// The characters that start a formula in spreadsheets, their full-width forms, and the whitespace they skip before
/// one.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

fn is_formula(cell: &str) -> bool {
    cell.starts_with(FORMULA) && !is_plain_number(cell)
}

/// Digits, with an optional minus and decimals.
fn is_plain_number(cell: &str) -> bool {
    let unsigned = cell.strip_prefix('-').unwrap_or(cell);
    let (whole, decimals) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    [whole, decimals].iter().all(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::registry::registration::dictionary::CURRENT;

    fn row(content: &Value) -> Vec<(String, String)> {
        let content = content.as_object().unwrap();
        let cells = columns(&CURRENT, &[]).into_iter().map(|column| (column.name.clone(), column.text(content)));
        cells.filter(|(_, text)| !text.is_empty()).collect()
    }

    /// TRA-03: objects, lists and multiple codes are flattened; an absent value is empty.
    #[test]
    fn nested_content_is_flattened() {
        let content = json!({"setting": "ambulatory", "hba1c": {"value": "7.2", "unit": "percent"}, "withinWarranty": false,
            "devices": [{"kind": "sensor"}, {"kind": "transmitter", "lot": "L,1"}], "replaced": ["sensor", "transmitter"]});
        let cells = row(&content);
        for (name, text) in [
            ("setting", "ambulatory"),
            ("devices.1.kind", "sensor"),
            ("devices.2.kind", "transmitter"),
            ("devices.2.lot", "L,1"),
            ("hba1c.value", "7.2"),
            ("hba1c.unit", "percent"),
            ("replaced", "sensor|transmitter"),
            ("withinWarranty", "false"),
        ] {
            assert!(cells.contains(&(name.to_owned(), text.to_owned())), "{name} in {cells:?}");
        }
        assert_eq!(cells.len(), 8, "{cells:?}");
    }

    /// TRA-01: fields that never leave the hospital have no column, and each column appears once.
    #[test]
    fn columns_are_those_of_the_dictionary() {
        let names: Vec<_> = columns(&CURRENT, &["eventDate"]).into_iter().map(|column| column.name).collect();
        for absent in ["remark", "hospitalReference", "earlierRegistrationId", "eventDate"] {
            assert!(!names.iter().any(|name| name == absent), "{absent}");
        }
        let mut distinct = names.clone();
        distinct.sort();
        distinct.dedup();
        assert_eq!(distinct.len(), names.len());
        assert!(names.contains(&"devices.2.warrantyEnd".to_owned()) && !names.contains(&"devices".to_owned()));
        // An unexpected value in place of an object gives an empty cell.
        assert_eq!(row(&json!({"devices": "x", "hba1c": [1]})), []);
    }

    /// TRA-03: a would-be formula becomes text; numbers stay numbers.
    #[rstest]
    #[case("=1+1", "'=1+1")]
    #[case("+32 2 555", "'+32 2 555")]
    #[case("+7", "'+7")]
    #[case("-cmd", "'-cmd")]
    #[case("-", "'-")]
    #[case("--1", "'--1")]
    #[case("-1-1", "'-1-1")]
    #[case("-1.", "'-1.")]
    #[case("-.5", "'-.5")]
    #[case("-1e5", "'-1e5")]
    #[case("@SUM(A1)", "'@SUM(A1)")]
    #[case("\t=1", "'\t=1")]
    #[case("\r=1", "\"'\r=1\"")]
    #[case("=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"")]
    #[case("＝1", "'＝1")]
    #[case("-5", "-5")]
    #[case("-5.25", "-5.25")]
    #[case("7.2", "7.2")]
    #[case("2026-06-01", "2026-06-01")]
    #[case("a=b", "a=b")]
    #[case("", "")]
    fn formulas_are_neutralised(#[case] cell: &str, #[case] written: &str) {
        assert_eq!(line([cell]), format!("{written}\r\n"));
        assert_eq!(line([cell, "x"]), format!("{written},x\r\n"));
    }

    /// Reads CSV as RFC 4180 defines it.
    fn read(text: &str) -> Vec<Vec<String>> {
        let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match (quoted, c) {
                (true, '"') if chars.peek() == Some(&'"') => cell.extend(chars.next()),
                (true, '"') => quoted = false,
                (true, c) => cell.push(c),
                (false, '"') => quoted = true,
                (false, ',') => row.push(std::mem::take(&mut cell)),
                (false, '\r') => assert_eq!(chars.next(), Some('\n')),
                (false, '\n') => panic!("a line feed alone"),
                (false, c) => {
                    cell.push(c);
                    continue;
                }
            }
            if (quoted, c) == (false, '\r') {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
        }
        rows
    }

    proptest! {
        /// TRA-03: every cell reads back unchanged, except for the apostrophe before a would-be formula.
        #[test]
        fn every_cell_survives(cells in proptest::collection::vec("[-=+@\t\r\n\"', 0-9.a-zé]{0,12}", 1..5)) {
            let text = line(cells.iter().map(String::as_str));
            let expected: Vec<_> =
                cells.iter().map(|cell| if is_formula(cell) { format!("'{cell}") } else { cell.clone() }).collect();
            prop_assert_eq!(read(&text), vec![expected.clone()]);
            for cell in expected {
                prop_assert!(is_plain_number(&cell) || !cell.starts_with(FORMULA));
            }
        }
    }
}
