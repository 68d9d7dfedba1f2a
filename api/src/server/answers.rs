//! Derives from the contract what an operation answers beside its body: the headers of a success, and the problems, from
//! whether it has a token, a version, a body. An operation declares only what cannot be derived.

use insula_domain::{
    refusal::{Fault, Reason},
    rule::RuleId,
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::{
    config::MAX_BODY,
    http::{
        auth::TokenRefusal,
        language::Language,
        problem::{ALL, ApiError, ProblemType},
    },
    server::{gate::HEALTH, terms},
};

/// The trace id in the examples.
const TRACE_ID: Uuid = Uuid::from_u128(0x5b3c_1f0a_0f6e_4c1d_9f55_d0a7_b2b1_c0de);

/// A problem that many operations can answer with.
struct DocumentedProblem {
    status: &'static str,
    component: &'static str,
    description: &'static str,
    header: Option<(&'static str, &'static str)>,
    example: ApiError,
}

fn documented_problems() -> [DocumentedProblem; 11] {
    let answer = |status, component, description, example| DocumentedProblem {
        status,
        component,
        description,
        header: None,
        example,
    };
    let fault = Fault::new("eventDate", Reason::NotADate, RuleId::Sys04);
    [
        answer(
            "400",
            "BadRequest",
            "The request has faults. `issues` names all of them, each with its field and its rule.",
            ApiError::body(fault),
        ),
        DocumentedProblem {
            header: Some(("WWW-Authenticate", "What the token needs (RFC 6750).")),
            ..answer(
                "401",
                "Unauthorized",
                "The token is missing, malformed, expired or not from the configured issuer.",
                ApiError::Token(TokenRefusal::Missing),
            )
        },
        answer(
            "403",
            "Forbidden",
            "The token lacks the role or the scope, or the person has no access to the registry (CGM-02).",
            ApiError::MissingPermission,
        ),
        answer(
            "404",
            "NotFound",
            "It does not exist, or belongs to another organisation (SYS-02).",
            ApiError::NotFound,
        ),
        answer(
            "406",
            "NotAcceptable",
            "The operation offers none of the media types in `Accept`.",
            ApiError::NotAcceptable,
        ),
        answer(
            "409",
            "Conflict",
            "The present state or a rule does not allow it, or the idempotency key was used for another request. Nothing was changed.",
            ApiError::KeyReused,
        ),
        answer(
            "412",
            "PreconditionFailed",
            "`If-Match` does not name the present version. Nothing was changed.",
            ApiError::PreconditionFailed,
        ),
        answer("413", "PayloadTooLarge", "The body is too large.", ApiError::PayloadTooLarge(MAX_BODY)),
        answer(
            "415",
            "UnsupportedMediaType",
            "The operation does not accept the body's media type or encoding.",
            ApiError::UnsupportedMediaType("application/json"),
        ),
        answer(
            "428",
            "PreconditionRequired",
            "`If-Match` is missing: a change must name the version it acts on.",
            ApiError::PreconditionRequired,
        ),
        DocumentedProblem {
            header: Some(("Retry-After", "How many seconds to wait before a retry.")),
            ..answer(
                "503",
                "ServiceUnavailable",
                "The service is at capacity, or the database or the token issuer's keys cannot be reached. Nothing was changed.",
                ApiError::Unavailable,
            )
        },
    ]
}

/// A header parameter of an operation.
fn header<'a>(operation: &'a Value, name: &str) -> Option<&'a Value> {
    operation["parameters"].as_array()?.iter().find(|one| one["in"] == "header" && one["name"] == name)
}

/// Whether an operation can answer with this status.
fn can_answer(status: &str, path: &str, operation: &Value) -> bool {
    let is_open = operation["security"].as_array().is_some_and(|all| all.iter().all(|one| *one == json!({})));
    match status {
        "401" | "403" => !is_open,
        "404" => path.contains('{'),
        "409" => {
            let name = operation["operationId"].as_str().unwrap_or_default();
            header(operation, "Idempotency-Key").is_some() || terms::conflicts(name)
        }
        "412" => header(operation, "If-Match").is_some(),
        "428" => header(operation, "If-Match").is_some_and(|one| one["required"] == true),
        "304" => header(operation, "If-None-Match").is_some(),
        "413" | "415" => operation["requestBody"].is_object(),
        "503" => operation["operationId"] != HEALTH,
        // 400: an unknown query parameter is a fault. 406: no operation offers every media type.
        _ => true,
    }
}

