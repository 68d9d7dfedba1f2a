//! Describes registrations type by type: each type has its own fields, and `type` tells a client which schema applies.

use insula_domain::registry::registration::{
    RegistrationType,
    dictionary::{CURRENT, Field},
};
use serde_json::{Value, json};

use crate::reference::schema_of_fields;

/// The schemas with a `type` and a `content`, and what their names end with for one type.
const WITH_TYPE: [(&str, &str); 3] =
    [("Registration", ""), ("RegistrationEntry", "Entry"), ("CodedRegistration", "CodedRegistration")];

/// Splits each schema with a `type` and a `content` into one for each registration type.
pub fn add(document: &mut Value) {
    let schemas = &mut document["components"]["schemas"];
    for one in RegistrationType::ALL {
        let fields: Vec<Field> = CURRENT.fields.iter().filter(|field| field.applies_to(*one)).cloned().collect();
        schemas[format!("{}Content", capitalized(*one))] =
            schema_of_fields(&fields, "The dictionary fields that have a value.", false);
    }
    for (name, suffix) in WITH_TYPE {
        let whole = schemas[name].clone();
        let variant = |one: &RegistrationType| format!("{}{suffix}", capitalized(*one));
        let reference = |one: &RegistrationType| format!("#/components/schemas/{}", variant(one));
        for one in RegistrationType::ALL {
            let mut schema = whole.clone();
            schema["properties"]["type"] =
                json!({"type": "string", "enum": [one], "description": whole["properties"]["type"]["description"]});
            schema["properties"]["content"]["$ref"] =
                json!(format!("#/components/schemas/{}Content", capitalized(*one)));
            if whole["example"]["type"] != json!(one) {
                schema.as_object_mut().map(|schema| schema.remove("example"));
            }
            schemas[variant(one)] = schema;
        }
        let mapping: serde_json::Map<_, _> =
            RegistrationType::ALL.iter().map(|one| (one.name().to_owned(), json!(reference(one)))).collect();
        schemas[name] = json!({
            "description": whole["description"],
            "oneOf": RegistrationType::ALL.iter().map(|one| json!({"$ref": reference(one)})).collect::<Vec<_>>(),
            "discriminator": {"propertyName": "type", "mapping": mapping},
        });
        if let Some(example) = whole.get("example") {
            schemas[name]["example"] = example.clone();
        }
    }
}

/// The name of a type as a schema has it, such as `FollowUp`.
fn capitalized(one: RegistrationType) -> String {
    let (first, rest) = one.name().split_at(1);
    format!("{}{rest}", first.to_uppercase())
}
