//! The published contract: utoipa writes OpenAPI 3.1, Insula promises 3.0.3 (`oas-contra`).
//!
//! [`to_openapi_30`] converts utoipa's document, [`Ordered`] serializes it in reading order, [`lint`] reports where
//! it breaks our conventions. All three are pure.

use std::collections::BTreeSet;

use actix_web::http::StatusCode;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

type Object = Map<String, Value>;

const COMPOSITION: [&str; 3] = ["allOf", "oneOf", "anyOf"];
/// Keywords of JSON Schema 2020-12 that 3.0 forbids without a replacement.
const UNKNOWN_IN_30: &str = "$schema $id $defs $comment propertyNames patternProperties prefixItems if then else \
    unevaluatedProperties dependentRequired dependentSchemas contains minContains maxContains";
/// Reading order of keys; the others follow alphabetically.
const ORDER: &str = "openapi info servers tags $ref type format name in title summary description version operationId \
    security parameters requestBody required responses callbacks get put post patch delete paths components";
/// Words that reveal a national number in the name of a parameter (BEN-04).
const NATIONAL: &str = "Niss Ssin Insz NationalNumber NationalRegisterNumber";

/// What an object is in the specification. Walking by kind leaves examples, defaults and enum values alone, which may
/// look like schemas.
#[rustfmt::skip]
#[derive(Clone, Copy, PartialEq)]
enum SpecObject { Document, Components, PathItem, Operation, Callback, Parameter, Body, Response, Media, Schema, Other }

use SpecObject::{
    Body, Callback, Components, Document, Media, Operation, Other, Parameter, PathItem, Response, Schema,
};

/// The kind of the value under `key`, and whether it is a map or list of that kind; `None`: not visited.
#[rustfmt::skip]
fn child(kind: SpecObject, key: &str) -> Option<(SpecObject, bool)> {
    Some(match (kind, key) {
        (Document, "paths") => (PathItem, true),
        (Document, "components") => (Components, false),
        (PathItem, "get" | "put" | "post" | "patch" | "delete" | "options" | "head" | "trace") => (Operation, false),
        (Callback, _) => (PathItem, false),
        (Components, "schemas") | (Schema, "properties" | "allOf" | "oneOf" | "anyOf") => (Schema, true),
        (Schema, "items" | "additionalProperties" | "not") | (Media | Parameter, "schema") => (Schema, false),
        // A header is a parameter without a name.
        (Components | PathItem | Operation, "parameters") | (Components | Response, "headers") => (Parameter, true),
        (Components | Operation, "responses") => (Response, true),
        (Components | Operation, "callbacks") => (Callback, true),
        (Components, "requestBodies") => (Body, true),
        (Operation, "requestBody") => (Body, false),
        (Body | Response | Parameter, "content") => (Media, true),
        (Components | Media | Parameter, "examples") => (Other, true),
        _ => return None,
    })
}

/// Calls `visit` for every object with its JSON pointer, children first, so that a schema's parts are already
/// converted.
fn walk(kind: SpecObject, at: &str, value: &mut Value, visit: &mut dyn FnMut(SpecObject, &str, &mut Object)) {
    let Value::Object(map) = value else { return };
    for (key, inner) in map.iter_mut() {
        let below = |at: &str, name: &str| format!("{at}/{}", name.replace('/', "~1"));
        let at = below(at, key);
        match (child(kind, key), inner) {
            (Some((of, false)), inner) => walk(of, &at, inner, visit),
            (Some((of, true)), Value::Object(named)) => {
                named.iter_mut().for_each(|(name, one)| walk(of, &below(&at, name), one, visit));
            }
            (Some((of, true)), Value::Array(list)) => {
                list.iter_mut().enumerate().for_each(|(index, one)| walk(of, &format!("{at}/{index}"), one, visit));
            }
            _ => {}
        }
    }
    visit(kind, at, map);
}

fn has_word(words: &str, word: &str) -> bool {
    words.split_whitespace().any(|known| known == word)
}

fn is_blank(text: Option<&Value>) -> bool {
    text.and_then(Value::as_str).is_none_or(|text| text.trim().is_empty())
}

