//! The contract breaks no client that was made from the last published one, unless the changelog says so.
//! `docs/deprecation.md` says what counts as breaking.

mod differences;

use std::{fs, path::Path};

use differences::breaches;
use serde_json::{Value, json};

/// A version of the contract: major, minor, patch, and the number of its beta; a version that is none comes after.
fn version(text: &str) -> (u32, u32, u32, u32) {
    let (core, beta) = text.split_once("-beta.").map_or((text, u32::MAX), |(core, beta)| (core, beta.parse().unwrap()));
    let [major, minor, patch] = core.split('.').map(|part| part.parse().unwrap()).collect::<Vec<_>>()[..] else {
        panic!("{text} is no version")
    };
    (major, minor, patch, beta)
}

/// Why `present` cannot follow `published`; empty when it can.
fn objections(published: &Value, present: &Value, changelog: &str) -> Vec<String> {
    let [before, now] = [published, present].map(|document| document["info"]["version"].as_str().unwrap());
    if published != present && version(now) <= version(before) {
        return vec![format!(
            "the contract differs from the published {before}: its version must be higher than {now}"
        )];
    }
    let found = breaches(published, present);
    let is_beta = version(before).3 != u32::MAX;
    if !found.is_empty() && !is_beta && version(now).0 == version(before).0 {
        let found: Vec<_> = found.iter().map(ToString::to_string).collect();
        return vec![format!("what breaks clients needs the next major version: {}", found.join("; "))];
    }
    let heading = format!("### Contract changes of {now}\n");
    let section = changelog.split_once(&heading).map_or("", |(_, rest)| rest.split("\n### ").next().unwrap_or(rest));
    found
        .iter()
        .filter(|breach| !section.contains(&format!("`{}`", breach.subject)))
        .map(|breach| format!("{breach}, and \"Contract changes of {now}\" does not name it"))
        .collect()
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)).unwrap()
}

