//! Faults of servers and networks, and time limits.

use std::{
    sync::{Arc, mpsc},
    time::Duration,
};

use chrono::TimeDelta;
use insula_domain::{clock::Clock, notices::mail::GIVE_UP_AFTER, registry::transmission::coded::retry_after_seconds};
use insula_tests::{
    TEST_TIMEOUT, TestApp,
    silent::{listening, silent_port},
    smtp::{End, Gate, SmtpServer},
};

use super::{one_due, standing};

/// When hospital A's mail is tried next.
fn next_attempt(app: &TestApp) -> chrono::DateTime<chrono::Utc> {
    app.text("SELECT to_json(available_at) #>> '{}' AS t FROM insula.mails WHERE hospital = '71000436'")
        .parse()
        .unwrap()
}

/// NOT-04: while the server is down a mail waits, with growing pauses; once it is back, the mail is sent once.
#[actix_web::test]
async fn a_server_that_is_down_loses_no_mail() {
    let app = TestApp::start().await;
    let silent = silent_port();
    let address = silent.local_addr().unwrap();
    let sender = insula_tests::mails::sender();
    let tls = insula_api::config::SmtpTls::None;
    let client = insula_api::notices::mail::Smtp::new("127.0.0.1", address.port(), tls, None, None, sender).unwrap();
    one_due(&app);
    for attempt in 0..14 {
        let began = app.clock.now();
        assert!(app.send_next(&client).is_some());
        let pause = i64::try_from(retry_after_seconds(attempt)).unwrap();
        assert_eq!((next_attempt(&app) - began).num_seconds(), pause, "after attempt {attempt}");
        assert!(app.send_next(&client).is_none(), "not before its time");
        app.clock.set(&next_attempt(&app).to_rfc3339());
    }
    let (state, attempts, error) = standing(&app);
    assert_eq!((state.as_str(), attempts), ("waiting", 14));
    assert!(error.contains("not reached"), "{error}");
    let server = SmtpServer::start_on(listening(silent), None, None);
    assert_eq!(app.send_all(&client), 1);
    assert_eq!(standing(&app), ("sent".into(), 15, String::new()));
    assert_eq!(server.got().len(), 1);
}

/// NOT-04: temporary refusals at the greeting, of the sender or of the message are retried with the same Message-ID and
/// bytes.
#[actix_web::test]
async fn temporary_refusals_are_retried() {
    let app = TestApp::start().await;
    let server = SmtpServer::start();
    one_due(&app);
    let client = server.client();
    let mut attempts = 0;
    let mut put_off = |code: &str| {
        assert!(app.send_next(&client).is_some());
        attempts += 1;
        let (state, count, error) = standing(&app);
        assert_eq!((state.as_str(), count), ("waiting", attempts), "{error}");
        assert!(error.contains(code), "{error}");
        app.clock.set(&next_attempt(&app).to_rfc3339());
    };
    server.says_to_hello(Some((421, "4.3.2 closing")));
    put_off("421");
    // Here even a permanent refusal concerns the setup of the server, not the mail.
    server.says_to_hello(Some((554, "5.7.1 nobody is served here")));
    put_off("554");
    server.says_to_hello(None);
    server.says_to_mail(Some((450, "4.7.1 slow down")));
    put_off("450");
    server.says_to_mail(None);
    server.next([End::Says(421, "4.3.2 closing"), End::Says(451, "4.3.0 no room"), End::Cuts]);
    put_off("421");
    put_off("451");
    put_off("broke off");
    assert!(app.send_next(&client).is_some());
    assert_eq!(standing(&app), ("sent".into(), 7, String::new()));
    let got = server.got();
    assert_eq!(got.len(), 4);
    assert!(got.iter().all(|mail| *mail == got[0]), "the same bytes in every attempt");
}

