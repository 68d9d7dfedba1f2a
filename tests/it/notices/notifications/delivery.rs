//! Mails handed to a real server: normally, by several workers, and by workers that crash.

use std::{sync::mpsc, thread};

use chrono::TimeDelta;
use insula_domain::{names::MailRoute, notices::mail::MailOutcome, registry::counter::CounterId};
use insula_tests::{
    TEST_TIMEOUT, TestApp,
    app::HOSPITAL_A,
    mails::{DAY, apart, reached, sender},
    smtp::{End, Gate, SmtpServer},
};

use super::{announced, one_due, standing};

/// NOT-02, NOT-04: each hospital gets one mail, to all its recipients, dated by the night, with an encoded subject;
/// afterwards nothing is due.
#[actix_web::test]
async fn each_hospital_gets_one_mail() {
    let app = TestApp::start().await;
    let server = SmtpServer::start();
    announced(&app);
    assert_eq!(app.send_all(&server.client()), 2);
    let got = server.got();
    assert_eq!(got.len(), 2);
    for (mail, number) in got.iter().zip(["71000436", "71032209"]) {
        let to = ["specialist", "secretariat", "administration"].map(|name| format!("{name}@{number}.example"));
        assert_eq!(mail.to, to);
        assert_eq!(mail.header("Message-ID"), format!("<counter-A-350-{number}@healthdata.example>"));
        assert_eq!(mail.header("Date"), "Mon, 15 Jun 2026 08:00:00 +0000");
        assert_eq!((mail.from.as_str(), mail.name.as_str()), ("insula@healthdata.example", "healthdata.example"));
        assert!(mail.message.is_ascii());
        let sent = app.text(&format!(
            "SELECT concat_ws(' ', state, attempts, via, accepted = recipients, message_id, last_error) AS t
             FROM insula.mails WHERE hospital = '{number}'"
        ));
        assert_eq!(sent, format!("sent 1 smtp t <counter-A-350-{number}@healthdata.example>"));
    }
    let french = got[0].text();
    assert!(french.contains("=C3=80 l'attention de l'h=C3=B4pital H=C3=B4pital de l'=C3=8Ele"), "{french}");
    // A capital À in a subject becomes an encoded word.
    app.announce(DAY, &reached(CounterId::b(2026), &[40], 40));
    app.tamper("UPDATE insula.mails SET language = 'de' WHERE counter = 'B'");
    assert_eq!(app.send_all(&server.client()), 2);
    let german = server.got()[2].text();
    assert!(german.contains("=?utf-8?"), "{german}");
    assert_eq!(app.send_all(&server.client()), 0);
    app.assert_invariants();
    assert_eq!(app.count("SELECT count(*) AS n FROM trail.events WHERE action = 'send'"), 4);
    let of_mails = "SELECT count(*) AS n FROM trail.events WHERE body::jsonb ->> 'operation' IN ('night', 'sendMails')";
    assert!(app.count(of_mails) > 0);
    assert_eq!(app.count(&format!("{of_mails} AND body LIKE '%@%'")), 0);
}