/// Null means "remove" in a merge patch and is forbidden elsewhere (`jsn-null`).
fn in_patch(at: &str) -> bool {
    at.starts_with("#/components/schemas/") && at.split('/').nth(3).is_some_and(|name| name.ends_with("Patch"))
}

/// Answers to HEAD and OPTIONS have no problem (`prb-defaul`); those in a callback belong to the subscriber.
fn answers_problems(at: &str) -> bool {
    !at.contains("/callbacks/") && !at.ends_with("/head") && !at.ends_with("/options")
}

/// Converts utoipa's document, version 3.1, to a valid one of version 3.0.3.
#[must_use]
pub fn to_openapi_30(mut document: Value) -> Value {
    walk(Document, "#", &mut document, &mut |kind, at, map| match kind {
        Document => convert_root(map),
        Schema => {
            join_flattened(map);
            convert_schema(map, in_patch(at));
        }
        // Elsewhere 3.0 ignores members beside a reference, and some tools reject them.
        _ if kind != PathItem && map.get("$ref").is_some_and(Value::is_string) => map.retain(|key, _| key == "$ref"),
        Operation => {
            map.retain(|key, value| key != "tags" || value != &json!([]));
            // utoipa also derives path parameters from the handler, without description; the described one comes
            // first and is kept.
            if let Some(Value::Array(parameters)) = map.get_mut("parameters") {
                let mut seen = BTreeSet::new();
                parameters.retain(|one| {
                    one.get("name").is_none() || seen.insert([&one["in"], &one["name"]].map(Value::to_string))
                });
            }
            if let Some(Value::Object(responses)) = map.get_mut("responses").filter(|_| answers_problems(at)) {
                responses.entry("default").or_insert(json!({ "$ref": "#/components/responses/ProblemResponse" }));
            }
        }
        Body => drop(map.entry("required").or_insert(true.into())),
        Response if is_blank(map.get("description")) => {
            let status = at.rsplit('/').next().and_then(|name| StatusCode::from_bytes(name.as_bytes()).ok());
            let phrase = status.and_then(|status| status.canonical_reason()).unwrap_or("Any other outcome");
            map.insert("description".into(), phrase.into());
        }
        _ => {}
    });
    document
}

/// Joins the parts of a flattened struct into one object: generators make nothing good of `allOf`.
fn join_flattened(map: &mut Object) {
    let is_part = |part: &Value| part["type"] == "object" && part.get("$ref").is_none();
    let Some(Value::Array(parts)) =
        map.get("allOf").filter(|all| all.as_array().is_some_and(|all| all.iter().all(is_part)))
    else {
        return;
    };
    let (mut properties, mut required) = (Object::new(), Vec::new());
    for part in parts {
        properties.extend(part["properties"].as_object().cloned().unwrap_or_default());
        required.extend(part["required"].as_array().cloned().unwrap_or_default());
    }
    map.remove("allOf");
    map.insert("type".into(), "object".into());
    map.insert("properties".into(), properties.into());
    map.insert("required".into(), required.into());
}

fn convert_root(root: &mut Object) {
    root.insert("openapi".into(), "3.0.3".into());
    root.retain(|key, _| !has_word("$self jsonSchemaDialect webhooks", key));
    if let Some(Value::Object(info)) = root.get_mut("info") {
        // 3.0 requires the name of the license and has no SPDX identifier.
        info.retain(|key, value| match key.as_str() {
            "description" => !is_blank(Some(value)),
            "license" => !is_blank(value.get("name")),
            key => key != "summary",
        });
        info.get_mut("license").and_then(Value::as_object_mut).map(|license| license.remove("identifier"));
    }
    if let Value::Object(components) = root.entry("components").or_insert(json!({}))
        && let Value::Object(responses) = components.entry("responses").or_insert(json!({}))
    {
        responses.entry("ProblemResponse").or_insert(json!({
            "description": "The request was not carried out; the problem says why.",
            "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } }
        }));
    }
}

