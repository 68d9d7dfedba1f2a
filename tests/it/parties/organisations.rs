use diesel::connection::SimpleConnection;
use insula_domain::actor::Role;
use insula_persistence::Login;
use insula_tests::{TestApp, app::HOSPITAL_A, until, waiting::locked_out};
use reqwest::Method;
use serde_json::json;

/// CGM-12: of two concurrent entries of a hospital the second is refused, so that it overwrites nothing unseen.
#[actix_web::test]
async fn a_hospital_entered_at_once_is_not_overwritten() {
    let app = TestApp::start().await;
    let mut other = app.owner();
    other
        .batch_execute(
            "BEGIN; INSERT INTO insula.hospitals (number, name, language, version, updated_at)
             VALUES ('71099911', 'The first', 'nl', 1, '2026-06-15T08:00:00Z')",
        )
        .unwrap();
    let officer = app.role(Role::ConventionOfficer, "");
    let entry = json!({"name": "The second", "language": "fr"});
    let request = officer.request(Method::PUT, "/hospitals/71099911").json(&entry);
    let entered = actix_web::rt::spawn(async move { officer.send(request).await });
    until("it waits for the other one", || app.count(&locked_out(Login::Authority)) == 1).await;
    other.batch_execute("COMMIT").unwrap();
    entered.await.unwrap().expect_problem(412, "preconditionFailed");
    let name = "SELECT count(*) AS n FROM insula.hospitals WHERE name = 'The first' AND version = 1";
    assert_eq!(app.count(name), 1);
}

/// CGM-02: two concurrent grants to one person are both given, one after the other.
#[actix_web::test]
async fn a_person_granted_at_once_holds_one_grant() {
    let app = TestApp::start().await;
    let mut other = app.owner();
    other
        .batch_execute(&format!(
            "BEGIN; INSERT INTO insula.registry_grants (id, hospital, person, supports, granted_by, granted_at)
             VALUES (gen_random_uuid(), '{HOSPITAL_A}', 'dr.new', '{{}}', 'another', '2026-06-15T08:00:00Z')"
        ))
        .unwrap();
    let manager = app.role(Role::AccessManager, HOSPITAL_A);
    let granted =
        actix_web::rt::spawn(async move { manager.post("/registryGrants", &json!({"person": "dr.new"})).await });
    until("it waits for the other one", || app.count(&locked_out(Login::Hospital)) == 1).await;
    other.batch_execute("COMMIT").unwrap();
    granted.await.unwrap().expect(201);
    let grants = "SELECT count(*) AS n FROM insula.registry_grants WHERE person = 'dr.new'";
    assert_eq!(app.count(grants), 2);
    assert_eq!(app.count(&format!("{grants} AND withdrawn_at IS NULL AND granted_by <> 'another'")), 1);
}

/// SYS-01: a hospital's contact is somebody's address: the trail records that it changed, never its value.
#[actix_web::test]
async fn the_trail_names_no_access_contact() {
    let app = TestApp::start().await;
    let officer = app.role(Role::ConventionOfficer, "");
    let entry = |contact: &str| json!({"name": "Invented", "language": "fr", "accessContact": contact});
    let request = officer.request(Method::PUT, "/hospitals/71099911").json(&entry("ann.canary@hopital.example"));
    officer.send(request).await.expect(200);
    officer.put("/hospitals/71099911", &entry("bob.canary@hopital.example"), 1).await.expect(200);
    officer.put("/hospitals/71099911", &entry("bob.canary@hopital.example"), 2).await.expect(200);
    let told = |what: &str| {
        app.count(&format!(
            "SELECT count(*) AS n FROM trail.events WHERE body::jsonb ->> 'subject' = 'hospital:71099911' AND {what}"
        ))
    };
    assert_eq!(told("body LIKE '%canary%'"), 0);
    assert_eq!(told("(body::jsonb #>> '{details,accessContactChanged}')::boolean"), 2);
}
