use insula_domain::{
    actor::Role,
    registry::counter::{CounterId, Reached},
};
use insula_persistence::{Call, notices::webhooks};
use insula_tests::{Receiver, TestApp};
use serde_json::json;

/// NOT-01: reached thresholds are sent once to every subscribed and adhered hospital, with the figure after the night;
/// a night that is rolled back sends nothing.
#[actix_web::test]
async fn a_threshold_is_sent_once_to_every_adhered_hospital() {
    let app = TestApp::start().await;
    let (here, there, outside, deaf) = (Receiver::start(), Receiver::start(), Receiver::start(), Receiver::start());
    let made = app.lead_a().subscribe(&here.url).await;
    app.lead_b().subscribe(&there.url).await;
    app.lead_not_adhered().subscribe(&outside.url).await;
    let types = json!({"url": deaf.url, "eventTypes": ["be.insula.registration.submitted"]});
    app.role(Role::AccessManager, "71000436").post("/webhookSubscriptions", &types).await.expect(201);

    let call = Call::insula("night", app.db.ids.opaque_uuid());
    let day = "2026-06-14".parse().unwrap();
    let mut reached = CounterId::b(2026).reached(47, None);
    reached.extend(CounterId::A.reached(400, Some(390)));
    assert_eq!(reached.len(), 3);
    let announce = |day, reached: &[Reached]| app.db.run(&call, |tx| webhooks::announce(tx, day, reached)).unwrap();
    let failed = app.db.run(&call, |tx| {
        webhooks::announce(tx, day, &reached)?;
        Err::<(), _>(insula_persistence::Stop::NotFound)
    });
    assert!(failed.is_err());
    assert_eq!(announce(day, &[]), 0);
    assert_eq!(announce("2020-06-30".parse().unwrap(), &reached), 0, "nobody had adhered then");
    assert_eq!(announce(day, &reached), 6);
    assert_eq!(announce(day, &reached), 0, "whoever asks again");
    assert_eq!(announce(day, &CounterId::b(2027).reached(40, None)), 2, "another year's is another one");
    app.send_webhooks().await;

    let data = |receiver: &Receiver| {
        let mut data: Vec<_> = receiver.got().iter().map(|got| got.event()["data"].clone()).collect();
        data.sort_by_key(|one| (one["counterId"].as_str().unwrap().to_owned(), one["threshold"].as_i64()));
        data
    };
    let expected = [
        json!({"counterId": "A", "figure": 400, "threshold": 400, "limit": 400}),
        json!({"counterId": "B-2026", "figure": 47, "threshold": 40, "limit": 60}),
        json!({"counterId": "B-2026", "figure": 47, "threshold": 45, "limit": 60}),
        json!({"counterId": "B-2027", "figure": 40, "threshold": 40, "limit": 60}),
    ];
    assert_eq!(data(&here), expected);
    assert_eq!(data(&there), expected);
    assert_eq!((outside.got().len(), deaf.got().len()), (0, 0));
    for got in here.got() {
        assert_eq!(got.event()["type"], "be.insula.counter.thresholdReached");
        assert_eq!(got.event()["subject"], got.event()["data"]["counterId"]);
        assert_eq!(got.signatures(), [got.signed_with(made.body["secret"].as_str().unwrap())]);
        let twin =
            there.got().into_iter().find(|other| other.header("webhook-id") == got.header("webhook-id")).unwrap();
        assert_eq!(twin.body, got.body);
    }
}
