//! The contract as progenitor, Rust's generator of clients, can read it. It knows one type of failure for each
//! operation, JSON by no other name in answers, and JSON or bytes in bodies.

use serde_json::{Map, Value, json};

/// The media type of a merge patch.
const MERGE_PATCH: &str = "application/merge-patch+json";
/// The media type of a problem.
const PROBLEM: &str = "application/problem+json";

/// Derives the document from the contract:
///
/// - successes, then every failure as one: the problem, or what the operation has instead;
/// - a problem as plain JSON;
/// - a body that is not plain JSON as JSON (a merge patch) or bytes, with its media type as the parameter
///   `Content-Type`.
pub fn derive(contract: &Value) -> Value {
    let mut document = contract.clone();
    let problem = &mut document["components"]["responses"]["ProblemResponse"]["content"];
    *problem = json!({ "application/json": problem[PROBLEM] });
    let paths = document["paths"].as_object_mut().into_iter().flat_map(Map::values_mut);
    for operation in paths.filter_map(Value::as_object_mut).flat_map(Map::values_mut) {
        join_failures(operation);
        name_media_types(operation);
    }
    document
}

fn join_failures(operation: &mut Value) {
    let Some(Value::Object(listed)) = operation.get_mut("responses") else { return };
    let is_own = |status: &str, answer: &Value| status.starts_with(['4', '5']) && answer.get("$ref").is_none();
    let has_own = listed.iter().any(|(status, answer)| is_own(status, answer));
    listed.retain(|status, answer| status.starts_with('2') || is_own(status, answer));
    if !has_own {
        for status in ["4XX", "5XX"] {
            listed.insert(status.to_owned(), json!({ "$ref": "#/components/responses/ProblemResponse" }));
        }
    }
}

fn name_media_types(operation: &mut Value) {
    let Some(Value::Object(content)) = operation.pointer_mut("/requestBody/content") else { return };
    if content.keys().eq(["application/json"]) {
        return;
    }
    let names: Vec<String> = content.keys().cloned().collect();
    let (media_type, body) = match content.remove(MERGE_PATCH) {
        Some(patch) => ("application/json", patch),
        None => ("application/octet-stream", json!({ "schema": { "type": "string", "format": "binary" } })),
    };
    *content = Map::from_iter([(media_type.to_owned(), body)]);
    let parameter = json!({
        "name": "Content-Type", "in": "header", "required": true, "schema": { "type": "string", "enum": names },
        "description": "The media type of the body.",
    });
    match &mut operation["parameters"] {
        Value::Array(parameters) => parameters.push(parameter),
        none => *none = json!([parameter]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SYS-04: what progenitor cannot read is said so that it can, and the rest of the contract stays.
    #[test]
    fn failures_are_one_and_bodies_name_their_media_type() {
        let problem = json!({ "$ref": "#/components/responses/ProblemResponse" });
        let json = json!({ "application/json": {} });
        let derived = derive(&json!({
            "components": { "responses": { "ProblemResponse": { "content": { PROBLEM: { "example": 1 } } } } },
            "paths": { "/drafts": {
                "get": { "responses": {
                    "200": { "content": json }, "304": {}, "503": { "content": json }, "default": problem } },
                "post": {
                    "requestBody": { "content": { "application/x-ndjson": {}, "text/csv": {} } },
                    "responses": { "201": {}, "409": problem, "default": problem },
                },
                "put": { "requestBody": { "content": json }, "responses": { "204": {}, "default": problem } },
                "patch": {
                    "parameters": [{ "name": "If-Match" }],
                    "requestBody": { "content": { MERGE_PATCH: { "example": 2 } } },
                    "responses": { "200": {} },
                },
            } },
        }));
        let operations = &derived["paths"]["/drafts"];
        let responses = |method: &str| &operations[method]["responses"];
        assert_eq!(
            derived["components"]["responses"]["ProblemResponse"]["content"],
            json!({ "application/json": { "example": 1 } })
        );
        assert_eq!(*responses("get"), json!({ "200": { "content": json }, "503": { "content": json } }));
        assert_eq!(*responses("post"), json!({ "201": {}, "4XX": problem, "5XX": problem }));
        let bytes = json!({ "application/octet-stream": { "schema": { "type": "string", "format": "binary" } } });
        assert_eq!(operations["post"]["requestBody"]["content"], bytes);
        let named = &operations["post"]["parameters"][0];
        assert_eq!((&named["name"], &named["required"]), (&json!("Content-Type"), &json!(true)));
        assert_eq!(named["schema"]["enum"], json!(["application/x-ndjson", "text/csv"]));
        let plain = json!({
            "requestBody": { "content": json }, "responses": { "204": {}, "4XX": problem, "5XX": problem },
        });
        assert_eq!(operations["put"], plain);
        assert_eq!(operations["patch"]["requestBody"]["content"], json!({ "application/json": { "example": 2 } }));
        assert_eq!(operations["patch"]["parameters"][1]["schema"]["enum"], json!([MERGE_PATCH]));
    }
}
