use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use insula_domain::{
    clock::Clock,
    notices::webhook::{Failure, Outcome},
};
use insula_persistence::{
    Call,
    notices::webhooks::{self, Attempt, Settled},
};
use insula_tests::{Receiver, TestApp, receiver::Manner};
use serde_json::{Value, json};

use super::{ask_for_test, delivery};

fn call(app: &TestApp) -> Call {
    Call::insula("sendWebhooks", app.db.ids.opaque_uuid())
}

fn claim(app: &TestApp, limit: i64, failing: i64) -> Vec<Attempt> {
    app.db.run(&call(app), |tx| webhooks::claim(tx, limit, failing)).unwrap()
}

fn settle(app: &TestApp, attempts: &[Attempt], outcome: Outcome) {
    let settled: Vec<_> = attempts.iter().map(|attempt| Settled { attempt: attempt.clone(), outcome }).collect();
    app.db.run(&call(app), |tx| webhooks::settle(tx, &settled)).unwrap();
}

fn next_attempt(told: &Value) -> DateTime<Utc> {
    told["nextAttemptAt"].as_str().unwrap_or_else(|| panic!("{told}")).parse().unwrap()
}

/// SYS-02, SYS-03: slow endpoints of one hospital, however many, occupy half of the slots; another hospital's event is sent at
/// once, before what the first still has waiting.
#[actix_web::test]
async fn a_backlog_does_not_delay_another_hospital() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    for n in 0..9 {
        let made = lead.subscribe(&format!("http://127.0.0.1:1999/{n}")).await;
        for _ in 0..5 {
            ask_for_test(&lead, &made).await;
        }
    }
    let claimed = claim(&app, 32, 24);
    assert_eq!(claimed.len(), 16);
    let other = app.lead_b();
    let made = other.subscribe("http://127.0.0.1:1999/other").await;
    let event = ask_for_test(&other, &made).await;
    let next: Vec<_> = claim(&app, 16, 1).iter().map(|one| one.event_id.to_string()).collect();
    assert_eq!(next, [event]);
    let another = ask_for_test(&other, &made).await;
    settle(&app, &claimed[..1], Outcome::Delivered(204));
    let next: Vec<_> = claim(&app, 1, 1).iter().map(|one| one.event_id.to_string()).collect();
    assert_eq!(next, [another], "a turn for each");
}

/// SYS-03: failing endpoints take turns, whatever the backlog of the others.
#[actix_web::test]
async fn failing_endpoints_take_turns() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    for n in [4, 4, 1] {
        let made = lead.subscribe(&format!("http://127.0.0.1:1999/{n}")).await;
        for _ in 0..n {
            ask_for_test(&lead, &made).await;
        }
    }
    let timeout = Outcome::Failed(Failure::Timeout, None);
    settle(&app, &claim(&app, 32, 24), timeout);
    app.clock.advance(TimeDelta::hours(1));
    let mut tried = HashSet::new();
    for _ in 0..3 {
        let claimed = claim(&app, 32, 1);
        assert_eq!(claimed.len(), 1);
        tried.insert(claimed[0].subscription);
        settle(&app, &claimed, timeout);
        app.clock.advance(TimeDelta::seconds(1));
    }
    assert_eq!(tried.len(), 3);
}

/// SYS-02, SYS-03: an event whose secret does not open is put back alone, with an error; the others are sent. If only
/// the earlier secret does not open, the current one signs alone.
#[actix_web::test]
async fn an_unreadable_secret_delays_nobody_else() {
    let app = TestApp::start().await;
    let receiver = Receiver::start();
    let lead = app.lead_a();
    let broken = lead.subscribe(&receiver.url).await;
    let event = ask_for_test(&lead, &broken).await;
    let well = lead.subscribe(&receiver.url).await;
    let second = lead.command(&format!("/webhookSubscriptions/{}/rotateSecret", well.id()), 1).await.expect(200);
    ask_for_test(&lead, &well).await;
    let spoil = |column: &str, id: &str| {
        let sql = format!("UPDATE insula.webhook_subscriptions SET {column} = sha256({column}) WHERE id = '{id}'");
        assert_eq!(app.tamper(&sql), 1);
    };
    spoil("secret", &broken.id());
    spoil("earlier_secret", &well.id());
    app.send_webhooks().await;
    let got = receiver.got();
    assert_eq!(got.len(), 1);
    assert_eq!(got[0].signatures(), [got[0].signed_with(second.body["secret"].as_str().unwrap())]);
    let told = delivery(&lead, &broken, &event).await;
    assert_eq!((&told["state"], &told["failure"]), (&json!("waiting"), &json!("notSigned")));
    let tried: DateTime<Utc> = told["lastAttemptAt"].as_str().unwrap().parse().unwrap();
    assert_eq!(next_attempt(&told) - tried, TimeDelta::hours(1));
    // With a readable secret it is sent when due.
    lead.command(&format!("/webhookSubscriptions/{}/rotateSecret", broken.id()), 1).await.expect(200);
    app.clock.advance(TimeDelta::hours(1));
    app.send_webhooks().await;
    assert_eq!(receiver.got().len(), 2);
    assert_eq!(delivery(&lead, &broken, &event).await["state"], "delivered");
}

/// SYS-03: events that wait for a retry go to a new address at once; while the subscription is inactive they have no
/// next attempt, and afterwards they are tried at once.
#[actix_web::test]
async fn a_new_address_is_tried_at_once() {
    let app = TestApp::start().await;
    let failing = Receiver::answering(|_, _| Manner::Status(503));
    let receiver = Receiver::start();
    let lead = app.lead_a();
    let made = lead.subscribe(&failing.url).await;
    let event = ask_for_test(&lead, &made).await;
    app.send_webhooks().await;
    let path = format!("/webhookSubscriptions/{}", made.id());
    let entry = |url: &str, active: bool| {
        json!({"url": url, "eventTypes": ["be.insula.registration.submitted"],
        "active": active})
    };
    assert!(next_attempt(&delivery(&lead, &made, &event).await) > app.clock.now());
    lead.put(&path, &entry(&failing.url, false), 1).await.expect(200);
    assert_eq!(delivery(&lead, &made, &event).await.get("nextAttemptAt"), None);
    lead.put(&path, &entry(&failing.url, true), 2).await.expect(200);
    app.send_webhooks().await;
    assert_eq!(failing.got().len(), 2);
    app.send_webhooks().await;
    assert_eq!(failing.got().len(), 2, "nothing has changed");
    lead.put(&path, &entry(&receiver.url, true), 3).await.expect(200);
    app.send_webhooks().await;
    assert_eq!((failing.got().len(), receiver.got().len()), (2, 1));
}