fn convert_schema(map: &mut Object, patch: bool) {
    // `addi-prop`: a contract that may grow does not close its objects; the code refuses unknown members.
    map.retain(|key, value| !has_word(UNKNOWN_IN_30, key) && (key != "additionalProperties" || value != &json!(false)));
    let mut nullable = false;
    if let Some(Value::Array(types)) = map.get("type").cloned() {
        let kept: Vec<_> = types.iter().filter(|one| *one != "null").collect();
        nullable = kept.len() < types.len();
        match kept.as_slice() {
            // Left to the parent, which drops it from a union, or to the lint.
            [] => map.insert("type".into(), "null".into()),
            [only] => map.insert("type".into(), (*only).clone()),
            // 3.0 has no union of simple types, so the schema then names none.
            _ => map.remove("type"),
        };
    }
    for union in ["oneOf", "anyOf"] {
        let Some(Value::Array(mut branches)) = map.remove(union) else { continue };
        let before = branches.len();
        branches.retain(|branch| branch["type"] != "null");
        nullable |= branches.len() < before;
        match branches.as_mut_slice() {
            [Value::Object(only)] if before > 1 => {
                only.append(map);
                map.append(only);
            }
            _ => drop(map.insert(union.into(), branches.into())),
        }
    }
    if let Some(only) = map.remove("const") {
        map.insert("enum".into(), json!([only]));
    }
    if let Some(first) = map.remove("examples").and_then(|examples| examples.get(0).cloned()) {
        map.entry("example").or_insert(first);
    }
    for (inclusive, exclusive) in [("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")] {
        if let Some(limit) = map.get(exclusive).filter(|limit| limit.is_number()).cloned() {
            map.insert(inclusive.into(), limit);
            map.insert(exclusive.into(), true.into());
        }
    }
    if let Some(bits) = map.get("format").and_then(Value::as_str).and_then(|format| format.strip_prefix("uint")) {
        // Generators do not know the unsigned formats; 32 unsigned bits do not fit into an int32.
        let format = if matches!(bits, "8" | "16") { "int32" } else { "int64" };
        map.insert("format".into(), format.into());
        map.entry("minimum").or_insert(0.into());
    }
    if map.get("type").is_some_and(|one| one == "array") && !map.get("items").is_some_and(Value::is_object) {
        map.insert("items".into(), json!({}));
    }
    let properties = map.get("properties").cloned().unwrap_or_default();
    let read_only = |name: &str| properties.get(name).is_some_and(|property| property["readOnly"] == true);
    if let Some(Value::Array(required)) = map.get_mut("required") {
        // A client cannot be required to send a read-only member (`oas-rdonly`).
        required.retain(|name| !name.as_str().is_some_and(read_only));
        if required.is_empty() {
            map.remove("required");
        }
    }
    if nullable && patch {
        map.insert("nullable".into(), true.into());
        // 3.0 has `nullable` beside a type only; what is referred to is an object.
        map.entry("type").or_insert("object".into());
    }
    if map.len() > 1
        && let Some(target) = map.remove("$ref")
        && let Value::Array(all) = map.entry("allOf").or_insert(json!([]))
    {
        all.insert(0, json!({ "$ref": target }));
    }
}

/// Serializes a document with its keys in reading order. `serde_json` sorts them alphabetically; its `preserve_order`
/// feature would change the key order, and so the hashes, of all JSON in the program.
pub struct Ordered<'a>(pub &'a Value);

impl Serialize for Ordered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Object(map) => {
                let mut members: Vec<_> = map.iter().map(|(key, value)| (key, Ordered(value))).collect();
                let rank = |key: &str| ORDER.split_whitespace().position(|known| known == key).unwrap_or(usize::MAX);
                members.sort_by_key(|(key, _)| rank(key));
                serializer.collect_map(members)
            }
            Value::Array(list) => serializer.collect_seq(list.iter().map(Ordered)),
            simple => simple.serialize(serializer),
        }
    }
}

/// Conventions: whether each is broken here, and the finding.
type Rules = Vec<(bool, String)>;

