//! The examples of successful answers: what Insula answered to the examples of requests.

use std::collections::BTreeMap;

use serde_json::Value;

/// The recorded answer in JSON of each operation. The test `every_example_is_executed` records them and says when they
/// are out of date.
const ANSWERS: &str = include_str!("examples.json");

/// Shows with each successful answer in JSON what the operation answered.
pub fn add(document: &mut Value) {
    let answers: BTreeMap<String, Value> = serde_json::from_str(ANSWERS).unwrap_or_default();
    let items = document["paths"].as_object_mut().into_iter().flat_map(|paths| paths.values_mut());
    for operation in items.filter_map(Value::as_object_mut).flat_map(|methods| methods.values_mut()) {
        let Some(answer) = operation["operationId"].as_str().and_then(|name| answers.get(name)) else { continue };
        let answered = operation["responses"].as_object_mut().into_iter().flatten();
        for (_, success) in answered.filter(|(status, _)| status.starts_with('2')) {
            if let Some(media) = success.pointer_mut("/content/application~1json") {
                media["example"] = answer.clone();
            }
        }
    }
}