/// Adds to the successes the headers they carry: what was created has its address. What has an address and a version has
/// that version as ETag, unless the path names the version; what can be asked for with `If-None-Match` has one too.
fn add_headers(document: &mut Value) {
    let described = |text: &str| json!({"description": text, "schema": {"type": "string"}});
    let schemas = document["components"]["schemas"].clone();
    for (path, item) in document["paths"].as_object_mut().into_iter().flatten() {
        for (_, operation) in item.as_object_mut().into_iter().flatten() {
            let is_conditional = header(operation, "If-None-Match").is_some();
            let answers = operation["responses"].as_object_mut().into_iter().flatten();
            for (status, answer) in answers.filter(|(status, _)| status.starts_with('2')) {
                let named = |reference: &Value| {
                    &schemas[reference.as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default()]
                };
                let mut schema = named(&answer["content"]["application/json"]["schema"]["$ref"]);
                if let Some(one) = schema["oneOf"].get(0) {
                    schema = named(&one["$ref"]);
                }
                let has = |name: &str| schema["properties"][name].is_object();
                if status == "201" {
                    answer["headers"]["Location"] = described("Its address.");
                }
                if has("href") && has("version") && !path.contains("{version}") || is_conditional {
                    answer["headers"]["ETag"] = described("Its version.");
                }
            }
        }
    }
}

/// Adds to each operation the headers and the problems it can answer with, and to the components their descriptions.
pub fn add(document: &mut Value) {
    add_headers(document);
    let answers = documented_problems();
    for (path, item) in document["paths"].as_object_mut().into_iter().flatten() {
        for (_, operation) in item.as_object_mut().into_iter().flatten() {
            let components = answers.iter().map(|answer| (answer.status, answer.component));
            for (status, component) in components.chain([("304", "NotModified")]) {
                let declared = operation["responses"].get(status);
                let pasted = declared.is_some_and(|one| one["$ref"] == "#/components/responses/ProblemResponse");
                if pasted || (declared.is_none() && can_answer(status, path, operation)) {
                    operation["responses"][status] = json!({"$ref": format!("#/components/responses/{component}")});
                }
            }
        }
    }
    for answer in answers {
        document["components"]["responses"][answer.component] = response(&answer);
    }
    // utoipa writes the schema of a response out.
    document["components"]["responses"]["ProblemResponse"]["content"]["application/problem+json"]["schema"] =
        json!({"$ref": "#/components/schemas/Problem"});
    document["components"]["responses"]["NotModified"] = json!({
        "description": "Not modified: the caller has the present version.",
        "headers": {"ETag": {"description": "The present version.", "schema": {"type": "string"}}},
    });
}

/// The URNs of the problem types that every operation with this status has.
fn problem_types(status: &str) -> Vec<String> {
    let codes: &[&str] = match status {
        "400" => &["badRequest"],
        "401" => &["noAccessToken", "invalidAccessToken", "expiredAccessToken"],
        "403" => &["missingPermission", "missingScope"],
        "404" => &["resourceNotFound"],
        "406" => &["notAcceptable"],
        "409" => &["idempotencyKeyReused"],
        "412" => &["preconditionFailed"],
        "413" => &["payloadTooLarge"],
        "415" => &["unsupportedMediaType"],
        "428" => &["preconditionRequired"],
        "503" => &["serviceUnavailable"],
        _ => &[],
    };
    ALL.iter().filter(|one| codes.contains(&one.code)).map(ProblemType::uri).collect()
}

fn response(answer: &DocumentedProblem) -> Value {
    let mut response = json!({
        "x-problem-types": problem_types(answer.status),
        "description": answer.description,
        "content": {"application/problem+json": {
            "schema": {"$ref": "#/components/schemas/Problem"},
            "example": answer.example.document(Language::En, TRACE_ID, "https://insula.example"),
        }},
    });
    if let Some((name, description)) = answer.header {
        let header = json!({"description": description, "schema": {"type": "string"}});
        response["headers"] = Value::Object(Map::from_iter([(name.to_owned(), header)]));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{http::permission, server::contract};

    /// SYS-02, SYS-04: what is open to everyone, and nothing else, is described as open.
    #[test]
    fn only_open_operations_are_described_as_open() {
        let document = contract::document();
        assert_eq!(document["security"], json!([{"Bearer": []}]));
        for (path, item) in document["paths"].as_object().unwrap() {
            for operation in item.as_object().unwrap().values() {
                let name = operation["operationId"].as_str().unwrap();
                let is_open = permission::row(name).unwrap().0 == permission::Access::Public;
                assert_eq!(operation["security"].is_array(), is_open, "{name}");
                assert_eq!(operation["responses"]["401"].is_object(), !is_open, "{name}");
                assert_eq!(operation["responses"]["404"].is_object(), path.contains('{'), "{name}");
            }
        }
    }

    /// SYS-04: an example has the status of its response.
    #[test]
    fn every_example_has_the_status_it_stands_under() {
        for answer in documented_problems() {
            let shown = response(&answer);
            let example = &shown["content"]["application/problem+json"]["example"];
            assert_eq!(example["status"].to_string(), answer.status);
            assert!(shown["x-problem-types"].as_array().unwrap().contains(&example["type"]), "{}", answer.status);
        }
    }
}
