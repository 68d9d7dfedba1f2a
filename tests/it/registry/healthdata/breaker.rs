//! A Healthdata that is down.

use insula_tests::healthdata::Behaviour;

use super::{Outside, reopened, sending};

fn attempts(outside: &Outside) -> i64 {
    outside.app.count("SELECT coalesce(sum(attempts), 0)::bigint AS n FROM insula.outbox")
}

/// CGM-07: after five failures in a row only single probes are sent, after 30 s and then twice as long each time, up to
/// five minutes; held-back deliveries count no attempt; the first answer closes the breaker.
#[actix_web::test]
async fn the_breaker_opens_and_closes() {
    let outside = Outside::start().await;
    let lead = outside.app.lead_a();
    for n in 0..12 {
        sending(&lead, n).await;
    }
    outside.stand_in.always(Behaviour::Status(503));
    assert_eq!(outside.deliver(), 5, "five and not one more, though four are in hand at once");
    assert_eq!((outside.stand_in.deliveries(), attempts(&outside)), (5, 5));
    let mut asked_at = Vec::new();
    for second in (5..=1800).step_by(5) {
        outside.later(5);
        let tried = outside.deliver();
        assert!(tried <= 1);
        if tried == 1 {
            asked_at.push(second);
        }
    }
    let mut before = 0;
    let pauses: Vec<i32> = asked_at.iter().map(|at| at - std::mem::replace(&mut before, *at)).collect();
    // Checked every five seconds; each look moves the clock slightly.
    for (pause, expected) in pauses.iter().zip([30, 60, 120, 240, 300, 300]) {
        assert!((expected..=expected + 5).contains(pause), "{pauses:?}");
    }
    assert_eq!(pauses.len(), 8, "{pauses:?}");
    assert_eq!(outside.stand_in.deliveries(), 13);
    assert_eq!(attempts(&outside), 13, "only what was sent counts");

    outside.stand_in.always(Behaviour::Acknowledge);
    outside.later(301);
    // The probe is first; after its answer all other due deliveries follow at once.
    assert_eq!(outside.round(), 1);
    assert!(outside.round() > 1);
    outside.later(3600);
    outside.deliver();
    assert_eq!(outside.count("insula.registrations WHERE status = 'submitted'"), 12);
    outside.assert_in_step();
}

/// CGM-07, TRA-04: after three days without connection nothing is lost, hospitals have continued, and everything
/// arrives in order, once.
#[actix_web::test]
async fn everything_arrives_after_days_without_connection() {
    let outside = Outside::start().await;
    let lead = outside.app.lead_a();
    let first = sending(&lead, 1).await;
    outside.deliver();
    outside.stand_in.set_down(true);
    let known = outside.stand_in.requests().len();
    let second = lead.submit(&reopened(&lead, &first).await).await.expect(200);
    let mut tried = 0;
    for hour in 0..72 {
        if hour < 10 {
            sending(&lead, 10 + hour).await;
        }
        for _ in 0..3 {
            outside.later(1200);
            tried += outside.deliver();
        }
    }
    assert_eq!(outside.count("insula.registrations WHERE status = 'sending'"), 11);
    assert_eq!(lead.again(&first).await.text, second.text);
    let knocks = outside.stand_in.requests().len() - known;
    println!("{tried} tried, {knocks} connections");
    assert!(tried <= 5 + 3 * 72, "one probe each time at most: {tried}");
    // Each is one connection; the client may retry when a kept one turns out to be closed.
    assert!(knocks <= 2 * tried, "{knocks} for {tried}");

    outside.stand_in.set_down(false);
    for _ in 0..12 {
        outside.later(600);
        outside.deliver();
    }
    assert_eq!(outside.count("insula.outbox WHERE delivered_at IS NULL"), 0);
    assert_eq!(outside.count("insula.registrations WHERE status = 'submitted'"), 11);
    assert_eq!(outside.stand_in.kept().len(), 12);
    outside.assert_in_step();
}

/// CGM-07: all processes share the breaker.
#[actix_web::test]
async fn replicas_share_the_breaker() {
    let outside = Outside::start().await;
    let lead = outside.app.lead_a();
    for n in 0..8 {
        sending(&lead, n).await;
    }
    let other = outside.stand_in.destination(&outside.app, None);
    outside.stand_in.always(Behaviour::Status(500));
    assert_eq!(outside.deliver(), 5);
    assert_eq!(outside.app.deliver_to(&other), 0);
    outside.later(31);
    assert_eq!((outside.app.deliver_to(&other), outside.deliver()), (1, 0), "one probes");
    assert_eq!(outside.stand_in.deliveries(), 6);
    outside.stand_in.always(Behaviour::Acknowledge);
    outside.later(61);
    assert_eq!(outside.round(), 1);
    assert!(outside.app.deliver_to(&other) > 0);
}

/// CGM-07: refusals are answers: a Healthdata that refuses everything is not down.
#[actix_web::test]
async fn refusals_do_not_open_the_breaker() {
    let outside = Outside::start().await;
    let lead = outside.app.lead_a();
    for n in 0..8 {
        sending(&lead, n).await;
    }
    outside.stand_in.always(Behaviour::Refuse(422, serde_json::json!({"reasons": ["no"]})));
    assert_eq!(outside.deliver(), 8);
    assert_eq!(outside.count("insula.registrations WHERE status = 'correctionsNeeded'"), 8);
    assert_eq!(outside.count("insula.breakers"), 0);
}

/// CGM-07, SYS-03: a due probe without deliveries neither locks nor writes the breaker.
#[actix_web::test]
async fn a_probe_without_deliveries_touches_nothing() {
    let outside = Outside::start().await;
    let lead = outside.app.lead_a();
    sending(&lead, 1).await;
    outside.stand_in.always(Behaviour::Status(503));
    for _ in 0..5 {
        outside.deliver();
        outside.later(600);
    }
    assert_eq!(outside.app.count("SELECT count(*) AS n FROM insula.breakers WHERE opened_at IS NOT NULL"), 1);
    outside.app.tamper("UPDATE insula.outbox SET available_at = available_at + interval '1 year'");
    // A locked or rewritten row shows the transaction that did it.
    let marks =
        || outside.app.count("SELECT xmin::text::bigint * 4294967296 + xmax::text::bigint AS n FROM insula.breakers");
    let before = marks();
    outside.later(3600);
    assert_eq!(outside.deliver(), 0);
    assert_eq!(marks(), before);
}