/// NOT-04: if the connection breaks between the message and its acceptance, the mail is repeated with the same
/// Message-ID and bytes, so that a mail server can drop the duplicate.
#[actix_web::test]
async fn a_message_without_an_answer_is_repeated_as_it_was() {
    let app = TestApp::start().await;
    let server = SmtpServer::start();
    one_due(&app);
    server.next([End::Cuts]);
    assert!(app.send_next(&server.client()).is_some());
    assert_eq!(standing(&app).0, "waiting");
    app.clock.set(&next_attempt(&app).to_rfc3339());
    assert_eq!(app.send_all(&server.client()), 1);
    assert_eq!(standing(&app), ("sent".into(), 2, String::new()));
    let got = server.got();
    assert_eq!(got.len(), 2);
    assert_eq!(got[0].message, got[1].message);
    assert_eq!(got[0].header("Message-ID"), "<counter-A-350-71000436@healthdata.example>");
}

/// NOT-04, NOT-05: a permanent refusal parks the mail at once, with the server's code and text without addresses; other
/// mails are sent.
#[actix_web::test]
async fn a_permanent_refusal_parks_at_once() {
    for at_mail in [true, false] {
        let app = TestApp::start().await;
        let server = SmtpServer::start();
        one_due(&app);
        let words = "5.7.1 <specialist@71000436.example>: rejected";
        if at_mail {
            server.says_to_mail(Some((550, words)));
        } else {
            server.next([End::Says(550, words)]);
        }
        assert!(app.send_next(&server.client()).is_some());
        let (state, attempts, error) = standing(&app);
        assert_eq!((state.as_str(), attempts), ("parked", 1));
        assert!(error.contains("550 5.7.1 … rejected"), "{error}");
        assert!(!error.contains('@') && !error.contains("specialist"), "{error}");
        app.clock.advance(TimeDelta::days(1));
        assert!(app.send_next(&server.client()).is_none());
        server.says_to_mail(None);
        app.announce(
            insula_tests::mails::DAY,
            &insula_tests::mails::reached(insula_domain::registry::counter::CounterId::b(2026), &[40], 40),
        );
        assert_eq!(app.send_all(&server.client()), 2);
        assert_eq!(app.count("SELECT count(*) AS n FROM trail.events WHERE action = 'park'"), 1);
        app.assert_invariants();
    }
}

/// NOT-02, NOT-04: one wrong address does not affect the other recipients, who get the mail once; the position of the
/// refused one is reported.
#[actix_web::test]
async fn a_wrong_address_does_not_affect_the_others() {
    let app = TestApp::start().await;
    let server = SmtpServer::start();
    one_due(&app);
    server.says_of("secretariat@71000436.example", Some((550, "5.1.1 secretariat@71000436.example unknown")));
    assert!(app.send_next(&server.client()).is_some());
    assert_eq!(standing(&app), ("sent".into(), 1, "recipient 2: 550 5.1.1 … unknown".into()));
    let got = server.got();
    assert_eq!(got.len(), 1);
    assert_eq!(got[0].to, ["specialist@71000436.example", "administration@71000436.example"]);
    // The header names all three.
    assert!(got[0].header("To").contains("specialist@71000436.example, secretariat@71000436.example"));
    let shown = app.lead_a().get("/notifications").await.expect(200);
    let outcomes: Vec<_> =
        shown.body["items"][0]["recipients"].as_array().unwrap().iter().map(|one| &one["outcome"]).collect();
    assert_eq!(outcomes, ["accepted", "refused", "accepted"]);
    assert_eq!(app.send_all(&server.client()), 0);
}

/// NOT-04: a temporarily refused recipient is retried alone; the others do not get the mail twice.
#[actix_web::test]
async fn a_temporarily_refused_recipient_is_retried_alone() {
    let app = TestApp::start().await;
    let server = SmtpServer::start();
    one_due(&app);
    server.says_of("administration@71000436.example", Some((450, "4.2.0 greylisted")));
    assert!(app.send_next(&server.client()).is_some());
    assert_eq!(standing(&app), ("waiting".into(), 1, "recipient 3: 450 4.2.0 greylisted".into()));
    // Meanwhile the server is down.
    server.says_of("administration@71000436.example", Some((451, "4.2.0 still")));
    app.clock.advance(TimeDelta::seconds(2));
    assert!(app.send_next(&server.client()).is_some());
    assert_eq!(standing(&app).0, "waiting");
    server.says_of("administration@71000436.example", None);
    app.clock.advance(TimeDelta::seconds(3));
    assert!(app.send_next(&server.client()).is_some());
    assert_eq!(standing(&app), ("sent".into(), 3, String::new()));
    let got = server.got();
    assert_eq!(got.len(), 2);
    assert_eq!(got[1].to, ["administration@71000436.example"]);
    assert_eq!(got[0].message, got[1].message);
}

