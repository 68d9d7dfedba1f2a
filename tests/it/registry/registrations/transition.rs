use insula_domain::registry::registration::Status;
use insula_tests::{Client, Reply, TestApp, data, status::STANDINGS};
use serde_json::json;

const COMMANDS: [&str; 6] = ["PUT", "PATCH", "submit", "reopen", "DELETE", "GET"];

/// The name of the command in a refusal.
fn name(command: &str) -> &'static str {
    match command {
        "PUT" | "PATCH" => "save",
        "submit" => "submit",
        "reopen" => "reopen",
        _ => "delete",
    }
}

async fn send(client: &Client, command: &str, registration: &Reply) -> Reply {
    let path = format!("/registrations/{}", registration.id());
    let version = registration.version();
    match command {
        "PUT" => {
            let body =
                json!({"beneficiaryId": registration.body["beneficiaryId"], "content": data::first_implantation()});
            client.put(&path, &body, version).await
        }
        "PATCH" => client.patch(&path, &json!({"content": {"remark": "seen"}}), version).await,
        "submit" => client.submit(registration).await,
        "reopen" => client.reopen(registration).await,
        "DELETE" => client.remove(registration, Some("enteredTwice")).await,
        _ => client.get(&path).await,
    }
}

/// The status after a command; `None` if it is refused.
fn leads_to(from: Status, command: &str) -> Option<Status> {
    match (from, command) {
        (_, "GET") => Some(from),
        (Status::Open, "PUT" | "PATCH") => Some(Status::Open),
        (Status::Open, "submit") => Some(Status::Sending),
        (Status::Open, "DELETE") => Some(Status::Deleted),
        (Status::Submitted | Status::CorrectionsNeeded, "reopen") => Some(Status::Open),
        _ => None,
    }
}

/// CGM-07, CGM-09, CGM-11, CGM-12: every command in every status; those that are not listed are refused and change
/// nothing.
#[actix_web::test]
async fn every_command_in_every_status_works_or_is_refused_and_changes_nothing() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let mut n = 0;
    for (standing, status) in STANDINGS {
        for command in COMMANDS {
            n += 1;
            let registration = lead.standing(&app, n, standing).await;
            assert_eq!(registration.body["status"], status.name(), "{standing}");
            let before = app.dump();
            let reply = send(&lead, command, &registration).await;
            let now = lead.again(&registration).await;
            match leads_to(status, command) {
                Some(next) => {
                    assert!(reply.status < 300, "{command} on {standing}: {}", reply.text);
                    assert_eq!(now.body["status"], next.name(), "{command} on {standing}");
                    let steps = i64::from(command != "GET");
                    assert_eq!(now.version(), registration.version() + steps, "{command} on {standing}");
                    if registration.body["code"].is_string() {
                        assert_eq!(now.body["code"], registration.body["code"], "{command} on {standing}");
                    }
                }
                None => {
                    let refused = reply.expect_problem(409, "transitionNotPossible");
                    assert_eq!(refused.body["registrationStatus"], status.name());
                    assert_eq!(refused.body["command"], name(command));
                    assert_eq!(refused.body["rule"], "CGM-12");
                    assert_eq!(app.dump(), before, "{command} on {standing}");
                }
            }
        }
    }
}

/// CGM-12: a submit of a registration that is not open is refused before its content is checked.
#[actix_web::test]
async fn the_status_is_checked_before_the_content() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let sending = lead.standing(&app, 1, "sending").await;
    let path = format!("/registrations/{}", sending.id());
    let body = json!({"content": {"wingspan": 3}});
    lead.put(&path, &body, sending.version()).await.expect_problem(409, "transitionNotPossible");
    lead.patch(&path, &body, sending.version()).await.expect_problem(409, "transitionNotPossible");
}

/// CGM-07: a failed delivery leaves the registration `sending`, and is retried later.
#[actix_web::test]
async fn a_failed_delivery_stays_sending_and_is_tried_again() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let sending = lead.standing(&app, 1, "sending").await;
    assert_eq!(app.fail_deliveries(), 1);
    assert_eq!(lead.again(&sending).await.body, sending.body);
    assert_eq!(app.deliver(), 0, "not before its time");
    app.clock.advance(chrono::TimeDelta::minutes(1));
    assert_eq!(app.deliver(), 1);
    assert_eq!(lead.again(&sending).await.body["status"], "submitted");
}

/// CGM-07, CGM-12: a repeated or late acknowledgement changes nothing.
#[actix_web::test]
async fn a_repeated_delivery_changes_nothing() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let submitted = lead.submitted(&app, 1).await;
    app.tamper("UPDATE insula.outbox SET delivered_at = NULL");
    assert_eq!(app.deliver(), 1);
    assert_eq!(lead.again(&submitted).await.body, submitted.body);
    let open = lead.reopen(&submitted).await.expect(200);
    app.tamper("UPDATE insula.outbox SET delivered_at = NULL");
    assert_eq!(app.refuse("too late"), 1);
    assert_eq!(lead.again(&open).await.body, open.body);
    assert_eq!(app.count("SELECT count(*) AS n FROM coded.deliveries"), 1);
}
