//! Submits while a counter is closed (CNT-06), and registrations whose counter was exceeded (CGM-08, CGM-10).

use insula_tests::{TestApp, data};
use serde_json::{Value, json};

const CLOSE_A: &str = "INSERT INTO insula.closed_counters VALUES ('A', 0, '2026-06-14')";
const CLOSE_B: &str = "INSERT INTO insula.closed_counters VALUES ('B', 2026, '2026-06-14')";
const PAIR_B: &str = "174495-174506";

async fn submit(app: &TestApp, n: u32, registration_type: &str, content: &Value) -> insula_tests::Reply {
    let lead = app.lead_a();
    let beneficiary = lead.enter_beneficiary(n).await;
    let draft = lead.draft(registration_type, Some(&beneficiary), content).await;
    lead.submit(&draft).await
}

/// CNT-06: while counter A is closed, its pair is refused at once with the alternative, pair B, which is accepted.
#[actix_web::test]
async fn a_closed_counter_a_refuses_its_pair_and_names_the_other() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    app.tamper(CLOSE_A);
    let draft = lead.complete_draft(1).await;
    let before = app.dump();
    let refused = lead.submit(&draft).await.expect_problem(409, "counterClosedA");
    assert_eq!(refused.body["rule"], "CNT-06");
    assert_eq!((&refused.body["counter"], &refused.body["otherPair"]), (&json!("A"), &json!(PAIR_B)));
    assert!(refused.body["detail"].as_str().unwrap().contains(PAIR_B));
    assert!(refused.body.get("year").is_none());
    assert_eq!(app.dump(), before);
    let changed = lead.change(&draft, json!({"content": {"nomenclaturePair": PAIR_B}})).await.expect(200);
    lead.submit(&changed).await.expect(200);
}

/// CNT-05, CNT-06: counter B is closed for one year of implantation; other years are open.
#[actix_web::test]
async fn a_closed_counter_b_refuses_its_year_only() {
    let app = TestApp::start().await;
    app.tamper(CLOSE_B);
    let mut content = data::first_implantation();
    content["nomenclaturePair"] = json!(PAIR_B);
    let refused = submit(&app, 1, "firstImplantation", &content).await.expect_problem(409, "counterClosedB");
    assert_eq!((&refused.body["counter"], &refused.body["year"]), (&json!("B"), &json!(2026)));
    assert!(refused.body.get("otherPair").is_none());
    content["eventDate"] = json!("2025-12-31");
    content["hba1c"]["date"] = json!("2025-12-01");
    submit(&app, 2, "firstImplantation", &content).await.expect(200);
    submit(&app, 3, "firstImplantation", &data::first_implantation()).await.expect(200);
}

/// CNT-01, CNT-06: registrations without counter are not refused: a transmitter alone, a replacement, another pair.
#[actix_web::test]
async fn what_is_not_counted_is_not_refused() {
    let app = TestApp::start().await;
    app.tamper(CLOSE_A);
    app.tamper(CLOSE_B);
    let mut transmitter = data::first_implantation();
    let device = transmitter["devices"][0].as_object_mut().unwrap();
    device.insert("kind".to_owned(), json!("transmitter"));
    device.remove("armSide");
    submit(&app, 1, "firstImplantation", &transmitter).await.expect(200);
    let mut replacement = data::replacement(None);
    replacement["nomenclaturePair"] = json!("174370-174381");
    submit(&app, 2, "replacement", &replacement).await.expect(200);
    let mut other_pair = data::first_implantation();
    other_pair["nomenclaturePair"] = json!("174392-174403");
    submit(&app, 3, "firstImplantation", &other_pair).await.expect(200);
}

/// CGM-05, CNT-06: faults are reported before the closed counter.
#[actix_web::test]
async fn faults_are_reported_before_the_closed_counter() {
    let app = TestApp::start().await;
    app.tamper(CLOSE_A);
    let mut content = data::first_implantation();
    content.as_object_mut().unwrap().remove("therapy");
    let refused = submit(&app, 1, "firstImplantation", &content).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults(), ["content.therapy:required"]);
}

/// CGM-08, CGM-10, CNT-03: an exceeded counter is shown with its limit and the way out; the reopened registration
/// changes its pair.
#[actix_web::test]
async fn an_exceeded_counter_is_left_by_choosing_the_other_pair() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let exceeded = lead.standing(&app, 1, "counter exceeded").await;
    let corrections = json!({"because": "counterExceeded", "counter": "A", "limit": 400, "otherPair": PAIR_B});
    assert_eq!(exceeded.body["corrections"], corrections);
    assert!(exceeded.body["acknowledgedAt"].is_string());
    let open = lead.reopen(&exceeded).await.expect(200);
    assert_eq!(open.body["corrections"], corrections, "still shown while it is being corrected");
    let changed = lead.change(&open, json!({"content": {"nomenclaturePair": PAIR_B}})).await.expect(200);
    let submitted = lead.submit_and_deliver(&app, &changed).await;
    assert_eq!((&submitted.body["status"], &submitted.body["code"]), (&json!("submitted"), &exceeded.body["code"]));
    assert!(submitted.body.get("corrections").is_none());
}

/// CGM-07: a refusal by Healthdata is shown with its reasons.
#[actix_web::test]
async fn a_refusal_by_healthdata_is_shown_with_its_reasons() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let refused = lead.standing(&app, 1, "refused by Healthdata").await;
    assert_eq!(refused.body["corrections"], json!({"because": "refusedByHealthdata", "reasons": ["unreadable"]}));
    assert!(refused.body.get("acknowledgedAt").is_none());
    assert_eq!(app.count("SELECT count(*) AS n FROM coded.deliveries"), 0);
}
