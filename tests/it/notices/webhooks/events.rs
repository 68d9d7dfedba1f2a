use insula_tests::{Receiver, TestApp, data, receiver::ALL_TYPES};
use serde_json::{Value, json};

use super::{ask_for_test, delivery};

/// CGM-07, CGM-08, CGM-09, CGM-11: each change of status is sent once, as a signed CloudEvent with a link; drafts,
/// saves and submits are not.
#[actix_web::test]
async fn each_change_of_status_is_sent() {
    let app = TestApp::start().await;
    let receiver = Receiver::start();
    let lead = app.lead_a();
    let made = lead.subscribe(&receiver.url).await;
    let secret = made.body["secret"].as_str().unwrap();

    let submitted = lead.submitted(&app, 1).await;
    let reopened = lead.reopen(&submitted).await.expect(200);
    let changed = lead.change(&reopened, json!({"content": {"hospitalReference": "R1"}})).await.expect(200);
    lead.submit(&changed).await.expect(200);
    app.refuse("Zwaluwsteen has no such sensor");
    let refused = lead.again(&changed).await;
    let reopened = lead.reopen(&refused).await.expect(200);
    let again = lead.submit_and_deliver(&app, &reopened).await;
    app.exceed(&again);
    let exceeded = lead.again(&again).await;
    let reopened = lead.reopen(&exceeded).await.expect(200);
    lead.remove(&reopened, None).await.expect(204);
    let draft = lead.draft("followUp", None, &json!({})).await;
    lead.remove(&draft, None).await.expect(204);
    app.send_webhooks().await;

    let code = submitted.body["code"].as_str().unwrap();
    let href = format!("{}/registrations/{}", app.base, submitted.id());
    let told = |version: i64, status: &str| {
        json!({"registrationId": submitted.id(), "href": href, "version": version,
        "status": status, "code": code})
    };
    let with = |mut data: Value, corrections: Value| {
        data["corrections"] = corrections;
        data
    };
    let exceeded = json!({"because": "counterExceeded", "counter": "A", "limit": 400, "otherPair": "174495-174506"});
    let expected = [
        ("submitted", told(3, "submitted")),
        ("reopened", told(4, "open")),
        ("correctionsNeeded", with(told(7, "correctionsNeeded"), json!({"because": "refusedByHealthdata"}))),
        ("reopened", told(8, "open")),
        ("submitted", told(10, "submitted")),
        ("correctionsNeeded", with(told(11, "correctionsNeeded"), exceeded)),
        ("reopened", told(12, "open")),
        ("deleted", told(13, "deleted")),
        (
            "deleted",
            json!({"registrationId": draft.id(), "href": format!("{}/registrations/{}", app.base, draft.id()),
                "version": 2, "status": "deleted"}),
        ),
    ];
    let mut got = receiver.got();
    got.sort_by_key(|one| {
        let event = one.event();
        (event["subject"] != json!(submitted.id()), event["data"]["version"].as_i64())
    });
    assert_eq!(got.len(), expected.len());
    for (got, (kind, data)) in got.iter().zip(&expected) {
        let event = got.event();
        assert_eq!(event["data"], *data, "{kind}");
        assert_eq!(event["type"], format!("be.insula.registration.{kind}"));
        assert_eq!(event["subject"], data["registrationId"]);
        assert_eq!((&event["specversion"], &event["datacontenttype"]), (&json!("1.0"), &json!("application/json")));
        assert_eq!(event["source"], *app.state.public_url);
        assert_eq!(event.as_object().unwrap().len(), 8, "{event}");
        assert_eq!(got.header("content-type"), "application/cloudevents+json");
        assert_eq!(got.line, "POST /insula?tenant=7 HTTP/1.1");
        assert_eq!(event["id"], got.header("webhook-id"));
        assert_eq!(got.signatures(), [got.signed_with(secret)]);
        let delivery = delivery(&lead, &made, got.header("webhook-id")).await;
        assert_eq!((&delivery["state"], &delivery["attempts"]), (&json!("delivered"), &json!(1)));
        assert_eq!((&delivery["statusCode"], &delivery["type"]), (&json!(204), &event["type"]));
    }
    let last = lead.get(&format!("/registrations/{}/versions/13", submitted.id())).await.expect(200);
    let time: chrono::DateTime<chrono::Utc> = got[7].event()["time"].as_str().unwrap().parse().unwrap();
    assert_eq!(json!(time), last.body["changedAt"], "the time of the change");
    let mut ids: Vec<_> = got.iter().map(|one| one.header("webhook-id")).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), expected.len(), "each event has its own identifier");
    app.assert_invariants();
}

