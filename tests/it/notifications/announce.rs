use diesel::connection::SimpleConnection;
use insula_domain::{actor::Role, counter::CounterId};
use insula_persistence::{Call, Stop, mails};
use insula_tests::{
    TestApp, eventually,
    mails::{DAY, reached},
};
use serde_json::{Value, json};

use super::announced;

/// NOT-01, NOT-02, NOT-03: a night that passes several thresholds writes one mail for each of them to each hospital adhered on
/// its day, in the hospital's language, to its three recipients; hospitals that did not adhere get none.
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
    let call = Call::insula("night", app.db.ids.opaque_uuid());
    let highest = app.db.run(&call, mails::announced).unwrap();
    assert_eq!((highest[&CounterId::A], highest[&CounterId::b(2026)], highest.len()), (370, 40, 2));
    app.assert_invariants();
}

/// NOT-01: a threshold is announced once for ever: also with another figure, on another day, in another order, in part.
#[actix_web::test]
async fn a_threshold_is_announced_once_for_ever() {
    let app = TestApp::start().await;
    announced(&app);
    let before = app.dump();
    assert_eq!(app.announce(DAY, &reached(CounterId::A, &[350], 352)), 0);
    assert_eq!(app.announce("2026-08-01", &reached(CounterId::A, &[350], 358)), 0);
    assert_eq!(app.announce(DAY, &[]), 0);
    assert_eq!(app.dump(), before);
    assert_eq!(app.announce("2026-08-01", &reached(CounterId::A, &[360, 350], 361)), 2);
    // Each year of counter B is a counter of its own.
    for year in [2026, 2027] {
        assert_eq!(app.announce(DAY, &reached(CounterId::b(year), &[60], 60)), 2);
        assert_eq!(app.announce(DAY, &reached(CounterId::b(year), &[60], 60)), 0);
    }
    app.assert_invariants();
}

/// NOT-01: of two nights at once, one announces. The database says so: the other waits for it and then has nothing to do.
#[actix_web::test]
async fn of_two_nights_at_once_one_announces() {
    let app = TestApp::start().await;
    let mut first = app.owner();
    first
        .batch_execute(
            "BEGIN; INSERT INTO insula.announcements VALUES ('A', 0, 350, 352, '2026-06-14', '2026-06-14T22:30:00Z')",
        )
        .unwrap();
    std::thread::scope(|threads| {
        let second = threads.spawn(|| app.announce(DAY, &reached(CounterId::A, &[350], 352)));
        let waiting = "SELECT count(*) AS n FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'";
        eventually("it waits for the other one", || app.count(waiting) == 1);
        first.batch_execute("COMMIT").unwrap();
        assert_eq!(second.join().unwrap(), 0);
    });
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.mails"), 0);
}

/// NOT-01, SYS-03: what a night announced comes about with the night, or not at all.
#[actix_web::test]
async fn a_night_that_fails_announces_nothing() {
    let app = TestApp::start().await;
    let before = app.dump();
    let call = Call::insula("night", app.db.ids.opaque_uuid());
    let failed = app.db.run(&call, |tx| {
        assert_eq!(mails::announce(tx, DAY.parse().unwrap(), &reached(CounterId::A, &[350], 352))?, 2);
        Err::<(), _>(Stop::NotFound)
    });
    assert!(failed.is_err());
    assert_eq!(app.dump(), before);
    announced(&app);
}

/// NOT-01, NOT-02: the database refuses what is no threshold, a figure below it, a second mail to a hospital, and a mail that
/// nothing announced.
#[actix_web::test]
async fn the_database_refuses_what_is_no_announcement() {
    let app = TestApp::start().await;
    announced(&app);
    let mut owner = app.owner();
    let mut refused = |constraint: &str, sql: &str| {
        let said = owner.batch_execute(sql).unwrap_err().to_string();
        assert!(said.contains(constraint), "{sql}: {said}");
    };
    for (counter, year, threshold, figure) in [
        ("A", 0, 340, 345),
        ("A", 0, 355, 356),
        ("A", 0, 410, 410),
        ("A", 0, 360, 359),
        ("A", 0, 360, 401),
        ("A", 2026, 360, 360),
        ("B", 0, 40, 40),
        ("B", 2026, 35, 36),
        ("B", 2026, 42, 42),
        ("B", 2026, 65, 65),
        ("B", 2026, 45, 61),
        ("C", 2026, 45, 46),
    ] {
        let row = format!("('{counter}', {year}, {threshold}, {figure}, '2026-06-14', '2026-06-14T22:30:00Z')");
        refused("a_threshold", &format!("INSERT INTO insula.announcements VALUES {row}"));
    }
    let copy = |what: &str| {
        format!(
            "INSERT INTO insula.mails (id, counter, year, threshold, hospital, language, figure, day, written_at, recipients, state,
                 waiting_since, available_at)
             SELECT gen_random_uuid(), counter, year, {what}, hospital, language, figure, day, written_at, recipients, state,
                 waiting_since, available_at FROM insula.mails LIMIT 1"
        )
    };
    refused("one_mail_per_hospital", &copy("threshold"));
    refused("of_an_announcement", &copy("360"));
    refused("sent_to_somebody", "UPDATE insula.mails SET state = 'sent'");
    refused("parked_for_a_reason", "UPDATE insula.mails SET state = 'parked'");
    refused("each_threshold_once", "INSERT INTO insula.announcements SELECT * FROM insula.announcements");
}

/// NOT-03, SYS-01: a hospital without recipients gets its mail all the same: parked, with the reason, for everybody who
/// supervises to see. What the trail keeps of all this holds no address.
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