/// Where the published document breaks our conventions, one sentence each.
#[must_use]
pub fn lint(document: &Value) -> Vec<String> {
    let (mut findings, mut references, mut ids) = (Vec::new(), Vec::new(), BTreeSet::new());
    // On a copy, so that one walk serves both functions; it changes nothing.
    walk(Document, "#", &mut document.clone(), &mut |kind, at, map| {
        let place = at.replace("~1", "/");
        references.extend(references_of(map).into_iter().map(|target| (place.clone(), target)));
        let rules = match kind {
            Schema => schema_rules(document, at),
            Parameter => parameter_rules(map),
            // The called operation belongs to the subscriber.
            PathItem | Operation if at.contains("/callbacks/") => return,
            PathItem => path_rules(at),
            Operation => operation_rules(document, at, map, &mut ids),
            _ => return,
        };
        let broken = rules.into_iter().filter(|(broken, _)| *broken);
        findings.extend(broken.map(|(_, what)| format!("{place} {what}.")));
    });
    for (at, target) in &references {
        if resolve(document, target).is_none() {
            findings.push(format!("{at} refers to {target}, which does not exist."));
        }
    }
    for (section, components) in document["components"].as_object().into_iter().flatten() {
        for name in components.as_object().into_iter().flat_map(Map::keys) {
            let own = format!("#/components/{section}/{name}");
            if !is_camel(name, char::is_ascii_uppercase) || name.ends_with(|last: char| last.is_ascii_uppercase()) {
                findings.push(format!("{own} is not named in UpperCamelCase."));
            }
            // A reference from inside the component itself does not count.
            let inside = |at: &str| at.strip_prefix(&own).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            if !references.iter().any(|(at, target)| *target == own && !inside(at)) {
                findings.push(format!("{own} is used nowhere."));
            }
        }
    }
    findings
}

fn references_of(map: &Object) -> Vec<String> {
    let mapping = map.get("discriminator").and_then(|one| one["mapping"].as_object());
    let targets = map.get("$ref").into_iter().chain(mapping.into_iter().flat_map(Map::values));
    let security = map.get("security").and_then(Value::as_array).into_iter().flatten();
    let schemes = security.filter_map(Value::as_object).flat_map(Map::keys);
    let schemes = schemes.map(|scheme| format!("#/components/securitySchemes/{scheme}"));
    targets.filter_map(Value::as_str).map(str::to_owned).chain(schemes).collect()
}

fn resolve<'a>(document: &'a Value, target: &str) -> Option<&'a Value> {
    document.pointer(target.strip_prefix('#')?)
}

fn follow<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    value["$ref"].as_str().and_then(|target| resolve(document, target)).unwrap_or(value)
}

/// As Belgif defines it: abbreviations too have at most one capital.
fn is_camel(name: &str, first: fn(&char) -> bool) -> bool {
    let capitals = name.chars().map(|letter| letter.is_ascii_uppercase());
    let single = !capitals.clone().zip(capitals.skip(1)).any(|pair| pair == (true, true));
    single && name.chars().all(|letter| letter.is_ascii_alphanumeric()) && name.starts_with(|one| first(&one))
}

fn is_lower_camel(name: &str) -> bool {
    is_camel(name, char::is_ascii_lowercase)
}

fn path_rules(at: &str) -> Rules {
    let path = at.trim_start_matches("#/paths/").replace("~1", "/");
    let contract = path.ends_with("/doc/openapi.json") || path.ends_with("/doc/openapi.yaml");
    let good = |segment: &str| segment.starts_with('{') && segment.ends_with('}') || is_lower_camel(segment);
    let bad = !contract && !path.split('/').skip(1).all(good);
    vec![(bad, "has a segment that is empty or not in lowerCamelCase".into())]
}

fn parameter_rules(map: &Object) -> Rules {
    let [name, place] = ["name", "in"].map(|key| map.get(key).and_then(Value::as_str).unwrap_or_default());
    // Only at the start of a word: `processing` contains `ssin` too.
    let starts = |word: &str| name.to_lowercase().starts_with(&word.to_lowercase());
    let national = NATIONAL.split_whitespace().any(|word| name.contains(word) || starts(word));
    vec![
        (matches!(place, "path" | "query") && !is_lower_camel(name), format!("is not in lowerCamelCase: {name}")),
        (national, format!("puts a national number in the URL or a header: {name}")),
    ]
}

