//! Submits that depend on other registrations of the beneficiary.

use insula_tests::{Reply, TestApp, app::HOSPITAL_A, data};
use serde_json::{Value, json};

fn beneficiary(registration: &Reply) -> &str {
    registration.body["beneficiaryId"].as_str().unwrap()
}

fn on(mut content: Value, day: &str) -> Value {
    content["eventDate"] = json!(day);
    if content.get("removalDate").is_some() {
        content["removalDate"] = json!(day);
    }
    content
}

/// CGM-13: dates are ordered: birth ≤ implantation ≤ later events ≤ today, and the removal not after the event.
#[actix_web::test]
async fn dates_follow_their_order() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let first = lead.submitted(&app, 1).await;
    let mut content = on(data::first_implantation(), "1984-12-31");
    content["hba1c"]["date"] = json!("2026-06-16");
    content["diagnosisYear"] = json!(1984);
    let draft = lead.draft("firstImplantation", Some(&lead.enter_beneficiary(2).await), &content).await;
    let refused = lead.submit(&draft).await.expect_problem(400, "badRequest");
    let expected = [
        "content.diagnosisYear:diagnosisYear",
        "content.eventDate:beforeBirth",
        "content.hba1c.date:inFuture",
        "content.nomenclaturePair:pairNotInForce",
    ];
    assert_eq!(refused.faults(), expected);
    let mut early = on(data::replacement(Some(&first.id())), "2026-05-31");
    early["removalDate"] = json!("2026-06-01");
    let draft = lead.draft("replacement", Some(beneficiary(&first)), &early).await;
    let refused = lead.submit(&draft).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults(), ["content.eventDate:beforeImplantation", "content.removalDate:afterEvent"]);
    assert!(refused.body["issues"].as_array().unwrap().iter().all(|issue| issue["rule"] == "CGM-13"));
    // The same day is allowed.
    let same_day = on(data::replacement(Some(&first.id())), "2026-06-01");
    let draft = lead.draft("replacement", Some(beneficiary(&first)), &same_day).await;
    lead.submit(&draft).await.expect(200);
}

/// CGM-13: today is the day in Brussels, from midnight on.
#[actix_web::test]
async fn today_is_the_day_in_brussels() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let content = on(data::first_implantation(), "2026-06-16");
    let draft = lead.draft("firstImplantation", Some(&lead.enter_beneficiary(1).await), &content).await;
    app.clock.set("2026-06-15T21:59:59Z");
    assert_eq!(lead.submit(&draft).await.expect_problem(400, "badRequest").faults(), ["content.eventDate:inFuture"]);
    app.clock.set("2026-06-15T22:00:00Z");
    lead.submit(&draft).await.expect(200);
}

/// CGM-13: after a recorded death only a follow-up can be registered.
#[actix_web::test]
async fn after_death_there_is_only_follow_up() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let first = lead.submitted(&app, 1).await;
    let path = format!("/beneficiaries/{}", beneficiary(&first));
    let mut died = data::beneficiary(1);
    (died["deceased"], died["deathDate"]) = (json!(true), json!("2026-06-09"));
    lead.put(&path, &died, 1).await.expect(200);
    for (registration_type, content) in
        [("replacement", data::replacement(Some(&first.id()))), ("explantation", data::explantation(Some(&first.id())))]
    {
        let draft = lead.draft(registration_type, Some(beneficiary(&first)), &content).await;
        let refused = lead.submit(&draft).await.expect_problem(400, "badRequest");
        assert_eq!(refused.faults(), ["content.eventDate:afterDeath"]);
    }
    let draft = lead.draft("followUp", Some(beneficiary(&first)), &data::follow_up(Some(&first.id()))).await;
    lead.submit(&draft).await.expect(200);
}

