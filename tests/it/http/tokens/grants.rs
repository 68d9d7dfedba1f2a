//! Grants of the access manager (CGM-02).

use insula_domain::actor::Role;
use insula_tests::{
    Client, TestApp,
    app::{HOSPITAL_A, HOSPITAL_B},
    client::new_key,
    data,
    operations::{Objects, operation},
};
use serde_json::{Value, json};

/// The operations of the registry.
const REGISTRY: [&str; 18] = [
    "createRegistration",
    "listRegistrations",
    "queryRegistrations",
    "getRegistration",
    "replaceRegistration",
    "changeRegistration",
    "deleteRegistration",
    "submitRegistration",
    "reopenRegistration",
    "checkRegistration",
    "listRegistrationVersions",
    "getRegistrationVersion",
    "createBeneficiary",
    "queryBeneficiaries",
    "getBeneficiary",
    "replaceBeneficiary",
    "getAffiliations",
    "putAffiliations",
];

async fn grant_of(manager: &Client, person: &str) -> Option<String> {
    let grants = manager.get("/registryGrants").await.expect(200);
    let found = grants.body["items"].as_array().unwrap().iter().find(|grant| grant["person"] == person).cloned();
    found.map(|grant| grant["id"].as_str().unwrap().to_owned())
}

async fn withdraw(manager: &Client, person: &str) {
    let id = grant_of(manager, person).await.expect("a grant");
    let path = format!("/registryGrants/{id}");
    manager.send(manager.request(reqwest::Method::DELETE, &path)).await.expect(204);
    manager.send(manager.request(reqwest::Method::DELETE, &path)).await.expect_problem(404, "resourceNotFound");
}

/// CGM-02: a withdrawn grant ends with the next request, only for that person at that hospital; a new grant is
/// effective with the next request.
#[actix_web::test]
async fn a_withdrawn_grant_ends_with_the_next_request() {
    let app = TestApp::start().await;
    let (lead, manager) = (app.lead_a(), app.role(Role::AccessManager, HOSPITAL_A));
    lead.get("/registrations").await.expect(200);
    withdraw(&manager, "dev.studyLead").await;
    lead.get("/registrations").await.expect_problem(403, "registryNotGranted");
    app.lead_b().get("/registrations").await.expect(200);
    app.role(Role::StudyAssociate, HOSPITAL_A).get("/registrations").await.expect(200);
    manager.post("/registryGrants", &json!({"person": "dev.studyLead"})).await.expect(201);
    lead.get("/registrations").await.expect(200);
}

/// CGM-02: without a grant every operation of the registry is refused first of all, with the access contact and without
/// any change; a grant at another organisation does not help.
#[actix_web::test]
async fn without_a_grant_the_refusal_names_the_access_contact() {
    let app = TestApp::start().await;
    let own = Objects::make(&app, HOSPITAL_A, Role::StudyLead, "319", 1, true).await;
    let manager_b = app.role(Role::AccessManager, HOSPITAL_B);
    manager_b.post("/registryGrants", &json!({"person": "dr.new"})).await.expect(201);
    let stranger = app.client(Some(app.token("hospital", Some(HOSPITAL_A), "dr.new", &[Role::StudyLead])));
    let before = app.dump();
    for name in REGISTRY {
        for objects in [&own, &Objects::absent(&app, 99)] {
            let refused = operation(name).send(&stranger, objects).await.expect_problem(403, "registryNotGranted");
            assert_eq!(refused.body["contact"], "access.manager@71000436.example", "{name}");
            assert_eq!(refused.body["rule"], "CGM-02", "{name}");
            let detail = refused.body["detail"].as_str().unwrap();
            assert!(detail.contains("access.manager@71000436.example"), "{name}: {detail}");
        }
    }
    assert_eq!(app.dump(), before);
}

/// CGM-02: the grant is the registry's: the establishment's people enter, find, read and correct beneficiaries without it,
/// also those who have a role in the registry that nobody has granted; the registry itself stays closed to them.
#[actix_web::test]
async fn the_convention_needs_no_grant() {
    let app = TestApp::start().await;
    let with = |roles: &[Role]| app.client(Some(app.token("hospital", Some(HOSPITAL_A), "dr.new", roles)));
    let teams = [Role::ConventionTeam, Role::ResponsiblePhysician, Role::PumpDataManager];
    let pairs = teams.iter().flat_map(|role| [with(&[*role]), with(&[Role::StudyLead, *role])]);
    for (n, client) in (1..).zip(pairs) {
        let path = format!("/beneficiaries/{}", client.enter_beneficiary(n).await);
        let found = client.post("/beneficiaries/query", &json!({"niss": data::niss(n)})).await.expect(200);
        assert_eq!(found.body["total"], 1);
        let mut corrected = data::beneficiary(n);
        corrected["insurerNumber"] = json!("100");
        client.put(&path, &corrected, 1).await.expect(200);
        assert_eq!(client.get(&path).await.expect(200).body["insurerNumber"], "100");
        client.get("/registrations").await.expect(403);
    }
    assert_eq!(with(&[Role::StudyLead]).get("/registrations").await.status, 403);
    let elsewhere = app.role(Role::ConventionTeam, HOSPITAL_B);
    let found = elsewhere.post("/beneficiaries/query", &json!({"niss": data::niss(1)})).await.expect(200);
    assert_eq!(found.body["total"], 0);
}

