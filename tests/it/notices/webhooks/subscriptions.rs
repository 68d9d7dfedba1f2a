use insula_domain::actor::Role;
use insula_tests::{
    Receiver, TestApp,
    app::{HOSPITAL_A, HOSPITAL_B},
    client::new_key,
    data,
    receiver::ALL_TYPES,
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{ask_for_test, manager, present};

fn entry() -> Value {
    json!({"url": "https://ehr.hopital.example/insula", "eventTypes": ["be.insula.registration.submitted"]})
}

/// SYS-01, SYS-03: a subscription is created, read, listed, changed and deleted; its secret is shown once, and the
/// trail records each change without address, description or secret.
#[actix_web::test]
async fn a_subscription_is_made_changed_and_deleted() {
    let app = TestApp::start().await;
    let manager = manager(&app);
    let mut body = entry();
    body["description"] = json!("EHR, production");
    let key = new_key();
    let made = manager.post_keyed("/webhookSubscriptions", &body, &key).await.expect(201);
    let path = format!("/webhookSubscriptions/{}", made.id());
    assert_eq!(made.header("location"), made.body["href"]);
    assert_eq!((made.header("etag"), &made.body["active"]), ("\"1\"", &json!(true)));
    let secret = made.body["secret"].as_str().unwrap();
    assert!(secret.starts_with("whsec_") && secret.len() == 50, "{secret}");
    let again = manager.post_keyed("/webhookSubscriptions", &body, &key).await.expect(201);
    assert_eq!(again.text, made.text, "a repetition makes nothing new");
    let mut shown = made.body.clone();
    shown.as_object_mut().unwrap().remove("secret");
    assert_eq!(manager.get(&path).await.expect(200).body, shown);
    let all = manager.get("/webhookSubscriptions").await.expect(200);
    assert_eq!(all.body, json!({"items": [shown], "total": 1}));

    let change = json!({"url": "https://ehr.hopital.example/other", "eventTypes": ALL_TYPES, "active": false});
    let changed = manager.put(&path, &change, 1).await.expect(200);
    assert_eq!((changed.version(), &changed.body["inactiveBecause"]), (2, &json!("byHospital")));
    assert_eq!((&changed.body["secret"], &changed.body["description"]), (&Value::Null, &Value::Null));
    manager.put(&path, &change, 1).await.expect_problem(412, "preconditionFailed");
    let test = manager.request(Method::POST, &format!("{path}/test")).header("Idempotency-Key", new_key());
    manager.send(test).await.expect_problem(409, "webhookSubscriptionInactive");
    manager.delete(&path, 1).await.expect_problem(412, "preconditionFailed");
    manager.delete(&path, 2).await.expect(204);
    manager.get(&path).await.expect_problem(404, "resourceNotFound");
    assert_eq!(manager.get("/webhookSubscriptions").await.expect(200).body["total"], 0);

    app.when_older_transactions_ended();
    let auditor = app.role(Role::Auditor, "");
    let events = auditor.get(&format!("/auditEvents?subject=webhookSubscription:{}", made.id())).await.expect(200);
    let actions: Vec<_> = events.body["items"].as_array().unwrap().iter().map(|one| one["action"].clone()).collect();
    assert_eq!(actions, ["create", "repeat", "replace", "delete"], "{}", events.text);
    for hidden in ["production", "/other", "whsec"] {
        assert!(!events.text.contains(hidden), "{}", events.text);
    }
    assert!(!app.dump().contains(&secret[6..]), "the secret stands somewhere as it is");
}

/// SYS-04, BEN-04: all faults are reported at once; nothing is echoed or stored.
#[actix_web::test]
async fn faults_are_reported_all_at_once() {
    let app = TestApp::start().await;
    let manager = manager(&app);
    let before = app.dump();
    let faults = [
        (json!({}), vec!["eventTypes:required", "url:required"]),
        (
            json!({"url": "ftp://x", "eventTypes": [], "description": data::niss(1), "active": "yes",
                "secret": "whsec_x"}),
            vec![
                "active:wrongType",
                "description:nationalNumber",
                "eventTypes:required",
                "secret:unknownField",
                "url:notAWebAddress",
            ],
        ),
        (
            json!({"url": "https://10.0.0.1/", "eventTypes": ["be.insula.registration.opened", 7, ALL_TYPES[0],
                ALL_TYPES[0]]}),
            vec![
                "eventTypes[0]:notInList",
                "eventTypes[1]:wrongType",
                "eventTypes[3]:repeated",
                "url:addressNotAllowed",
            ],
        ),
        (
            json!({"url": format!("https://ehr.example/{}", data::niss(1)), "eventTypes": ["be.insula.webhook.test"]}),
            vec!["eventTypes[0]:notInList", "url:nationalNumber"],
        ),
        (json!({"url": 7, "eventTypes": "x"}), vec!["eventTypes:wrongType", "url:wrongType"]),
        (
            json!({"url": format!("https://ehr.example/{}", "x".repeat(2000)), "eventTypes": vec!["x"; 16]}),
            vec!["eventTypes:tooMany", "url:tooLong"],
        ),
    ];
    for (body, expected) in faults {
        let refused = manager.post("/webhookSubscriptions", &body).await.expect_problem(400, "badRequest");
        assert_eq!(refused.faults(), expected, "{body}");
        assert!(!refused.text.contains(&data::niss(1)));
    }
    assert_eq!(app.dump(), before);
}

/// SYS-02, CGM-02: another hospital's subscription answers as if absent; a lead needs a grant, the access manager does
/// not.
#[actix_web::test]
async fn another_hospitals_subscription_does_not_exist() {
    let app = TestApp::start().await;
    let receiver = Receiver::start();
    let (lead, other) = (app.lead_a(), app.lead_b());
    let made = lead.subscribe(&receiver.url).await;
    let event = ask_for_test(&lead, &made).await;
    let path = format!("/webhookSubscriptions/{}", made.id());
    let before = app.dump();
    for colleague in [&other, &app.role(Role::AccessManager, HOSPITAL_B)] {
        colleague.get(&path).await.expect_problem(404, "resourceNotFound");
        colleague.put(&path, &entry(), 1).await.expect_problem(404, "resourceNotFound");
        colleague.delete(&path, 1).await.expect_problem(404, "resourceNotFound");
        for command in ["rotateSecret", "test", &format!("deliveries/{event}/resend")] {
            colleague.command(&format!("{path}/{command}"), 1).await.expect_problem(404, "resourceNotFound");
        }
        colleague.get(&format!("{path}/deliveries")).await.expect_problem(404, "resourceNotFound");
        colleague.get(&format!("{path}/deliveries/{event}")).await.expect_problem(404, "resourceNotFound");
        assert_eq!(colleague.get("/webhookSubscriptions").await.expect(200).body["total"], 0);
    }
    assert_eq!(app.dump(), before);
    // Events of a hospital are sent only to that hospital.
    other.submitted(&app, 1).await;
    app.send_webhooks().await;
    assert_eq!(receiver.types(), ["webhook.test"]);

    let stranger = app.client(Some(app.token("hospital", Some(HOSPITAL_A), "stranger", &[Role::StudyLead])));
    stranger.post("/webhookSubscriptions", &entry()).await.expect_problem(403, "registryNotGranted");
    stranger.get(&path).await.expect_problem(403, "registryNotGranted");
    manager(&app).get(&path).await.expect(200);
}

/// SYS-04: a hospital has at most twenty subscriptions, also with concurrent creation; deleting one makes room.
#[actix_web::test]
async fn the_number_of_subscriptions_is_limited() {
    let app = TestApp::start().await;
    let manager = manager(&app);
    let mut last = None;
    for _ in 0..18 {
        last = Some(manager.post("/webhookSubscriptions", &entry()).await.expect(201));
    }
    let body = entry();
    let made = tokio::join!(
        manager.post("/webhookSubscriptions", &body),
        manager.post("/webhookSubscriptions", &body),
        manager.post("/webhookSubscriptions", &body),
        manager.post("/webhookSubscriptions", &body),
    );
    let mut statuses = [made.0.status, made.1.status, made.2.status, made.3.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 201, 409, 409]);
    let refused =
        manager.post("/webhookSubscriptions", &entry()).await.expect_problem(409, "tooManyWebhookSubscriptions");
    assert_eq!(refused.body["limit"], 20);
    app.role(Role::AccessManager, HOSPITAL_B).post("/webhookSubscriptions", &entry()).await.expect(201);
    let last = last.unwrap();
    manager.delete(&format!("/webhookSubscriptions/{}", last.id()), last.version()).await.expect(204);
    manager.post("/webhookSubscriptions", &entry()).await.expect(201);
}

