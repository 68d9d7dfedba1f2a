//! Methods, media types, preconditions and languages.

use std::collections::BTreeMap;

use insula_api::http::language::{Language, texts};
use insula_tests::{Reply, operations::operations};
use reqwest::Method;

use super::{Target, well_refused};

/// SYS-04: every path refuses unsupported methods and lists the supported ones.
#[actix_web::test]
async fn other_methods_are_refused_with_the_supported_ones() {
    let target = Target::start().await;
    let mut paths: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for operation in operations() {
        paths.entry(operation.path.clone()).or_default().push(operation.method.to_string());
    }
    let before = target.app.dump();
    for operation in operations() {
        let mut allowed = paths[&operation.path].clone();
        if allowed.contains(&"GET".to_owned()) {
            allowed.push("HEAD".to_owned());
        }
        allowed.sort();
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "LINK", "get", "QUERY"] {
            if allowed.contains(&method.to_owned()) {
                continue;
            }
            for client in [target.app.client(None), target.app.lead_a()] {
                let method = Method::from_bytes(method.as_bytes()).unwrap();
                let request = client.request(method.clone(), &operation.path_to(&target.objects));
                let reply = client.send(request).await;
                let what = format!("{method} {}: {}", operation.path, reply.text);
                assert_eq!(reply.status, 405, "{what}");
                assert_eq!(reply.header("allow"), allowed.join(", "), "{what}");
                if method != Method::HEAD {
                    well_refused(&what, &reply);
                    assert!(reply.body["detail"].as_str().unwrap().contains(&allowed.join(", ")), "{what}");
                }
            }
        }
    }
    assert_eq!(target.app.dump(), before);
}

/// SYS-04: HEAD answers wherever GET does, with the same status and headers and without a body.
#[actix_web::test]
async fn head_is_get_without_a_body() {
    let target = Target::start().await;
    for operation in operations().into_iter().filter(|one| one.method == Method::GET) {
        let caller = operation.caller(&target.app);
        let got = operation.send(&caller, &target.objects).await;
        let mut same = operation.clone();
        same.method = Method::HEAD;
        let head = same.send(&caller, &target.objects).await;
        let told = |reply: &Reply| {
            (reply.status, ["content-type", "etag", "cache-control"].map(|name| reply.header(name).to_owned()))
        };
        assert_eq!(told(&head), told(&got), "{}", operation.name);
        assert_eq!(head.text, "", "{}", operation.name);
    }
}

/// SYS-04: a request that accepts only unsupported media types is refused before it has an effect.
#[actix_web::test]
async fn unsupported_media_types_are_refused() {
    let target = Target::start().await;
    let before = target.app.dump();
    for operation in operations() {
        let caller = operation.caller(&target.app);
        let is_picture = operation.name.ends_with("Plot");
        let is_page = ["getStaffingAssessment", "getProblemType", "listObligations"].contains(&operation.name.as_str());
        let is_letter = ["getGivenSummary", "getCoverageApplication"].contains(&operation.name.as_str());
        let refused = ["text/html", "image/png", "application/xml", "text/plain, image/*", "application/pdf;q=1"];
        for accept in refused
            .into_iter()
            .filter(|accept| !(is_picture && accept.contains("image/") || is_page && *accept == "text/html"))
            .filter(|accept| !(is_letter && accept.contains("pdf")))
        {
            let reply = caller.send(operation.request(&caller, &target.objects).header("Accept", accept)).await;
            let what = format!("{} as {accept}: {}", operation.name, reply.text);
            well_refused(&what, &reply);
            assert_eq!(reply.status, 406, "{what}");
        }
    }
    assert_eq!(target.app.dump(), before);
}

/// CGM-12: a change without `If-Match` is refused (428), and so is a malformed or stale tag (412).
#[actix_web::test]
async fn a_change_names_the_version_it_changes() {
    let target = Target::start().await;
    let before = target.app.dump();
    let mut seen = 0;
    for operation in operations().into_iter().filter(|one| one.needs_version) {
        seen += 1;
        let caller = operation.caller(&target.app);
        let mut objects = target.objects.clone();
        objects.version = None;
        let reply = operation.send(&caller, &objects).await.expect_problem(428, "preconditionRequired");
        assert_eq!(reply.body["rule"], "CGM-12", "{}", operation.name);
        for tag in ["1", "W/\"1\"", "\"01\"", "\"+1\"", "\"\"", "\"2147483648\"", "\"x\"", "\"0\"", "\"9\""] {
            let reply = caller.send(operation.request(&caller, &objects).header("If-Match", tag)).await;
            let reply = reply.expect_problem(412, "preconditionFailed");
            assert_eq!(reply.body["rule"], "CGM-12", "{} {tag}", operation.name);
        }
        for tag in ["*", "\"1\", \"2\""] {
            let reply = caller.send(operation.request(&caller, &objects).header("If-Match", tag)).await;
            assert_eq!(reply.expect_problem(400, "badRequest").faults(), ["If-Match:malformedHeader"], "{tag}");
        }
    }
    assert!(seen >= 7, "operations are missing from the contract: {seen}");
    assert_eq!(target.app.dump(), before);
}

