use insula_domain::actor::Role;
use insula_tests::{TestApp, app::HOSPITAL_A};
use serde_json::Value;

use super::foreign;

/// BEN-01, CGM-12: a beneficiary is read with all known data, and the version for a correction.
#[actix_web::test]
async fn a_beneficiary_is_read_with_their_version() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let made = lead.post("/beneficiaries", &foreign("Invented")).await.expect(201);
    let read = lead.get(&format!("/beneficiaries/{}", made.id())).await.expect(200);
    assert_eq!((&read.body, read.header("etag")), (&made.body, "\"1\""));
}

/// SYS-02: another hospital's beneficiary answers exactly like an absent one.
#[actix_web::test]
async fn another_hospitals_beneficiary_does_not_exist() {
    let app = TestApp::start().await;
    let here = app.lead_a().enter_beneficiary(1).await;
    app.lead_b().enter_beneficiary(1).await;
    let mut answers = Vec::new();
    for id in [here.as_str(), "0198c1de-6d11-7c05-8f00-5b1f7a9e2c44", "85010200113"] {
        let mut reply = app.lead_b().get(&format!("/beneficiaries/{id}")).await.expect_problem(404, "resourceNotFound");
        reply.body["instance"] = Value::Null;
        answers.push(reply.body);
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
}

/// CGM-02: only persons with a registry role and a grant read identities.
#[actix_web::test]
async fn only_registry_roles_read_identities() {
    let app = TestApp::start().await;
    let path = format!("/beneficiaries/{}", app.lead_a().enter_beneficiary(1).await);
    for role in [Role::StudyLead, Role::StudyAssociate, Role::StudySupport] {
        app.role(role, HOSPITAL_A).get(&path).await.expect(200);
        let stranger = app.client(Some(app.token("hospital", Some(HOSPITAL_A), "dr.new", &[role])));
        stranger.get(&path).await.expect_problem(403, "registryNotGranted");
    }
    for (role, number) in [(Role::AccessManager, HOSPITAL_A), (Role::MedicalAdviser, "319"), (Role::DataManager, "")] {
        app.role(role, number).get(&path).await.expect_problem(403, "missingPermission");
    }
}

/// SYS-01: every read of an identity is recorded in the trail before the answer is sent.
#[actix_web::test]
async fn every_read_of_an_identity_is_traced() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let id = lead.enter_beneficiary(1).await;
    let traced =
        format!("SELECT count(*) AS n FROM trail.events WHERE subject = 'beneficiary:{id}' AND action = 'get'");
    for count in 0..3 {
        assert_eq!(app.count(&traced), count);
        lead.get(&format!("/beneficiaries/{id}")).await.expect(200);
    }
}
