use insula_domain::actor::Role;
use insula_tests::{
    TestApp,
    app::{HOSPITAL_A, HOSPITAL_B},
    client::new_key,
    data,
};
use serde_json::{Value, json};

/// CGM-03, CGM-04: an empty draft of each type can be created, and shows its type, status and version.
#[actix_web::test]
async fn an_empty_draft_of_each_type_can_be_created() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    for registration_type in ["firstImplantation", "replacement", "explantation", "followUp"] {
        let draft = lead.post("/registrations", &json!({"type": registration_type})).await.expect(201);
        assert_eq!(draft.body["type"], registration_type);
        assert_eq!(draft.body["status"], "open");
        assert_eq!(draft.body["content"], json!({}));
        assert_eq!(draft.body["author"], "dev.studyLead");
        assert_eq!(draft.header("etag"), "\"1\"");
        assert_eq!(draft.header("location"), draft.body["href"].as_str().unwrap());
        assert!(draft.body.get("code").is_none());
        assert_eq!(lead.get(draft.header("location")).await.expect(200).body, draft.body);
    }
}

/// CGM-03, SYS-04: a missing or unknown type is reported with all other faults, and nothing is created.
#[actix_web::test]
async fn every_fault_of_a_new_draft_comes_at_once() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let before = app.dump();
    let faulty = json!({"beneficiaryId": 7, "content": [], "author": "", "status": "submitted"});
    let refused = lead.post("/registrations", &faulty).await.expect_problem(400, "badRequest");
    let expected =
        ["author:empty", "beneficiaryId:wrongType", "content:wrongType", "status:unknownField", "type:required"];
    assert_eq!(refused.faults(), expected);
    let unknown = json!({"type": "removal", "beneficiaryId": "x"});
    let refused = lead.post("/registrations", &unknown).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults(), ["beneficiaryId:notAnIdentifier", "type:notInList"]);
    let foreign =
        json!({"type": "followUp", "content": {"devices": [{}], "eventDate": "2026-02-30", "timeInRange": "101"}});
    let refused = lead.post("/registrations", &foreign).await.expect_problem(400, "badRequest");
    let expected = ["content.devices:unknownField", "content.eventDate:notADate", "content.timeInRange:outOfRange"];
    assert_eq!(refused.faults(), expected);
    assert_eq!(app.dump(), before);
}

/// CGM-03: empty values of another type's fields, as generated clients send them, are taken as absent.
#[actix_web::test]
async fn empty_values_of_other_types_are_taken_as_absent() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let sent = json!({"type": "followUp", "content": {"devices": [], "explantationReason": null, "stillInUse": true}});
    let draft = lead.post("/registrations", &sent).await.expect(201);
    assert_eq!(draft.body["content"], json!({"stillInUse": true}));
    let change = json!({"content": {"devices": [], "explantationReason": null, "remark": "seen"}});
    let changed = lead.change(&draft, change).await.expect(200);
    assert_eq!(changed.body["content"], json!({"stillInUse": true, "remark": "seen"}));
}

