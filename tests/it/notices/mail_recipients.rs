//! `/hospitals/{hospitalNumber}/mailRecipients`.

use insula_domain::actor::Role;
use insula_tests::{TestApp, app::HOSPITAL_A, data};
use serde_json::{Value, json};

const PATH: &str = "/hospitals/71000436/mailRecipients";

/// NOT-03: the defaults are the three recipients of form M-Form-II-01; INAMI changes them, in versions; missing ones
/// are absent.
#[actix_web::test]
async fn inami_changes_the_recipients() {
    let app = TestApp::start().await;
    let officer = app.role(Role::ConventionOfficer, "");
    let first = app.lead_a().get(PATH).await.expect(200);
    assert_eq!(first.header("etag"), "\"1\"");
    assert_eq!(first.body["responsibleSpecialist"], "specialist@71000436.example");
    assert_eq!(first.body["administrativeContact2"], "administration@71000436.example");
    let entry = json!({"administrativeContact1": "New.Contact@x.be", "others": ["a@x.be", "b@x.be"]});
    let changed = officer.put(PATH, &entry, 1).await.expect(200);
    assert_eq!((changed.header("etag"), changed.version()), ("\"2\"", 2));
    assert!(changed.body.get("responsibleSpecialist").is_none());
    assert_eq!(app.role(Role::AccessManager, HOSPITAL_A).get(PATH).await.expect(200).body, changed.body);
    let before = app.dump();
    officer.put(PATH, &entry, 1).await.expect_problem(412, "preconditionFailed");
    officer
        .send(officer.request(reqwest::Method::PUT, PATH).json(&entry))
        .await
        .expect_problem(428, "preconditionRequired");
    officer.put("/hospitals/71099911/mailRecipients", &entry, 0).await.expect_problem(404, "resourceNotFound");
    app.lead_b().get(PATH).await.expect_problem(404, "resourceNotFound");
    assert_eq!(app.dump(), before);
    let event = app.text(
        "SELECT body AS t FROM trail.events WHERE action = 'put' AND subject LIKE 'mailRecipients:%'
        AND body LIKE '%\"version\":2%'",
    );
    let event: Value = serde_json::from_str(&event).unwrap();
    let changed = json!({"responsibleSpecialist": true, "administrativeContact1": true, "administrativeContact2": true,
        "others": true});
    assert_eq!(event["details"]["changed"], changed);
    assert!(!event.to_string().contains('@'), "{event}");
}

/// NOT-03: a hospital without recipients has version 0, on which the first ones are entered once.
#[actix_web::test]
async fn the_first_recipients_are_entered_on_version_zero() {
    let app = TestApp::start().await;
    let officer = app.role(Role::ConventionOfficer, "");
    let request = officer.request(reqwest::Method::PUT, "/hospitals/71099911");
    officer.send(request.json(&json!({"name": "New", "language": "de"}))).await.expect(200);
    let path = "/hospitals/71099911/mailRecipients";
    let none = officer.get(path).await.expect(200);
    assert_eq!((none.header("etag"), &none.body["others"]), ("\"0\"", &json!([])));
    let (one, other) = (json!({"others": ["a@x.be"]}), json!({"others": ["b@x.be"]}));
    let (one, other) = tokio::join!(officer.put(path, &one, 0), officer.put(path, &other, 0));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
}

/// NOT-03, NOT-05, BEN-04: all faults are reported by field: invalid or duplicate addresses, national numbers and line
/// breaks; nothing changes and nothing is echoed.
#[actix_web::test]
async fn faulty_addresses_are_refused_by_field() {
    let app = TestApp::start().await;
    let officer = app.role(Role::ConventionOfficer, "");
    let before = app.dump();
    let number = format!("{}@x.be", data::niss(1));
    let eleven: Vec<_> = (0..11).map(|n| format!("r{n}@x.be")).collect();
    let ten: Vec<_> = (0..10).map(|n| format!("r{n}@x.be")).collect();
    let cases = [
        (json!({}), vec![":atLeastOneOf"]),
        (json!({"others": []}), vec![":atLeastOneOf"]),
        (
            json!({"responsibleSpecialist": "nobody", "administrativeContact1": "A@x.be",
                "administrativeContact2": "a@X.be",
                "others": ["b@x.be\r\nBcc: evil@x.be", "a@x.be", 1, number, "c@x.be, d@x.be"]}),
            vec![
                "administrativeContact2:repeated",
                "others[0]:notAnAddress",
                "others[1]:repeated",
                "others[2]:wrongType",
                "others[3]:nationalNumber",
                "others[4]:notAnAddress",
                "responsibleSpecialist:notAnAddress",
            ],
        ),
        (json!({"responsibleSpecialist": "a\r@x.be"}), vec!["responsibleSpecialist:notAnAddress"]),
        (json!({"responsibleSpecialist": "a\n@x.be"}), vec!["responsibleSpecialist:notAnAddress"]),
        (
            json!({"responsibleSpecialist": null, "others": "a@x.be"}),
            vec!["others:wrongType", "responsibleSpecialist:wrongType"],
        ),
        (json!({"others": eleven}), vec!["others:tooMany"]),
        (json!({"responsibleSpecialist": "one@x.be", "others": ten}), vec!["others:tooMany"]),
        (json!({"others": ["a@x.be"], "bcc": "b@x.be"}), vec!["bcc:unknownField"]),
    ];
    for (entry, faults) in cases {
        let refused = officer.put(PATH, &entry, 1).await.expect_problem(400, "badRequest");
        assert_eq!(refused.faults(), faults, "{entry}");
        assert!(!refused.text.contains("x.be") && !refused.text.contains(&data::niss(1)), "{}", refused.text);
    }
    assert_eq!(app.dump(), before);
    officer.put(PATH, &json!({"others": ten}), 1).await.expect(200);
}

/// NOT-05: the database refuses invalid addresses even if the program does not.
#[actix_web::test]
async fn the_database_keeps_only_addresses() {
    use diesel::connection::SimpleConnection;
    let app = TestApp::start().await;
    let mut owner = app.owner();
    for others in ["{}", "{nobody}", "{\"a@x.be\r\nBcc: b@x.be\"}", "{\"a b@x.be\"}", "{a@x.be,é@x.be}"] {
        let sql = format!(
            "UPDATE insula.mail_recipients SET responsible_specialist = NULL, administrative_contact_1 = NULL,
             administrative_contact_2 = NULL, others = '{others}' WHERE hospital = '71000436'"
        );
        let said = owner.batch_execute(&sql).unwrap_err().to_string();
        assert!(said.contains("recipients_form"), "{others}: {said}");
    }
}
