//! The bounds of the contract, each compared with what the service does at it and one step beyond it.

use insula_api::server::contract;
use insula_tests::{
    Client, TestApp,
    operations::{Objects, Operation, operations},
};
use serde_json::{Map, Value, json};

/// A member that no body and no query has: with it nothing is ever accepted, and nothing changes.
const UNKNOWN: &str = "unknownMember";

/// Names in a path.
const NAMES: [&str; 4] = ["counterId", "file", "problemCode", "ruleId"];

/// SYS-04: what is one step beyond a bound of the contract is refused, and the fault names its field. What is
/// mandatory may not be left out.
#[actix_web::test]
async fn what_is_beyond_a_bound_is_refused() {
    let app = TestApp::start().await;
    let document = contract::document();
    let (mut tried, mut lenient) = (0, Vec::new());
    let takes = |one: &Operation| one.has_body || !one.query.is_empty() || one.path.contains('{');
    let taking = operations().into_iter().filter(takes);
    for (person, operation) in (1..).zip(taking) {
        let caller = operation.caller(&app);
        let objects = operation.objects(&app, person).await;
        let body = operation.body(&objects).unwrap_or_default();
        let mut alone = Vec::new();
        // All faults are named at once. What another fault hides is sent alone.
        for batch in batches(beyond(document, &operation, &body)) {
            let found = faults(&caller, &operation, &objects, &body, &batch).await;
            tried += batch.len();
            alone.extend(batch.into_iter().filter(|step| !found.iter().any(|fault| about(fault, &step.name))));
        }
        for step in alone {
            let found = faults(&caller, &operation, &objects, &body, std::slice::from_ref(&step)).await;
            if !found.iter().any(|fault| about(fault, &step.name)) {
                lenient.push(format!("{} {} {}: {found:?}", operation.name, step.name, step.bound));
            }
        }
    }
    assert!(tried > 1000, "{tried}");
    assert_eq!(lenient, [""; 0], "of {tried}");
}

/// Where a value is sent.
enum Place {
    Path,
    Query,
    /// At this pointer of the body.
    Body(String),
}

/// One step beyond a bound.
struct Step {
    /// The field, as a fault names it.
    name: String,
    place: Place,
    bound: &'static str,
    value: Value,
}

impl Step {
    /// Whether both cannot be in one request.
    fn collides(&self, other: &Step) -> bool {
        self.name.starts_with(&other.name) || other.name.starts_with(&self.name)
    }
}

/// Steps that do not touch each other, together.
fn batches(steps: Vec<Step>) -> Vec<Vec<Step>> {
    let mut batches: Vec<Vec<Step>> = Vec::new();
    for step in steps {
        match batches.iter_mut().find(|batch| batch.len() < 20 && !batch.iter().any(|other| other.collides(&step))) {
            Some(batch) => batch.push(step),
            None => batches.push(vec![step]),
        }
    }
    batches
}

/// The names of the faults in the answer to a request with these steps.
async fn faults(
    caller: &Client,
    operation: &Operation,
    objects: &Objects,
    body: &Value,
    steps: &[Step],
) -> Vec<String> {
    let mut operation = operation.clone();
    let mut body = body.clone();
    if operation.has_body {
        body[UNKNOWN] = json!(1);
    } else if !steps.iter().any(|step| matches!(step.place, Place::Path)) {
        operation.path += &format!("?{UNKNOWN}=1");
    }
    for step in steps {
        match &step.place {
            Place::Path => operation.path = operation.path.replace(&format!("{{{}}}", step.name), &shown(&step.value)),
            Place::Body(pointer) if step.bound == "required" => leave_out(&mut body, pointer),
            Place::Body(pointer) => put(&mut body, pointer, step.value.clone()),
            Place::Query => {
                let joint = if operation.path.contains('?') { '&' } else { '?' };
                operation.path += &format!("{joint}{}={}", step.name, shown(&step.value));
            }
        }
    }
    let mut request = operation.bare(caller, objects);
    if let Some(media) = operation.file {
        request = request.header("Content-Type", media);
    } else if operation.has_body {
        request = request.header("Content-Type", operation.content_type()).body(body.to_string());
    }
    let reply = caller.send(request).await;
    assert!((400..500).contains(&reply.status), "{} {}: {}", operation.name, reply.status, reply.text);
    let issues = reply.body["issues"].as_array().cloned().unwrap_or_default();
    issues.iter().filter_map(|issue| Some(issue["name"].as_str()?.to_owned())).collect()
}

/// Leaves out the member at this pointer; what it is a member of is there.
fn leave_out(body: &mut Value, pointer: &str) {
    let Some((above, member)) = pointer.rsplit_once('/') else { return };
    if body.pointer(above).is_none_or(Value::is_null) {
        put(body, above, json!({}));
    }
    if let Some(members) = body.pointer_mut(above).and_then(Value::as_object_mut) {
        members.remove(member);
    }
}

/// A value as the query writes it.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Whether a fault is about this field, about what it stands in, or about what stands in it.
fn about(fault: &str, name: &str) -> bool {
    let holds = |outer: &str, inner: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with(['.', '[']));
    fault == name || holds(fault, name) || holds(name, fault)
}