fn operation_rules(document: &Value, at: &str, map: &Object, ids: &mut BTreeSet<String>) -> Rules {
    let get = |key: &str| map.get(key).unwrap_or(&Value::Null);
    let id = get("operationId").as_str().unwrap_or_default();
    let declared = document["tags"].as_array().into_iter().flatten().any(|tag| get("tags") == &json!([tag["name"]]));
    let scheme = |name: &str| resolve(document, &format!("#/components/securitySchemes/{name}"));
    let no_scopes = |name: &str| scheme(name).is_some_and(|one| one["type"] == "http" || one["type"] == "apiKey");
    let mut required = get("security").as_array().into_iter().flatten().filter_map(Value::as_object).flatten();
    let misplaced = required.any(|(name, scopes)| scopes != &json!([]) && no_scopes(name));
    let response = |status: &str| get("responses").get(status).map(|response| follow(document, response));
    let has_body = |status: &str| response(status).is_some_and(|response| response.get("content").is_some());
    let successes = (200..300).filter_map(|status| response(&status.to_string()));
    let bodies = successes.chain([follow(document, get("requestBody"))]).filter_map(|body| body["content"].as_object());
    let media: Vec<_> = bodies.flat_map(Map::values).collect();
    let shows = |one: &Value| one.get("example").or(one.get("examples")).is_some();
    let example = media.iter().any(|one| shows(one) || shows(follow(document, &one["schema"])));
    let unlocated = response("201").is_some_and(|created| created["headers"].get("Location").is_none());
    let full = answers_problems(at);
    vec![
        (!is_lower_camel(id), "has no operationId in lowerCamelCase".into()),
        (!id.is_empty() && !ids.insert(id.into()), format!("has an operationId that another has too: {id}")),
        (is_blank(map.get("summary")), "has no summary".into()),
        (is_blank(map.get("description")), "has no description".into()),
        (!declared, "does not have exactly one tag, declared at the top level".into()),
        (!map.contains_key("security") && document["security"].is_null(), "does not say its security".into()),
        (misplaced, "asks for scopes of a scheme that has none in 3.0".into()),
        (!media.is_empty() && !example, "shows no example of what it takes or gives".into()),
        (full && response("default").is_none(), "has no default response".into()),
        (full && response("200").is_some() && !has_body("200"), "answers 200 without a body".into()),
        (unlocated, "answers 201 without a Location header".into()),
        (has_body("204"), "answers 204 with a body".into()),
    ]
}

fn schema_rules(document: &Value, at: &str) -> Rules {
    let schema = resolve(document, at).unwrap_or(&Value::Null);
    let component = at.strip_prefix("#/components/schemas/").filter(|name| !name.contains('/'));
    let listed = schema["enum"].as_array().is_some_and(|values| values.contains(&Value::Null));
    let default = schema.get("default").is_some_and(Value::is_null);
    let nullable = (listed || default || schema["nullable"] == true) && !in_patch(at);
    let whole = members(document, schema, true);
    let properties: Vec<_> = whole.iter().filter_map(|one| one["properties"].as_object()).flatten().collect();
    let items = properties.iter().any(|(name, items)| *name == "items" && items["type"] == "array");
    let collection = component.is_some_and(|name| name.ends_with("Collection"));
    let titled = component.is_some_and(|name| schema.get("title").is_some_and(|title| title != name));
    let mut rules = vec![
        (schema["type"] == "null" || schema["type"].is_array() || nullable, "allows null".into()),
        (schema["additionalProperties"] == false, "closes its object with additionalProperties: false".into()),
        (titled, "has a title that is not its name".into()),
        (collection && !items, "is a collection without an array of items".into()),
    ];
    // A part of a composition may require properties of the whole, which is checked as a whole.
    let part = at.rsplit('/').nth(1).is_some_and(|keyword| COMPOSITION.contains(&keyword));
    for one in members(document, schema, false).into_iter().filter(|_| !part) {
        for name in one["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            let declared = properties.iter().any(|(known, _)| *known == name);
            rules.push((!declared, format!("requires {name} but does not declare it")));
        }
    }
    rules
}

