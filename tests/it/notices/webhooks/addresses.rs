use std::{
    net::IpAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use insula_api::{
    addresses::{Addresses, LookUp, system_look_up},
    worker::webhook::{Dispatcher, Sender},
};
use insula_tests::{
    Receiver, TEST_TIMEOUT, TestApp,
    receiver::{ALL_TYPES, send},
};
use serde_json::json;

use super::{ask_for_test, delivery, manager, resend};

/// SYS-02: an internal address is refused in every spelling, at creation and at a change, and nothing changes.
#[actix_web::test]
async fn an_internal_address_is_refused() {
    let app = TestApp::start().await;
    let manager = manager(&app);
    let body = json!({"url": "https://ehr.example/", "eventTypes": ALL_TYPES});
    let made = manager.post("/webhookSubscriptions", &body).await.expect(201);
    let before = app.dump();
    for host in [
        "127.0.0.2",
        "127.2",
        "127.0.0.2.",
        "2130706434",
        "0x7f000002",
        "0x7f.0.0.2",
        "0177.0.0.2",
        "017700000002",
        "127%2e0%2e0%2e2",
        "127。0。0。2",
        "0",
        "10.0.0.1",
        "012.0.0.1",
        "172.16.0.1",
        "192.168.1",
        "100.64.0.1",
        "169.254.169.254",
        "2852039166",
        "0xa9fea9fe",
        "0251.0376.0251.0376",
        "168.63.129.16",
        "100.100.100.200",
        "192.0.2.1",
        "224.0.0.1",
        "255.255.255.255",
        "[::1]",
        "[::]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.2]",
        "[::ffff:7f00:2]",
        "[::ffff:a9fe:a9fe]",
        "[::127.0.0.1]",
        "[64:ff9b::a00:1]",
        "[64:ff9b::169.254.169.254]",
        "[2002:a00:1::]",
        "[2001:db8::1]",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "[ff02::1]",
    ] {
        let body = json!({"url": format!("https://{host}/hooks"), "eventTypes": ALL_TYPES});
        let refused = manager.post("/webhookSubscriptions", &body).await.expect_problem(400, "badRequest");
        assert_eq!(refused.faults(), ["url:addressNotAllowed"], "{host}");
        assert!(!refused.text.contains(host) || host.len() < 4, "{host} is said back");
        let path = format!("/webhookSubscriptions/{}", made.id());
        let refused = manager.put(&path, &body, 1).await.expect_problem(400, "badRequest");
        assert_eq!(refused.faults(), ["url:addressNotAllowed"], "{host}");
    }
    assert_eq!(app.dump(), before);
}

/// A resolver that resolves a name as told, and counts the look-ups.
fn leading(to: &Arc<Mutex<Vec<IpAddr>>>, asked: &Arc<AtomicUsize>) -> LookUp {
    let (to, asked) = (Arc::clone(to), Arc::clone(asked));
    Arc::new(move |name| {
        assert_eq!(name, "ehr.example");
        asked.fetch_add(1, Ordering::SeqCst);
        Ok(to.lock().unwrap().clone())
    })
}

/// SYS-02: a name is checked at each resolution, by all its addresses, whatever it resolved to before.
#[actix_web::test]
async fn a_name_with_an_internal_address_is_not_contacted() {
    let app = TestApp::start().await;
    let receiver = Receiver::start();
    let lead = app.lead_a();
    // Only the first of these reaches the receiver, and only it is allowed.
    let url = receiver.url.replace("127.0.0.1", "ehr.example");
    let made = lead.subscribe(&url).await;
    let event = ask_for_test(&lead, &made).await;
    let (to, asked) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicUsize::new(0)));
    let inside = [
        "127.0.0.2",
        "10.0.0.1",
        "169.254.169.254",
        "::1",
        "::ffff:127.0.0.2",
        "64:ff9b::7f00:2",
        "fe80::1",
        "0.0.0.0",
    ];
    for (n, address) in inside.iter().enumerate() {
        *to.lock().unwrap() = vec![address.parse().unwrap()];
        resend(&lead, &made, &event).await.expect(200);
        send(app.dispatcher(TEST_TIMEOUT, leading(&to, &asked))).await;
        let delivery = delivery(&lead, &made, &event).await;
        assert_eq!(
            (&delivery["failure"], &delivery["state"]),
            (&json!("unreachable"), &json!("waiting")),
            "{address}, as a name that does not exist"
        );
        assert_eq!(delivery.get("statusCode"), None);
        assert_eq!(asked.load(Ordering::SeqCst), n + 1);
    }
    assert_eq!(receiver.got().len(), 0);
    // Of several addresses only the allowed ones are contacted.
    *to.lock().unwrap() = ["10.0.0.1", "127.0.0.1", "::1"].map(|one| one.parse().unwrap()).into();
    resend(&lead, &made, &event).await.expect(200);
    send(app.dispatcher(TEST_TIMEOUT, leading(&to, &asked))).await;
    assert_eq!(delivery(&lead, &made, &event).await["state"], "delivered");
    assert_eq!(receiver.got()[0].header("host"), url[7..].split('/').next().unwrap(), "the name stays in the request");
    // An unresolvable name.
    to.lock().unwrap().clear();
    resend(&lead, &made, &event).await.expect(200);
    send(app.dispatcher(TEST_TIMEOUT, leading(&to, &asked))).await;
    assert_eq!(delivery(&lead, &made, &event).await["failure"], "unreachable");
}

/// SYS-02: an address that the operator no longer allows is not contacted any more, whether given as a number or as a
/// name that resolves to this machine.
#[actix_web::test]
async fn an_address_no_longer_allowed_is_not_contacted() {
    let app = TestApp::start().await;
    let receiver = Receiver::start();
    let lead = app.lead_a();
    let local = receiver.url.replace("127.0.0.1", "localhost");
    for (url, http) in [(&receiver.url, true), (&local, true), (&receiver.url, false)] {
        let made = lead.subscribe(url).await;
        let event = ask_for_test(&lead, &made).await;
        let addresses = if http {
            Addresses::new(vec![], true)
        } else {
            Addresses::new(vec!["127.0.0.1/32".parse().unwrap()], false)
        };
        let sender =
            Sender::new(addresses, "https://insula.example".into(), app.clock.clone(), TEST_TIMEOUT, system_look_up())
                .unwrap();
        send(Dispatcher::new(app.db.clone(), sender).unwrap()).await;
        assert_eq!(delivery(&lead, &made, &event).await["failure"], "addressNotAllowed", "{url}");
        assert_eq!(receiver.got().len(), 0);
        let path = format!("/webhookSubscriptions/{}", made.id());
        lead.delete(&path, 1).await.expect(204);
    }
    let made = lead.subscribe(&local).await;
    ask_for_test(&lead, &made).await;
    app.send_webhooks().await;
    assert_eq!(receiver.types(), ["webhook.test"], "allowed, it is asked by name as well");
}
