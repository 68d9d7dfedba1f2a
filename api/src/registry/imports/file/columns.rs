//! The names a row may have: those of the single operations, and the fields of the dictionary.

use insula_domain::registry::registration::dictionary::{CURRENT, Field, FieldKind};
use serde_json::{Map, Value};

use crate::http::input::shortened;

/// How a CSV cell is parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellType {
    /// As text.
    Text,
    /// As `true` or `false`.
    Boolean,
    /// A whole number.
    Integer,
}

/// A step of the path from a row to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Into a member.
    Name(String),
    /// Into an entry of a list.
    Index(usize),
}

/// A column of a CSV file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name, such as `content.devices[0].kind`.
    pub name: String,
    /// The path of its value in the row.
    pub path: Vec<Step>,
    /// How its cells are parsed.
    pub cell_type: CellType,
}

const TOP: [&str; 3] = ["rowId", "type", "author"];
const BENEFICIARY: [(&str, CellType); 15] = [
    ("beneficiaryId", CellType::Text),
    ("identificationCode", CellType::Text),
    ("niss", CellType::Text),
    ("noNissConfirmed", CellType::Boolean),
    ("firstName", CellType::Text),
    ("lastName", CellType::Text),
    ("birthDate", CellType::Text),
    ("sex", CellType::Text),
    ("deceased", CellType::Boolean),
    ("deathDate", CellType::Text),
    ("residencePlace", CellType::Text),
    ("residenceCountry", CellType::Text),
    ("insurerNumber", CellType::Text),
    ("samePersonAs", CellType::Text),
    ("differentPersonConfirmed", CellType::Boolean),
];

/// Every possible column.
pub fn all() -> Vec<Column> {
    let name = |name: &str| Step::Name(name.to_owned());
    let top = TOP.iter().map(|one| (vec![name(one)], CellType::Text));
    let beneficiary = BENEFICIARY.iter().map(|(one, cell_type)| (vec![name("beneficiary"), name(one)], *cell_type));
    let mut content = Vec::new();
    of_fields(&CURRENT.fields, &[name("content")], &mut content);
    let paths = top.chain(beneficiary).chain(content);
    paths.map(|(path, cell_type)| Column { name: written(&path), path, cell_type }).collect()
}

fn of_fields(fields: &[Field], above: &[Step], found: &mut Vec<(Vec<Step>, CellType)>) {
    for field in fields {
        let here = [above, &[Step::Name(field.name.clone())]].concat();
        let entries = usize::try_from(field.max.unwrap_or(0)).unwrap_or(0);
        match field.kind {
            FieldKind::Object => of_fields(&field.fields, &here, found),
            FieldKind::List => {
                (0..entries).for_each(|n| of_fields(&field.fields, &[&here[..], &[Step::Index(n)]].concat(), found));
            }
            FieldKind::Codes => {
                found.extend((0..entries).map(|n| ([&here[..], &[Step::Index(n)]].concat(), CellType::Text)));
            }
            FieldKind::Boolean => found.push((here, CellType::Boolean)),
            FieldKind::Integer => found.push((here, CellType::Integer)),
            _ => found.push((here, CellType::Text)),
        }
    }
}

/// A path as columns and faults name it.
fn written(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Name(name) if text.is_empty() => text.push_str(name),
            Step::Name(name) => text.push_str(&format!(".{name}")),
            Step::Index(index) => text.push_str(&format!("[{index}]")),
        }
    }
    text
}

/// The names in a row that no type of row has. Values of a wrong type are left to the judgement of the row.
pub fn unknown_names(row: &Map<String, Value>) -> Vec<String> {
    let mut unknown = Vec::new();
    for (name, value) in row {
        match (name.as_str(), value) {
            ("beneficiary", Value::Object(inner)) => {
                let known = |name: &str| BENEFICIARY.iter().any(|(one, _)| *one == name);
                let names = inner.keys().filter(|name| !known(name));
                unknown.extend(names.map(|name| format!("beneficiary.{}", shortened(name))));
            }
            ("content", Value::Object(inner)) => unknown_in(&CURRENT.fields, inner, "content", &mut unknown),
            ("beneficiary" | "content", _) => {}
            (name, _) if TOP.contains(&name) => {}
            (name, _) => unknown.push(shortened(name)),
        }
    }
    unknown
}

fn unknown_in(fields: &[Field], object: &Map<String, Value>, above: &str, unknown: &mut Vec<String>) {
    for (name, value) in object {
        let here = format!("{above}.{name}");
        match (fields.iter().find(|field| &field.name == name), value) {
            (None, _) => unknown.push(format!("{above}.{}", shortened(name))),
            (Some(field), Value::Object(inner)) => unknown_in(&field.fields, inner, &here, unknown),
            (Some(field), Value::Array(entries)) => {
                for (index, entry) in entries.iter().enumerate() {
                    if let Value::Object(inner) = entry {
                        unknown_in(&field.fields, inner, &format!("{here}[{index}]"), unknown);
                    }
                }
            }
            (Some(_), _) => {}
        }
    }
}