/// CGM-07: a subscription gets the subscribed types from its creation on; two subscriptions get the same event with one
/// identifier; a test event is always sent.
#[actix_web::test]
async fn each_subscription_gets_its_types() {
    let app = TestApp::start().await;
    let (all, few, none) = (Receiver::start(), Receiver::start(), Receiver::start());
    let lead = app.lead_a();
    let before = lead.submitted(&app, 1).await;
    lead.subscribe(&all.url).await;
    let types = json!(["be.insula.registration.deleted", "be.insula.registration.reopened"]);
    let body = json!({"url": few.url, "eventTypes": types});
    let second = lead.post("/webhookSubscriptions", &body).await.expect(201);
    let body = json!({"url": none.url, "eventTypes": ALL_TYPES, "active": false});
    lead.post("/webhookSubscriptions", &body).await.expect(201);
    lead.submitted(&app, 2).await;
    lead.reopen(&before).await.expect(200);
    ask_for_test(&lead, &second).await;
    app.send_webhooks().await;
    let sorted = |receiver: &Receiver| {
        let mut types = receiver.types();
        types.sort();
        types
    };
    assert_eq!(sorted(&all), ["registration.reopened", "registration.submitted"]);
    assert_eq!(sorted(&few), ["registration.reopened", "webhook.test"]);
    assert_eq!(none.types(), [""; 0]);
    let reopened = |receiver: &Receiver| {
        let got = receiver.got();
        let one = got.iter().find(|one| one.body.contains("reopened")).unwrap();
        (one.header("webhook-id").to_owned(), one.body.clone(), one.header("webhook-signature").to_owned())
    };
    let (one, other) = (reopened(&all), reopened(&few));
    assert_eq!((&one.0, &one.1), (&other.0, &other.1));
    assert_ne!(one.2, other.2, "each has a secret of its own");
}

/// SYS-03: refused or rolled-back changes send nothing.
#[actix_web::test]
async fn changes_without_effect_are_not_sent() {
    let app = TestApp::start().await;
    let receiver = Receiver::start();
    let lead = app.lead_a();
    lead.subscribe(&receiver.url).await;
    let submitted = lead.submitted(&app, 1).await;
    lead.remove(&submitted, None).await.expect(409);
    let path = format!("/registrations/{}/reopen", submitted.id());
    lead.command(&path, 1).await.expect(412);
    let key = insula_tests::client::new_key();
    lead.command_keyed(&path, submitted.version(), &key).await.expect(200);
    lead.command_keyed(&path, submitted.version(), &key).await.expect(200);
    app.send_webhooks().await;
    let mut types = receiver.types();
    types.sort();
    assert_eq!(types, ["registration.reopened", "registration.submitted"]);
}

/// BEN-04: deliveries, stored or sent, contain nothing that identifies a beneficiary: no number, name, birth date,
/// content or author.
#[actix_web::test]
async fn no_delivery_holds_an_identity_or_content() {
    let app = TestApp::start().await;
    let receiver = Receiver::start();
    let lead = app.lead_a();
    lead.subscribe(&receiver.url).await;
    let person = json!({"niss": "85.07.30-033.28", "firstName": "Zwaluwsteen", "lastName": "Quillebrandt",
        "birthDate": "1985-07-30", "sex": "male", "residencePlace": "Sint-Canarius", "insurerNumber": "319"});
    let person = lead.post("/beneficiaries", &person).await.expect(201).id();
    let mut content = data::first_implantation();
    content["remark"] = json!("Quillebrandt came late");
    content["hospitalReference"] = json!("CANARY-REF");
    let draft = lead.draft("firstImplantation", Some(&person), &content).await;
    lead.submit(&draft).await.expect(200);
    app.refuse("Quillebrandt, born 1985-07-30, is unknown");
    let refused = lead.again(&draft).await;
    let reopened = lead.reopen(&refused).await.expect(200);
    let submitted = lead.submit_and_deliver(&app, &reopened).await;
    app.exceed(&submitted);
    let exceeded = lead.again(&submitted).await;
    let reopened = lead.reopen(&exceeded).await.expect(200);
    lead.remove(&reopened, None).await.expect(204);
    app.send_webhooks().await;
    let sent: String =
        receiver.got().iter().map(|one| format!("{}\n{:?}\n{}\n", one.line, one.headers, one.body)).collect();
    assert_eq!(receiver.got().len(), 6);
    let dump = app.dump();
    let (_, rows) = dump.split_once("== insula.webhook_deliveries\n").unwrap();
    let rows = rows.split("== ").next().unwrap();
    assert_eq!(rows.trim().lines().count(), 6);
    let canaries = [
        "85073003328",
        "85.07.30",
        "1985-07-30",
        "Zwaluwsteen",
        "Quillebrandt",
        "Canarius",
        "CANARY",
        "Eversense",
        "10000106690",
        "dev.study",
        &person,
    ];
    for text in [sent.as_str(), rows] {
        for canary in canaries {
            assert!(!text.contains(canary), "{canary} in {text}");
        }
    }
}
