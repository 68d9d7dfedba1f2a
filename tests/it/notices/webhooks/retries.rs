use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use insula_api::addresses::system_look_up;
use insula_domain::{actor::Role, clock::Clock};
use insula_tests::{
    Receiver, TEST_TIMEOUT, TestApp,
    receiver::{ALL_TYPES, Manner, answer, send},
    silent_port,
};
use serde_json::json;

use super::{ask_for_test, delivery, present, resend};

/// SYS-03: a failed event is retried after 5 s, 10 s, 20 s … at most 12 h, for three days, with the same identifier and
/// a new signature; then it is parked, visible, and sent once more on request.
#[actix_web::test]
async fn a_failed_event_is_retried_for_three_days_and_parked() {
    let app = TestApp::start().await;
    let well = Arc::new(AtomicBool::new(false));
    let is_well = Arc::clone(&well);
    let receiver =
        Receiver::answering(move |_, _| Manner::Status(if is_well.load(Ordering::SeqCst) { 200 } else { 503 }));
    let lead = app.lead_a();
    let made = lead.subscribe(&receiver.url).await;
    let event = ask_for_test(&lead, &made).await;
    app.send_webhooks().await;
    let began: DateTime<Utc> = delivery(&lead, &made, &event).await["lastAttemptAt"].as_str().unwrap().parse().unwrap();
    let mut pauses = Vec::new();
    loop {
        let told = delivery(&lead, &made, &event).await;
        assert_eq!((&told["statusCode"], &told["failure"]), (&json!(503), &json!("status")));
        assert_eq!(told["attempts"], json!(receiver.got().len()));
        let Some(next) = told["nextAttemptAt"].as_str() else {
            assert_eq!(told["state"], "parked");
            assert!(told["parkedAt"].is_string(), "{told}");
            break;
        };
        let (next, last): (DateTime<Utc>, DateTime<Utc>) =
            (next.parse().unwrap(), told["lastAttemptAt"].as_str().unwrap().parse().unwrap());
        pauses.push((next - last).num_seconds());
        app.clock.set(&(next - TimeDelta::seconds(1)).to_rfc3339());
        let before = receiver.got().len();
        app.send_webhooks().await;
        assert_eq!(receiver.got().len(), before, "too early");
        app.clock.set(&next.to_rfc3339());
        app.send_webhooks().await;
        assert_eq!(receiver.got().len(), before + 1);
    }
    assert_eq!(pauses[..4], [5, 10, 20, 40]);
    assert_eq!(*pauses.iter().max().unwrap(), 12 * 3600);
    assert_eq!(pauses.len(), 19);
    assert_eq!((app.clock.now() - began).num_seconds(), 3 * 86_400);
    let got = receiver.got();
    let mut times: Vec<_> = got.iter().map(|one| one.header("webhook-timestamp").parse::<i64>().unwrap()).collect();
    times.dedup();
    assert_eq!(times.len(), got.len(), "the timestamp is that of the attempt");
    assert!(times.is_sorted() && times[0] == began.timestamp());
    for one in &got {
        assert_eq!((one.header("webhook-id"), &one.body), (event.as_str(), &got[0].body));
        assert_eq!(one.signatures(), [one.signed_with(made.body["secret"].as_str().unwrap())]);
    }

    app.clock.advance(TimeDelta::days(9));
    app.send_webhooks().await;
    assert_eq!(receiver.got().len(), 20);
    assert_eq!(resend(&lead, &made, &event).await.expect(200).body["state"], "waiting");
    app.send_webhooks().await;
    let told = delivery(&lead, &made, &event).await;
    assert_eq!(
        (&told["state"], &told["attempts"]),
        (&json!("waiting"), &json!(21)),
        "it is tried for three days again"
    );
    well.store(true, Ordering::SeqCst);
    resend(&lead, &made, &event).await.expect(200);
    app.send_webhooks().await;
    let told = delivery(&lead, &made, &event).await;
    assert_eq!((&told["state"], told.get("failure")), (&json!("delivered"), None));
    // A delivered event can be resent too, but is not by itself.
    app.send_webhooks().await;
    assert_eq!(receiver.got().len(), 22);
    resend(&lead, &made, &event).await.expect(200);
    app.send_webhooks().await;
    assert_eq!(receiver.got().len(), 23);
    assert_eq!(receiver.got()[22].header("webhook-id"), event);
}

