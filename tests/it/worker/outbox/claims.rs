use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use insula_api::worker::{
    self,
    destination::{CodedStore, Destination},
};
use insula_domain::{
    clock::Clock,
    registry::transmission::coded::{Answer, CodedMessage, retry_after_seconds},
};
use insula_persistence::{
    Call,
    outbox::{self, SettledDelivery},
};
use insula_tests::{TestApp, eventually};
use uuid::Uuid;

use super::{Recipient, sending, text, undelivered};

/// TRA-04, SYS-03: after a crash between delivery and settling the claim expires, the delivery is repeated, and the
/// coded store has it once.
#[actix_web::test]
async fn an_expired_claim_is_delivered_again_and_stored_once() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let first = sending(&lead, 1).await;
    let call = Call::insula("deliver", app.db.ids.opaque_uuid());
    let claimed = app.db.run(&call, |tx| outbox::claim(tx, "healthdata", "healthdata", 100)).unwrap();
    let messages: Vec<_> = claimed.iter().map(|delivery| &delivery.message).collect();
    assert_eq!(CodedStore(app.db.clone()).deliver(&messages), [Answer::Acknowledged]);
    // The crash.
    assert_eq!(app.deliver(), 0);
    app.clock.advance(TimeDelta::seconds(59));
    assert_eq!(app.deliver(), 0);
    assert_eq!(lead.again(&first).await.body["status"], "sending");
    app.clock.advance(TimeDelta::seconds(2));
    assert_eq!(app.deliver(), 1);
    assert_eq!(lead.again(&first).await.body["status"], "submitted");
    assert_eq!(app.count("SELECT count(*) AS n FROM coded.deliveries"), 1);
    assert_eq!(undelivered(&app), 0);
}

/// CGM-07: after a failed delivery the registration stays `sending`, and is retried at the domain's pace without limit.
#[actix_web::test]
async fn a_failed_delivery_is_tried_again_at_the_domains_pace() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let first = sending(&lead, 1).await;
    let failures = 15;
    let healthdata = Recipient::healthdata((0..failures).map(|n| Answer::Failed(format!("failure {n}"))));
    for attempt in 0..failures {
        let asked_at = app.clock.now();
        assert_eq!(healthdata.round(&app), 1);
        let again_at = text(&app, "SELECT to_json(available_at) #>> '{}' AS t FROM insula.outbox");
        let again_at: chrono::DateTime<chrono::Utc> = again_at.parse().unwrap();
        let pause = i64::try_from(retry_after_seconds(attempt)).unwrap();
        assert_eq!((again_at - asked_at).num_seconds(), pause, "after attempt {attempt}");
        assert_eq!(text(&app, "SELECT last_error AS t FROM insula.outbox"), format!("failure {attempt}"));
        app.clock.set(&(again_at - TimeDelta::milliseconds(1)).to_rfc3339());
        assert_eq!(healthdata.round(&app), 0);
        assert_eq!(lead.again(&first).await.body, first.body);
        app.clock.set(&again_at.to_rfc3339());
    }
    assert_eq!(healthdata.round(&app), 1);
    assert_eq!(lead.again(&first).await.body["status"], "submitted");
    assert_eq!((healthdata.got().len(), undelivered(&app)), (16, 0));
}

/// TRA-04: unreadable rows are postponed and block nothing, even if they fill a whole round.
#[actix_web::test]
async fn a_round_of_unreadable_rows_is_not_the_last() {
    let app = TestApp::start().await;
    app.owner()
        .batch_execute(
            "INSERT INTO insula.outbox (topic, aggregate, version, enqueued_at, available_at)
             SELECT 'healthdata', gen_random_uuid(), 1, '2026-06-15', '2026-06-15' FROM generate_series(1, 100)",
        )
        .unwrap();
    let sound = sending(&app.lead_a(), 1).await;
    assert_eq!(app.deliver(), 1);
    assert_eq!(app.lead_a().again(&sound).await.body["status"], "submitted");
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.outbox WHERE last_error LIKE 'unreadable%'"), 100);
}

/// TRA-04: a failure reported after the claim expired does not end another worker's claim.
#[actix_web::test]
async fn a_late_failure_does_not_end_the_next_claim() {
    let app = TestApp::start().await;
    sending(&app.lead_a(), 1).await;
    let call = Call::insula("deliver", app.db.ids.opaque_uuid());
    let claim = || app.db.run(&call, |tx| outbox::claim(tx, "healthdata", "healthdata", 100)).unwrap();
    let [late] = claim().try_into().unwrap();
    app.clock.advance(TimeDelta::seconds(61));
    assert_eq!(claim().len(), 1);
    let failed = [SettledDelivery { delivery: late, answer: Answer::Failed("too late".to_owned()) }];
    app.db.run(&call, |tx| outbox::settle(tx, &failed)).unwrap();
    app.clock.advance(TimeDelta::seconds(58));
    assert!(claim().is_empty());
    app.clock.advance(TimeDelta::seconds(3));
    assert_eq!(app.deliver(), 1);
}

