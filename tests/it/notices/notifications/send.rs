use insula_domain::actor::Role;
use insula_persistence::Login;
use insula_tests::{TestApp, client::new_key, smtp::SmtpServer};
use serde_json::{Value, json};

use super::{one_due, standing};

fn path(app: &TestApp) -> String {
    let id = app.text("SELECT id::text AS t FROM insula.mails WHERE hospital = '71000436'");
    format!("/notifications/{id}/send")
}

/// NOT-04: a parked mail is sent again to those who have not received it; repeating the request changes nothing.
#[actix_web::test]
async fn a_parked_mail_is_sent_again() {
    let app = TestApp::start().await;
    let server = SmtpServer::start();
    one_due(&app);
    server.says_to_mail(Some((550, "5.7.1 no")));
    app.send_all(&server.client());
    assert_eq!(standing(&app).0, "parked");
    let first = app.text("SELECT encode(message, 'hex') AS t FROM insula.mails WHERE hospital = '71000436'");
    server.says_to_mail(None);
    for role in [Role::HealthdataOperator, Role::ConventionOfficer] {
        let (client, key) = (app.role(role, ""), new_key());
        let sent = client.post_keyed(&path(&app), &Value::Null, &key).await.expect(200);
        assert_eq!((&sent.body["state"], &sent.body["attempts"]), (&json!("waiting"), &json!(0)));
        assert!(sent.body.get("lastError").is_none());
        assert_eq!(app.send_all(&server.client()), 1);
        assert_eq!(standing(&app), ("sent".into(), 1, String::new()));
        let again = client.post_keyed(&path(&app), &Value::Null, &key).await.expect(200);
        assert_eq!(again.text, sent.text);
        let after = app.text("SELECT encode(message, 'hex') AS t FROM insula.mails WHERE hospital = '71000436'");
        assert_eq!(after, first, "the same bytes");
        app.tamper(
            "UPDATE insula.mails SET accepted = '{}', sent_at = NULL, state = 'parked', last_error = 'x'
            WHERE hospital = '71000436'",
        );
    }
    assert_eq!(server.got().len(), 2);
    let event =
        app.text("SELECT body AS t FROM trail.events WHERE action = 'send' AND body LIKE '%sendNotification%' LIMIT 1");
    assert!(!event.contains('@'), "{event}");
    let repeated = app.text("SELECT subject AS t FROM trail.events WHERE action = 'repeat' LIMIT 1");
    assert!(repeated.starts_with("notification:"), "{repeated}");
}

/// NOT-03, NOT-04: it is sent to the current recipients, with its earlier Message-ID and date, but not to those who
/// have received it.
#[actix_web::test]
async fn it_goes_to_the_recipients_as_they_are_now() {
    let app = TestApp::start().await;
    let server = SmtpServer::start();
    app.tamper("DELETE FROM insula.mail_recipients WHERE hospital = '71000436'");
    one_due(&app);
    let operator = app.role(Role::HealthdataOperator, "");
    let before = app.dump();
    let refused = operator.post(&path(&app), &Value::Null).await.expect_problem(409, "noRecipients");
    assert_eq!(refused.body["rule"], "NOT-03");
    assert_eq!(app.dump(), before);
    let officer = app.role(Role::ConventionOfficer, "");
    let entry = json!({"responsibleSpecialist": "first@x.be", "others": ["second@x.be"]});
    officer.put("/hospitals/71000436/mailRecipients", &entry, 0).await.expect(200);
    operator.post(&path(&app), &Value::Null).await.expect(200);
    server.says_of("second@x.be", Some((450, "4.2.0 later")));
    assert!(app.send_next(&server.client()).is_some());
    // The second recipient never accepts it and is replaced.
    app.tamper("UPDATE insula.mails SET state = 'parked' WHERE hospital = '71000436'");
    let entry = json!({"responsibleSpecialist": "first@x.be", "others": ["third@x.be"]});
    officer.put("/hospitals/71000436/mailRecipients", &entry, 1).await.expect(200);
    let shown = operator.post(&path(&app), &Value::Null).await.expect(200).body;
    let expected =
        json!([{"address": "first@x.be", "outcome": "accepted"}, {"address": "third@x.be", "outcome": "pending"}]);
    assert_eq!(shown["recipients"], expected);
    assert_eq!(app.send_all(&server.client()), 1);
    assert_eq!(standing(&app).0, "sent");
    let got = server.got();
    assert_eq!((&got[0].to, &got[1].to), (&vec!["first@x.be".to_owned()], &vec!["third@x.be".to_owned()]));
    for header in ["Message-ID", "Date"] {
        assert_eq!(got[0].header(header), got[1].header(header));
    }
    assert_eq!(got[1].header("To"), "first@x.be, third@x.be");
    // Once that recipient is removed, the mail counts as sent.
    app.tamper(
        "UPDATE insula.mails SET state = 'parked', sent_at = NULL, last_error = 'x' WHERE hospital = '71000436'",
    );
    officer.put("/hospitals/71000436/mailRecipients", &json!({"others": ["first@x.be"]}), 2).await.expect(200);
    let shown = operator.post(&path(&app), &Value::Null).await.expect(200).body;
    assert_eq!((&shown["state"], &shown["via"]), (&json!("sent"), &json!("smtp")));
    assert_eq!(app.send_all(&server.client()), 0);
    app.assert_invariants();
}

/// NOT-04: a waiting or sent mail is not sent again, so nobody gets it twice.
#[actix_web::test]
async fn only_a_parked_mail_is_sent_again() {
    let app = TestApp::start().await;
    let server = SmtpServer::start();
    one_due(&app);
    let operator = app.role(Role::HealthdataOperator, "");
    for state in ["waiting", "sent"] {
        let before = app.dump();
        let refused = operator.post(&path(&app), &Value::Null).await.expect_problem(409, "notificationNotParked");
        assert_eq!((&refused.body["notificationState"], &refused.body["rule"]), (&json!(state), &json!("NOT-04")));
        assert_eq!(app.dump(), before);
        app.send_all(&server.client());
    }
}

/// NOT-04: of two concurrent requests to send it again one succeeds.
#[actix_web::test]
async fn of_two_at_once_one_sends_it_again() {
    let app = TestApp::start().await;
    one_due(&app);
    app.park(path(&app).split('/').nth(2).unwrap());
    let (one, other) = (app.role(Role::HealthdataOperator, ""), app.role(Role::ConventionOfficer, ""));
    let path = path(&app);
    let hold = app.hold("SELECT * FROM insula.mails WHERE hospital = '71000436'", Login::Authority, 2);
    let (_, one, other) = tokio::join!(hold, one.post(&path, &Value::Null), other.post(&path, &Value::Null));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
}