/// CGM-13: the earlier registration must be a validated first implantation of the same beneficiary at the same
/// hospital.
#[actix_web::test]
async fn the_earlier_registration_is_the_right_one() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let first = lead.submitted(&app, 1).await;
    let follow_up = lead.draft("followUp", Some(beneficiary(&first)), &on(data::follow_up(None), "2026-06-10")).await;
    lead.submit(&follow_up).await.expect(200);
    let unvalidated = lead.draft("firstImplantation", Some(beneficiary(&first)), &json!({})).await;
    let deleted = lead.standing(&app, 3, "reopened").await;
    lead.remove(&deleted, Some("notPerformed")).await.expect(204);
    let cases = [
        (lead.submitted(&app, 2).await.id(), vec!["earlierOtherBeneficiary"]),
        (follow_up.id(), vec!["earlierNotFirstImplantation"]),
        (unvalidated.id(), vec!["earlierNotValidated", "earlierOtherBeneficiary"]),
        (deleted.id(), vec!["earlierNotValidated", "earlierOtherBeneficiary"]),
        (app.lead_b().submitted(&app, 1).await.id(), vec!["earlierNotFound"]),
        ("0198c1de-6d11-7c05-8f00-5b1f7a9e2c44".to_owned(), vec!["earlierNotFound"]),
    ];
    for (earlier, reasons) in cases {
        let content = data::replacement(Some(&earlier));
        let draft = lead.draft("replacement", Some(beneficiary(&first)), &content).await;
        let refused = lead.submit(&draft).await.expect_problem(400, "badRequest");
        let expected: Vec<_> = reasons.iter().map(|reason| format!("content.earlierRegistrationId:{reason}")).collect();
        assert_eq!(refused.faults(), expected);
    }
    let mut both = data::replacement(Some(&first.id()));
    both["earlierElsewhere"] = json!("otherHospital");
    let draft = lead.draft("replacement", Some(beneficiary(&first)), &both).await;
    let refused = lead.submit(&draft).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults(), ["content.earlierRegistrationId:exactlyOneOf"]);
}

/// CGM-13: a first implantation cannot be moved after a registration that refers to it.
#[actix_web::test]
async fn an_implantation_is_not_moved_behind_its_replacement() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let first = lead.submitted(&app, 1).await;
    let draft = lead.draft("replacement", Some(beneficiary(&first)), &data::replacement(Some(&first.id()))).await;
    lead.submit(&draft).await.expect(200);
    let open = lead.reopen(&first).await.expect(200);
    let moved = lead.change(&open, json!({"content": {"eventDate": "2026-06-11"}})).await.expect(200);
    let refused = lead.submit(&moved).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults(), ["content.eventDate:afterFollower"]);
    let moved = lead.change(&moved, json!({"content": {"eventDate": "2026-06-10"}})).await.expect(200);
    lead.submit(&moved).await.expect(200);
}

/// CGM-15: a second first implantation at the same hospital is refused, with the existing one; it is a replacement.
#[actix_web::test]
async fn a_second_first_implantation_at_the_same_hospital_is_refused() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let first = lead.submitted(&app, 1).await;
    let again = on(data::first_implantation(), "2026-06-03");
    let draft = lead.draft("firstImplantation", Some(beneficiary(&first)), &again).await;
    let before = app.dump();
    let refused = lead.submit(&draft).await.expect_problem(409, "secondFirstImplantation");
    assert_eq!(
        (&refused.body["rule"], &refused.body["existingRegistrationId"]),
        (&json!("CGM-15"), &json!(first.id()))
    );
    assert_eq!(app.dump(), before);
    let open = lead.reopen(&first).await.expect(200);
    lead.submit(&draft).await.expect_problem(409, "secondFirstImplantation");
    lead.remove(&open, Some("enteredTwice")).await.expect(204);
    lead.submit(&draft).await.expect(200);
}