/// NOT-04: two concurrent workers send each mail once.
#[actix_web::test]
async fn two_workers_at_once_send_each_mail_once() {
    let app = TestApp::start().await;
    let server = SmtpServer::start();
    for year in 2001..2011 {
        app.announce(DAY, &reached(CounterId::b(year), &[40], 40));
    }
    let sent: Vec<usize> = thread::scope(|threads| {
        let workers: Vec<_> = (0..3).map(|_| threads.spawn(|| app.send_all(&server.client()))).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    println!("each worker sent {sent:?}");
    assert_eq!(sent.iter().sum::<usize>(), 20);
    let mut ids: Vec<_> = server.got().iter().map(|mail| mail.header("Message-ID")).collect();
    assert_eq!(ids.len(), 20);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 20);
    app.assert_invariants();
}

/// NOT-04: while one worker has claimed a mail, another does not get it, however slow the server is.
#[actix_web::test]
async fn a_claimed_mail_is_not_claimed_by_another() {
    let app = TestApp::start().await;
    let server = SmtpServer::start();
    one_due(&app);
    let (told, has_it) = mpsc::channel();
    let gate = std::sync::Arc::<Gate>::default();
    server.next([End::Waits(told, std::sync::Arc::clone(&gate))]);
    thread::scope(|threads| {
        let slow = threads.spawn(|| app.send_next(&server.client()));
        has_it.recv_timeout(TEST_TIMEOUT).unwrap();
        assert!(app.send_next(&server.client()).is_none());
        // The claim outlasts the longest attempt.
        app.clock.advance(TimeDelta::seconds(60));
        assert!(app.send_next(&server.client()).is_none());
        gate.open();
        assert!(slow.join().unwrap().is_some());
    });
    assert_eq!(standing(&app).0, "sent");
    assert_eq!(server.got().len(), 1);
}

/// NOT-04: after a crash between the server's acceptance and the settling the claim expires; the mail is repeated once,
/// with the same Message-ID and bytes, whatever was renamed meanwhile.
#[actix_web::test]
async fn a_worker_that_dies_after_sending_repeats_the_same_bytes() {
    let app = TestApp::start().await;
    let server = SmtpServer::start();
    one_due(&app);
    let client = server.client();
    let claimed = insula_api::worker::mail::claim(&app.db, &client, &sender()).unwrap().unwrap();
    let outcome = apart(|| insula_api::worker::mail::attempt(&client, &claimed));
    assert!(matches!(outcome, MailOutcome::Answered(_)));
    // The crash.
    app.tamper("UPDATE insula.hospitals SET name = 'Renamed', language = 'en'");
    app.tamper("UPDATE insula.mail_recipients SET responsible_specialist = 'new@x.be'");
    app.clock.advance(TimeDelta::seconds(89));
    assert!(app.send_next(&client).is_none());
    app.clock.advance(TimeDelta::seconds(2));
    assert!(app.send_next(&client).is_some());
    assert!(app.send_next(&client).is_none());
    let got = server.got();
    assert_eq!(got.len(), 2);
    assert_eq!(got[0], got[1]);
    assert_eq!(standing(&app), ("sent".into(), 2, String::new()));
}

/// NOT-04: a failure reported after the claim expired does not end another worker's claim; a success is recorded.
#[actix_web::test]
async fn a_late_report_does_no_harm() {
    let app = TestApp::start().await;
    let server = SmtpServer::start();
    one_due(&app);
    let client = server.client();
    let late = insula_api::worker::mail::claim(&app.db, &client, &sender()).unwrap().unwrap();
    app.clock.advance(TimeDelta::seconds(91));
    let next = insula_api::worker::mail::claim(&app.db, &client, &sender()).unwrap().unwrap();
    assert_eq!(next.standing.attempts, 1);
    let settle = |claimed, outcome: &MailOutcome| {
        let settlement = insula_domain::notices::mail::settled(
            &late.standing,
            outcome,
            insula_domain::clock::Clock::now(&*app.clock),
        );
        let call = insula_persistence::Call::insula("sendMails", app.db.ids.opaque_uuid());
        app.db
            .run(&call, |tx| insula_persistence::notices::mails::settle(tx, claimed, &settlement, MailRoute::Smtp))
            .unwrap();
    };
    for outcome in [MailOutcome::Later("late".into()), MailOutcome::Never("late".into())] {
        settle(&late, &outcome);
        assert_eq!(standing(&app), ("waiting".into(), 2, String::new()));
        assert!(app.send_next(&client).is_none(), "it is still in the other's hands");
    }
    settle(&late, &MailOutcome::Answered(vec![insula_domain::notices::mail::RecipientAnswer::Accepted; 3]));
    assert_eq!(standing(&app).0, "sent");
    settle(&next, &MailOutcome::Never("too late".into()));
    assert_eq!(standing(&app).0, "sent");
}

/// NOT-04: recipients who accepted the mail in an attempt reported after its claim expired are recorded, and do not get
/// it again.
#[actix_web::test]
async fn who_accepted_it_late_does_not_get_it_again() {
    use insula_domain::notices::mail::RecipientAnswer::{Accepted, Later, Never};
    let app = TestApp::start().await;
    let server = SmtpServer::start();
    one_due(&app);
    let client = server.client();
    let claim = || insula_api::worker::mail::claim(&app.db, &client, &sender()).unwrap().unwrap();
    let late = claim();
    app.clock.advance(TimeDelta::seconds(91));
    let next = claim();
    let settle = |claimed: &insula_persistence::notices::mails::ClaimedMail, answers| {
        let now = insula_domain::clock::Clock::now(&*app.clock);
        let settlement = insula_domain::notices::mail::settled(&claimed.standing, &MailOutcome::Answered(answers), now);
        let call = insula_persistence::Call::insula("sendMails", app.db.ids.opaque_uuid());
        app.db
            .run(&call, |tx| insula_persistence::notices::mails::settle(tx, claimed, &settlement, MailRoute::Smtp))
            .unwrap();
    };
    let who = |column: &str| {
        let names = format!("SELECT split_part(one, '@', 1) FROM unnest({column}) AS one");
        app.text(&format!(
            "SELECT array_to_string(ARRAY({names}), ' ') AS t FROM insula.mails WHERE hospital = '71000436'"
        ))
    };
    settle(&late, vec![Accepted, Later("450".into()), Never("550".into())]);
    assert_eq!(standing(&app), ("waiting".into(), 2, String::new()));
    assert_eq!((who("accepted").as_str(), who("refused").as_str()), ("specialist", ""));
    assert!(app.send_next(&client).is_none(), "it is still in the other's hands");
    settle(&next, vec![Later("450".into()), Accepted, Later("450".into())]);
    assert_eq!((standing(&app).0.as_str(), who("accepted").as_str()), ("waiting", "specialist secretariat"));
    app.clock.advance(TimeDelta::hours(1));
    let third = claim();
    assert_eq!(third.standing.pending(), ["administration@71000436.example"]);
    // Reported late once more, now by all recipients: nobody is left to send it to.
    settle(&late, vec![Later("450".into()), Later("450".into()), Accepted]);
    settle(&third, vec![Later("450".into())]);
    assert_eq!(
        (standing(&app).0.as_str(), who("accepted").as_str()),
        ("waiting", "specialist secretariat administration")
    );
    app.clock.advance(TimeDelta::hours(1));
    assert_eq!(app.send_all(&client), 1);
    assert_eq!(standing(&app).0, "sent");
    assert_eq!(server.got().len(), 0);
}

/// NOT-04: a success reported late adds to the results of the current attempt.
#[actix_web::test]
async fn a_late_success_adds_to_the_results() {
    use insula_domain::notices::mail::RecipientAnswer::{Accepted, Later, Never};
    let app = TestApp::start().await;
    let server = SmtpServer::start();
    one_due(&app);
    let client = server.client();
    let claim = || insula_api::worker::mail::claim(&app.db, &client, &sender()).unwrap().unwrap();
    let late = claim();
    app.clock.advance(TimeDelta::seconds(91));
    let next = claim();
    for (claimed, answers) in [
        (&next, vec![Never("550".into()), Later("450".into()), Accepted]),
        (&late, vec![Accepted, Accepted, Never("550".into())]),
    ] {
        let now = insula_domain::clock::Clock::now(&*app.clock);
        let settlement = insula_domain::notices::mail::settled(&claimed.standing, &MailOutcome::Answered(answers), now);
        let call = insula_persistence::Call::insula("sendMails", app.db.ids.opaque_uuid());
        app.db
            .run(&call, |tx| insula_persistence::notices::mails::settle(tx, claimed, &settlement, MailRoute::Smtp))
            .unwrap();
    }
    let known = app.text(
        "SELECT concat_ws(' ', state, cardinality(accepted), cardinality(refused)) AS t FROM insula.mails
         WHERE hospital = '71000436'",
    );
    assert_eq!(known, "sent 3 0");
}

/// SYS-02: hospitals take turns: an e-mail to another one goes before the second to the same, however long that was due.
#[actix_web::test]
async fn hospitals_take_turns() {
    let app = TestApp::start().await;
    app.announce(DAY, &reached(CounterId::A, &[350, 360, 370], 372));
    app.tamper(&format!(
        "UPDATE insula.mails SET available_at = available_at - interval '1 hour' WHERE hospital = '{HOSPITAL_A}'"
    ));
    let sent = || {
        app.count(&format!(
            "SELECT count(*) AS n FROM insula.mails WHERE sent_at IS NOT NULL AND hospital = '{HOSPITAL_A}'"
        ))
    };
    let post = SmtpServer::start();
    let mut turns = Vec::new();
    for _ in 0..6 {
        app.clock.advance(chrono::TimeDelta::seconds(1));
        let before = sent();
        assert!(app.send_next(&post.client()).is_some());
        turns.push(sent() - before);
    }
    assert_eq!(turns, [1, 0, 1, 0, 1, 0]);
}
