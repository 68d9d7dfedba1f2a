use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use insula_domain::{actor::Role, registry::counter::CounterId};
use insula_persistence::{Call, Stop, notices::mails};
use insula_tests::{
    TestApp,
    mails::{DAY, reached},
};
use serde_json::{Value, json};

use super::announced;

/// NOT-01, NOT-02, NOT-03: a night that reaches several thresholds writes one mail per threshold and adhered hospital,
/// in its language, to its three recipients; other hospitals get none.
#[actix_web::test]
async fn each_threshold_is_written_to_each_adhered_hospital() {
    let app = TestApp::start().await;
    let officer = app.role(Role::ConventionOfficer, "");
    for (number, from, to) in [
        ("71099911", json!("2026-06-14"), Value::Null),
        ("71099812", json!("2026-06-15"), Value::Null),
        ("71099713", json!("2020-01-01"), json!("2026-06-13")),
        ("71099614", json!("2020-01-01"), json!("2026-06-14")),
    ] {
        let mut entry = json!({"name": "Invented", "language": "en", "adheredFrom": from});
        if !to.is_null() {
            entry["adheredTo"] = to;
        }
        let request = officer.request(reqwest::Method::PUT, &format!("/hospitals/{number}")).json(&entry);
        officer.send(request).await.expect(200);
    }
    let night = [reached(CounterId::A, &[350, 360, 370], 372), reached(CounterId::b(2026), &[40], 44)].concat();
    assert_eq!(app.announce(DAY, &night), 4 * 4);
    let found = app.text(
        "SELECT string_agg(concat_ws(' ', hospital, language, counter, year, threshold, figure, state, cardinality(recipients)),
             E'\\n' ORDER BY hospital, counter, threshold) AS t FROM insula.mails WHERE counter = 'B' OR threshold = 360",
    );
    let expected = [
        "71000436 fr A 0 360 372 waiting 3",
        "71000436 fr B 2026 40 44 waiting 3",
        "71032209 nl A 0 360 372 waiting 3",
        "71032209 nl B 2026 40 44 waiting 3",
        "71099614 en A 0 360 372 parked 0",
        "71099614 en B 2026 40 44 parked 0",
        "71099911 en A 0 360 372 parked 0",
        "71099911 en B 2026 40 44 parked 0",
    ];
    assert_eq!(found.lines().collect::<Vec<_>>(), expected);
    let recipients = app.text("SELECT DISTINCT recipients::text AS t FROM insula.mails WHERE hospital = '71000436'");
    assert_eq!(
        recipients,
        "{specialist@71000436.example,secretariat@71000436.example,administration@71000436.example}"
    );
    app.assert_invariants();
}

/// NOT-01, NOT-02: mails state the figure after the night; repeating the night writes none, and neither does reaching a
/// threshold again after the figure fell.
#[actix_web::test]
async fn a_night_writes_each_mail_once() {
    let app = TestApp::start().await;
    let mails = || {
        app.text("SELECT coalesce(string_agg(concat_ws(' ', hospital, threshold, figure, day), ', ' ORDER BY threshold, hospital), '')
             AS t FROM insula.mails")
    };
    app.arrive_for_b(39);
    app.clock.advance(TimeDelta::days(1));
    app.nights();
    assert_eq!(mails(), "");
    app.arrive_for_b(7);
    app.clock.advance(TimeDelta::days(1));
    app.nights();
    let expected =
        "71000436 40 46 2026-06-16, 71032209 40 46 2026-06-16, 71000436 45 46 2026-06-16, 71032209 45 46 2026-06-16";
    assert_eq!(mails(), expected);
    app.assert_invariants();
    let free = "UPDATE insula.registrations SET place = NULL WHERE place > 38";
    assert_eq!(app.tamper(free), 8);
    app.clock.advance(TimeDelta::days(1));
    app.nights();
    app.arrive_for_b(4);
    app.clock.advance(TimeDelta::days(1));
    app.nights();
    assert_eq!(app.places("B", 2026), 42);
    assert_eq!(mails(), expected);
    // And they are sent.
    let server = insula_tests::smtp::SmtpServer::start();
    assert_eq!(app.send_all(&server.client()), 4);
}

/// NOT-01, SYS-03: announcements are rolled back with the night.
#[actix_web::test]
async fn a_night_that_fails_announces_nothing() {
    let app = TestApp::start().await;
    let new = app.reach(DAY, &reached(CounterId::A, &[350], 352));
    let before = app.dump();
    let call = Call::insula("night", app.db.ids.opaque_uuid());
    let failed = app.db.run(&call, |tx| {
        assert_eq!(mails::announce(tx, DAY.parse().unwrap(), &new)?, 2);
        Err::<(), _>(Stop::NotFound)
    });
    assert!(failed.is_err());
    assert_eq!(app.dump(), before);
}

/// NOT-01, NOT-02: the database refuses a second mail about a threshold to a hospital, and a mail about a threshold
/// that was not reached.
#[actix_web::test]
async fn the_database_refuses_mails_without_cause() {
    let app = TestApp::start().await;
    announced(&app);
    let again = Call::insula("night", app.db.ids.opaque_uuid());
    for (threshold, constraint) in [(350, "one_mail_per_hospital"), (360, "of_a_threshold_reached")] {
        let night = reached(CounterId::A, &[threshold], 372);
        let refused = app.db.run(&again, |tx| mails::announce(tx, DAY.parse().unwrap(), &night));
        assert!(format!("{refused:?}").contains(constraint), "{refused:?}");
    }
    for (constraint, sql) in [
        ("sent_to_somebody", "UPDATE insula.mails SET state = 'sent'"),
        ("parked_for_a_reason", "UPDATE insula.mails SET state = 'parked'"),
        ("written_as_a_whole", "UPDATE insula.mails SET subject = 'x'"),
    ] {
        let said = app.owner().batch_execute(sql).unwrap_err().to_string();
        assert!(said.contains(constraint), "{sql}: {said}");
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.mails"), 2);
}

/// NOT-03, SYS-01: the mail of a hospital without recipients is parked with the reason, visible to all supervisors. The
/// trail contains no address.
#[actix_web::test]
async fn a_hospital_without_recipients_has_a_parked_mail() {
    let app = TestApp::start().await;
    app.tamper("DELETE FROM insula.mail_recipients WHERE hospital = '71032209'");
    announced(&app);
    let parked = app.role(Role::HealthdataOperator, "").get("/notifications?state=parked").await.expect(200);
    let items = parked.body["items"].as_array().unwrap();
    assert_eq!(items.len(), 1);
    assert_eq!(items[0]["hospitalNumber"], "71032209");
    assert_eq!(items[0]["recipients"], json!([]));
    assert!(items[0]["lastError"].as_str().unwrap().contains("no recipients"));
    let event = app.text("SELECT body AS t FROM trail.events WHERE action = 'announce'");
    let event: Value = serde_json::from_str(&event).unwrap();
    assert_eq!(event["subject"], "counter:A");
    let details = json!({"threshold": 350, "figure": 352, "day": "2026-06-14", "mails": 2, "withoutRecipients": 1});
    assert_eq!(event["details"], details);
}
