use std::{
    collections::HashSet,
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

use chrono::TimeDelta;
use insula_api::{
    addresses::{Addresses, LookUp, system_look_up},
    http::metrics::Metrics,
    worker::{
        Worker,
        webhook::{self, Sender},
    },
};
use insula_domain::notices::webhook::{Failure, Outcome};
use insula_persistence::{
    Call,
    notices::webhooks::{self, Attempt, Settled},
};
use insula_tests::{
    Receiver, TEST_TIMEOUT, TestApp,
    client::new_key,
    receiver::{Manner, send},
    until,
};
use serde_json::json;

use super::{ask_for_test, delivery, present, resend};

const UNDELIVERED: &str = "SELECT count(*) AS n FROM insula.webhook_deliveries WHERE state <> 'delivered'";

fn call(app: &TestApp) -> Call {
    Call::insula("sendWebhooks", app.db.ids.opaque_uuid())
}

fn claim(app: &TestApp) -> Vec<Attempt> {
    app.db.run(&call(app), |tx| webhooks::claim(tx, 32, 24)).unwrap()
}

fn sender(app: &TestApp) -> Sender {
    let addresses = Addresses::clone(&app.state.webhook_addresses);
    Sender::new(addresses, app.state.public_url.clone(), app.clock.clone(), TEST_TIMEOUT, system_look_up()).unwrap()
}

/// SYS-03: two concurrent workers deliver each event once.
#[actix_web::test]
async fn two_workers_at_once_deliver_each_event_once() {
    let app = TestApp::start().await;
    let receivers = [Receiver::start(), Receiver::start(), Receiver::start()];
    let lead = app.lead_a();
    for receiver in &receivers {
        let made = lead.subscribe(&receiver.url).await;
        for _ in 0..15 {
            ask_for_test(&lead, &made).await;
        }
    }
    let worker = || send(app.dispatcher(TEST_TIMEOUT, system_look_up()));
    tokio::join!(worker(), worker());
    for receiver in &receivers {
        let got = receiver.got();
        let ids: HashSet<_> = got.iter().map(|one| one.header("webhook-id").to_owned()).collect();
        assert_eq!((got.len(), ids.len()), (15, 15));
    }
    assert_eq!(app.count(UNDELIVERED), 0);
}

/// SYS-03: after a crash between sending and settling the claim expires, and the event is sent again with the same
/// identifier.
#[actix_web::test]
async fn a_worker_that_dies_after_sending_loses_nothing() {
    let app = TestApp::start().await;
    let receiver = Receiver::start();
    let lead = app.lead_a();
    let made = lead.subscribe(&receiver.url).await;
    let event = ask_for_test(&lead, &made).await;
    let [attempt] = claim(&app).try_into().unwrap();
    assert_eq!(sender(&app).send(&attempt).await, Outcome::Delivered(204));
    // The crash.
    assert_eq!(resend(&lead, &made, &event).await.expect(200).body["state"], "waiting");
    app.clock.advance(TimeDelta::seconds(59));
    app.send_webhooks().await;
    assert_eq!(receiver.got().len(), 1);
    assert_eq!(delivery(&lead, &made, &event).await.get("nextAttemptAt"), None, "it is being sent");
    app.clock.advance(TimeDelta::seconds(2));
    app.send_webhooks().await;
    let got = receiver.got();
    assert_eq!(got.len(), 2);
    assert_eq!((got[0].header("webhook-id"), &got[0].body), (event.as_str(), &got[1].body));
    assert_eq!(got[1].header("webhook-id"), event);
    let told = delivery(&lead, &made, &event).await;
    assert_eq!((&told["state"], &told["attempts"]), (&json!("delivered"), &json!(2)));
}

/// SYS-03: a failure reported after the claim expired neither ends another worker's claim nor undoes its delivery.
#[actix_web::test]
async fn a_late_failure_changes_nothing() {
    let app = TestApp::start().await;
    let receiver = Receiver::start();
    let lead = app.lead_a();
    let made = lead.subscribe(&receiver.url).await;
    let event = ask_for_test(&lead, &made).await;
    let [late] = claim(&app).try_into().unwrap();
    app.clock.advance(TimeDelta::seconds(61));
    let [present] = claim(&app).try_into().unwrap();
    let settle = |attempt: &Attempt, outcome| {
        let settled = [Settled { attempt: attempt.clone(), outcome }];
        app.db.run(&call(&app), |tx| webhooks::settle(tx, &settled)).unwrap();
    };
    settle(&late, Outcome::Failed(Failure::Timeout, None));
    assert!(claim(&app).is_empty());
    settle(&present, Outcome::Delivered(200));
    settle(&late, Outcome::Failed(Failure::Gone, Some(410)));
    assert_eq!(delivery(&lead, &made, &event).await["state"], "delivered");
}

/// SYS-02: for 24 hours after a rotation both secrets sign, then only the new one; a second rotation ends the oldest.
#[actix_web::test]
async fn both_secrets_sign_during_the_overlap() {
    let app = TestApp::start().await;
    let receiver = Receiver::start();
    let lead = app.lead_a();
    let made = lead.subscribe(&receiver.url).await;
    let path = format!("/webhookSubscriptions/{}/rotateSecret", made.id());
    let signed = async || {
        ask_for_test(&lead, &made).await;
        app.send_webhooks().await;
        receiver.got().pop().unwrap()
    };
    let secret = |reply: &insula_tests::Reply| reply.body["secret"].as_str().unwrap().to_owned();
    let second = lead.command(&path, 1).await.expect(200);
    let got = signed().await;
    assert_eq!(got.signatures(), [got.signed_with(&secret(&second)), got.signed_with(&secret(&made))]);
    app.clock.advance(TimeDelta::hours(24) - TimeDelta::minutes(1));
    let got = signed().await;
    assert_eq!(got.signatures(), [got.signed_with(&secret(&second)), got.signed_with(&secret(&made))]);
    assert!(present(&lead, &made).await.body["earlierSecretUntil"].is_string());
    app.clock.advance(TimeDelta::minutes(1));
    let got = signed().await;
    assert_eq!(got.signatures(), [got.signed_with(&secret(&second))]);
    assert_eq!(present(&lead, &made).await.body.get("earlierSecretUntil"), None);
    let third = lead.command(&path, 2).await.expect(200);
    let fourth = lead.command_keyed(&path, 3, &new_key()).await.expect(200);
    let got = signed().await;
    assert_eq!(got.signatures(), [got.signed_with(&secret(&fourth)), got.signed_with(&secret(&third))]);
}

/// SYS-03: a silent endpoint takes few slots; the others are served.
#[actix_web::test]
async fn a_silent_endpoint_delays_nobody_else() {
    let app = TestApp::start().await;
    let (silent, well) = (Receiver::answering(|_, _| Manner::WhenOpened), Receiver::start());
    let lead = app.lead_a();
    let first = lead.subscribe(&silent.url).await;
    for _ in 0..50 {
        ask_for_test(&lead, &first).await;
    }
    let second = lead.subscribe(&well.url).await;
    for _ in 0..40 {
        ask_for_test(&lead, &second).await;
    }
    let sending = actix_web::rt::spawn(send(app.dispatcher(TEST_TIMEOUT, system_look_up())));
    until("the other endpoint has everything", || well.got().len() == 40).await;
    assert!(silent.got().len() <= 4, "{}", silent.got().len());
    silent.open();
    sending.await.unwrap();
    assert_eq!(silent.got().len(), 50);
    assert_eq!(app.count(UNDELIVERED), 0);
}

/// SYS-03: failing endpoints are served after working ones, and never take all slots.
#[actix_web::test]
async fn failing_endpoints_are_served_last() {
    let app = TestApp::start().await;
    let failing = Receiver::answering(|_, _| Manner::Status(500));
    let well = Receiver::start();
    let lead = app.lead_a();
    for _ in 0..5 {
        let made = lead.subscribe(&failing.url).await;
        for _ in 0..3 {
            ask_for_test(&lead, &made).await;
        }
    }
    app.send_webhooks().await;
    let made = lead.subscribe(&well.url).await;
    for _ in 0..3 {
        ask_for_test(&lead, &made).await;
    }
    app.clock.advance(TimeDelta::hours(1));
    let claimed = app.db.run(&call(&app), |tx| webhooks::claim(tx, 5, 3)).unwrap();
    let of = |failing: bool| claimed.iter().filter(|one| one.failing == failing).count();
    assert_eq!((of(false), of(true)), (3, 2), "those that work first");
    let subscriptions: HashSet<_> = claimed.iter().filter(|one| one.failing).map(|one| one.subscription).collect();
    assert_eq!(subscriptions.len(), 2, "one of each that fails");
    let claimed = app.db.run(&call(&app), |tx| webhooks::claim(tx, 32, 1)).unwrap();
    assert_eq!(claimed.len(), 1, "no more of those than there is room for");
    assert!(app.db.run(&call(&app), |tx| webhooks::claim(tx, 32, 24)).unwrap().len() <= 2);
}

/// SYS-03: the worker sends events by itself; when stopped, it finishes and settles what it is sending.
#[actix_web::test]
async fn the_worker_finishes_what_it_sends() {
    let app = TestApp::start().await;
    let receiver = Receiver::answering(|n, _| if n == 0 { Manner::Status(204) } else { Manner::WhenOpened });
    let lead = app.lead_a();
    let made = lead.subscribe(&receiver.url).await;
    let metrics = Arc::new(Metrics::new().unwrap());
    let worker = Worker::start(webhook::jobs(&app.db, sender(&app), Arc::clone(&metrics)).unwrap()).unwrap();
    let first = ask_for_test(&lead, &made).await;
    until("the first is delivered", || app.count(UNDELIVERED) == 0).await;
    assert_eq!(delivery(&lead, &made, &first).await["state"], "delivered");
    ask_for_test(&lead, &made).await;
    until("the second is being sent", || receiver.got().len() == 2).await;
    until("it is counted", || metrics.text().contains("insula_webhook_deliveries_waiting 1")).await;
    let stopping = tokio::task::spawn_blocking(move || worker.stop());
    receiver.open();
    stopping.await.unwrap();
    assert_eq!((receiver.got().len(), app.count(UNDELIVERED)), (2, 0));
}

/// SYS-03: an endless, uninterruptible look-up of a name does not keep the worker from stopping.
#[actix_web::test]
async fn an_endless_look_up_does_not_prevent_stopping() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let made = lead.subscribe("http://ehr.hopital.example/insula").await;
    let event = ask_for_test(&lead, &made).await;
    let (release, held) = mpsc::channel::<()>();
    let held = Mutex::new(held);
    let look_up: LookUp = Arc::new(move |_| {
        let _ = held.lock().unwrap().recv();
        Ok(Vec::new())
    });
    let sending = actix_web::rt::spawn(send(app.dispatcher(Duration::from_millis(200), look_up)));
    let ended = tokio::time::timeout(TEST_TIMEOUT, sending).await;
    drop(release);
    ended.expect("it stops").unwrap();
    assert_eq!(delivery(&lead, &made, &event).await["failure"], "timeout");
}

