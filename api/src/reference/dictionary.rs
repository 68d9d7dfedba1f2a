use actix_web::{HttpResponse, get};
use insula_domain::registry::registration::dictionary::{CURRENT, Dictionary, Field, FieldKind};
use serde_json::{Value, json};

use super::cacheable;
use crate::http::{caller::Caller, parameters::IfNoneMatch, problem::ApiError};

/// Get the dictionary.
///
/// The fields of each registration type, their format, and when they are mandatory. Versioned data, from which forms
/// and checks can be built.
#[utoipa::path(
    tag = "Reference data",
    operation_id = "getDictionary",
    params(IfNoneMatch),
    responses((status = 200, description = "The dictionary.", body = Dictionary)),
    security(())
)]
#[get("/refData/dictionary")]
pub async fn get_dictionary(caller: Caller) -> Result<HttpResponse, ApiError> {
    Ok(cacheable(&caller, &*CURRENT))
}

/// The contract's schema of several fields.
pub fn schema_of_fields(fields: &[Field], description: &str, nullable: bool) -> Value {
    let mut properties = serde_json::Map::new();
    for field in fields {
        let mut schema = schema_of(field);
        if nullable && let Some(name) = schema["type"].as_str().map(str::to_owned) {
            schema["type"] = json!([name, "null"]);
            if let Some(codes) = schema["enum"].as_array_mut() {
                codes.push(Value::Null);
            }
        } else if nullable {
            schema = json!({"oneOf": [schema, {"type": "null"}]});
        }
        properties.insert(field.name.clone(), schema);
    }
    json!({"type": "object", "description": description, "properties": properties})
}

/// The contract's schema of the fields inside one field.
pub fn schema_of_field(name: &str, description: &str) -> Value {
    let fields = CURRENT.fields.iter().find(|field| field.name == name).map_or(&[][..], |field| &field.fields);
    schema_of_fields(fields, description, false)
}

fn schema_of(field: &Field) -> Value {
    let description = description(field);
    let length = |limits: Value| {
        let mut schema = json!({"type": "string", "description": description});
        if let (Some(schema), Some(limits)) = (schema.as_object_mut(), limits.as_object()) {
            schema.extend(limits.clone());
        }
        schema
    };
    let codes: Vec<_> = CURRENT.codes(field.list.as_deref().unwrap_or_default()).collect();
    match field.kind {
        FieldKind::Boolean => json!({"type": "boolean", "description": description}),
        FieldKind::Integer => {
            json!({"type": "integer", "format": "int32", "minimum": field.min, "maximum": field.max, "description": description})
        }
        FieldKind::Decimal => {
            let decimals = field.decimals.unwrap_or(0);
            length(json!({"format": "number", "pattern": format!(r"^[0-9]{{1,9}}(\.[0-9]{{1,{decimals}}})?$")}))
        }
        FieldKind::Date => length(json!({"format": "date"})),
        FieldKind::RegistrationId => length(json!({"format": "uuid"})),
        FieldKind::Codes => {
            json!({"type": "array", "items": {"type": "string", "enum": codes}, "maxItems": field.max, "uniqueItems": true, "description": description})
        }
        FieldKind::List => {
            json!({"type": "array", "items": {"$ref": "#/components/schemas/Device"}, "maxItems": field.max, "description": description})
        }
        FieldKind::Object => json!({"$ref": "#/components/schemas/GlycatedHaemoglobin", "description": description}),
        FieldKind::Code => length(json!({"enum": codes})),
        _ => length(json!({"maxLength": field.max})),
    }
}

fn description(field: &Field) -> String {
    let mut text = field.label.en.clone();
    if let Some(unit) = &field.unit {
        text = format!("{text}, in {unit}");
    }
    if let (FieldKind::Decimal, Some(max), Some(decimals)) = (field.kind, field.max, field.decimals) {
        text = format!("{text}: 0 to {max}, with at most {decimals} decimals");
    }
    text.push('.');
    if let Some(types) = &field.types {
        let names: Vec<_> = types.iter().map(|one| one.name()).collect();
        text = format!("{text} Only for: {}.", names.join(", "));
    }
    if field.mandatory {
        let condition = field.when.as_ref().map(|when| format!(" when {} is {}", when.field, when.equals));
        text = format!("{text} Mandatory to submit{}.", condition.unwrap_or_default());
    }
    if !field.transmitted {
        text.push_str(" Never transmitted.");
    }
    text
}