/// The schema and the schemas composed into it, through references if `through`.
fn members<'a>(document: &'a Value, schema: &'a Value, through: bool) -> Vec<&'a Value> {
    let (mut found, mut next) = (vec![schema], 0);
    while let Some(current) = found.get(next).copied() {
        next += 1;
        found.extend(COMPOSITION.iter().filter_map(|keyword| current[keyword].as_array()).flatten());
        let target = follow(document, current);
        if through && !found.iter().any(|known| std::ptr::eq(*known, target)) {
            found.push(target);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A document without findings. The tests break one convention at a time.
    fn sound() -> Value {
        json!({
            "openapi": "3.0.3",
            "info": { "title": "Insula", "version": "1.0.0" },
            "tags": [{ "name": "Drafts" }],
            "paths": {
                "/drafts/{draftId}": { "patch": {
                    "tags": ["Drafts"], "summary": "Change a draft", "description": "Changes it.",
                    "operationId": "patchDraft", "security": [{ "Bearer": [] }],
                    "parameters": [{ "name": "draftId", "in": "path", "required": true, "schema": { "type": "string" } },
                                   { "name": "processingState", "in": "query", "schema": { "type": "string" } }],
                    "requestBody": { "required": true, "content": { "application/json": {
                        "schema": { "$ref": "#/components/schemas/DraftPatch" }, "example": { "type": null } } } },
                    "responses": {
                        "200": { "description": "OK", "content": { "application/json": {
                            "schema": { "$ref": "#/components/schemas/DraftCollection" } } } },
                        "201": { "description": "Made", "headers": { "Location": { "schema": { "type": "string" } } } },
                        "204": { "description": "None" },
                        "default": { "$ref": "#/components/responses/ProblemResponse" } },
                } },
                "/doc/openapi.yaml": {},
            },
            "components": {
                "responses": { "ProblemResponse": { "description": "A problem.", "content": {
                    "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } } } },
                "schemas": {
                    "Draft": { "type": "object", "required": ["href", "state"], "allOf": [
                        { "$ref": "#/components/schemas/Problem" },
                        { "type": "object", "required": ["status"], "properties": { "href": { "type": "string" }, "state": {} } }] },
                    "DraftCollection": { "type": "object", "required": ["items"], "properties": {
                        "items": { "type": "array", "items": { "$ref": "#/components/schemas/Draft" } } } },
                    "DraftPatch": { "type": "object", "properties": { "remark": { "type": "string", "nullable": true } } },
                    "Problem": { "type": "object", "title": "Problem", "properties": { "status": { "type": "integer" } } },
                },
                "securitySchemes": { "Bearer": { "type": "http", "scheme": "bearer" } },
            },
        })
    }

    fn schema_30(component: &str, schema: &Value) -> Value {
        let mut document = to_openapi_30(json!({ "components": { "schemas": { component: schema } } }));
        document["components"]["schemas"][component].take()
    }

    #[test]
    fn a_sound_document_has_no_findings_and_passes_unchanged() {
        assert_eq!(lint(&sound()), Vec::<String>::new());
        assert_eq!(to_openapi_30(sound()), sound());
    }

    #[test]
    fn each_broken_rule_is_found() {
        const OPERATION: &str = "/paths/~1drafts~1{draftId}/patch";
        const SCHEMAS: &str = "/components/schemas";
        for (place, key, value, finding) in [
            (OPERATION, "operationId", json!("patch_draft"), "has no operationId in lowerCamelCase"),
            (OPERATION, "summary", json!(" "), "has no summary"),
            (OPERATION, "description", json!(null), "has no description"),
            (OPERATION, "tags", json!(["Drafts", "Other"]), "exactly one tag"),
            (OPERATION, "tags", json!(["Other"]), "exactly one tag"),
            (OPERATION, "security", json!([{ "Other": [] }]), "securitySchemes/Other, which does not exist"),
            (OPERATION, "security", json!([{ "Bearer": ["drafts"] }]), "asks for scopes"),
            (OPERATION, "requestBody", json!({ "content": { "text/csv": {} } }), "shows no example"),
            (OPERATION, "responses", json!({ "202": {} }), "has no default response"),
            (OPERATION, "responses", json!({ "200": {} }), "answers 200 without a body"),
            (OPERATION, "responses", json!({ "201": {} }), "answers 201 without a Location"),
            (OPERATION, "responses", json!({ "204": { "content": {} } }), "answers 204 with a body"),
            (
                OPERATION,
                "parameters",
                json!([{ "name": "draft_id", "in": "path" }]),
                "is not in lowerCamelCase: draft_id",
            ),
            (OPERATION, "parameters", json!([{ "name": "ssin", "in": "path" }]), "puts a national number"),
            (OPERATION, "parameters", json!([{ "name": "patientNiss", "in": "query" }]), "puts a national number"),
            ("/paths", "/report-drafts", json!({}), "segment"),
            ("/paths", "/drafts/", json!({}), "segment"),
            ("/paths", "/other", json!({ "get": { "operationId": "patchDraft" } }), "that another has too"),
            ("/paths", "/other", json!({ "get": {} }), "does not say its security"),
            (SCHEMAS, "Draft_Old", json!({}), "UpperCamelCase"),
            (SCHEMAS, "SSIN", json!({}), "UpperCamelCase"),
            (SCHEMAS, "Other", json!({ "items": { "$ref": "#/components/schemas/Other" } }), "Other is used nowhere"),
            (SCHEMAS, "Draft", json!({ "$ref": "#/components/schemas/Lost" }), "Lost, which does not exist"),
            (SCHEMAS, "Draft", json!({ "title": "Concept" }), "title that is not its name"),
            (SCHEMAS, "Draft", json!({ "type": "string", "nullable": true }), "allows null"),
            (SCHEMAS, "Draft", json!({ "enum": ["a", null] }), "allows null"),
            (SCHEMAS, "Draft", json!({ "default": null }), "allows null"),
            (SCHEMAS, "Draft", json!({ "type": ["string", "null"] }), "allows null"),
            (SCHEMAS, "DraftPatch", json!({ "oneOf": [{ "type": "null" }] }), "allows null"),
            (SCHEMAS, "Draft", json!({ "additionalProperties": false }), "closes its object"),
            (SCHEMAS, "Draft", json!({ "required": ["lost"], "properties": {} }), "requires lost"),
            (SCHEMAS, "DraftCollection", json!({ "properties": { "items": {} } }), "without an array of items"),
        ] {
            let mut document = sound();
            document.pointer_mut(place).unwrap()[key] = value;
            let findings = lint(&document);
            assert!(findings.iter().any(|one| one.contains(finding)), "{finding}: {findings:?}");
        }
    }

    #[test]
    fn schemas_are_said_in_the_words_of_30() {
        let reference = json!({ "$ref": "#/components/schemas/B" });
        let union = json!({ "oneOf": [{ "$ref": "#/components/schemas/B", "description": "d" }, { "type": "null" }] });
        for (name, from, to) in [
            ("A", json!({ "type": ["string", "null"] }), json!({ "type": "string" })),
            ("APatch", json!({ "type": ["string", "null"] }), json!({ "type": "string", "nullable": true })),
            ("A", json!({ "type": ["string", "integer"] }), json!({})),
            ("A", json!({ "oneOf": [reference, { "type": "null" }] }), reference.clone()),
            ("A", union.clone(), json!({ "allOf": [reference], "description": "d" })),
            ("APatch", union, json!({ "type": "object", "allOf": [reference], "description": "d", "nullable": true })),
            ("A", json!({ "oneOf": [reference, {}, { "type": "null" }] }), json!({ "oneOf": [reference, {}] })),
            ("A", json!({ "examples": ["x", "y"] }), json!({ "example": "x" })),
            ("A", json!({ "exclusiveMinimum": 0 }), json!({ "minimum": 0, "exclusiveMinimum": true })),
            ("A", json!({ "exclusiveMaximum": 5.5 }), json!({ "maximum": 5.5, "exclusiveMaximum": true })),
            ("A", json!({ "const": "a" }), json!({ "enum": ["a"] })),
            ("A", json!({ "format": "uint16" }), json!({ "format": "int32", "minimum": 0 })),
            ("A", json!({ "format": "uint32", "minimum": 1 }), json!({ "format": "int64", "minimum": 1 })),
            ("A", json!({ "additionalProperties": false, "propertyNames": {}, "required": [] }), json!({})),
            (
                "A",
                json!({ "type": "array", "items": false, "prefixItems": [{}] }),
                json!({ "type": "array", "items": {} }),
            ),
            (
                "A",
                json!({ "required": ["a", "b"], "properties": { "a": { "readOnly": true }, "b": { "type": ["string", "null"] } } }),
                json!({ "required": ["b"], "properties": { "a": { "readOnly": true }, "b": { "type": "string" } } }),
            ),
            // Data that only looks like a schema stays as it is, and a property may have any name.
            (
                "A",
                json!({ "example": { "const": null }, "enum": [{ "type": ["null"] }] }),
                json!({ "example": { "const": null }, "enum": [{ "type": ["null"] }] }),
            ),
            (
                "A",
                json!({ "properties": { "const": { "const": 1 } } }),
                json!({ "properties": { "const": { "enum": [1] } } }),
            ),
        ] {
            assert_eq!(schema_30(name, &from), to, "{name} {from}");
        }
    }

    #[test]
    fn the_rest_of_the_document_follows() {
        let media = json!({ "a/b": { "schema": { "type": ["string", "null"] }, "example": { "type": ["null"] } } });
        let plain = json!({ "a/b": { "schema": { "type": "string" }, "example": { "type": ["null"] } } });
        let document = to_openapi_30(json!({
            "openapi": "3.1.0", "jsonSchemaDialect": "x", "webhooks": {},
            "info": { "title": "T", "description": "", "license": { "name": "", "identifier": "MIT" } },
            "paths": { "/a": {
                "post": { "tags": [], "requestBody": { "content": media },
                    "responses": { "404": {}, "409": { "$ref": "#/x", "description": "lost" }, "4XX": { "description": "kept" } },
                    "callbacks": { "onDone": { "{$request.body#/url}": { "post": { "responses": { "204": {} } } } } } },
                "put": { "requestBody": { "required": false }, "responses": { "default": { "description": "own" } } },
                "head": { "responses": { "200": { "headers": { "ETag": { "schema": { "type": ["string", "null"] } } } } } },
            } },
        }));
        assert_eq!(document["info"], json!({ "title": "T" }));
        assert_eq!((&document["openapi"], &document["webhooks"]), (&json!("3.0.3"), &Value::Null));
        let problem = json!({ "$ref": "#/components/responses/ProblemResponse" });
        assert_eq!(
            document["paths"]["/a"],
            json!({
                "post": { "requestBody": { "content": plain, "required": true },
                    "responses": { "404": { "description": "Not Found" }, "409": { "$ref": "#/x" }, "4XX": { "description": "kept" }, "default": problem },
                    "callbacks": { "onDone": { "{$request.body#/url}": { "post": { "responses": { "204": { "description": "No Content" } } } } } } },
                "put": { "requestBody": { "required": false }, "responses": { "default": { "description": "own" } } },
                "head": { "responses": { "200": { "description": "OK", "headers": { "ETag": { "schema": { "type": "string" } } } } } },
            })
        );
        let added = &document["components"]["responses"]["ProblemResponse"]["content"];
        assert_eq!(added["application/problem+json"]["schema"]["$ref"], "#/components/schemas/Problem");
        let licensed = to_openapi_30(json!({ "info": { "license": { "name": "MIT", "identifier": "MIT" } } }));
        assert_eq!(licensed["info"]["license"], json!({ "name": "MIT" }));
    }

    #[test]
    fn keys_are_written_in_reading_order() {
        let written = serde_json::to_string(&Ordered(&sound()["paths"]["/drafts/{draftId}"])).unwrap();
        let keys =
            ["tags", "summary", "description", "operationId", "security", "parameters", "requestBody", "responses"];
        let places: Vec<_> = keys.iter().map(|key| written.find(&format!("\"{key}\":")).unwrap()).collect();
        assert!(places.is_sorted(), "{written}");
        assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), sound()["paths"]["/drafts/{draftId}"]);
    }
}
