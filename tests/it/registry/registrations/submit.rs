use std::collections::HashSet;

use insula_domain::registry::registration::code::RegistrationCode;
use insula_tests::{TestApp, data};
use serde_json::json;

/// CGM-06, CGM-07, TRA-04: a submit assigns a code and sends the registration to Healthdata; the acknowledgement makes
/// it submitted.
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

/// CGM-03, CGM-06: a complete registration of each type is submitted and gets its own code.
#[actix_web::test]
async fn each_type_is_submitted_and_gets_its_own_code() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let first = lead.submitted(&app, 1).await;
    let (beneficiary, earlier) = (first.body["beneficiaryId"].as_str().unwrap(), first.id());
    let mut codes = HashSet::from([first.body["code"].as_str().unwrap().to_owned()]);
    let others = [
        ("followUp", data::follow_up(Some(&earlier))),
        ("replacement", data::replacement(Some(&earlier))),
        ("explantation", data::explantation(Some(&earlier))),
    ];
    for (registration_type, content) in others {
        let draft = lead.draft(registration_type, Some(beneficiary), &content).await;
        let submitted = lead.submit_and_deliver(&app, &draft).await;
        assert_eq!(
            (&submitted.body["status"], &submitted.body["type"]),
            (&json!("submitted"), &json!(registration_type))
        );
        codes.insert(submitted.body["code"].as_str().unwrap().to_owned());
    }
    assert_eq!(codes.len(), 4);
    assert!(codes.iter().all(|code| code.parse::<RegistrationCode>().is_ok()));
}

/// CGM-05, SYS-04: all faults are reported at once, and nothing changes.
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

/// CGM-05, CGM-01: an empty draft of each type names every mandatory field of that type.
#[actix_web::test]
async fn an_empty_draft_of_each_type_names_all_it_lacks() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let lacks = [
        ("firstImplantation", 11, "content.nomenclaturePair:required"),
        ("replacement", 11, "content.earlierRegistrationId:exactlyOneOf"),
        ("explantation", 6, "content.explantationReason:required"),
        ("followUp", 11, "content.stillInUse:required"),
    ];
    for (registration_type, count, one) in lacks {
        let draft = lead.draft(registration_type, None, &json!({})).await;
        let faults = lead.submit(&draft).await.expect_problem(400, "badRequest").faults();
        assert_eq!(faults.len(), count, "{registration_type}: {faults:?}");
        assert!(faults.contains(&one.to_owned()), "{registration_type}: {faults:?}");
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.registrations WHERE status <> 'open'"), 0);
}

/// CGM-01, CGM-03, CGM-05: numbers, pairs, codes and devices are checked, each with its rule.
#[actix_web::test]
async fn values_are_checked() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let beneficiary = lead.enter_beneficiary(1).await;
    let mut content = data::replacement(None);
    content["responsiblePhysician"] = json!("10000107690");
    content["nomenclaturePair"] = json!("174370-174403");
    content["replaced"] = json!(["transmitter"]);
    content["devices"][0]["udiDi"] = json!("00817870020004");
    content["devices"][0]["notificationCode"] = json!("123456789012");
    let draft = lead.draft("replacement", Some(&beneficiary), &content).await;
    let refused = lead.submit(&draft).await.expect_problem(400, "badRequest");
    let expected = [
        "content.devices[0].notificationCode:checkDigit",
        "content.devices[0].udiDi:checkDigit",
        "content.nomenclaturePair:pairNotInForce",
        "content.replaced:replacedDisagrees",
        "content.responsiblePhysician:checkDigit",
    ];
    assert_eq!(refused.faults(), expected);
    let patch = json!({"content": {
        "nomenclaturePair": "174392-174403", "nomenclatureCode": "174403", "replaced": ["sensor"],
        "responsiblePhysician": "10000106690",
        "devices": [content["devices"][0], {"kind": "sensor", "model": "x", "udiDi": "00817870020003", "lot": "1",
                    "expiryDate": "2027-01-01", "armSide": "left"}]
    }});
    let draft = lead.change(&draft, patch).await.expect(200);
    let refused = lead.submit(&draft).await.expect_problem(400, "badRequest");
    assert!(refused.faults().contains(&"content.devices:deviceTwice".to_owned()), "{:?}", refused.faults());
    assert!(
        refused.faults().contains(&"content.nomenclatureCode:settingDisagrees".to_owned()),
        "{:?}",
        refused.faults()
    );
}