/// SYS-04: a client made from the last published contract goes on working, or the changelog tells it what changed.
#[test]
fn what_breaks_a_client_stands_in_the_changelog() {
    let [published, present] = ["docs/contract/published.yaml", "openapi.yaml"]
        .map(|path| serde_saphyr::from_str::<Value>(&read(path)).unwrap());
    let found = objections(&published, &present, &read("CHANGELOG.md"));
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// A small contract with everything that can be compared.
fn contract() -> Value {
    json!({
        "info": { "version": "1.0.0-beta.1" },
        "servers": [{ "url": "/insula/v1" }],
        "paths": { "/drafts": { "post": {
            "operationId": "createDraft", "tags": ["Drafts"], "x-scope": "drafts", "x-roles": ["lead", "support"],
            "parameters": [
                { "in": "query", "name": "state", "schema": { "$ref": "#/components/schemas/State" } },
                { "in": "query", "name": "size", "schema": { "type": "integer", "minimum": 1, "maximum": 100 } },
            ],
            "requestBody": { "content": {
                "application/json": { "schema": { "$ref": "#/components/schemas/Draft" } },
                "text/csv": {},
            } },
            "responses": {
                "201": {
                    "headers": { "ETag": {}, "Location": {} },
                    "content": { "application/json": {
                        "schema": { "allOf": [{ "$ref": "#/components/schemas/Draft" }] } } },
                },
                "default": {},
            },
            "callbacks": { "done": { "{$request.body#/url}": { "post": { "requestBody": { "content": {
                "application/json": { "schema": { "$ref": "#/components/schemas/Event" } } } } } } } },
        } } },
        "components": { "schemas": {
            "State": { "type": "string", "enum": ["open", "sent"] },
            "Cause": { "type": "string", "x-extensible-enum": ["full"] },
            "Event": { "type": "object", "required": ["state"], "properties": {
                "state": { "$ref": "#/components/schemas/State" }, "words": { "type": "string", "maxLength": 9 } } },
            "Note": { "type": "object", "properties": { "words": { "type": "string" } } },
            "Draft": { "type": "object", "required": ["name"], "properties": {
                "name": { "type": "string", "pattern": "^[a-z]+$", "minLength": 2, "maxLength": 9 },
                "remark": { "type": "string", "nullable": true },
                "day": { "type": "string", "format": "date" },
                "codes": { "type": "array", "maxItems": 5, "items": { "type": "integer" } },
                "about": { "oneOf": [
                    { "$ref": "#/components/schemas/Note" }, { "$ref": "#/components/schemas/Cause" }] },
            } },
        } },
    })
}

/// The contract with a value put in (null: taken away) at each of these places.
fn changed(changes: &[(&str, Value)]) -> Value {
    let mut document = contract();
    for (place, value) in changes {
        let (parent, key) = place.rsplit_once('/').unwrap();
        let key = key.replace("~1", "/");
        match document.pointer_mut(parent).unwrap() {
            Value::Array(list) => list[key.parse::<usize>().unwrap()] = value.clone(),
            Value::Object(members) if value.is_null() => drop(members.remove(&key)),
            other => other[key] = value.clone(),
        }
    }
    document
}

/// SYS-04: everything that a client may rely upon is compared.
#[test]
fn each_way_to_break_a_client_is_found() {
    const OPERATION: &str = "/paths/~1drafts/post";
    const DRAFT: &str = "/components/schemas/Draft";
    let sent = "the answer 201 in application/json is gone";
    for (at, key, value, subject, what) in [
        ("", "servers", json!([{ "url": "/insula/v2" }]), "servers", "was"),
        ("/paths/~1drafts", "post", json!(null), "createDraft", "POST /drafts is gone"),
        (OPERATION, "operationId", json!("makeDraft"), "createDraft", "operationId was"),
        (OPERATION, "tags", json!(["Other"]), "createDraft", "tags was"),
        (OPERATION, "x-scope", json!("other"), "createDraft", "x-scope was"),
        (OPERATION, "x-roles", json!(["lead"]), "createDraft", "role support is gone"),
        (OPERATION, "parameters/1", json!({ "in": "query", "name": "other" }), "createDraft", "query size is gone"),
        (OPERATION, "parameters/1/required", json!(true), "createDraft", "query size is now required"),
        (OPERATION, "parameters/1/schema/minimum", json!(2), "createDraft", "minimum of"),
        (OPERATION, "parameters/1/schema/maximum", json!(99), "createDraft", "maximum of"),
        (OPERATION, "parameters/0/schema", json!({ "type": "string" }), "createDraft", "was State and is no component"),
        (OPERATION, "requestBody/required", json!(true), "createDraft", "its body is now required"),
        (OPERATION, "requestBody/content/text~1csv", json!(null), "createDraft", "its body in text/csv is gone"),
        (OPERATION, "responses/201", json!(null), "createDraft", "the answer 201 is gone"),
        (OPERATION, "responses/202", json!({}), "createDraft", "the answer 202 is new"),
        (OPERATION, "responses/201/headers/ETag", json!(null), "createDraft", "the header ETag is gone"),
        (OPERATION, "responses/201/content/application~1json", json!(null), "createDraft", sent),
        ("/components/schemas", "Note", json!(null), "Note", "is no longer a component"),
        ("/components/schemas", "State/enum", json!(["open"]), "State", "it as sent is gone"),
        ("/components/schemas", "State/enum", json!(["open", "sent", "lost"]), "State", "it may now be lost"),
        ("/components/schemas", "State/enum", json!(null), "State", "it is no longer a closed list"),
        ("/components/schemas", "Event/required", json!([]), "Event", "the property state may now be missing"),
        (DRAFT, "required", json!(["name", "day"]), "Draft", "the property day is now required"),
        (DRAFT, "required", json!([]), "Draft", "the property name may now be missing"),
        (DRAFT, "properties/day", json!(null), "Draft", "the property day is gone"),
        (DRAFT, "properties/day/format", json!(null), "Draft", "format of day was"),
        (DRAFT, "properties/day/type", json!("integer"), "Draft", "type of day was"),
        (DRAFT, "properties/day/nullable", json!(true), "Draft", "day may now be null"),
        (DRAFT, "properties/remark/nullable", json!(null), "Draft", "remark may no longer be null"),
        (DRAFT, "properties/remark/enum", json!(["a"]), "Draft", "remark is now a closed list"),
        (DRAFT, "properties/remark/maxLength", json!(9), "Draft", "maxLength of remark"),
        (DRAFT, "properties/name/pattern", json!("^[b-z]+$"), "Draft", "pattern of name"),
        (DRAFT, "properties/name/minLength", json!(3), "Draft", "minLength of name"),
        (DRAFT, "properties/name/maxLength", json!(8), "Draft", "maxLength of name"),
        (DRAFT, "properties/codes/maxItems", json!(4), "Draft", "maxItems of codes"),
        (DRAFT, "properties/codes/uniqueItems", json!(true), "Draft", "uniqueItems of codes"),
        (DRAFT, "properties/codes/items/type", json!("string"), "Draft", "type of an item of codes"),
        (DRAFT, "properties/about/oneOf/1", json!({ "type": "string" }), "Draft", "Cause is gone"),
        (DRAFT, "properties/about/oneOf/1", json!({ "type": "string" }), "Draft", "oneOf of about: 1 is new"),
        (DRAFT, "properties/about/discriminator", json!({ "propertyName": "kind" }), "Draft", "another property"),
    ] {
        let present = changed(&[(&format!("{at}/{key}"), value)]);
        let found = breaches(&contract(), &present);
        let is_it = |breach: &differences::Breach| breach.subject == subject && breach.what.contains(what);
        assert!(found.iter().any(is_it), "{key} {subject}: {what}: {found:?}");
    }
}

/// SYS-04: what only adds to the contract breaks nobody.
#[test]
fn an_addition_breaks_nobody() {
    const OPERATION: &str = "/paths/~1drafts/post";
    const DRAFT: &str = "/components/schemas/Draft";
    for (at, key, value) in [
        ("", "info", json!({ "version": "1.0.0-beta.2", "description": "Other words." })),
        ("/paths", "~1others", json!({ "get": { "operationId": "listOthers" } })),
        (OPERATION, "x-roles", json!(["lead", "support", "other"])),
        (
            OPERATION,
            "parameters",
            json!([
                { "in": "query", "name": "state", "schema": { "$ref": "#/components/schemas/State" } },
                { "in": "query", "name": "size", "schema": { "type": "integer", "minimum": 0, "maximum": 101 } },
                { "in": "query", "name": "more", "schema": {} },
            ]),
        ),
        (OPERATION, "requestBody/content/text~1xml", json!({})),
        (OPERATION, "responses/201/headers/Link", json!({})),
        (OPERATION, "responses/409", json!({})),
        ("/components/schemas", "Other", json!({})),
        ("/components/schemas", "Cause/x-extensible-enum", json!(["full", "late"])),
        ("/components/schemas", "Event/properties/more", json!({ "type": "string" })),
        ("/components/schemas", "Event/properties/words/maxLength", json!(8)),
        (DRAFT, "properties/more", json!({ "type": "string" })),
        (DRAFT, "properties/name/description", json!("Other words.")),
        (DRAFT, "properties/name/pattern", json!(null)),
        (DRAFT, "properties/name/maxLength", json!(10)),
        (DRAFT, "properties/codes/maxItems", json!(6)),
    ] {
        let present = changed(&[(&format!("{at}/{key}"), value)]);
        assert_ne!(present, contract(), "{key}");
        assert!(breaches(&contract(), &present).is_empty(), "{key}: {:?}", breaches(&contract(), &present));
    }
}

/// SYS-04: every difference needs a higher version; one that breaks clients needs its line in the changelog too, and
/// from 1.0.0 on the next major version.
#[test]
fn a_difference_needs_a_version_and_a_line() {
    const GONE: (&str, Value) = ("/components/schemas/Draft/properties/day", Value::Null);
    let other = |version: &str| changed(&[("/info/version", json!(version)), GONE]);
    let added = |version: &str| changed(&[("/info/version", json!(version)), ("/paths/~1others", json!({}))]);
    let stable = |version: &str| changed(&[("/info/version", json!(version))]);
    let said =
        |version: &str| format!("## [Unreleased]\n\n### Contract changes of {version}\n\n- `Draft` has no `day`.\n");
    let elsewhere = "### Contract changes of 1.0.0-beta.2\n\n- None.\n\n### Added\n\n- `Draft`.\n";
    for (published, present, changelog, objection) in [
        (contract(), contract(), String::new(), None),
        (contract(), added("1.0.0-beta.1"), String::new(), Some("must be higher than 1.0.0-beta.1")),
        (contract(), added("1.0.0-beta.2"), String::new(), None),
        (contract(), added("1.0.0"), String::new(), None),
        (stable("1.0.0-beta.9"), added("1.0.0-beta.10"), String::new(), None),
        (stable("1.0.0"), added("1.0.0-beta.2"), String::new(), Some("must be higher than 1.0.0-beta.2")),
        (contract(), other("1.0.0-beta.2"), String::new(), Some("does not name it")),
        (contract(), other("1.0.0-beta.2"), elsewhere.to_owned(), Some("`Draft`: the property day is gone")),
        (contract(), other("1.0.0-beta.2"), said("1.0.0-beta.1"), Some("does not name it")),
        (contract(), other("1.0.0-beta.2"), said("1.0.0-beta.2"), None),
        (stable("1.4.0"), added("1.5.0"), String::new(), None),
        (stable("1.4.0"), other("1.5.0"), said("1.5.0"), Some("needs the next major version")),
        (stable("1.4.0"), other("2.0.0"), said("2.0.0"), None),
    ] {
        let found = objections(&published, &present, &changelog);
        match objection {
            None => assert_eq!(found, [""; 0]),
            Some(objection) => assert!(found.concat().contains(objection), "{objection}: {found:?}"),
        }
    }
}
