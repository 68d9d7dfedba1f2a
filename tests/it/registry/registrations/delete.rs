use insula_domain::actor::Role;
use insula_tests::{Reply, TestApp, app::HOSPITAL_A, data};
use serde_json::json;

async fn authored(app: &TestApp, n: u32) -> Reply {
    let associate = app.role(Role::StudyAssociate, HOSPITAL_A);
    let submitted = associate.submitted(app, n).await;
    associate.reopen(&submitted).await.expect(200)
}

/// CGM-11: a draft that was never validated is deleted without a reason, by anyone who may change it; Healthdata is not
/// told.
#[actix_web::test]
async fn a_draft_never_validated_is_deleted_without_reason() {
    let app = TestApp::start().await;
    let (lead, associate) = (app.lead_a(), app.role(Role::StudyAssociate, HOSPITAL_A));
    let support = app.role(Role::StudySupport, HOSPITAL_A);
    for client in [&lead, &associate, &support] {
        let draft = associate.draft("followUp", None, &json!({})).await;
        let deleted = client.remove(&draft, None).await.expect(204);
        assert_eq!(deleted.text, "");
        assert_eq!(associate.again(&draft).await.body["status"], "deleted");
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.outbox"), 0);
}

/// CGM-11: a validated registration entered in error is deleted only by the study lead.
#[actix_web::test]
async fn a_validated_one_is_deleted_by_the_lead_alone() {
    let app = TestApp::start().await;
    let open = authored(&app, 1).await;
    let before = app.dump();
    for role in [Role::StudyAssociate, Role::StudySupport] {
        for reason in [None, Some("enteredTwice")] {
            let refused = app.role(role, HOSPITAL_A).remove(&open, reason).await;
            assert_eq!(refused.expect_problem(403, "deletionNotAllowed").body["rule"], "CGM-11");
        }
    }
    assert_eq!(app.dump(), before);
    app.lead_a().remove(&open, Some("enteredTwice")).await.expect(204);
}

/// CGM-11: the lead states the reason as one of a few codes; otherwise nothing is deleted.
#[actix_web::test]
async fn the_lead_states_the_reason() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let open = authored(&app, 1).await;
    let before = app.dump();
    let missing = lead.remove(&open, None).await.expect_problem(400, "badRequest");
    assert_eq!(
        (missing.faults(), &missing.body["issues"][0]["in"]),
        (vec!["reason:required".to_owned()], &json!("query"))
    );
    assert_eq!(missing.body["issues"][0]["rule"], "CGM-11");
    for reason in ["Peeters", "enteredtwice", ""] {
        let unknown = lead.remove(&open, Some(reason)).await.expect_problem(400, "badRequest");
        assert_eq!(unknown.faults(), ["reason:notInList"]);
        assert!(unknown.body["issues"][0]["detail"].as_str().unwrap().contains("wrongBeneficiary"));
    }
    let twice = lead.remove(&open, Some("other&reason=other&why=x")).await.expect_problem(400, "badRequest");
    assert_eq!(twice.faults(), ["reason:repeated", "why:unknownField"]);
    assert_eq!(app.dump(), before);
    for (n, reason) in (2..).zip(["enteredTwice", "wrongBeneficiary", "wrongType", "notPerformed", "other"]) {
        lead.remove(&authored(&app, n).await, Some(reason)).await.expect(204);
        let kept = format!("SELECT count(*) AS n FROM insula.registrations WHERE deletion_reason = '{reason}'");
        assert_eq!(app.count(&kept), 1);
    }
}

/// CGM-10, CGM-11: a registration whose counter was exceeded is deleted without a reason, by anyone who may change it.
#[actix_web::test]
async fn one_whose_counter_was_exceeded_is_deleted_without_reason() {
    let app = TestApp::start().await;
    let associate = app.role(Role::StudyAssociate, HOSPITAL_A);
    let exceeded = associate.standing(&app, 1, "counter exceeded").await;
    let open = associate.reopen(&exceeded).await.expect(200);
    let saved = associate.change(&open, json!({"content": {"remark": "B is too late"}})).await.expect(200);
    associate.remove(&saved, None).await.expect(204);
}

