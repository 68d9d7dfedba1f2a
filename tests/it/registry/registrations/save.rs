use insula_domain::actor::Role;
use insula_tests::{TestApp, app::HOSPITAL_A, data};
use serde_json::json;

/// CGM-04: a draft is filled in over several sessions, and can then be submitted.
#[actix_web::test]
async fn a_draft_is_filled_in_step_by_step() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let mut draft = lead.post("/registrations", &json!({"type": "firstImplantation"})).await.expect(201);
    for (name, value) in data::first_implantation().as_object().unwrap() {
        let refused = lead.submit(&draft).await.expect_problem(400, "badRequest");
        assert!(!refused.faults().is_empty());
        draft = lead.change(&draft, json!({"content": {name: value}})).await.expect(200);
        // Another session on another day.
        app.clock.advance(chrono::TimeDelta::hours(1));
        assert_eq!(lead.again(&draft).await.body, draft.body);
    }
    assert_eq!(lead.submit(&draft).await.expect_problem(400, "badRequest").faults(), ["beneficiaryId:required"]);
    let beneficiary = lead.enter_beneficiary(1).await;
    let complete = lead.change(&draft, json!({"beneficiaryId": beneficiary})).await.expect(200);
    assert_eq!(complete.body["content"], data::first_implantation());
    lead.submit(&complete).await.expect(200);
}

/// CGM-04: PUT replaces the whole draft; PATCH merges, and `null` removes a field.
#[actix_web::test]
async fn put_replaces_and_patch_merges() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let draft = lead.complete_draft(1).await;
    let patched = lead
        .change(&draft, json!({"content": {"therapy": null, "hba1c": {"value": "8.1"}, "remark": "to be called"}}))
        .await
        .expect(200);
    let mut expected = data::first_implantation();
    expected.as_object_mut().unwrap().remove("therapy");
    expected["hba1c"]["value"] = json!("8.1");
    expected["remark"] = json!("to be called");
    assert_eq!(patched.body["content"], expected);
    assert_eq!(patched.body["beneficiaryId"], draft.body["beneficiaryId"]);
    let without = lead.change(&patched, json!({"beneficiaryId": null, "content": null})).await.expect(200);
    assert_eq!((&without.body["content"], without.body.get("beneficiaryId")), (&json!({}), None));
    let path = format!("/registrations/{}", draft.id());
    let put = lead.put(&path, &json!({"content": {"remark": "anew"}}), without.version()).await.expect(200);
    assert_eq!(put.body["content"], json!({"remark": "anew"}));
    let emptied = lead.put(&path, &json!({}), put.version()).await.expect(200);
    assert_eq!(emptied.body["content"], json!({}));
    assert_eq!(emptied.version(), 5);
}

/// CGM-03, CGM-06: type, status, code and other fixed fields in a body are refused.
#[actix_web::test]
async fn what_is_fixed_cannot_be_saved() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let draft = lead.complete_draft(1).await;
    let path = format!("/registrations/{}", draft.id());
    let before = app.dump();
    for member in ["type", "status", "code", "version", "author", "id", "corrections", "deletedAt"] {
        let body = json!({member: draft.body.get(member).cloned().unwrap_or(json!("x"))});
        let refused = lead.put(&path, &body, 1).await.expect_problem(400, "badRequest");
        assert_eq!(refused.faults(), [format!("{member}:unknownField")]);
        let refused = lead.patch(&path, &body, 1).await.expect_problem(400, "badRequest");
        assert_eq!(refused.faults(), [format!("{member}:unknownField")]);
    }
    assert_eq!(app.dump(), before);
}

/// CGM-04, SYS-04: all faults of form are reported at once by field, and nothing is saved.
#[actix_web::test]
async fn every_fault_of_form_comes_at_once() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let draft = lead.complete_draft(1).await;
    let before = app.dump();
    let patch = json!({
        "beneficiaryId": "nobody", "colour": "red",
        "content": {"setting": "atHome", "diagnosisYear": "1999", "stillInUse": true, "hba1c": {"value": "7.25"},
                    "devices": [{"kind": "pump"}, {"udiDi": ""}, {}]}
    });
    let refused = lead.change(&draft, patch).await.expect_problem(400, "badRequest");
    let expected = [
        "beneficiaryId:notAnIdentifier",
        "colour:unknownField",
        "content.devices:tooMany",
        "content.devices[0].kind:notInList",
        "content.devices[1].udiDi:empty",
        "content.diagnosisYear:wrongType",
        "content.hba1c.value:tooPrecise",
        "content.setting:notInList",
        "content.stillInUse:unknownField",
    ];
    assert_eq!(refused.faults(), expected);
    assert!(refused.body["issues"].as_array().unwrap().iter().all(|issue| issue["rule"].is_string()));
    assert_eq!(app.dump(), before);
}

