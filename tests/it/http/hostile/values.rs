//! Values of the wrong type.

use insula_tests::data;
use serde_json::{Value, json};

use super::{Target, named, send_bytes, shown, well_refused};

/// The locations of all scalar values in a body.
fn leaves(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, inner) in members {
                leaves(inner, &format!("{at}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                leaves(inner, &format!("{at}/{index}"), found);
            }
        }
        _ => found.push(at.to_owned()),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// JSON values of every type, at the limits of numbers and texts.
fn junk() -> Vec<String> {
    let mut texts: Vec<String> = [
        "null",
        "true",
        "{}",
        "[]",
        "[1]",
        "[[]]",
        "{\"a\":{}}",
        "0",
        "-0",
        "-0.0",
        "-1",
        "0.1",
        "1e308",
        "5e-324",
        "9007199254740993",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775809",
        "123456789012345678901234567890",
    ]
    .map(str::to_owned)
    .into();
    texts.push(format!("1{}", "0".repeat(300)));
    texts.push(format!("0.{}1", "0".repeat(1000)));
    let niss = data::niss(77);
    for text in [
        "",
        " ",
        "a\0b",
        "\u{202e}txt",
        "a\u{2066}b",
        "a\u{200b}b",
        "a\u{200f}b",
        "a\u{61c}b",
        "a\u{2060}b",
        "a\u{2028}b",
        "\u{feff}a",
        "a\u{e0041}b",
        "a\u{7f}b",
        "a\u{9b}31mb",
        "a\rb",
        "a\tb",
        "2026-02-30",
        "2026-1-1",
        "+12026-01-01",
        "-0001-01-01",
        "0000-00-00",
        "10000-01-01",
        "2026-06-01T00:00:00Z",
        "' OR '1'='1",
        "\\'; DROP TABLE insula.registrations; --",
        "${jndi:ldap://x}",
        "{{7*7}}",
        "=cmd|' /C calc'!A0",
        "%00",
        "../../etc/passwd",
        "İSTANBUL",
        "𝟙𝟚𝟛",
        "null",
        &niss,
    ] {
        texts.push(json!(text).to_string());
    }
    texts.push(json!("a".repeat(5000)).to_string());
    texts.push(json!("é\u{301}".repeat(3000)).to_string());
    texts
}

/// SYS-04, BEN-04: a value of the wrong JSON type is refused by field and changes nothing; one of the right type is
/// validated, never with a 500.
#[actix_web::test]
async fn a_value_of_the_wrong_type_is_refused_by_its_field() {
    let target = Target::start().await;
    let junk = junk();
    let registration = format!("/registrations/{}", target.objects.registration);
    for (operation, caller, mut objects) in target.with_body() {
        if operation.path.contains("{registrationId}") {
            objects.version = Some(target.app.lead_a().get(&registration).await.expect(200).version());
        }
        let mut good = operation.body(&objects).unwrap();
        if operation.name == "changeRegistration" {
            good["content"] = data::first_implantation();
        }
        let mut places = Vec::new();
        leaves(&good, "", &mut places);
        let before = target.app.dump();
        let mut fitting = Vec::new();
        for place in &places {
            for text in &junk {
                let value: Value = serde_json::from_str(text).unwrap();
                let present = good.pointer(place).unwrap();
                let mut body = good.clone();
                *body.pointer_mut(place).unwrap() = json!("@");
                let body = body.to_string().replace("\"@\"", text);
                let removes = operation.content_type().contains("merge") && value.is_null();
                if kind(&value) == kind(present) || removes {
                    fitting.push((place, text, body));
                    continue;
                }
                let reply = send_bytes(&operation, &caller, &objects, body.as_bytes()).await;
                let what = format!("{} with {} at {place}: {}", operation.name, shown(text), reply.text);
                well_refused(&what, &reply);
                let [fault] = &reply.faults()[..] else { panic!("{what}") };
                let reason = fault.strip_prefix(&format!("{}:", named(place)));
                assert!(matches!(reason, Some("wrongType" | "notANumber")), "{what}");
            }
        }
        assert_eq!(target.app.dump(), before, "{}", operation.name);
        for (place, text, body) in fitting {
            let reply = send_bytes(&operation, &caller, &objects, body.as_bytes()).await;
            let what = format!("{} with {} at {place}: {}", operation.name, shown(text), reply.text);
            assert!(reply.status < 500, "{what}");
            if reply.status >= 400 {
                well_refused(&what, &reply);
            }
            // A successful change brings a new version.
            objects.version = reply.body["version"].as_i64().or(objects.version);
        }
    }
}