/// The steps beyond the bounds of an operation's query and body.
fn beyond(document: &Value, operation: &Operation, body: &Value) -> Vec<Step> {
    let described = &document["paths"][&operation.path][operation.method.as_str().to_lowercase()];
    let mut found = Vec::new();
    for parameter in described["parameters"].as_array().into_iter().flatten() {
        let schema = whole(document, &parameter["schema"], &Value::Null);
        let name = parameter["name"].as_str().unwrap();
        for (bound, value) in steps(&schema, &Value::Null) {
            let place = match parameter["in"].as_str() {
                Some("query") => Place::Query,
                // An identifier that Insula never made is an address of nothing, and so is an unknown name.
                Some("path") if schema["format"] != "uuid" && !NAMES.contains(&name) => Place::Path,
                _ => continue,
            };
            // Any text is a string there.
            if !value.is_array() && !shown(&value).is_empty() && (bound != "type" || schema["type"] != "string") {
                found.push(Step { name: name.to_owned(), place, bound, value });
            }
        }
    }
    let media = described["requestBody"]["content"].as_object().and_then(|content| content.values().next());
    if let Some(media) = media.filter(|_| operation.has_body) {
        walk(document, &media["schema"], body, "", "", &mut found);
    }
    found
}

/// Puts a value at a pointer, with the objects and the one item that lead to it.
fn put(into: &mut Value, pointer: &str, value: Value) {
    let Some(rest) = pointer.strip_prefix('/') else {
        *into = value;
        return;
    };
    let (step, rest) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if step == "0" {
        if into.as_array().is_none_or(Vec::is_empty) {
            *into = json!([null]);
        }
        return put(&mut into[0], rest, value);
    }
    if !into.is_object() {
        *into = json!({});
    }
    put(&mut into[step], rest, value);
}

/// The steps beyond the bounds of all below a schema.
fn walk(document: &Value, schema: &Value, value: &Value, pointer: &str, name: &str, found: &mut Vec<Step>) {
    let schema = whole(document, schema, value);
    if !pointer.is_empty() {
        let at = |(bound, value)| Step { name: name.to_owned(), place: Place::Body(pointer.to_owned()), bound, value };
        found.extend(steps(&schema, value).into_iter().map(at));
    }
    for (member, inner) in schema["properties"].as_object().into_iter().flatten() {
        let below = if name.is_empty() { member.clone() } else { format!("{name}.{member}") };
        let pointer = format!("{pointer}/{member}");
        if schema["required"].as_array().is_some_and(|names| names.contains(&json!(member))) {
            let place = Place::Body(pointer.clone());
            found.push(Step { name: below.clone(), place, bound: "required", value: Value::Null });
        }
        walk(document, inner, &value[member], &pointer, &below, found);
    }
    if schema["items"].is_object() {
        walk(document, &schema["items"], &value[0], &format!("{pointer}/0"), &format!("{name}[0]"), found);
    }
}

/// A schema with what it refers to, and of several the one that the value names.
fn whole(document: &Value, schema: &Value, value: &Value) -> Value {
    if let Some(target) = schema["$ref"].as_str() {
        return whole(document, document.pointer(&target[1..]).unwrap(), value);
    }
    if let Some(name) = schema["discriminator"]["propertyName"].as_str() {
        let target = schema["discriminator"]["mapping"][value[name].as_str().unwrap_or_default()].as_str();
        let target = target.or(schema["oneOf"][0]["$ref"].as_str()).unwrap();
        return whole(document, document.pointer(&target[1..]).unwrap(), value);
    }
    let mut merged = Map::new();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        merged.extend(whole(document, part, value).as_object().unwrap().clone());
    }
    merged.extend(schema.as_object().unwrap().clone());
    Value::Object(merged)
}

/// Values one step beyond each bound of a schema.
fn steps(schema: &Value, value: &Value) -> Vec<(&'static str, Value)> {
    let mut found = Vec::new();
    if schema["enum"].is_array() {
        found.push(("enum", json!("noSuchValue")));
    } else if let Some(max) = schema["maxLength"].as_u64() {
        found.push(("maxLength", json!("x".repeat(usize::try_from(max).unwrap() + 1))));
    }
    if schema["minLength"].as_u64().is_some_and(|min| min > 0) {
        found.push(("minLength", json!("")));
    }
    if schema["pattern"].is_string() {
        found.push(("pattern", json!(format!("{}!", value.as_str().unwrap_or("1")))));
    }
    if matches!(schema["format"].as_str(), Some("date" | "date-time" | "uuid" | "uri" | "number")) {
        found.push(("format", json!("2026-02-30")));
    }
    if let Some(min) = schema["minimum"].as_i64() {
        found.push(("minimum", json!(min - 1)));
    }
    if let Some(max) = schema["maximum"].as_i64() {
        found.push(("maximum", json!(max + 1)));
    }
    if let Some(max) = schema["maxItems"].as_u64() {
        found.push(("maxItems", json!(vec![value[0].clone(); usize::try_from(max).unwrap() + 1])));
    }
    if schema["minItems"].as_u64().is_some_and(|min| min > 0) {
        found.push(("minItems", json!([])));
    }
    if schema["uniqueItems"] == true && !value[0].is_null() {
        found.push(("uniqueItems", json!([value[0], value[0]])));
    }
    match schema["type"].as_str() {
        Some("string" | "array") => found.extend([("type", json!({"x": 1})), ("type", json!(true))]),
        Some(_) => found.push(("type", json!("text"))),
        None => {}
    }
    found
}