/// CGM-11: only an exceeded counter since the last validation counts, not a refusal by Healthdata.
#[actix_web::test]
async fn an_exceedance_before_the_last_validation_no_longer_counts() {
    let app = TestApp::start().await;
    let associate = app.role(Role::StudyAssociate, HOSPITAL_A);
    let exceeded = associate.standing(&app, 1, "counter exceeded").await;
    let open = associate.reopen(&exceeded).await.expect(200);
    let again = associate.submit_and_deliver(&app, &open).await;
    let open = associate.reopen(&again).await.expect(200);
    associate.remove(&open, None).await.expect_problem(403, "deletionNotAllowed");
    let refused = associate.standing(&app, 2, "refused by Healthdata").await;
    let open = associate.reopen(&refused).await.expect(200);
    associate.remove(&open, None).await.expect_problem(403, "deletionNotAllowed");
}

/// CGM-11, TRA-02: a look-up of the code shows that it is deleted; for other insurers it does not exist.
#[actix_web::test]
async fn looking_up_a_deleted_code_says_deleted() {
    let app = TestApp::start().await;
    let open = authored(&app, 1).await;
    app.lead_a().remove(&open, Some("notPerformed")).await.expect(204);
    let path = format!("/registrationCodes/{}", open.body["code"].as_str().unwrap());
    for insurer in ["319", "300"] {
        let found = app.insurer(insurer).get(&path).await.expect(200);
        assert_eq!((&found.body["status"], &found.body["billable"]), (&json!("deleted"), &json!(false)));
    }
    app.insurer("100").get(&path).await.expect_problem(404, "resourceNotFound");
    app.when_older_transactions_ended();
    let feed = app.insurer("319").get("/registrationCodes/changes").await.expect(200);
    let statuses: Vec<_> = feed.body["items"].as_array().unwrap().iter().map(|item| item["status"].clone()).collect();
    assert_eq!(statuses, ["sending", "submitted", "open", "deleted"]);
}

/// CGM-11, INV-K1: the code of a deleted registration stays with it and is never reused.
#[actix_web::test]
async fn a_deleted_code_is_never_reused() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let open = authored(&app, 1).await;
    lead.remove(&open, Some("enteredTwice")).await.expect(204);
    let who = open.body["beneficiaryId"].as_str().unwrap();
    let anew = lead.draft("firstImplantation", Some(who), &data::first_implantation()).await;
    let anew = lead.submit_and_deliver(&app, &anew).await;
    assert_ne!(anew.body["code"], open.body["code"]);
    let code = open.body["code"].as_str().unwrap();
    let takes = |id: String, change: &str| format!("UPDATE insula.registrations SET {change} WHERE id = '{id}'");
    for (id, change) in [
        (anew.id(), format!("code = '{code}'")),
        (open.id(), "code = '20240000004241'".to_owned()),
        (open.id(), "status = 'open', version = version + 1, deleted_at = NULL".to_owned()),
    ] {
        let outcome = diesel::RunQueryDsl::execute(diesel::sql_query(takes(id, &change)), &mut app.owner());
        assert!(outcome.is_err(), "{change}");
    }
}

/// TRA-04: a deletion is sent once to Healthdata if it has the registration.
#[actix_web::test]
async fn a_deletion_reaches_healthdata() {
    let app = TestApp::start().await;
    let open = authored(&app, 1).await;
    app.lead_a().remove(&open, Some("wrongType")).await.expect(204);
    assert_eq!(app.count("SELECT count(*) AS n FROM coded.registrations"), 1);
    assert_eq!(app.deliver(), 1);
    assert_eq!(app.deliver(), 0);
    assert_eq!(app.count("SELECT count(*) AS n FROM coded.registrations"), 0);
    let emptied = "SELECT count(*) AS n FROM coded.deliveries WHERE deleted AND content = '{}'";
    assert_eq!(app.count(emptied), 1);
    assert_eq!(app.lead_a().again(&open).await.body["status"], "deleted");
}
