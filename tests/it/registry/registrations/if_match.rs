use insula_tests::{Client, Reply, TestApp, client::new_key};
use reqwest::Method;
use serde_json::json;

const COMMANDS: [(&str, &str); 5] =
    [("PUT", ""), ("PATCH", ""), ("POST", "/submit"), ("POST", "/reopen"), ("DELETE", "?reason=enteredTwice")];

async fn send(client: &Client, command: (&str, &str), registration: &Reply, if_match: Option<&str>) -> Reply {
    let (method, suffix) = command;
    let path = format!("/registrations/{}{suffix}", registration.id());
    let mut request = client.request(Method::from_bytes(method.as_bytes()).unwrap(), &path);
    if let Some(tag) = if_match {
        request = request.header("If-Match", tag);
    }
    request = match method {
        "POST" => request.header("Idempotency-Key", new_key()),
        "DELETE" => request,
        "PATCH" => request.header("Content-Type", "application/merge-patch+json").body(r#"{"content": {}}"#),
        _ => request.json(&json!({"content": {}})),
    };
    client.send(request).await
}

/// CGM-12: a change without a version is refused (428), in any status.
#[actix_web::test]
async fn a_change_without_if_match_is_refused() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let registrations = [lead.standing(&app, 1, "a new draft").await, lead.standing(&app, 2, "submitted").await];
    let before = app.dump();
    for registration in &registrations {
        for command in COMMANDS {
            let refused = send(&lead, command, registration, None).await;
            let refused = refused.expect_problem(428, "preconditionRequired");
            assert_eq!(refused.body["rule"], "CGM-12");
        }
    }
    assert_eq!(app.dump(), before);
}

/// CGM-12: a stale version, or anything but a strong tag, is refused (412).
#[actix_web::test]
async fn a_stale_weak_or_malformed_if_match_is_refused() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let submitted = lead.standing(&app, 1, "submitted").await;
    let open = lead.change(&lead.standing(&app, 2, "a new draft").await, json!({"content": {"remark": "x"}})).await;
    let before = app.dump();
    for registration in [&submitted, &open.expect(200)] {
        let present = registration.version();
        let tags = [
            format!("\"{}\"", present - 1),
            format!("\"{}\"", present + 1),
            format!("W/\"{present}\""),
            present.to_string(),
            format!("\"0{present}\""),
            "\"\"".to_owned(),
            "\"99999999999999999999\"".to_owned(),
        ];
        for tag in &tags {
            for command in COMMANDS {
                let refused = send(&lead, command, registration, Some(tag)).await;
                let refused = refused.expect_problem(412, "preconditionFailed");
                assert_eq!(refused.body["rule"], "CGM-12", "{tag} {command:?}");
            }
        }
        // A change acts on one version.
        for tag in [format!("\"{present}\", \"{}\"", present + 1), "*".to_owned()] {
            for command in COMMANDS {
                let refused = send(&lead, command, registration, Some(&tag)).await;
                let refused = refused.expect_problem(400, "badRequest");
                assert_eq!(refused.faults(), ["If-Match:malformedHeader"], "{tag} {command:?}");
            }
        }
    }
    assert_eq!(app.dump(), before);
}

/// CGM-12: the ETag of an answer is the `If-Match` of the next change.
#[actix_web::test]
async fn the_etag_of_each_answer_opens_the_next_change() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let mut last = lead.complete_draft(1).await;
    assert_eq!(last.header("etag"), "\"1\"");
    for command in [COMMANDS[1], COMMANDS[2]] {
        let body = json!({"content": {"remark": "seen"}});
        let (method, suffix) = command;
        let path = format!("/registrations/{}{suffix}", last.id());
        let request = lead.request(Method::from_bytes(method.as_bytes()).unwrap(), &path);
        let request = request.header("If-Match", last.header("etag").to_owned());
        let request = if method == "PATCH" {
            request.header("Content-Type", "application/merge-patch+json").body(body.to_string())
        } else {
            request.header("Idempotency-Key", new_key())
        };
        last = lead.send(request).await.expect(200);
        assert_eq!(last.header("etag"), format!("\"{}\"", last.version()));
    }
    assert_eq!(last.body["status"], "sending");
}