/// CGM-04, SYS-02: a draft names a beneficiary of its own hospital; another hospital's counts as unknown.
#[actix_web::test]
async fn a_beneficiary_of_another_hospital_does_not_exist_here() {
    let app = TestApp::start().await;
    let (lead, elsewhere) = (app.lead_a(), app.lead_b().enter_beneficiary(1).await);
    let before = app.dump();
    let mut answers = Vec::new();
    for beneficiary in [elsewhere.as_str(), "0198c1de-6d11-7c05-8f00-5b1f7a9e2c44"] {
        let body = json!({"type": "followUp", "beneficiaryId": beneficiary});
        let mut refused = lead.post("/registrations", &body).await.expect_problem(400, "badRequest");
        assert_eq!(refused.faults(), ["beneficiaryId:beneficiaryNotFound"]);
        refused.body["instance"] = Value::Null;
        answers.push(refused.body);
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(app.dump(), before);
}

/// CGM-02: without a grant nobody registers, whatever the token says; the refusal names the contact.
#[actix_web::test]
async fn without_a_grant_one_is_told_whom_to_ask() {
    let app = TestApp::start().await;
    let before = app.dump();
    for role in [Role::StudyLead, Role::StudyAssociate, Role::StudySupport] {
        let stranger = app.client(Some(app.token("hospital", Some(HOSPITAL_A), "dr.new", &[role])));
        let refused = stranger.post("/registrations", &json!({"type": "followUp"})).await;
        let refused = refused.expect_problem(403, "registryNotGranted");
        assert_eq!(refused.body["rule"], "CGM-02");
        assert_eq!(refused.body["contact"], format!("access.manager@{HOSPITAL_A}.example"));
        stranger.get("/registrations").await.expect_problem(403, "registryNotGranted");
    }
    assert_eq!(app.dump(), before);
}

/// CGM-02: a grant gives access from the next request on, and its withdrawal ends it.
#[actix_web::test]
async fn a_grant_opens_the_registry_and_its_withdrawal_closes_it() {
    let app = TestApp::start().await;
    let manager = app.role(Role::AccessManager, HOSPITAL_A);
    let token = app.token("hospital", Some(HOSPITAL_A), "dr.new", &[Role::StudyAssociate]);
    let associate = app.client(Some(token));
    let draft = json!({"type": "followUp"});
    associate.post("/registrations", &draft).await.expect_problem(403, "registryNotGranted");
    let grant = manager.post("/registryGrants", &json!({"person": "dr.new"})).await.expect(201);
    let key = new_key();
    associate.post_keyed("/registrations", &draft, &key).await.expect(201);
    let elsewhere = app.client(Some(app.token("hospital", Some(HOSPITAL_B), "dr.new", &[Role::StudyAssociate])));
    elsewhere.post("/registrations", &draft).await.expect_problem(403, "registryNotGranted");
    let path = format!("/registryGrants/{}", grant.id());
    manager.send(manager.request(reqwest::Method::DELETE, &path)).await.expect(204);
    // Not even the earlier answer is repeated.
    associate.post_keyed("/registrations", &draft, &key).await.expect_problem(403, "registryNotGranted");
}

/// CGM-02, SYS-02: the lead registers for anyone, an associate for themselves, support for the authors they support.
#[actix_web::test]
async fn each_role_registers_for_its_authors() {
    let app = TestApp::start().await;
    let allowed = [
        (Role::StudyLead, "dev.studyAssociate", true),
        (Role::StudyLead, "dr.someone", true),
        (Role::StudyAssociate, "dev.studyAssociate", true),
        (Role::StudyAssociate, "dev.studyLead", false),
        (Role::StudySupport, "dev.studyAssociate", true),
        (Role::StudySupport, "dev.studySupport", false),
        (Role::StudySupport, "dev.studyLead", false),
    ];
    for (role, author, allowed) in allowed {
        let before = app.dump();
        let body = json!({"type": "followUp", "author": author});
        let reply = app.role(role, HOSPITAL_A).post("/registrations", &body).await;
        if allowed {
            assert_eq!(reply.expect(201).body["author"], author);
        } else {
            let refused = reply.expect_problem(400, "badRequest");
            assert_eq!(refused.faults(), ["author:authorNotAllowed"], "{role:?} for {author}");
            assert_eq!(app.dump(), before);
        }
    }
    // Support has no registrations of their own: the default author would be themselves.
    let support = app.role(Role::StudySupport, HOSPITAL_A);
    let refused = support.post("/registrations", &json!({"type": "followUp"})).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults(), ["author:authorNotAllowed"]);
}

/// CGM-02, SYS-02: a person who is associate and support registers for themselves and for those they support.
#[actix_web::test]
async fn an_associate_who_also_supports_registers_for_both() {
    let app = TestApp::start().await;
    let manager = app.role(Role::AccessManager, HOSPITAL_A);
    let grant = json!({"person": "dr.both", "supports": ["dev.studyAssociate"]});
    manager.post("/registryGrants", &grant).await.expect(201);
    let roles = [Role::StudyAssociate, Role::StudySupport];
    let both = app.client(Some(app.token("hospital", Some(HOSPITAL_A), "dr.both", &roles)));
    let own = both.draft("followUp", None, &json!({})).await;
    assert_eq!(own.body["author"], "dr.both");
    let body = json!({"type": "followUp", "author": "dev.studyAssociate"});
    let supported = both.post("/registrations", &body).await.expect(201);
    both.again(&own).await;
    both.again(&supported).await;
    let leads = app.lead_a().complete_draft(1).await;
    both.get(&format!("/registrations/{}", leads.id())).await.expect_problem(404, "resourceNotFound");
}

/// CGM-01, CGM-06: a new draft cannot contain what only a validation sets.
#[actix_web::test]
async fn a_new_draft_takes_nothing_that_only_validation_gives() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let members =
        ["id", "href", "status", "version", "code", "validatedAt", "acknowledgedAt", "corrections", "hospital"];
    for member in members {
        let mut body = json!({"type": "firstImplantation", "content": data::first_implantation()});
        body[member] = json!("20240000004241");
        let refused = lead.post("/registrations", &body).await.expect_problem(400, "badRequest");
        assert_eq!(refused.faults(), [format!("{member}:unknownField")]);
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.registrations"), 0);
}
