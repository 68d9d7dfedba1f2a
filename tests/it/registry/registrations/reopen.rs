use insula_tests::TestApp;
use serde_json::json;

/// CGM-09: a submitted registration is reopened unchanged; code and last validation stay, the acknowledgement is
/// dropped.
#[actix_web::test]
async fn a_submitted_registration_is_reopened_unchanged() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let submitted = lead.submitted(&app, 1).await;
    let open = lead.reopen(&submitted).await.expect(200);
    assert_eq!(open.body["status"], "open");
    for kept in ["id", "type", "author", "beneficiaryId", "content", "code", "validatedAt", "createdAt"] {
        assert_eq!(open.body[kept], submitted.body[kept], "{kept}");
    }
    assert!(open.body.get("acknowledgedAt").is_none());
    assert_eq!(lead.again(&open).await.body, open.body);
    assert_eq!(app.deliver(), 0, "Healthdata hears of a correction when it is submitted");
}

/// CGM-09, CGM-10: one that needs corrections is reopened, and shows them until its next validation.
#[actix_web::test]
async fn one_that_needs_corrections_is_reopened_with_them() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    for (n, standing) in (1..).zip(["refused by Healthdata", "counter exceeded"]) {
        let needing = lead.standing(&app, n, standing).await;
        let open = lead.reopen(&needing).await.expect(200);
        assert_eq!(open.body["corrections"], needing.body["corrections"]);
        let saved = lead.change(&open, json!({"content": {"remark": "asked"}})).await.expect(200);
        assert_eq!(saved.body["corrections"], needing.body["corrections"]);
        let sending = lead.submit(&saved).await.expect(200);
        assert!(sending.body.get("corrections").is_none());
    }
}

/// TRA-02, CGM-09: while it is open, the insurer sees its code as being corrected and not billable.
#[actix_web::test]
async fn a_code_is_not_billable_while_its_registration_is_open() {
    let app = TestApp::start().await;
    let (lead, insurer) = (app.lead_a(), app.insurer("319"));
    let submitted = lead.submitted(&app, 1).await;
    let path = format!("/registrationCodes/{}", submitted.body["code"].as_str().unwrap());
    let status = async || {
        let found = insurer.get(&path).await.expect(200);
        (found.body["status"].as_str().unwrap().to_owned(), found.body["billable"].as_bool().unwrap())
    };
    assert_eq!(status().await, ("submitted".to_owned(), true));
    let open = lead.reopen(&submitted).await.expect(200);
    assert_eq!(status().await, ("open".to_owned(), false));
    let sending = lead.submit(&open).await.expect(200);
    assert_eq!(status().await, ("sending".to_owned(), false));
    app.refuse("unreadable");
    assert_eq!(status().await, ("correctionsNeeded".to_owned(), false));
    let open = lead.reopen(&lead.again(&sending).await).await.expect(200);
    lead.submit_and_deliver(&app, &open).await;
    assert_eq!(status().await, ("submitted".to_owned(), true));
}