/// CGM-04: dates and identifiers have one spelling, so that all readers understand them alike.
#[actix_web::test]
async fn dates_and_identifiers_have_one_spelling() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let earlier = lead.complete_draft(1).await.id();
    let draft = lead.draft("replacement", None, &json!({})).await;
    let before = app.dump();
    for date in ["0000-01-01", "-0001-01-01", "+12026-06-01", "2026-6-1", "2026-06-01T00:00:00Z", "01/06/2026"] {
        let refused = lead.change(&draft, json!({"content": {"eventDate": date}})).await;
        assert_eq!(refused.expect_problem(400, "badRequest").faults(), ["content.eventDate:notADate"], "{date}");
    }
    let spellings =
        [earlier.to_uppercase(), earlier.replace('-', ""), format!("{{{earlier}}}"), format!("urn:uuid:{earlier}")];
    for id in spellings {
        let refused = lead.change(&draft, json!({"content": {"earlierRegistrationId": id}})).await;
        let refused = refused.expect_problem(400, "badRequest");
        assert!(refused.faults().iter().all(|fault| fault.starts_with("content.earlierRegistrationId:")), "{id}");
    }
    assert_eq!(app.dump(), before);
}

/// CGM-04, SYS-02: a saved draft can only name a beneficiary of its own hospital.
#[actix_web::test]
async fn a_draft_names_a_beneficiary_of_its_own_hospital() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let draft = lead.complete_draft(1).await;
    let elsewhere = app.lead_b().enter_beneficiary(2).await;
    let before = app.dump();
    for beneficiary in [elsewhere.as_str(), "0198c1de-6d11-7c05-8f00-5b1f7a9e2c44"] {
        let refused = lead.change(&draft, json!({"beneficiaryId": beneficiary})).await;
        assert_eq!(refused.expect_problem(400, "badRequest").faults(), ["beneficiaryId:beneficiaryNotFound"]);
    }
    assert_eq!(app.dump(), before);
}

/// CGM-02, SYS-02: a caller who does not see a draft cannot change it; it answers as if absent.
#[actix_web::test]
async fn only_who_sees_a_draft_changes_it() {
    let app = TestApp::start().await;
    let (lead, associate) = (app.lead_a(), app.role(Role::StudyAssociate, HOSPITAL_A));
    let support = app.role(Role::StudySupport, HOSPITAL_A);
    let of_associate = associate.draft("followUp", None, &json!({})).await;
    let changed = support.change(&of_associate, json!({"content": {"remark": "by support"}})).await.expect(200);
    assert_eq!(changed.body["author"], "dev.studyAssociate");
    let changed = lead.change(&changed, json!({"content": {"remark": "by the lead"}})).await.expect(200);
    let of_lead = lead.draft("followUp", None, &json!({})).await;
    let before = app.dump();
    for other in [&associate, &support, &app.lead_b()] {
        other.change(&of_lead, json!({"content": {}})).await.expect_problem(404, "resourceNotFound");
        other.submit(&of_lead).await.expect_problem(404, "resourceNotFound");
        other.reopen(&of_lead).await.expect_problem(404, "resourceNotFound");
        other.remove(&of_lead, None).await.expect_problem(404, "resourceNotFound");
    }
    app.lead_b().change(&changed, json!({"content": {}})).await.expect_problem(404, "resourceNotFound");
    assert_eq!(app.dump(), before);
}

/// CGM-09: a reopened registration is edited like a draft; the coded store keeps the sent version until it is submitted
/// again.
#[actix_web::test]
async fn a_correction_is_sent_only_when_submitted() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let open = lead.standing(&app, 1, "reopened").await;
    let changed = lead.change(&open, json!({"content": {"therapy": "injections"}})).await.expect(200);
    assert_eq!(app.deliver(), 0);
    let sent = "SELECT count(*) AS n FROM coded.registrations WHERE content ->> 'therapy' = ";
    assert_eq!(app.count(&format!("{sent}'pump'")), 1);
    lead.submit_and_deliver(&app, &changed).await;
    assert_eq!((app.count(&format!("{sent}'pump'")), app.count(&format!("{sent}'injections'"))), (0, 1));
}

/// SYS-04, CGM-05: a line break is a line break, and what a label says is told as such.
#[actix_web::test]
async fn texts_and_labels_are_taken_as_they_are_written() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let body = json!({"type": "followUp", "content": {"remark": "one\r\ntwo\rthree"}});
    let made = lead.post("/registrations", &body).await.expect(201);
    assert_eq!(made.body["content"]["remark"], "one\ntwo\nthree");
    for (udi, expiry, faults) in [
        ("(01)00817870020003(17)270100(21)S1", "2027-01-31", "content.devices[0].udiDi:wholeBarcode"),
        ("0100817870020003172701001021\u{1d}S1", "2027-01-31", "content.devices[0].udiDi:wholeBarcode"),
        ("00817870020003", "2027-01-00", "content.devices[0].expiryDate:dayZero"),
    ] {
        let body = json!({"type": "firstImplantation", "content": {"devices": [{"udiDi": udi, "expiryDate": expiry}]}});
        let refused = lead.post("/registrations", &body).await.expect_problem(400, "badRequest");
        assert_eq!(refused.faults(), [faults]);
    }
    let remark = json!({"type": "followUp", "content": {"remark": "dossier 00003241778, gezien"}});
    let refused = lead.post("/registrations", &remark).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults(), ["content.remark:nationalNumber"]);
}
