use insula_domain::actor::Role;
use insula_tests::{Client, Reply, TestApp, app::HOSPITAL_A};
use reqwest::Method;
use serde_json::{Value, json};

async fn seen(client: &Client, registration: &Reply) -> bool {
    let reply = client.get(&format!("/registrations/{}", registration.id())).await;
    match reply.status {
        200 => true,
        _ => {
            reply.expect_problem(404, "resourceNotFound");
            false
        }
    }
}

/// CGM-02, SYS-02: the lead sees the hospital's registrations, an associate their own, support those of the supported
/// authors, another hospital none.
#[actix_web::test]
async fn each_role_sees_what_it_should() {
    let app = TestApp::start().await;
    let (lead, associate) = (app.lead_a(), app.role(Role::StudyAssociate, HOSPITAL_A));
    let support = app.role(Role::StudySupport, HOSPITAL_A);
    let of_lead = lead.draft("followUp", None, &json!({})).await;
    let of_associate = associate.draft("followUp", None, &json!({})).await;
    let body = json!({"type": "followUp", "author": "dr.third"});
    let of_third = lead.post("/registrations", &body).await.expect(201);
    let all = [&of_lead, &of_associate, &of_third];
    let sights = [
        (lead, [true, true, true]),
        (associate, [false, true, false]),
        (support, [false, true, false]),
        (app.lead_b(), [false; 3]),
    ];
    for (client, sight) in sights {
        for (registration, expected) in all.into_iter().zip(sight) {
            assert_eq!(seen(&client, registration).await, expected);
        }
        let listed = client.get("/registrations").await.expect(200);
        let ids: Vec<_> = listed.body["items"].as_array().unwrap().iter().map(|item| item["id"].clone()).collect();
        let expected: Vec<_> =
            all.into_iter().zip(sight).filter(|(_, seen)| *seen).map(|(one, _)| one.id()).rev().collect();
        assert_eq!(json!(ids), json!(expected));
    }
}

/// SYS-02: another hospital's registration answers exactly like an absent one, and like an invalid identifier.
#[actix_web::test]
async fn an_invisible_registration_does_not_exist() {
    let app = TestApp::start().await;
    let draft = app.lead_a().complete_draft(1).await;
    let mut answers = Vec::new();
    for id in [draft.id(), "0198c1de-6d11-7c05-8f00-5b1f7a9e2c44".to_owned(), "1".to_owned()] {
        let mut reply = app.lead_b().get(&format!("/registrations/{id}")).await.expect_problem(404, "resourceNotFound");
        reply.body["instance"] = Value::Null;
        answers.push(reply.body);
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
}

/// CGM-02: without a registry role there is no access at all.
#[actix_web::test]
async fn other_roles_do_not_read_registrations() {
    let app = TestApp::start().await;
    let draft = app.lead_a().complete_draft(1).await;
    let path = format!("/registrations/{}", draft.id());
    for role in [Role::AccessManager, Role::InsurerBilling, Role::ConventionOfficer, Role::Auditor] {
        let number = if role == Role::InsurerBilling { "319" } else { HOSPITAL_A };
        app.role(role, number).get(&path).await.expect_problem(403, "missingPermission");
    }
    app.client(None).get(&path).await.expect_problem(401, "noAccessToken");
}

/// CGM-11: the hospital still sees a deleted registration with its code, and the reason in the history.
#[actix_web::test]
async fn a_deleted_registration_stays_as_a_tombstone() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let open = lead.standing(&app, 1, "reopened").await;
    lead.remove(&open, Some("wrongBeneficiary")).await.expect(204);
    let tombstone = lead.again(&open).await;
    assert_eq!(tombstone.body["status"], "deleted");
    assert_eq!(tombstone.body["code"], open.body["code"]);
    assert!(tombstone.body["deletedAt"].is_string());
    assert!(tombstone.body.get("corrections").is_none());
}

/// CGM-12: with the current version in `If-None-Match` the body is not sent.
#[actix_web::test]
async fn an_unchanged_registration_is_not_sent_again() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let draft = lead.complete_draft(1).await;
    let path = format!("/registrations/{}", draft.id());
    let known = |tag: &str| lead.request(Method::GET, &path).header("If-None-Match", tag.to_owned());
    let reply = lead.send(known("\"1\"")).await.expect(304);
    assert_eq!((reply.text.as_str(), reply.header("etag")), ("", "\"1\""));
    // A proxy that compressed the answer made its tag weak.
    for tag in ["W/\"1\"", "\"7\", W/\"1\"", "*"] {
        lead.send(known(tag)).await.expect(304);
    }
    lead.send(known("\"2\"")).await.expect(200);
    lead.change(&draft, json!({"content": {"remark": "x"}})).await.expect(200);
    lead.send(known("\"1\"")).await.expect(200);
}