/// SYS-03: a repeated rotation has no effect and shows the same secret; of two concurrent ones one is refused.
#[actix_web::test]
async fn a_repeated_rotation_rotates_once() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let made = lead.post("/webhookSubscriptions", &entry()).await.expect(201);
    let path = format!("/webhookSubscriptions/{}/rotateSecret", made.id());
    let key = new_key();
    let rotated = lead.command_keyed(&path, 1, &key).await.expect(200);
    assert_ne!(rotated.body["secret"], made.body["secret"]);
    assert_eq!(rotated.body["earlierSecretUntil"].as_str().unwrap()[..13], *"2026-06-16T08");
    assert_eq!(lead.command_keyed(&path, 1, &key).await.expect(200).text, rotated.text);
    lead.command(&path, 1).await.expect_problem(412, "preconditionFailed");
    let (one, other) = tokio::join!(lead.command(&path, 2), lead.command(&path, 2));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
    assert_eq!(present(&lead, &made).await.version(), 3);
}

/// SYS-04: deliveries are paged, newest first, by state, each exactly once.
#[actix_web::test]
async fn deliveries_are_paged() {
    let app = TestApp::start().await;
    let receiver = Receiver::start();
    let lead = app.lead_a();
    let made = lead.subscribe(&receiver.url).await;
    let mut asked = Vec::new();
    for n in 0..7 {
        if n == 4 {
            app.send_webhooks().await;
        }
        asked.insert(0, ask_for_test(&lead, &made).await);
    }
    let mut next = format!("/webhookSubscriptions/{}/deliveries?pageSize=3", made.id());
    let mut read = Vec::new();
    loop {
        let page = lead.get(&next).await.expect(200);
        read.extend(page.body["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()));
        match page.body["next"].as_str() {
            Some(following) => following.clone_into(&mut next),
            None => break,
        }
    }
    assert_eq!(read, asked);
    let path = format!("/webhookSubscriptions/{}/deliveries", made.id());
    for (states, expected) in [("state=waiting", 3), ("state=delivered", 4), ("state=waiting&state=parked", 3)] {
        let page = lead.get(&format!("{path}?{states}")).await.expect(200);
        assert_eq!(page.body["items"].as_array().unwrap().len(), expected, "{states}");
    }
    let page = lead.get(&format!("{path}?state=delivered&pageSize=2")).await.expect(200);
    let page = lead.get(page.body["next"].as_str().unwrap()).await.expect(200);
    assert_eq!((page.body["items"].as_array().unwrap().len(), page.body["next"].as_str()), (2, None));
    let refused = lead.get(&format!("{path}?state=lost&after=x&pageSize=0&page=2")).await.expect(400);
    assert_eq!(
        refused.faults(),
        ["after:notAnIdentifier", "page:unknownField", "pageSize:outOfRange", "state:notInList"]
    );
}
