//! The problems that an operation can answer with, read off what the contract says it takes: a token, a version, a body. Only
//! what cannot be read off is declared by the operation itself.

use insula_domain::{
    refusal::{Fault, Reason},
    rule::RuleId,
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::{
    config::MAX_BODY,
    http::{auth::TokenRefusal, language::Language, problem::ApiError},
    server::gate::HEALTH,
};

/// The request of the examples.
const TRACE_ID: Uuid = Uuid::from_u128(0x5b3c_1f0a_0f6e_4c1d_9f55_d0a7_b2b1_c0de);

/// One problem that many operations can answer with.
struct Answer {
    status: &'static str,
    component: &'static str,
    description: &'static str,
    header: Option<(&'static str, &'static str)>,
    example: ApiError,
}

fn answers() -> [Answer; 11] {
    let answer =
        |status, component, description, example| Answer { status, component, description, header: None, example };
    let fault = Fault::new("eventDate", Reason::NotADate, RuleId::Sys04);
    [
        answer(
            "400",
            "BadRequest",
            "The request has faults. `issues` names all of them, each with its field and its rule.",
            ApiError::body(fault),
        ),
        Answer {
            header: Some(("WWW-Authenticate", "What a token needs (RFC 6750).")),
            ..answer(
                "401",
                "Unauthorized",
                "No token, or one that is malformed, expired or not of the configured issuer.",
                ApiError::Token(TokenRefusal::Missing),
            )
        },
        answer(
            "403",
            "Forbidden",
            "The token has neither the role nor the scope, or the registry is not granted to this person (CGM-02).",
            ApiError::MissingPermission,
        ),
        answer(
            "404",
            "NotFound",
            "There is nothing of that name for this caller. What belongs to another organisation answers the same (SYS-02).",
            ApiError::NotFound,
        ),
        answer("406", "NotAcceptable", "`Accept` allows none of the forms of this operation.", ApiError::NotAcceptable),
        answer(
            "409",
            "Conflict",
            "The present state or a rule does not allow it, or the idempotency key was used for another request. Nothing changed.",
            ApiError::KeyReused,
        ),
        answer(
            "412",
            "PreconditionFailed",
            "`If-Match` names another version than the present one. Nothing changed.",
            ApiError::PreconditionFailed,
        ),
        answer("413", "PayloadTooLarge", "The body is too large.", ApiError::PayloadTooLarge(MAX_BODY)),
        answer(
            "415",
            "UnsupportedMediaType",
            "The body has a media type or an encoding that this operation does not take.",
            ApiError::UnsupportedMediaType("application/json"),
        ),
        answer(
            "428",
            "PreconditionRequired",
            "`If-Match` is missing: a change names the version it acts on.",
            ApiError::PreconditionRequired,
        ),
        Answer {
            header: Some(("Retry-After", "After how many seconds to try again.")),
            ..answer(
                "503",
                "ServiceUnavailable",
                "No room for another request, or the database or the issuer's keys cannot be reached. Nothing changed.",
                ApiError::Unavailable,
            )
        },
    ]
}

/// Whether an operation at this path can answer with this status.
fn can_answer(status: &str, path: &str, operation: &Value) -> bool {
    let parameters = operation["parameters"].as_array();
    let header = |name: &str| parameters.into_iter().flatten().find(|one| one["in"] == "header" && one["name"] == name);
    let is_open = operation["security"].as_array().is_some_and(|all| all.iter().all(|one| *one == json!({})));
    match status {
        "401" | "403" => !is_open,
        "404" => path.contains('{'),
        "409" => header("Idempotency-Key").is_some(),
        "412" => header("If-Match").is_some(),
        "428" => header("If-Match").is_some_and(|one| one["required"] == true),
        "304" => header("If-None-Match").is_some(),
        "413" | "415" => operation["requestBody"].is_object(),
        "503" => operation["operationId"] != HEALTH,
        // A parameter that no operation knows is a fault, and no operation has every form.
        _ => true,
    }
}

/// Adds to each operation the problems that it can answer with, and to the components what they are.
pub fn add(document: &mut Value) {
    let answers = answers();
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
    document["components"]["responses"]["NotModified"] = json!({
        "description": "The caller has it already.",
        "headers": {"ETag": {"description": "The present version.", "schema": {"type": "string"}}},
    });
}

fn response(answer: &Answer) -> Value {
    let mut response = json!({
        "description": answer.description,
        "content": {"application/problem+json": {
            "schema": {"$ref": "#/components/schemas/Problem"},
            "example": answer.example.document(Language::En, TRACE_ID),
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
                let is_open = permission::row(name).unwrap().0 == permission::LetIn::Everyone;
                assert_eq!(operation["security"].is_array(), is_open, "{name}");
                assert_eq!(operation["responses"]["401"].is_object(), !is_open, "{name}");
                assert_eq!(operation["responses"]["404"].is_object(), path.contains('{'), "{name}");
            }
        }
    }

    /// SYS-04: an example stands under its own status.
    #[test]
    fn every_example_has_the_status_it_stands_under() {
        for answer in answers() {
            assert_eq!(
                response(&answer)["content"]["application/problem+json"]["example"]["status"].to_string(),
                answer.status
            );
        }
    }
}
