use insula_tests::{Reply, TestApp, data, status::STANDINGS};
use serde_json::{Value, json};

async fn check(client: &insula_tests::Client, registration: &Reply) -> Reply {
    client.get(&format!("/registrations/{}/check", registration.id())).await.expect(200)
}

fn codes(list: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    list.as_array().unwrap().iter().map(|issue| format!("{}:{}", text(&issue["name"]), text(&issue["code"]))).collect()
}

/// CGM-05: the check reports what submitting would, and stores nothing.
#[actix_web::test]
async fn the_check_reports_what_submitting_would() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let mut content = data::first_implantation();
    content["eventDate"] = json!("2026-06-16");
    content.as_object_mut().unwrap().remove("devices");
    let draft = lead.draft("firstImplantation", None, &content).await;
    let before = app.dump();
    let checked = check(&lead, &draft).await;
    assert_eq!(checked.body["submittable"], false);
    let mut found = codes(&checked.body["issues"]);
    found.sort();
    assert_eq!(found, lead.submit(&draft).await.faults());
    assert_eq!(app.dump(), before);
    let complete = lead.complete_draft(1).await;
    let before = app.dump();
    let checked = check(&lead, &complete).await;
    assert_eq!(checked.body["submittable"], true);
    assert_eq!((&checked.body["issues"], &checked.body["refusals"]), (&json!([]), &json!([])));
    assert_eq!((&checked.body["counter"], checked.body.get("counterYear")), (&json!("A"), None));
    assert_eq!(app.dump(), before);
}

/// CGM-14, CGM-15, CNT-06: everything that prevents a submit is reported at once: faults, refusals and warnings.
#[actix_web::test]
async fn faults_refusals_and_warnings_come_at_once() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let first = lead.submitted(&app, 1).await;
    app.lead_b().submitted(&app, 1).await;
    app.tamper("INSERT INTO insula.closed_counters VALUES ('B', 2026, '2026-06-14')");
    app.tamper("UPDATE insula.hospitals SET adhered_from = '2026-06-02' WHERE number = '71000436'");
    let mut content = data::first_implantation();
    content["nomenclaturePair"] = json!("174495-174506");
    content.as_object_mut().unwrap().remove("therapy");
    let draft = lead.draft("firstImplantation", first.body["beneficiaryId"].as_str(), &content).await;
    let checked = check(&lead, &draft).await;
    assert_eq!(codes(&checked.body["issues"]), ["content.therapy:required"]);
    let rules: Vec<_> = checked.body["refusals"].as_array().unwrap().iter().map(|one| one["rule"].clone()).collect();
    assert_eq!(rules, ["CGM-14", "CGM-15", "CNT-06"]);
    assert_eq!(codes(&checked.body["warnings"]), ["beneficiaryId:firstImplantationElsewhere"]);
    assert_eq!((&checked.body["counter"], &checked.body["counterYear"]), (&json!("B"), &json!(2026)));
}

/// CGM-12: only an open registration can be submitted, however complete.
#[actix_web::test]
async fn only_an_open_registration_is_submittable() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    for (n, (standing, status)) in (1..).zip(STANDINGS) {
        let registration = lead.standing(&app, n, standing).await;
        let checked = check(&lead, &registration).await;
        assert_eq!(checked.body["submittable"], status.name() == "open", "{standing}");
    }
}

/// SYS-02: a registration that the caller may not see is not checked.
#[actix_web::test]
async fn an_invisible_registration_is_not_checked() {
    let app = TestApp::start().await;
    let draft = app.lead_a().complete_draft(1).await;
    app.lead_b().get(&format!("/registrations/{}/check", draft.id())).await.expect_problem(404, "resourceNotFound");
}
