//! E-mails to INAMI about changed lists of prescribers.

use insula_domain::actor::Role;
use insula_tests::{
    TestApp,
    app::{HOSPITAL_A, HOSPITAL_B, INAMI_MAIL},
    data,
    smtp::SmtpServer,
};
use reqwest::Method;
use serde_json::{Value, json};

/// A list with one physician, until a day or without end.
fn list(to: Option<&str>) -> Value {
    let mut one = json!({"nihdiNumber": data::PHYSICIAN, "name": "Dr Invented", "qualification": "endocrinologist",
        "from": "2021-01-01"});
    if let Some(to) = to {
        one["to"] = json!(to);
    }
    json!({"prescribers": [one]})
}

/// CON-08: each version with changes is reported to INAMI in one e-mail, in the same transaction; the hospital sees its
/// own reports and no others.
#[actix_web::test]
async fn a_change_is_reported_to_inami() {
    let app = TestApp::start().await;
    let server = SmtpServer::start();
    let keeper = app.role(Role::ConventionTeam, HOSPITAL_A);
    let path = format!("/establishments/{HOSPITAL_A}/prescribers");
    keeper.send(keeper.request(Method::PUT, &path).json(&list(None))).await.expect(200);
    keeper.put(&path, &list(None), 1).await.expect(200);
    keeper.put(&path, &list(Some("2026-12-31")), 2).await.expect(200);
    keeper.put(&path, &json!({"prescribers": [{}]}), 3).await.expect_problem(400, "badRequest");
    keeper.put(&path, &list(None), 1).await.expect_problem(412, "preconditionFailed");
    let waiting = keeper.get("/notifications").await.expect(200);
    let items = waiting.body["items"].as_array().unwrap();
    let told: Vec<_> = items.iter().map(|one| (&one["about"], one["listVersion"].as_i64(), &one["state"])).collect();
    let (about, waits) = (json!("prescribers"), json!("waiting"));
    assert_eq!(told, [(&about, Some(3), &waits), (&about, Some(1), &waits)], "the second version changed nothing");
    assert_eq!(app.send_all(&server.client()), 2);
    let got = server.got();
    for (mail, version) in got.iter().zip([1, 3]) {
        assert_eq!(mail.to, [INAMI_MAIL]);
        assert_eq!(mail.header("Message-ID"), format!("<prescribers-71000436-{version}@healthdata.example>"));
    }
    let shown = keeper.get(&format!("/notifications/{}", items[0]["id"].as_str().unwrap())).await.expect(200);
    assert_eq!((&shown.body["state"], &shown.body["via"]), (&json!("sent"), &json!("smtp")));
    let text = shown.body["text"].as_str().unwrap();
    assert!(
        text.contains("- fin : Dr Invented, numéro INAMI") && text.contains("du 01/01/2021 au 31/12/2026"),
        "{text}"
    );
    assert!(shown.body.get("counter").is_none() && shown.body.get("limit").is_none());
    let other = app.role(Role::ConventionTeam, HOSPITAL_B);
    assert_eq!(other.get("/notifications").await.expect(200).body["items"], json!([]));
    assert_eq!(app.send_all(&server.client()), 0);
    app.assert_invariants();
    let of_mails = "SELECT count(*) AS n FROM trail.events WHERE body LIKE '%@inami%' OR body LIKE '%Dr Invented%'";
    assert_eq!(app.count(of_mails), 0, "neither an address nor a name is in the trail");
}

/// CON-08, NOT-04: a report parked because of refusal or a missing address is sent again to INAMI.
#[actix_web::test]
async fn a_parked_one_is_sent_again_to_inami() {
    let app = TestApp::start().await;
    let server = SmtpServer::start();
    let keeper = app.role(Role::ConventionTeam, HOSPITAL_A);
    let path = format!("/establishments/{HOSPITAL_A}/prescribers");
    keeper.send(keeper.request(Method::PUT, &path).json(&list(None))).await.expect(200);
    app.tamper("UPDATE insula.mails SET recipients = '{}', state = 'parked', last_error = 'no address'");
    assert_eq!(app.send_all(&server.client()), 0);
    let id = app.text("SELECT id::text AS t FROM insula.mails");
    let officer = app.role(Role::ConventionOfficer, "");
    let sent = officer.post(&format!("/notifications/{id}/send"), &Value::Null).await.expect(200);
    assert_eq!(sent.body["recipients"], json!([{"address": INAMI_MAIL, "outcome": "pending"}]));
    assert_eq!(app.send_all(&server.client()), 1);
    assert_eq!(server.got()[0].to, [INAMI_MAIL]);
}