/// NOT-04: if all recipients are refused, the mail is parked and nothing is sent.
#[actix_web::test]
async fn a_mail_that_reaches_nobody_is_parked() {
    let app = TestApp::start().await;
    let server = SmtpServer::start();
    one_due(&app);
    for name in ["specialist", "secretariat", "administration"] {
        server.says_of(&format!("{name}@71000436.example"), Some((550, "5.1.1 unknown")));
    }
    assert!(app.send_next(&server.client()).is_some());
    let (state, _, error) = standing(&app);
    assert_eq!(state, "parked");
    assert_eq!(error, "recipient 1: 550 5.1.1 unknown; recipient 2: 550 5.1.1 unknown; recipient 3: 550 5.1.1 unknown");
    assert!(server.got().is_empty());
}

/// NOT-04: a slow server is given the time limit of an attempt, and no more. A mail it accepts too late may be repeated
/// identically.
#[actix_web::test]
async fn a_slow_server_is_waited_for_within_limits() {
    let app = TestApp::start().await;
    let server = SmtpServer::start();
    one_due(&app);
    let (told, has_it) = mpsc::channel();
    let gate = Arc::<Gate>::default();
    server.next([End::Waits(told.clone(), Arc::clone(&gate))]);
    // Beyond the limit: the gate stays closed until the client has given up.
    let hasty = server.client().limited_to(Duration::from_millis(300));
    assert!(app.send_next(&hasty).is_some());
    let (state, _, error) = standing(&app);
    assert_eq!(state, "waiting");
    assert!(error.contains("no answer within"), "{error}");
    gate.open();
    // Within: it is opened once the server has the message.
    let gate = Arc::<Gate>::default();
    server.next([End::Waits(told, Arc::clone(&gate))]);
    app.clock.set(&next_attempt(&app).to_rfc3339());
    std::thread::scope(|threads| {
        let waits = threads.spawn(|| app.send_next(&server.client()));
        // The hasty client may have given up before sending anything.
        while server.got().last().is_none_or(|_| standing(&app).1 < 2) {
            has_it.recv_timeout(TEST_TIMEOUT).unwrap();
        }
        gate.open();
        assert!(waits.join().unwrap().is_some());
    });
    assert_eq!(standing(&app), ("sent".into(), 2, String::new()));
    let got = server.got();
    assert!(got.iter().all(|mail| *mail == got[0]));
}

/// NOT-04: an undeliverable mail is tried for five days and then parked, never dropped; sent again, it gets five more
/// days.
#[actix_web::test]
async fn an_undeliverable_mail_is_parked_after_five_days() {
    let app = TestApp::start().await;
    let server = SmtpServer::start();
    one_due(&app);
    let began = app.clock.now();
    server.says_to_mail(Some((450, "4.7.1 later")));
    let mut attempts = 0;
    while app.send_next(&server.client()).is_some() {
        attempts += 1;
        app.clock.set(&next_attempt(&app).to_rfc3339());
    }
    let (state, count, error) = standing(&app);
    assert_eq!((state.as_str(), count), ("parked", attempts));
    assert_eq!(error, "450 4.7.1 later");
    let took = app.clock.now() - began;
    assert!(took >= GIVE_UP_AFTER - TimeDelta::hours(1) && took < GIVE_UP_AFTER + TimeDelta::hours(2), "{took}");
    assert!((100..200).contains(&attempts), "{attempts} attempts");
    let id = app.text("SELECT id::text AS t FROM insula.mails WHERE hospital = '71000436'");
    let operator = app.role(insula_domain::actor::Role::HealthdataOperator, "");
    operator.post(&format!("/notifications/{id}/send"), &serde_json::json!({})).await.expect(200);
    assert!(app.send_next(&server.client()).is_some());
    assert_eq!(standing(&app).0, "waiting");
}
