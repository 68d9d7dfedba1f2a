use actix_web::{HttpResponse, get};
use insula_domain::registry::registration::dictionary::{CURRENT, Field, FieldKind};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::cacheable;
use crate::http::{caller::Caller, parameters::IfNoneMatch, problem::ApiError};

/// The dictionary: every field of a registration with its format, the registration types that have it, when it is
/// mandatory, and its name in four languages.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"version": 1, "validFrom": "2021-01-01", "codeLists": {}, "groups": [], "fields": [
    {"name": "eventDate", "kind": "date", "mandatory": true, "transmitted": true,
     "label": {"fr": "Date de l'événement", "nl": "Datum van de gebeurtenis", "de": "Datum des Ereignisses", "en": "Date of the event"}}]}))]
pub struct Dictionary {
    /// Its version; every registration states the version it follows.
    pub version: i32,
    /// The first day it applies.
    pub valid_from: chrono::NaiveDate,
    /// The code lists of its fields, by name.
    pub code_lists: std::collections::BTreeMap<String, Vec<DictionaryCode>>,
    /// Conditions on several fields together.
    pub groups: Vec<DictionaryGroup>,
    /// Its fields, in the order of the form.
    pub fields: Vec<DictionaryField>,
}

/// One value of a code list.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct DictionaryCode {
    /// The code in the data.
    pub code: String,
    /// The text for people.
    pub label: LocalizedString,
}

/// A text in four languages.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct LocalizedString {
    /// French.
    pub fr: String,
    /// Dutch.
    pub nl: String,
    /// German.
    pub de: String,
    /// English.
    pub en: String,
}

/// A condition on several fields together.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct DictionaryGroup {
    /// The fields.
    pub fields: Vec<String>,
    /// `atLeastOne` or `exactlyOne`.
    pub rule: String,
    /// The registration types it applies to; absent: all.
    #[schema(nullable = false)]
    pub types: Option<Vec<String>>,
}

/// A condition on a sibling field.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct DictionaryCondition {
    /// The sibling field.
    pub field: String,
    /// The value it must have.
    pub equals: String,
}

/// One field.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", no_recursion)]
pub struct DictionaryField {
    /// Its name in a registration's content.
    pub name: String,
    /// The format of its value: `text`, `code`, `codes`, `date`, `integer`, `decimal`, `boolean`, `object`, `list`,
    /// or one of the checked texts `makersNumber`, `nihdiNumber`, `udiDi`, `implantCode`, `nomenclaturePair`,
    /// `nomenclatureCode`, `registrationId`.
    pub kind: String,
    /// The code list; for codes.
    #[schema(nullable = false)]
    pub list: Option<String>,
    /// The smallest number.
    #[schema(nullable = false)]
    pub min: Option<i64>,
    /// The greatest number, or the maximum number of characters or entries.
    #[schema(nullable = false)]
    pub max: Option<i64>,
    /// The maximum number of decimals.
    #[schema(nullable = false, minimum = 0)]
    pub decimals: Option<i32>,
    /// The unit of the number.
    #[schema(nullable = false)]
    pub unit: Option<String>,
    /// The registration types that have the field; absent: all.
    #[schema(nullable = false)]
    pub types: Option<Vec<String>>,
    /// Whether the field is mandatory to submit.
    pub mandatory: bool,
    /// Mandatory only when the sibling field has this value.
    #[schema(nullable = false)]
    pub when: Option<DictionaryCondition>,
    /// Whether the field is sent to Healthdata.
    pub transmitted: bool,
    /// The fields of the object, or of each object in the list.
    #[schema(nullable = false, no_recursion)]
    pub fields: Option<Vec<DictionaryField>>,
    /// Conditions on several of those fields together.
    #[schema(nullable = false)]
    pub groups: Option<Vec<DictionaryGroup>>,
    /// The text for people.
    pub label: LocalizedString,
}

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
    match field.kind {
        FieldKind::Boolean => json!({"type": "boolean", "description": description}),
        FieldKind::Integer => {
            json!({"type": "integer", "format": "int32", "minimum": field.min, "maximum": field.max, "description": description})
        }
        FieldKind::Decimal => {
            json!({"type": "number", "minimum": field.min, "maximum": field.max, "description": description})
        }
        FieldKind::Date => length(json!({"format": "date"})),
        FieldKind::RegistrationId => length(json!({"format": "uuid"})),
        FieldKind::Codes => {
            json!({"type": "array", "items": {"type": "string"}, "maxItems": field.max, "uniqueItems": true, "description": description})
        }
        FieldKind::List => {
            json!({"type": "array", "items": {"$ref": "#/components/schemas/Device"}, "maxItems": field.max, "description": description})
        }
        FieldKind::Object => json!({"$ref": "#/components/schemas/GlycatedHaemoglobin", "description": description}),
        FieldKind::Code => length(json!({})),
        _ => length(json!({"maxLength": field.max})),
    }
}

fn description(field: &Field) -> String {
    let mut text = field.label.en.clone();
    if let Some(unit) = &field.unit {
        text = format!("{text}, in {unit}");
    }
    text.push('.');
    if field.list.is_some() {
        text = format!("{text} One of: {}.", CURRENT.allowed(field));
    }
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
