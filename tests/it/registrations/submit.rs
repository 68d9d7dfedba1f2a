use insula_tests::{TestApp, data};
use serde_json::json;

/// CGM-06, CGM-07, TRA-04: submitting brings a code and the way to Healthdata; the acknowledgement makes it submitted.
#[actix_web::test]
async fn a_complete_registration_gets_a_code_and_is_acknowledged() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let draft = lead.complete_draft(1).await;
    let sending = lead.submit(&draft).await.expect(200);
    assert_eq!(sending.body["status"], "sending");
    let code = sending.body["code"].as_str().unwrap().to_owned();
    assert_eq!(app.deliver(), 1);
    let submitted = lead.again(&sending).await;
    assert_eq!(submitted.body["status"], "submitted");
    assert_eq!(submitted.body["code"], code);
    assert_eq!(app.count("SELECT count(*) AS n FROM coded.registrations"), 1);
}

/// CGM-05, SYS-04: every fault comes at once, and nothing changes.
#[actix_web::test]
async fn an_incomplete_registration_names_every_fault_and_nothing_changes() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let mut content = data::first_implantation();
    content["eventDate"] = json!("2026-06-16");
    content.as_object_mut().unwrap().remove("therapy");
    let draft = lead.draft("firstImplantation", None, &content).await;
    let before = app.dump();
    let refused = lead.submit(&draft).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults(), ["beneficiaryId:required", "content.eventDate:inFuture", "content.therapy:required"]);
    assert_eq!(app.dump(), before);
}

/// CGM-14: a hospital that has not adhered cannot submit.
#[actix_web::test]
async fn a_hospital_that_has_not_adhered_cannot_submit() {
    let app = TestApp::start().await;
    let lead = app.lead_not_adhered();
    let draft = lead.complete_draft(1).await;
    let refused = lead.submit(&draft).await.expect_problem(409, "hospitalNotAdhered");
    assert_eq!(refused.body["rule"], "CGM-14");
}