/// SYS-03: old deliveries and those of subscriptions deleted long ago are deleted; waiting and parked ones are not.
#[actix_web::test]
async fn old_deliveries_are_deleted() {
    let app = TestApp::start().await;
    let receiver = Receiver::answering(|n, _| Manner::Status(if n == 0 { 204 } else { 410 }));
    let lead = app.lead_a();
    let kept = lead.subscribe(&receiver.url).await;
    for _ in 0..2 {
        ask_for_test(&lead, &kept).await;
        app.send_webhooks().await;
    }
    let deleted = lead.subscribe(&receiver.url).await;
    ask_for_test(&lead, &deleted).await;
    lead.delete(&format!("/webhookSubscriptions/{}", deleted.id()), 1).await.expect(204);
    app.send_webhooks().await;
    assert_eq!(receiver.got().len(), 2, "nothing goes to a deleted one");
    let forget = || app.db.run(&call(&app), webhooks::forget).unwrap();
    app.clock.advance(TimeDelta::days(90) - TimeDelta::minutes(1));
    assert!(!forget());
    app.clock.advance(TimeDelta::minutes(2));
    assert!(forget());
    assert!(!forget());
    let states: Vec<_> = lead.deliveries(&kept).await.iter().map(|one| one["state"].clone()).collect();
    assert_eq!(states, ["parked"]);
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.webhook_deliveries"), 1);
}
