//! Coded registrations as a table (TRA-03): one row each, with the columns of the dictionary.

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

#[cfg(test)]
mod tests {
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
}