/// TRA-02, CGM-05: what is billed needs an insurer; an explantation is not billed.
#[actix_web::test]
async fn what_is_billed_needs_an_insurer() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let uninsured = lead.post("/beneficiaries", &json!({"niss": data::niss(1)})).await.expect(201).id();
    let draft = lead.draft("firstImplantation", Some(&uninsured), &data::first_implantation()).await;
    let refused = lead.submit(&draft).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults(), ["beneficiaryId:insurerMissing"]);
    let draft = lead.draft("explantation", Some(&uninsured), &data::explantation(None)).await;
    assert_eq!(lead.submit_and_deliver(&app, &draft).await.body["status"], "submitted");
}

/// CGM-09: the code survives reopening, editing and resubmitting, even with another pair and beneficiary.
#[actix_web::test]
async fn the_code_never_changes() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let mut registration = lead.submitted(&app, 1).await;
    let code = registration.body["code"].clone();
    let other = lead.enter_beneficiary(2).await;
    let patches = [
        json!({"content": {"eventDate": "2026-06-02"}}),
        json!({"content": {"nomenclaturePair": "174495-174506"}}),
        json!({"beneficiaryId": other}),
    ];
    for patch in patches {
        let open = lead.reopen(&registration).await.expect(200);
        assert_eq!((&open.body["status"], &open.body["code"]), (&json!("open"), &code));
        let changed = lead.change(&open, patch).await.expect(200);
        let sending = lead.submit(&changed).await.expect(200);
        assert_eq!(sending.body["code"], code);
        assert_ne!(sending.body["validatedAt"], registration.body["validatedAt"]);
        app.refuse("once more");
        let refused = lead.again(&sending).await;
        let open = lead.reopen(&refused).await.expect(200);
        registration = lead.submit_and_deliver(&app, &open).await;
        assert_eq!((&registration.body["status"], &registration.body["code"]), (&json!("submitted"), &code));
    }
    assert_eq!(app.count("SELECT count(DISTINCT code) AS n FROM insula.registrations"), 1);
}

/// CGM-14: a hospital that has not adhered cannot submit.
#[actix_web::test]
async fn a_hospital_that_has_not_adhered_cannot_submit() {
    let app = TestApp::start().await;
    let lead = app.lead_not_adhered();
    let draft = lead.complete_draft(1).await;
    let before = app.dump();
    let refused = lead.submit(&draft).await.expect_problem(409, "hospitalNotAdhered");
    assert_eq!(refused.body["rule"], "CGM-14");
    assert_eq!(app.dump(), before);
}

/// CGM-14: adherence counts on the day of the implantation, including its first and last day.
#[actix_web::test]
async fn adherence_counts_on_the_day_of_the_implantation() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let draft = lead.complete_draft(1).await;
    let submit = "2026-06-01";
    for (from, to, allowed) in
        [("2026-06-02", "NULL", false), ("2026-01-01", "'2026-05-31'", false), (submit, "'2026-06-01'", true)]
    {
        app.tamper(&format!(
            "UPDATE insula.hospitals SET adhered_from = '{from}', adhered_to = {to} WHERE number = '71000436'"
        ));
        let reply = lead.submit(&draft).await;
        if allowed {
            reply.expect(200);
        } else {
            reply.expect_problem(409, "hospitalNotAdhered");
        }
    }
}