/// CGM-15, SYS-02: one at another hospital is a warning that does not name it.
#[actix_web::test]
async fn a_first_implantation_elsewhere_is_a_warning_without_saying_where() {
    let app = TestApp::start().await;
    let first = app.lead_a().submitted(&app, 1).await;
    let lead = app.lead_b();
    let sending = lead.submit(&lead.complete_draft(1).await).await.expect(200);
    let warnings = sending.body["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 1);
    assert_eq!((&warnings[0]["code"], &warnings[0]["rule"]), (&json!("firstImplantationElsewhere"), &json!("CGM-15")));
    for telling in [HOSPITAL_A, first.id().as_str(), first.body["code"].as_str().unwrap(), beneficiary(&first)] {
        assert!(!sending.text.contains(telling), "{telling}");
    }
    assert!(lead.again(&sending).await.body.get("warnings").is_none());
}

/// CGM-15: after an explantation a new first implantation is allowed, and the explanted one cannot be replaced any
/// more.
#[actix_web::test]
async fn after_an_explantation_there_is_a_new_first_implantation() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let first = lead.submitted(&app, 1).await;
    let who = beneficiary(&first);
    let explantation = lead.draft("explantation", Some(who), &data::explantation(Some(&first.id()))).await;
    let anew = lead.draft("firstImplantation", Some(who), &on(data::first_implantation(), "2026-06-13")).await;
    lead.submit(&anew).await.expect_problem(409, "secondFirstImplantation");
    let explanted = lead.submit_and_deliver(&app, &explantation).await;
    for (registration_type, content, refused) in [
        ("explantation", data::explantation(Some(&first.id())), true),
        ("replacement", on(data::replacement(Some(&first.id())), "2026-06-13"), true),
        ("replacement", data::replacement(Some(&first.id())), false),
        ("followUp", on(data::follow_up(Some(&first.id())), "2026-06-14"), false),
    ] {
        let reply = lead.submit(&lead.draft(registration_type, Some(who), &content).await).await;
        if refused {
            let faults = reply.expect_problem(400, "badRequest").faults();
            assert_eq!(faults, ["content.earlierRegistrationId:earlierExplanted"], "{registration_type}");
        } else {
            reply.expect(200);
        }
    }
    lead.submit(&anew).await.expect(200);
    // The explantation cannot be deleted now, because there would be two first implantations.
    let open = lead.reopen(&explanted).await.expect(200);
    let before = app.dump();
    let refused = lead.remove(&open, Some("notPerformed")).await.expect_problem(409, "secondFirstImplantation");
    assert_eq!(refused.body["rule"], "CGM-15");
    assert_eq!(app.dump(), before);
}

/// CGM-15: an explantation that is deleted, or corrected to another implantation, no longer ends the first.
#[actix_web::test]
async fn a_deleted_explantation_ends_nothing() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let first = lead.submitted(&app, 1).await;
    let draft = lead.draft("explantation", Some(beneficiary(&first)), &data::explantation(Some(&first.id()))).await;
    let explanted = lead.submit_and_deliver(&app, &draft).await;
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.registrations WHERE explanted_by IS NOT NULL"), 1);
    let open = lead.reopen(&explanted).await.expect(200);
    let patch = json!({"content": {"earlierRegistrationId": null, "earlierElsewhere": "otherHospital"}});
    let corrected = lead.change(&open, patch).await.expect(200);
    let corrected = lead.submit_and_deliver(&app, &corrected).await;
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.registrations WHERE explanted_by IS NOT NULL"), 0);
    let open = lead.reopen(&corrected).await.expect(200);
    let patch = json!({"content": {"earlierRegistrationId": first.id(), "earlierElsewhere": null}});
    let again = lead.submit_and_deliver(&app, &lead.change(&open, patch).await.expect(200)).await;
    let open = lead.reopen(&again).await.expect(200);
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.registrations WHERE explanted_by IS NOT NULL"), 1);
    lead.remove(&open, Some("notPerformed")).await.expect(204);
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.registrations WHERE explanted_by IS NOT NULL"), 0);
    let replacement = lead.draft("replacement", Some(beneficiary(&first)), &data::replacement(Some(&first.id()))).await;
    lead.submit(&replacement).await.expect(200);
}
