//! The statuses that the contract lists for each operation, and their headers.

use std::{collections::BTreeMap, sync::LazyLock};

use insula_api::{config::BASE_PATH, server::contract};
use reqwest::{Method, Url, header::HeaderMap};
use serde_json::Value;

struct Described {
    method: Method,
    segments: Vec<String>,
    answers: BTreeMap<u16, Value>,
    problem_types: Value,
}

static OPERATIONS: LazyLock<Vec<Described>> = LazyLock::new(|| {
    let document = contract::document();
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            found.push(Described {
                method: method.to_uppercase().parse().unwrap(),
                segments: path.split('/').map(str::to_owned).collect(),
                problem_types: operation["x-problem-types"].clone(),
                answers: operation["responses"]
                    .as_object()
                    .unwrap()
                    .iter()
                    .filter_map(|(status, answer)| Some((status.parse().ok()?, answer.clone())))
                    .collect(),
            });
        }
    }
    // Fixed segments take precedence over parameters.
    found.sort_by_key(|one| one.segments.iter().map(|segment| segment.starts_with('{')).collect::<Vec<_>>());
    found
});

/// SYS-04: fails if the contract does not list this status for this operation, or if a success has an address or a
/// version that the contract does not promise, or lacks one that it does. An internal error (500) is `default`, and
/// unknown operations are not described.
#[track_caller]
pub fn is_described(method: &Method, url: &Url, status: u16, headers: &HeaderMap, body: &Value) {
    let Some(path) = url.path().strip_prefix(BASE_PATH) else { return };
    let segments: Vec<_> = path.split('/').collect();
    let fits = |one: &&Described| {
        one.segments.len() == segments.len()
            && one.segments.iter().zip(&segments).all(|(known, segment)| known.starts_with('{') || known == segment)
    };
    let Some(served) = OPERATIONS.iter().find(fits).map(|one| &one.segments) else { return };
    let Some(operation) = OPERATIONS.iter().find(|one| one.segments == *served && one.method == *method) else {
        return;
    };
    assert!(
        status == 500 || operation.answers.contains_key(&status),
        "{method} {} answered {status}, which the contract does not describe",
        operation.segments.join("/")
    );
    let answer = operation.answers.get(&status);
    if status >= 400 && status != 500 && body["type"].is_string() {
        let component = answer.and_then(|answer| contract::document().pointer(answer["$ref"].as_str()?.get(1..)?));
        let types = [component.map(|one| &one["x-problem-types"]), Some(&operation.problem_types)];
        let mut types = types.into_iter().flatten().filter_map(Value::as_array).flatten();
        assert!(
            types.any(|one| *one == body["type"]),
            "{method} {} answered {}, which the contract does not describe",
            operation.segments.join("/"),
            body["type"]
        );
    }
    let Some(answer) = answer.filter(|_| status < 300) else { return };
    for name in ["ETag", "Location"] {
        assert_eq!(
            headers.contains_key(name),
            answer["headers"][name].is_object(),
            "{name} of {method} {}: sent, described",
            operation.segments.join("/")
        );
    }
}