/// CGM-02: a hospital without contact, or not entered by INAMI, has none in the refusal.
#[actix_web::test]
async fn without_a_contact_the_refusal_says_so() {
    let app = TestApp::start().await;
    let stranger = app.client(Some(app.token("hospital", Some("71099911"), "dr.new", &[Role::StudyAssociate])));
    let refused = stranger.get("/registrations").await.expect_problem(403, "registryNotGranted");
    assert_eq!(refused.body.get("contact"), None);
    let officer = app.role(Role::ConventionOfficer, "");
    let request = officer.request(reqwest::Method::PUT, "/hospitals/71099911");
    officer.send(request.json(&json!({"name": "H", "language": "nl"}))).await.expect(200);
    let refused = stranger.get("/registrations").await.expect_problem(403, "registryNotGranted");
    assert_eq!(refused.body.get("contact"), None);
}

/// CGM-02, SYS-03: without the grant a repeated request does not get its earlier answer.
#[actix_web::test]
async fn an_old_answer_is_not_given_again_without_a_grant() {
    let app = TestApp::start().await;
    let (lead, key) = (app.lead_a(), new_key());
    let first = lead.post_keyed("/beneficiaries", &data::beneficiary(1), &key).await.expect(201);
    let again = lead.post_keyed("/beneficiaries", &data::beneficiary(1), &key).await.expect(201);
    assert_eq!(first.text, again.text);
    withdraw(&app.role(Role::AccessManager, HOSPITAL_A), "dev.studyLead").await;
    let refused = lead.post_keyed("/beneficiaries", &data::beneficiary(1), &key).await;
    refused.expect_problem(403, "registryNotGranted");
}

/// CGM-02: what support sees follows the grant in force; a new grant replaces the earlier one.
#[actix_web::test]
async fn a_new_grant_replaces_the_earlier_one() {
    let app = TestApp::start().await;
    let associates = Objects::make(&app, HOSPITAL_A, Role::StudyAssociate, "319", 1, false).await;
    let leads = Objects::make(&app, HOSPITAL_A, Role::StudyLead, "319", 2, false).await;
    let (support, manager) = (app.role(Role::StudySupport, HOSPITAL_A), app.role(Role::AccessManager, HOSPITAL_A));
    let path = |objects: &Objects| format!("/registrations/{}", objects.registration);
    support.get(&path(&associates)).await.expect(200);
    support.get(&path(&leads)).await.expect(404);
    let grant = json!({"person": "dev.studySupport", "supports": ["dev.studyLead"]});
    manager.post("/registryGrants", &grant).await.expect(201);
    support.get(&path(&associates)).await.expect(404);
    support.get(&path(&leads)).await.expect(200);
    let in_force = app.count(
        "SELECT count(*) AS n FROM insula.registry_grants
         WHERE hospital = '71000436' AND person = 'dev.studySupport' AND withdrawn_at IS NULL",
    );
    assert_eq!(in_force, 1);
}

/// BEN-04: a person is never named by a national number, in any spelling: neither in a grant nor as an author.
#[actix_web::test]
async fn persons_are_never_named_by_a_national_number() {
    let app = TestApp::start().await;
    let (manager, lead) = (app.role(Role::AccessManager, HOSPITAL_A), app.lead_a());
    let niss = data::niss(5);
    let dotted = format!("{}.{}.{}-{}.{}", &niss[..2], &niss[2..4], &niss[4..6], &niss[6..9], &niss[9..]);
    let spaced = format!("{} {} {} {} {}", &niss[..2], &niss[2..4], &niss[4..6], &niss[6..9], &niss[9..]);
    let before = app.dump();
    for number in [&niss, &dotted, &spaced] {
        let grants: [(Value, &str); 2] = [
            (json!({"person": number}), "person"),
            (json!({"person": "nurse", "supports": ["dr.a", number]}), "supports[1]"),
        ];
        for (body, name) in grants {
            let refused = manager.post("/registryGrants", &body).await.expect_problem(400, "badRequest");
            assert_eq!(refused.faults(), [format!("{name}:notAnIdentifier")]);
            assert!(!refused.text.contains(number.as_str()));
        }
        let draft = json!({"type": "followUp", "author": number});
        let refused = lead.post("/registrations", &draft).await.expect_problem(400, "badRequest");
        assert_eq!(refused.faults(), ["author:notAnIdentifier"]);
        assert!(!refused.text.contains(number.as_str()));
    }
    assert_eq!(app.dump(), before);
}