/// SYS-04: what is wrong around a body hides nothing that is wrong in it: all is named at once.
#[actix_web::test]
async fn faults_around_the_body_hide_none_in_it() {
    let target = Target::start().await;
    let before = target.app.dump();
    let mut seen = 0;
    for operation in operations().into_iter().filter(|one| one.needs_key && one.has_body) {
        seen += 1;
        let caller = operation.caller(&target.app);
        let path = format!("{}?colour=red", operation.path_to(&target.objects));
        let mut request = caller.request(operation.method.clone(), &path).header("Content-Type", "application/json");
        if operation.needs_version {
            request = request.header("If-Match", "\"1\"");
        }
        let reply = caller.send(request.body("{\"nope\": 1}")).await.expect_problem(400, "badRequest");
        for fault in ["Idempotency-Key:required", "colour:unknownField", "nope:unknownField"] {
            assert!(reply.faults().contains(&fault.to_owned()), "{} {fault}: {}", operation.name, reply.text);
        }
    }
    assert!(seen >= 20, "operations are missing from the contract: {seen}");
    let client = target.app.lead_a();
    let request = client.request(Method::POST, "/registrationImports?mode=none").header("Content-Type", "text/csv");
    let faults = client.send(request.body("rowId;colour\nA;1\n")).await.expect_problem(400, "badRequest").faults();
    assert_eq!(faults, ["Idempotency-Key:required", "colour:unknownField", "mode:notInList", "type:required"]);
    assert_eq!(target.app.dump(), before);
}

/// SYS-03: a creating or moving request without a key, or with a malformed one, has no effect.
#[actix_web::test]
async fn a_creating_request_carries_a_key() {
    let target = Target::start().await;
    let before = target.app.dump();
    let mut seen = 0;
    let long = format!("\"{}\"", "k".repeat(256));
    for mut operation in operations().into_iter().filter(|one| one.needs_key) {
        seen += 1;
        operation.needs_key = false;
        let caller = operation.caller(&target.app);
        for (key, fault) in [
            (None, "required"),
            (Some(""), "malformedHeader"),
            (Some("\"\""), "malformedHeader"),
            (Some(long.as_str()), "malformedHeader"),
            (Some("\"é\""), "required"),
        ] {
            let mut request = operation.request(&caller, &target.objects);
            if let Some(key) = key {
                request = request.header("Idempotency-Key", key);
            }
            let reply = caller.send(request).await.expect_problem(400, "badRequest");
            let faults = reply.faults();
            assert_eq!(faults.len(), 1, "{}", reply.text);
            assert!(faults[0].starts_with("Idempotency-Key:"), "{}: {}", operation.name, reply.text);
            if key != Some("\"é\"") {
                assert_eq!(faults[0], format!("Idempotency-Key:{fault}"), "{}", operation.name);
            }
            assert_eq!(reply.body["issues"][0]["in"], "header");
        }
    }
    assert!(seen >= 7, "operations are missing from the contract: {seen}");
    assert_eq!(target.app.dump(), before);
}

fn detail(reply: &Reply) -> String {
    reply.body["detail"].as_str().unwrap().to_owned()
}

/// SYS-04: problems are in the reader's language, with English titles; regions are ignored, unknown languages fall back
/// to English.
#[actix_web::test]
async fn problems_are_in_the_readers_language() {
    let target = Target::start().await;
    let lead = target.app.lead_a();
    let anonymous = target.app.client(None);
    let registration = format!("/registrations/{}", target.objects.registration);
    let asks = [
        ("noAccessToken", anonymous.request(Method::GET, "/registrations")),
        ("missingPermission", lead.request(Method::GET, "/auditEvents")),
        ("resourceNotFound", lead.request(Method::GET, "/nope")),
        ("methodNotAllowed", lead.request(Method::DELETE, "/registrations")),
        ("notAcceptable", lead.request(Method::GET, "/registrations").header("Accept", "text/html")),
        ("unsupportedMediaType", lead.request(Method::POST, "/registrations/query").body("{}")),
        ("preconditionRequired", lead.request(Method::DELETE, &registration)),
        ("preconditionFailed", lead.request(Method::DELETE, &registration).header("If-Match", "\"9\"")),
        ("badRequest", lead.request(Method::GET, "/registrations?pageSize=0")),
    ];
    for (code, request) in asks {
        let mut said = Vec::new();
        for (header, language) in [
            ("fr-BE, nl;q=0.5", Language::Fr),
            ("nl", Language::Nl),
            ("it, de-BE;q=0.8, en;q=0.1", Language::De),
            ("en-GB", Language::En),
            ("ja", Language::En),
        ] {
            let reply = anonymous.send(request.try_clone().unwrap().header("Accept-Language", header)).await;
            assert!(reply.body["type"].as_str().unwrap().ends_with(code), "{}", reply.text);
            assert_eq!(reply.header("content-language"), language.name());
            let text = texts(language).problem[code].split('{').next().unwrap();
            assert!(detail(&reply).starts_with(text), "{code} in {header}: {}", reply.text);
            assert!(reply.body["title"].as_str().unwrap().is_ascii());
            for issue in reply.body["issues"].as_array().into_iter().flatten() {
                let text = texts(language).reason["outOfRange"].split('{').next().unwrap();
                assert!(issue["detail"].as_str().unwrap().contains(text), "{issue}");
            }
            said.push(detail(&reply));
        }
        said.sort();
        said.dedup();
        assert_eq!(said.len(), 4, "{code} says the same in two languages: {said:?}");
    }
}
