use insula_domain::{actor::Role, registry::counter::CounterId};
use insula_tests::{
    TestApp,
    app::{HOSPITAL_A, HOSPITAL_B},
    mails::{DAY, reached},
};
use serde_json::json;

/// Fourteen mails: seven thresholds, two hospitals.
fn several(app: &TestApp) {
    app.announce(DAY, &reached(CounterId::A, &[350, 360, 370], 372));
    app.announce(DAY, &reached(CounterId::b(2026), &[40, 45], 46));
    app.announce("2027-03-01", &reached(CounterId::b(2027), &[40], 40));
    app.announce("2027-03-02", &reached(CounterId::A, &[380], 380));
}

/// NOT-02, SYS-02: paging shows each mail once, newest first, while others arrive; a hospital sees only its own.
#[actix_web::test]
async fn pages_hold_each_mail_once() {
    let app = TestApp::start().await;
    several(&app);
    for (client, own, count) in [
        (app.role(Role::HealthdataOperator, ""), None, 14),
        (app.role(Role::Inspector, ""), None, 14),
        (app.lead_a(), Some(HOSPITAL_A), 7),
        (app.role(Role::AccessManager, HOSPITAL_B), Some(HOSPITAL_B), 7),
        (app.lead_not_adhered(), Some("71010037"), 0),
    ] {
        let mut next = Some("/notifications?pageSize=3".to_owned());
        let mut ids = Vec::new();
        while let Some(path) = next {
            let page = client.get(&path).await.expect(200);
            for item in page.body["items"].as_array().unwrap() {
                assert!(own.is_none_or(|own| item["hospitalNumber"] == own), "{item}");
                ids.push(item["id"].as_str().unwrap().to_owned());
            }
            next = page.body["next"].as_str().map(str::to_owned);
        }
        assert_eq!(ids.len(), count);
        assert!(ids.is_sorted_by(|one, other| one > other));
    }
}

/// NOT-02: filters restrict the list, alone and together, and `next` keeps them.
#[actix_web::test]
async fn filters_restrict_the_list() {
    let app = TestApp::start().await;
    several(&app);
    app.park(&app.text("SELECT id::text AS t FROM insula.mails WHERE threshold = 360 AND hospital = '71000436'"));
    let officer = app.role(Role::ConventionOfficer, "");
    for (query, count) in [
        ("state=waiting", 13),
        ("state=parked", 1),
        ("state=parked&state=waiting", 14),
        ("state=sent", 0),
        ("hospitalNumber=71032209", 7),
        ("hospitalNumber=71010037", 0),
        ("counterId=A", 8),
        ("counterId=B-2026", 4),
        ("counterId=B-2027", 2),
        ("counterId=B-2027&counterId=A", 10),
        ("counterId=B-2030", 0),
        ("counterId=A&hospitalNumber=71000436&state=waiting", 3),
    ] {
        let page = officer.get(&format!("/notifications?{query}")).await.expect(200);
        assert_eq!(page.body["items"].as_array().unwrap().len(), count, "{query}");
        let first = officer.get(&format!("/notifications?{query}&pageSize=1")).await.expect(200);
        let Some(next) = first.body["next"].as_str() else {
            assert!(count <= 1, "{query}");
            continue;
        };
        let rest = officer.get(&next.replace("pageSize=1", "pageSize=200")).await.expect(200);
        assert_eq!(rest.body["items"].as_array().unwrap().len(), count - 1, "{query}");
    }
    // Another hospital's number gives no access.
    let page = app.lead_a().get("/notifications?hospitalNumber=71032209").await.expect(200);
    assert_eq!(page.body["items"], json!([]));
}

/// SYS-04: invalid states, hospitals and counters are all refused at once.
#[actix_web::test]
async fn wrong_filters_are_refused_by_name() {
    let app = TestApp::start().await;
    let query = "state=lost&hospitalNumber=1&counterId=B&after=x&pageSize=0&colour=red";
    let refused =
        app.role(Role::Inspector, "").get(&format!("/notifications?{query}")).await.expect_problem(400, "badRequest");
    let expected = [
        "after:notAnIdentifier",
        "colour:unknownField",
        "counterId:notAnIdentifier",
        "hospitalNumber:notAnIdentifier",
        "pageSize:outOfRange",
        "state:notInList",
    ];
    assert_eq!(refused.faults(), expected);
}

/// NOT-02, SYS-02: a mail before its first attempt shows its text and recipients; another hospital's answers as if
/// absent.
#[actix_web::test]
async fn a_mail_is_shown_as_it_will_be_sent() {
    let app = TestApp::start().await;
    app.announce(DAY, &reached(CounterId::A, &[400], 400));
    let id = app.text("SELECT id::text AS t FROM insula.mails WHERE hospital = '71032209'");
    let path = format!("/notifications/{id}");
    let shown = app.lead_b().get(&path).await.expect(200).body;
    for (name, value) in [
        ("counter", json!("A")),
        ("counterId", json!("A")),
        ("threshold", json!(400)),
        ("figure", json!(400)),
        ("limit", json!(400)),
        ("day", json!("2026-06-14")),
        ("hospitalNumber", json!("71032209")),
        ("language", json!("nl")),
        ("state", json!("waiting")),
        ("attempts", json!(0)),
    ] {
        assert_eq!(shown[name], value, "{name}");
    }
    assert!(shown["text"].as_str().unwrap().contains("Gelieve vanaf nu de verstrekking 174495-174506 te kiezen"));
    let to: Vec<_> =
        shown["recipients"].as_array().unwrap().iter().map(|one| one["address"].as_str().unwrap()).collect();
    assert_eq!(to, ["specialist@71032209.example", "secretariat@71032209.example", "administration@71032209.example"]);
    for absent in ["messageId", "sentAt", "via", "lastError", "counterYear"] {
        assert!(shown.get(absent).is_none(), "{absent}");
    }
    assert_eq!(app.role(Role::DataManager, "").get(&path).await.expect(200).body, shown);
    app.lead_a().get(&path).await.expect_problem(404, "resourceNotFound");
    // Once sent, it reads the same.
    let server = insula_tests::smtp::SmtpServer::start();
    app.send_all(&server.client());
    let sent = app.lead_b().get(&path).await.expect(200).body;
    assert_eq!((&sent["subject"], &sent["text"]), (&shown["subject"], &shown["text"]));
    assert_eq!((&sent["state"], &sent["via"]), (&json!("sent"), &json!("smtp")));
    assert_eq!(sent["messageId"], "<counter-A-400-71032209@healthdata.example>");
}
