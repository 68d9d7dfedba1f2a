//! The statuses that the contract lists for each operation.

use std::{collections::BTreeSet, sync::LazyLock};

use insula_api::{config::BASE_PATH, server::contract};
use reqwest::{Method, Url};

struct Described {
    method: Method,
    segments: Vec<String>,
    statuses: BTreeSet<u16>,
}

static OPERATIONS: LazyLock<Vec<Described>> = LazyLock::new(|| {
    let document = contract::document();
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            found.push(Described {
                method: method.to_uppercase().parse().unwrap(),
                segments: path.split('/').map(str::to_owned).collect(),
                statuses: operation["responses"]
                    .as_object()
                    .unwrap()
                    .keys()
                    .filter_map(|key| key.parse().ok())
                    .collect(),
            });
        }
    }
    // Fixed segments take precedence over parameters.
    found.sort_by_key(|one| one.segments.iter().map(|segment| segment.starts_with('{')).collect::<Vec<_>>());
    found
});

/// SYS-04: fails if the contract does not list this status for this operation. An internal error (500) is `default`,
/// and unknown operations are not described.
#[track_caller]
pub fn is_described(method: &Method, url: &Url, status: u16) {
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
        status == 500 || operation.statuses.contains(&status),
        "{method} {} answered {status}, which the contract does not describe",
        operation.segments.join("/")
    );
}
