//! Validation of a value against a schema, for the part of JSON Schema used by the contract.

use insula_domain::rule::RuleId;
use serde_json::{Map, Value};

/// The violations in a value, one sentence each. Members not in the schema are violations too, because nobody could
/// know them.
pub fn faults(document: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    if let Some(target) = schema["$ref"].as_str() {
        return faults(document, &document.pointer(&target[1..]).unwrap().clone(), value, at);
    }
    if let Some(name) = schema["discriminator"]["propertyName"].as_str() {
        let kind = value[name].as_str().unwrap_or_default();
        return match schema["discriminator"]["mapping"][kind].as_str() {
            Some(target) => faults(document, document.pointer(&target[1..]).unwrap(), value, at),
            None => vec![format!("{at}/{name} is {kind}, which has no schema")],
        };
    }
    let fits = match (schema["type"].as_str(), value) {
        (_, Value::Null) => schema["nullable"] == true,
        (Some("object"), Value::Object(members)) => return members_faults(document, schema, members, at),
        (Some("array"), Value::Array(items)) => {
            let items = items.iter().enumerate();
            return items
                .flat_map(|(n, item)| faults(document, &schema["items"], item, &format!("{at}[{n}]")))
                .collect();
        }
        (Some("string"), Value::String(text)) => text_fits(schema, text),
        (Some("integer"), Value::Number(number)) => !number.is_f64() && number_fits(schema, value),
        (Some("number"), Value::Number(_)) => number_fits(schema, value),
        (Some("boolean"), Value::Bool(_)) => true,
        // A composed or empty schema.
        (None, Value::Object(members)) => return members_faults(document, schema, members, at),
        (None, _) => {
            let parts = schema["allOf"].as_array().into_iter().flatten();
            return parts.flat_map(|part| faults(document, part, value, at)).collect();
        }
        _ => false,
    };
    if fits { Vec::new() } else { vec![format!("{at} is {value}, which is no {}", schema["type"])] }
}

fn text_fits(schema: &Value, text: &str) -> bool {
    let short = schema["maxLength"].as_u64().is_none_or(|max| text.chars().count() as u64 <= max);
    let list = schema["enum"].as_array().or(schema["x-extensible-enum"].as_array());
    short
        && list.is_none_or(|list| list.iter().any(|one| one == text))
        && match schema["format"].as_str() {
            None | Some("binary") => true,
            Some("uuid") => text.len() == 36 && text.parse::<uuid::Uuid>().is_ok(),
            Some("date") => text.len() == 10 && text.parse::<chrono::NaiveDate>().is_ok(),
            Some("date-time") => text.parse::<chrono::DateTime<chrono::Utc>>().is_ok(),
            Some("number") => insula_domain::text::decimal(text, i64::MAX, 12, RuleId::Sys04).is_ok(),
            Some("uri") => ["http://", "https://", "urn:"].iter().any(|scheme| text.starts_with(scheme)),
            Some(other) => panic!("the checker does not know format {other}"),
        }
}

fn number_fits(schema: &Value, value: &Value) -> bool {
    let within = |limit: &str, fits: fn(f64, f64) -> bool| {
        schema[limit].as_f64().is_none_or(|limit| fits(value.as_f64().unwrap(), limit))
    };
    within("minimum", |number, limit| number >= limit) && within("maximum", |number, limit| number <= limit)
}

fn members_faults(document: &Value, schema: &Value, members: &Map<String, Value>, at: &str) -> Vec<String> {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    collect(document, schema, &mut properties, &mut required);
    let missing = required.iter().filter(|name| !members.contains_key(*name));
    let mut found: Vec<_> = missing.map(|name| format!("{at} has no {name}")).collect();
    for (name, value) in members {
        match properties.get(name) {
            Some(schema) => found.extend(faults(document, schema, value, &format!("{at}/{name}"))),
            // An object without description may contain anything.
            None if properties.is_empty() => {}
            None => found.push(format!("{at}/{name} is not described")),
        }
    }
    found
}

/// The members of a schema and of its parts.
fn collect(document: &Value, schema: &Value, properties: &mut Map<String, Value>, required: &mut Vec<String>) {
    if let Some(target) = schema["$ref"].as_str() {
        return collect(document, document.pointer(&target[1..]).unwrap(), properties, required);
    }
    let parts = schema["allOf"].as_array().into_iter().flatten();
    parts.for_each(|part| collect(document, part, properties, required));
    properties.extend(schema["properties"].as_object().cloned().unwrap_or_default());
    let names = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    required.extend(names.map(str::to_owned));
}