/// SYS-02, SYS-03: redirects are not followed; endpoints that answer garbage, break off, stay silent or are unreachable
/// are retried.
#[actix_web::test]
async fn failures_are_distinguished() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let elsewhere = Receiver::start();
    let leads_on = |status: u16| {
        let to = elsewhere.url.clone();
        move |_: usize, _: &_| {
            Manner::Bytes(
                format!("HTTP/1.1 {status} Over there\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n").into_bytes(),
            )
        }
    };
    let nobody = silent_port();
    let cases: Vec<(&str, Option<u16>, Receiver)> = vec![
        ("redirect", Some(301), Receiver::answering(leads_on(301))),
        ("redirect", Some(302), Receiver::answering(leads_on(302))),
        ("redirect", Some(307), Receiver::answering(leads_on(307))),
        ("redirect", Some(308), Receiver::answering(leads_on(308))),
        ("status", Some(404), Receiver::answering(|_, _| Manner::Status(404))),
        ("status", Some(429), Receiver::answering(|_, _| Manner::Status(429))),
        ("status", Some(500), Receiver::answering(|_, _| Manner::Status(500))),
        ("broken", None, Receiver::answering(|_, _| Manner::Bytes(b"SSH-2.0-OpenSSH\r\n".to_vec()))),
        ("broken", None, Receiver::answering(|_, _| Manner::Bytes(Vec::new()))),
        ("broken", None, Receiver::answering(|_, _| Manner::Bytes(b"HTTP/1.1 20".to_vec()))),
        ("unreachable", None, Receiver::nobody(nobody.local_addr().unwrap())),
        ("timeout", None, Receiver::answering(|_, _| Manner::Never)),
    ];
    for (failure, status, receiver) in &cases {
        let made = lead.subscribe(&receiver.url).await;
        let event = ask_for_test(&lead, &made).await;
        let patience = if *failure == "timeout" { Duration::from_millis(100) } else { TEST_TIMEOUT };
        send(app.dispatcher(patience, system_look_up())).await;
        let told = delivery(&lead, &made, &event).await;
        assert_eq!(told["failure"], *failure, "{told}");
        assert_eq!(told["statusCode"].as_u64(), status.map(u64::from), "{told}");
        assert_eq!(told["state"], "waiting");
    }
    assert_eq!(elsewhere.got().len(), 0);
}

/// SYS-03: an endless answer counts as an answer; only its beginning is read.
#[actix_web::test]
async fn an_endless_answer_is_not_read_to_its_end() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let large = format!("HTTP/1.1 200 OK\r\nContent-Length: 900000000000\r\n\r\n{}", "x".repeat(1 << 20));
    for receiver in [
        Receiver::answering(|_, _| Manner::Endless),
        Receiver::answering(move |_, _| Manner::Bytes(large.clone().into_bytes())),
    ] {
        let made = lead.subscribe(&receiver.url).await;
        let event = ask_for_test(&lead, &made).await;
        app.send_webhooks().await;
        let told = delivery(&lead, &made, &event).await;
        assert_eq!((&told["state"], &told["statusCode"]), (&json!("delivered"), &json!(200)));
        assert_eq!(receiver.got().len(), 1);
    }
}

/// SYS-01, SYS-03: 410 parks the event and deactivates the subscription, with an event in the trail; waiting events are
/// sent once the hospital reactivates it.
#[actix_web::test]
async fn gone_deactivates_the_subscription() {
    let app = TestApp::start().await;
    let receiver = Receiver::answering(|n, _| Manner::Status(if n == 0 { 410 } else { 200 }));
    let lead = app.lead_a();
    let made = lead.subscribe(&receiver.url).await;
    let submitted = lead.submitted(&app, 1).await;
    lead.reopen(&submitted).await.expect(200);
    app.send_webhooks().await;
    let gone = present(&lead, &made).await;
    assert_eq!((&gone.body["active"], &gone.body["inactiveBecause"]), (&json!(false), &json!("gone")));
    assert_eq!(gone.version(), 2);
    let states = |deliveries: Vec<serde_json::Value>| {
        deliveries.iter().map(|one| one["state"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(states(lead.deliveries(&made).await), ["waiting", "parked"]);
    let parked = lead.deliveries(&made).await[1].clone();
    assert_eq!((&parked["failure"], &parked["statusCode"]), (&json!("gone"), &json!(410)));
    let event = parked["id"].as_str().unwrap();
    resend(&lead, &made, event).await.expect_problem(409, "webhookSubscriptionInactive");
    app.clock.advance(TimeDelta::days(1));
    app.send_webhooks().await;
    assert_eq!(receiver.got().len(), 1);
    lead.submitted(&app, 2).await;
    assert_eq!(lead.deliveries(&made).await.len(), 2, "nothing new is written down meanwhile");

    let entry = json!({"url": receiver.url, "eventTypes": ALL_TYPES});
    lead.put(&format!("/webhookSubscriptions/{}", made.id()), &entry, 2).await.expect(200);
    resend(&lead, &made, event).await.expect(200);
    app.send_webhooks().await;
    assert_eq!(receiver.types(), ["registration.submitted", "registration.submitted", "registration.reopened"]);
    assert_eq!(states(lead.deliveries(&made).await), ["delivered", "delivered"]);

    app.when_older_transactions_ended();
    let auditor = app.role(Role::Auditor, "");
    let events = auditor.get(&format!("/auditEvents?subject=webhookSubscription:{}", made.id())).await.expect(200);
    let items = events.body["items"].as_array().unwrap();
    let actions: Vec<_> = items.iter().map(|one| one["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["create", "deactivate", "replace", "resend"]);
    assert_eq!(items[1]["person"], "worker");
}

/// SYS-03: an answer in pieces counts as an answer.
#[actix_web::test]
async fn any_2xx_is_a_success() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let receiver = Receiver::answering(|n, _| Manner::Bytes(answer([200, 201, 202, 204][n % 4]).into_bytes()));
    let made = lead.subscribe(&receiver.url).await;
    for _ in 0..4 {
        ask_for_test(&lead, &made).await;
    }
    app.send_webhooks().await;
    let deliveries = lead.deliveries(&made).await;
    let mut statuses: Vec<_> = deliveries.iter().map(|one| one["statusCode"].as_i64().unwrap()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 201, 202, 204]);
    assert!(deliveries.iter().all(|one| one["state"] == "delivered" && one["deliveredAt"].is_string()));
}
