//! Malicious input to every operation that accepts it: refused with a problem document, without any change, never a
//! 500, never echoing a national number.

mod bodies;
mod fields;
mod http;
mod names;
mod paths;
mod queries;
mod raw;
mod texts;
mod values;

use insula_domain::actor::Role;
use insula_tests::{
    Client, Reply, TestApp,
    app::HOSPITAL_A,
    data,
    operations::{Objects, Operation, operations},
};

/// A service with an open registration of hospital A and everything around it.
struct Target {
    app: TestApp,
    objects: Objects,
}

impl Target {
    async fn start() -> Target {
        let app = TestApp::start().await;
        let mut objects = Objects::make(&app, HOSPITAL_A, Role::StudyLead, "319", 1, false).await;
        objects.code = Objects::absent(&app, 2).code;
        objects.bill(&app).await;
        // An adviser sees what was submitted only.
        let submit = format!("/coverageApplications/{}/submit", objects.application);
        app.role(Role::ConventionTeam, HOSPITAL_A).command(&submit, 1).await.expect(200);
        Target { app, objects }
    }

    /// The operations with a body, each with an authorised caller and with its objects and their version.
    fn with_body(&self) -> Vec<(Operation, Client, Objects)> {
        operations()
            .into_iter()
            .filter(|operation| operation.has_body)
            .map(|operation| {
                let caller = operation.caller(&self.app);
                // What is entered must not exist yet; a draft is changed in its version.
                let mut objects = self.objects.clone();
                match operation.name.as_str() {
                    "createBeneficiary" => objects.person = 500,
                    "replaceBeneficiary" => objects.version = Some(1),
                    "putHospital" | "putMailRecipients" => objects.version = Some(1),
                    _ => {}
                }
                (operation, caller, objects)
            })
            .collect()
    }
}

/// Sends these bytes as the body of an otherwise valid request.
async fn send_bytes(operation: &Operation, caller: &Client, objects: &Objects, bytes: &[u8]) -> Reply {
    let request = operation.bare(caller, objects).header("Content-Type", operation.content_type());
    caller.send(request.body(bytes.to_vec())).await
}

/// Checks a refusal: a problem document with its trace id and without a national number.
#[track_caller]
fn well_refused(what: &str, reply: &Reply) {
    assert!((400..500).contains(&reply.status), "{what}: {} {}", reply.status, shown(&reply.text));
    assert_eq!(reply.header("content-type"), "application/problem+json", "{what}: {}", shown(&reply.text));
    assert_eq!(reply.body["status"], reply.status, "{what}: {}", shown(&reply.text));
    assert_eq!(reply.body["instance"], format!("urn:uuid:{}", reply.header("belgov-trace-id")), "{what}");
    for issue in reply.body["issues"].as_array().into_iter().flatten() {
        assert!(!issue["detail"].as_str().unwrap().contains('{'), "{what}: an unfilled text: {issue}");
    }
    no_national_number(what, reply);
}

/// No text may contain a national number sent in these tests, in any spelling.
#[track_caller]
fn no_national_number(what: &str, reply: &Reply) {
    let headers: String = reply.headers.values().map(|value| format!("{value:?}\n")).collect();
    for text in [&reply.text, &headers] {
        let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '.' | '-' | '/' | '\u{a0}')).collect();
        for n in [1, 77, 500] {
            assert!(!digits.contains(&data::niss(n)), "{what} says a national number back: {}", shown(text));
        }
    }
}

/// The beginning of a text, for messages.
fn shown(text: &str) -> String {
    text.chars().take(600).collect()
}

/// Converts `/content/devices/0/model` to its spelling in a problem: `content.devices[0].model`.
fn named(pointer: &str) -> String {
    let mut name = String::new();
    for part in pointer.split('/').skip(1) {
        match part.parse::<usize>() {
            Ok(index) => name.push_str(&format!("[{index}]")),
            Err(_) if name.is_empty() => name.push_str(part),
            Err(_) => name.push_str(&format!(".{part}")),
        }
    }
    name
}