/// A recipient that takes a message without answering.
struct Silent;

impl Destination for Silent {
    fn name(&self) -> &'static str {
        "healthdata"
    }

    fn deliver(&self, _messages: &[&CodedMessage]) -> Vec<Answer> {
        Vec::new()
    }
}

/// TRA-04: a recipient that does not answer gets the message again.
#[actix_web::test]
async fn a_message_without_an_answer_is_not_lost() {
    let app = TestApp::start().await;
    let first = sending(&app.lead_a(), 1).await;
    worker::deliver(&app.db, &Silent).unwrap();
    app.clock.advance(TimeDelta::seconds(61));
    assert_eq!(app.deliver(), 1);
    assert_eq!(app.lead_a().again(&first).await.body["status"], "submitted");
}

/// A recipient that detects concurrent deliveries of one message.
#[derive(Default)]
struct Watchful {
    in_hand: Mutex<HashSet<(Uuid, i32)>>,
    got: AtomicUsize,
    twice_at_once: AtomicBool,
}

impl Destination for Watchful {
    fn name(&self) -> &'static str {
        "healthdata"
    }

    fn deliver(&self, messages: &[&CodedMessage]) -> Vec<Answer> {
        for message in messages {
            if !self.in_hand.lock().unwrap().insert((message.technical_id, message.version)) {
                self.twice_at_once.store(true, Ordering::SeqCst);
            }
        }
        self.got.fetch_add(messages.len(), Ordering::SeqCst);
        thread::yield_now();
        for message in messages {
            self.in_hand.lock().unwrap().remove(&(message.technical_id, message.version));
        }
        vec![Answer::Acknowledged; messages.len()]
    }
}

/// TRA-04: of several concurrent workers only one claims a delivery; each is made once.
#[actix_web::test]
async fn concurrent_workers_never_claim_the_same_delivery() {
    let app = TestApp::start().await;
    let (watchful, submitted) = (Arc::new(Watchful::default()), Arc::new(AtomicBool::new(false)));
    let workers: Vec<_> = (0..3)
        .map(|_| {
            let (db, watchful, submitted) = (app.db.clone(), Arc::clone(&watchful), Arc::clone(&submitted));
            thread::spawn(move || {
                let mut settled = 0;
                loop {
                    let last_round = submitted.load(Ordering::SeqCst);
                    match worker::deliver(&db, watchful.as_ref()).unwrap() {
                        0 if last_round => return settled,
                        count => settled += count,
                    }
                }
            })
        })
        .collect();
    let lead = app.lead_a();
    for n in 0..30 {
        sending(&lead, n).await;
    }
    submitted.store(true, Ordering::SeqCst);
    let settled: Vec<usize> = workers.into_iter().map(|worker| worker.join().unwrap()).collect();
    println!("each worker settled {settled:?}");
    assert!(!watchful.twice_at_once.load(Ordering::SeqCst));
    assert_eq!(watchful.got.load(Ordering::SeqCst), 30);
    assert_eq!((settled.iter().sum::<usize>(), undelivered(&app)), (30, 0));
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.registrations WHERE status = 'submitted'"), 30);
}

/// A recipient that panics the first time.
struct Broken(AtomicUsize);

impl Destination for Broken {
    fn name(&self) -> &'static str {
        "healthdata"
    }

    fn deliver(&self, messages: &[&CodedMessage]) -> Vec<Answer> {
        assert!(self.0.fetch_add(1, Ordering::SeqCst) > 0, "broken");
        vec![Answer::Acknowledged; messages.len()]
    }
}

/// SYS-03: a panic costs the worker one round; it continues, and nothing is lost.
#[actix_web::test]
async fn a_panic_does_not_end_the_worker() {
    let app = TestApp::start().await;
    let first = sending(&app.lead_a(), 1).await;
    let broken = Arc::new(Broken(AtomicUsize::new(0)));
    let head = std::env::temp_dir().join(format!("insula-head-{}", insula_tests::client::new_key()));
    let destinations: Vec<Arc<dyn Destination>> = vec![Arc::clone(&broken) as _];
    let metrics = Arc::clone(&app.state.metrics);
    let worker = worker::Worker::start(worker::jobs(&app.db, destinations, head.clone(), metrics)).unwrap();
    eventually("it panicked", || broken.0.load(Ordering::SeqCst) > 0);
    app.clock.advance(TimeDelta::seconds(61));
    eventually("it delivered", || undelivered(&app) == 0);
    assert_eq!(app.lead_a().again(&first).await.body["status"], "submitted");
    worker.stop();
    let _ = std::fs::remove_file(head);
}
