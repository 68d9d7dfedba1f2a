use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use chrono::TimeDelta;
use insula_tests::{Receiver, TestApp, receiver::Manner};
use serde_json::json;

use super::resend;

/// The received versions of a registration, in order.
fn versions(receiver: &Receiver, registration: &str) -> Vec<i64> {
    let got = receiver.got();
    let of = got.iter().map(|one| one.event()).filter(|event| event["subject"] == registration);
    of.map(|event| event["data"]["version"].as_i64().unwrap()).collect()
}

/// CGM-07, CGM-09: a later event of a registration waits for an earlier one that is being retried; other registrations
/// and subscriptions do not.
#[actix_web::test]
async fn a_later_event_waits_for_an_earlier_one() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let down = Arc::new(AtomicBool::new(true));
    let first = lead.complete_draft(1).await;
    let (is_down, about) = (Arc::clone(&down), first.id());
    let receiver = Receiver::answering(move |_, got| {
        let fails = is_down.load(Ordering::SeqCst) && got.event()["subject"] == about;
        Manner::Status(if fails { 500 } else { 200 })
    });
    let other = Receiver::start();
    lead.subscribe(&receiver.url).await;
    lead.subscribe(&other.url).await;
    let submitted = lead.submit_and_deliver(&app, &first).await;
    lead.reopen(&submitted).await.expect(200);
    let second = lead.submitted(&app, 2).await;
    app.send_webhooks().await;
    assert_eq!(versions(&receiver, &first.id()), [3], "the first failed and the second waits for it");
    assert_eq!(versions(&receiver, &second.id()), [3]);
    assert_eq!(versions(&other, &first.id()), [3, 4]);
    app.clock.advance(TimeDelta::seconds(5));
    app.send_webhooks().await;
    assert_eq!(versions(&receiver, &first.id()), [3, 3]);
    down.store(false, Ordering::SeqCst);
    app.clock.advance(TimeDelta::seconds(10));
    app.send_webhooks().await;
    assert_eq!(versions(&receiver, &first.id()), [3, 3, 3, 4]);
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.webhook_deliveries WHERE state <> 'delivered'"), 0);
}

/// CGM-07: resending an earlier event early also makes the waiting later ones due.
#[actix_web::test]
async fn resending_an_earlier_event_releases_the_later_ones() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let receiver = Receiver::answering(|n, _| Manner::Status(if n < 4 { 500 } else { 200 }));
    let made = lead.subscribe(&receiver.url).await;
    let submitted = lead.submitted(&app, 1).await;
    lead.reopen(&submitted).await.expect(200);
    for _ in 0..4 {
        app.send_webhooks().await;
        app.clock.advance(TimeDelta::seconds(40));
    }
    assert_eq!(versions(&receiver, &submitted.id()), [3; 4]);
    app.clock.advance(TimeDelta::seconds(-39));
    app.send_webhooks().await;
    let deliveries = lead.deliveries(&made).await;
    assert_eq!(
        deliveries[0]["nextAttemptAt"], deliveries[1]["nextAttemptAt"],
        "the later waits as long as the earlier"
    );
    assert_eq!((&deliveries[0]["attempts"], receiver.got().len()), (&json!(0), 4));
    resend(&lead, &made, deliveries[1]["id"].as_str().unwrap()).await.expect(200);
    app.send_webhooks().await;
    assert_eq!(versions(&receiver, &submitted.id()), [3, 3, 3, 3, 3, 4]);
}

/// CGM-07: a parked event blocks no later one.
#[actix_web::test]
async fn a_parked_event_blocks_nothing() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let receiver =
        Receiver::answering(|_, got| Manner::Status(if got.event()["data"]["version"] == 3 { 500 } else { 200 }));
    let made = lead.subscribe(&receiver.url).await;
    let submitted = lead.submitted(&app, 1).await;
    app.send_webhooks().await;
    app.clock.advance(TimeDelta::days(3));
    lead.reopen(&submitted).await.expect(200);
    app.send_webhooks().await;
    assert_eq!(versions(&receiver, &submitted.id()), [3, 3, 4]);
    let states: Vec<_> = lead.deliveries(&made).await.iter().map(|one| one["state"].clone()).collect();
    assert_eq!(states, [json!("delivered"), json!("parked")]);
}
