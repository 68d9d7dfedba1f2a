//! Repeated rows.

use insula_tests::TestApp;
use reqwest::Method;
use serde_json::json;

use super::{counts, imported, report, row, rows, without_the_task};

/// SYS-03, CGM-12: an unchanged row changes nothing, whatever happened to its registration since.
#[actix_web::test]
async fn a_row_that_comes_again_changes_nothing() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let file = [row("r1", 1), row("r2", 2), row("r3", 3), row("r4", 4)];
    let first = imported(&app, &lead, "?mode=submit", &file).await;
    app.deliver();
    let made = rows(&lead, &first).await;
    let registration = |n: usize| format!("/registrations/{}", made[n]["registrationId"].as_str().unwrap());
    let second = lead.get(&registration(1)).await.expect(200);
    lead.reopen(&second).await.expect(200);
    let third = lead.get(&registration(2)).await.expect(200);
    let open = lead.reopen(&third).await.expect(200);
    lead.change(&open, json!({"content": {"setting": "hospitalised"}})).await.expect(200);
    let fourth = lead.get(&registration(3)).await.expect(200);
    let open = lead.reopen(&fourth).await.expect(200);
    lead.remove(&open, Some("enteredInError")).await;
    let before = app.dump();
    for query in ["?mode=submit", "?mode=draft", "?mode=submit&atomic=true", "?mode=submit&dryRun=true"] {
        let again = imported(&app, &lead, query, &file).await;
        assert_eq!((counts(&again), &again.body["state"]), (json!({"unchanged": 4}), &json!("done")), "{query}");
        for (row, made) in rows(&lead, &again).await.iter().zip(&made) {
            assert_eq!((&row["registrationId"], &row["code"]), (&made["registrationId"], &made["code"]));
        }
        assert_eq!(without_the_task(&app.dump()), without_the_task(&before), "{query}");
    }
}

/// CGM-04, CGM-12: changed content changes only the draft left by the import; a draft changed since is refused as a
/// conflict.
#[actix_web::test]
async fn other_content_changes_only_the_draft_the_import_left() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let first = imported(&app, &lead, "", &[row("r1", 1), row("r2", 2), row("r3", 3)]).await;
    let made = rows(&lead, &first).await;
    let registration = |n: usize| format!("/registrations/{}", made[n]["registrationId"].as_str().unwrap());
    let second = lead.get(&registration(1)).await.expect(200);
    lead.change(&second, json!({"content": {"remark": "by hand"}})).await.expect(200);
    let mut file = [row("r1", 1), row("r2", 2), row("r3", 4)];
    for row in &mut file[..2] {
        row["content"]["setting"] = json!("hospitalised");
    }
    let again = imported(&app, &lead, "", &file).await;
    assert_eq!(report(&lead, &again).await, ["1 changed", "2 refused: importedOtherwise", "3 changed"]);
    let shown = &rows(&lead, &again).await[1];
    assert_eq!(shown["refusal"]["rule"], "CGM-12");
    let changed = lead.get(&registration(0)).await.expect(200);
    assert_eq!((&changed.body["content"]["setting"], changed.version()), (&json!("hospitalised"), 2));
    let untouched = lead.get(&registration(1)).await.expect(200);
    assert_eq!(
        (&untouched.body["content"]["remark"], &untouched.body["content"]["setting"]),
        (&json!("by hand"), &json!("ambulatory"))
    );
    let other_person = lead.get(&registration(2)).await.expect(200);
    assert_ne!(other_person.body["beneficiaryId"], second.body["beneficiaryId"]);
    // The result of the latest import counts; once submitted, it is no draft any more.
    file[0]["content"]["setting"] = json!("ambulatory");
    let submitted = imported(&app, &lead, "?mode=submit", &file[..1]).await;
    assert_eq!(report(&lead, &submitted).await, ["1 submitted"]);
    file[0]["content"]["setting"] = json!("hospitalised");
    let refused = imported(&app, &lead, "?mode=submit", &file[..1]).await;
    assert_eq!(report(&lead, &refused).await, ["1 refused: importedOtherwise"]);
    let mut other_type = json!({"rowId": "r3", "type": "followUp"});
    other_type["beneficiary"] = file[2]["beneficiary"].clone();
    let refused = imported(&app, &lead, "", &[other_type]).await;
    assert_eq!(report(&lead, &refused).await, ["1 refused: importedOtherwise"]);
}

/// CGM-04, CGM-06: a file of drafts is submitted by sending it again with `mode=submit`.
#[actix_web::test]
async fn drafts_are_submitted_by_sending_them_again() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let file = [row("r1", 1), row("r2", 2)];
    let drafts = imported(&app, &lead, "", &file).await;
    let made = rows(&lead, &drafts).await;
    let submitted = imported(&app, &lead, "?mode=submit", &file).await;
    assert_eq!(report(&lead, &submitted).await, ["1 submitted", "2 submitted"]);
    for (row, made) in rows(&lead, &submitted).await.iter().zip(&made) {
        assert_eq!(row["registrationId"], made["registrationId"]);
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.registrations"), 2);
}

/// BEN-03: a row keeps its beneficiary when other content changes.
#[actix_web::test]
async fn a_changed_row_keeps_the_beneficiary_it_entered() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let mut foreign = row("r1", 1);
    foreign["beneficiary"] = json!({"noNissConfirmed": true, "firstName": "Zoë", "lastName": "Lambert",
        "birthDate": "1980-02-09", "sex": "female", "residencePlace": "Lille", "deceased": false, "residenceCountry": "FR", "insurerNumber": "319"});
    imported(&app, &lead, "", &[foreign.clone()]).await;
    foreign["content"]["setting"] = json!("hospitalised");
    let again = imported(&app, &lead, "?mode=submit", &[foreign]).await;
    assert_eq!(report(&lead, &again).await, ["1 submitted"]);
    assert_eq!(app.count("SELECT count(*) AS n FROM vault.persons"), 1);
}

/// SYS-02: references are per hospital: the same one elsewhere is another row.
#[actix_web::test]
async fn the_same_reference_elsewhere_is_another_row() {
    let app = TestApp::start().await;
    for lead in [app.lead_a(), app.lead_b()] {
        let task = imported(&app, &lead, "", &[row("r1", 1)]).await;
        assert_eq!(report(&lead, &task).await, ["1 created"]);
    }
}

/// CGM-12: a cancelled import executes no more rows, and keeps those that are done; one that has ended cannot be
/// cancelled.
#[actix_web::test]
async fn a_cancelled_import_does_no_more() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let task = lead.import("", &[row("r1", 1), row("r2", 2), row("r3", 3)]).await.expect(202);
    assert!(insula_api::worker::import::turn(&app.db, 1).unwrap());
    let cancel = || lead.send(lead.request(Method::DELETE, task.header("location")));
    cancel().await.expect(204);
    super::work(&app).await;
    let ended = lead.get(task.header("location")).await.expect(200);
    assert_eq!((&ended.body["state"], counts(&ended)), (&json!("cancelled"), json!({"created": 1, "notDone": 2})));
    assert_eq!(report(&lead, &task).await, ["1 created", "2 notDone", "3 notDone"]);
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.registrations"), 1);
    let before = app.dump();
    let refused = cancel().await.expect_problem(409, "importEnded");
    assert_eq!(refused.body["rule"], "CGM-12");
    assert_eq!(app.dump(), before);
}
