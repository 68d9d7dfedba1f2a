use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
};

use diesel::connection::SimpleConnection;
use insula_persistence::{
    Call,
    trail::{self, Action},
};
use insula_tests::{Random, TEST_TIMEOUT, TestApp};
use serde_json::json;

use super::{HeadFile, history};

/// SYS-01: two concurrent sealers make one chain without gaps, while others write.
#[actix_web::test]
async fn two_sealers_at_once_make_one_chain() {
    let (app, head, mut random) = (TestApp::start().await, HeadFile::new(), Random::seeded());
    let written = Arc::new(AtomicBool::new(false));
    let sealers: Vec<_> = (0..2)
        .map(|_| {
            let (db, written) = (app.db.clone(), Arc::clone(&written));
            thread::spawn(move || {
                let mut rounds = 0;
                while !written.load(Ordering::SeqCst) {
                    rounds += i64::from(trail::seal(&db).unwrap().is_some());
                }
                rounds
            })
        })
        .collect();
    history(&app, &mut random, 60).await;
    written.store(true, Ordering::SeqCst);
    let rounds: Vec<_> = sealers.into_iter().map(|sealer| sealer.join().unwrap()).collect();
    println!("rounds in which each sealed something: {rounds:?}");
    head.seal_all(&app);
    let report = head.verify(&app);
    assert_eq!(report.findings, Vec::<String>::new());
    assert_eq!(report.sealed, app.count("SELECT count(*) AS n FROM trail.events"));
    assert_eq!(report.sealed, app.count("SELECT count(*) AS n FROM trail.seals"));
}

/// SYS-01: an event that commits late holds back the seals of later ones, and is sealed before them.
#[actix_web::test]
async fn an_event_that_commits_late_is_sealed_in_its_place() {
    let (app, head) = (TestApp::start().await, HeadFile::new());
    let lead = app.lead_a();
    lead.enter_beneficiary(1).await;
    head.seal_all(&app);
    let before = head.verify(&app).sealed;

    let (begun, has_begun) = mpsc::channel();
    let (finish, may_finish) = mpsc::channel::<()>();
    let may_finish = std::sync::Mutex::new(may_finish);
    let db = app.db.clone();
    let late = thread::spawn(move || {
        let call = Call::insula("late", db.ids.opaque_uuid());
        db.run(&call, |tx| {
            trail::record(tx, Action::Put, "late", &json!({}))?;
            begun.send(()).unwrap();
            may_finish.lock().unwrap().recv_timeout(TEST_TIMEOUT).unwrap();
            Ok(())
        })
        .unwrap();
    });
    has_begun.recv_timeout(TEST_TIMEOUT).unwrap();
    for n in 2..6 {
        lead.enter_beneficiary(n).await;
        trail::seal(&app.db).unwrap();
    }
    assert_eq!(head.verify(&app).sealed, before, "nothing younger is sealed before it");
    finish.send(()).unwrap();
    late.join().unwrap();
    head.seal_all(&app);

    let report = head.verify(&app);
    assert_eq!((report.findings, report.unsealed), (vec![], 0));
    assert_eq!(report.sealed, before + 5);
    let place = "SELECT position AS n FROM trail.seals JOIN trail.events e ON e.id = event_id WHERE subject = 'late'";
    assert_eq!(app.count(place), before + 1);
    assert_eq!(app.count(DISORDER), 0);
}

/// SYS-01: events are sealed in the numerical order of transactions: 10 after 9; sealed once, they are never sealed
/// again.
#[actix_web::test]
async fn transactions_are_sealed_in_the_order_of_their_numbers() {
    let (app, head) = (TestApp::start().await, HeadFile::new());
    let mut owner = app.owner();
    for xid in ["9", "10", "99", "100"] {
        let id = app.db.ids.uuid();
        let body = json!({"organisation": "insula:", "action": "old", "subject": "nothing"}).to_string();
        let mac: String = app.db.keys.sign_event(id, &body).iter().map(|byte| format!("{byte:02x}")).collect();
        let insert = format!(
            "INSERT INTO trail.events (id, xid, body, mac) VALUES ('{id}', '{xid}', '{body}', decode('{mac}', 'hex'))"
        );
        owner.batch_execute(&insert).unwrap();
    }
    head.seal_all(&app);
    app.lead_a().enter_beneficiary(1).await;
    head.seal_all(&app);
    assert_eq!(app.count(DISORDER), 0);
    assert_eq!(head.verify(&app).findings, Vec::<String>::new());
}

const DISORDER: &str =
    "SELECT count(*) AS n FROM (SELECT (xid, seq) < lag((xid, seq)) OVER (ORDER BY position) AS wrong
                        FROM trail.seals) AS s WHERE wrong";

/// SYS-01, TRA-02: a dumped and reloaded database is detected: its server has not reached the transactions in the
/// trail.
#[actix_web::test]
async fn a_reloaded_database_is_detected() {
    let app = TestApp::start().await;
    assert!(trail::is_of_this_server(&app.db).unwrap());
    let reloaded =
        "UPDATE trail.events SET xid = '4611686018427387904' WHERE id = (SELECT id FROM trail.events LIMIT 1)";
    assert_eq!(app.tamper(reloaded), 1);
    assert!(!trail::is_of_this_server(&app.db).unwrap());
}
