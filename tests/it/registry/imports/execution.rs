//! The execution of single rows.

use insula_domain::actor::Role;
use insula_tests::{TestApp, app::HOSPITAL_A, data};
use serde_json::{Value, json};

use super::{counts, imported, report, row, rows, without_the_task};

/// CGM-03, CGM-04, CGM-06, BEN-03: drafts stay drafts; submitted rows get codes and are sent to Healthdata; known
/// persons are found.
#[actix_web::test]
async fn rows_are_drafts_or_submitted() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let known = lead.enter_beneficiary(1).await;
    let by_number = json!({"rowId": "d2", "type": "followUp", "beneficiary": {"niss": data::niss(1)}});
    let by_id = json!({"rowId": "d3", "type": "followUp", "beneficiary": {"beneficiaryId": known}});
    let bare = json!({"rowId": "d4", "type": "explantation"});
    let drafts = imported(&app, &lead, "", &[row("d1", 1), by_number, by_id, bare]).await;
    assert_eq!((&drafts.body["state"], counts(&drafts)), (&json!("done"), json!({"created": 4})));
    for (index, row) in rows(&lead, &drafts).await.iter().enumerate() {
        let draft = lead.get(&format!("/registrations/{}", row["registrationId"].as_str().unwrap())).await.expect(200);
        assert_eq!((&draft.body["status"], draft.version()), (&json!("open"), 1));
        let beneficiary = draft.body["beneficiaryId"].as_str();
        assert_eq!(beneficiary, (index < 3).then_some(known.as_str()), "{index}");
    }
    let submitted = imported(&app, &lead, "?mode=submit", &[row("s1", 2), row("s2", 3)]).await;
    assert_eq!(counts(&submitted), json!({"submitted": 2}));
    assert_eq!(app.deliver(), 2);
    for row in rows(&lead, &submitted).await {
        let path = format!("/registrations/{}", row["registrationId"].as_str().unwrap());
        let registration = lead.get(&path).await.expect(200);
        assert_eq!((&registration.body["status"], &registration.body["code"]), (&json!("submitted"), &row["code"]));
        assert_eq!(registration.body["author"], "dev.studyLead");
    }
}

/// CGM-05, SYS-04, BEN-01, BEN-02: the report names every fault of a row with its rule, in the reader's language; other
/// rows are done, and nothing of faulty ones is stored.
#[actix_web::test]
async fn the_report_names_every_fault() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let mut incomplete = row("r1", 1);
    incomplete["content"].as_object_mut().unwrap().remove("therapy");
    incomplete["content"]["eventDate"] = json!("2026-06-16");
    let mut nobody = row("r2", 2);
    nobody["beneficiary"] = json!({"niss": "6070500252", "birthDate": "02/03/1985"});
    nobody["content"].as_object_mut().unwrap().remove("setting");
    let mut damaged = row("r3", 3);
    damaged["content"]["eventDate"] = json!("02/03/2026");
    damaged["content"]["devices"][0]["serial"] = json!("1.0E+10");
    damaged["content"]["remark"] = json!(data::niss(77));
    let unknown = json!({"rowId": "r4", "type": "firstImplantation", "content": data::first_implantation(),
        "beneficiary": {"beneficiaryId": "0198c1de-6d11-7c05-8f00-5b1f7a9e2c44"}});
    let before = app.dump();
    let task = imported(&app, &lead, "?mode=submit", &[incomplete, nobody, damaged, unknown]).await;
    let expected = [
        "1 faulty: content.eventDate:inFuture content.therapy:required",
        "2 faulty: beneficiary.birthDate:spreadsheetDate beneficiary.niss:leadingZeroLost content.setting:required",
        "3 faulty: content.devices[0].serial:numberShortened content.eventDate:spreadsheetDate content.remark:nationalNumber",
        "4 faulty: beneficiary.beneficiaryId:beneficiaryNotFound",
    ];
    assert_eq!(report(&lead, &task).await, expected);
    assert_eq!(task.body["state"], "done");
    assert_eq!(without_the_task(&app.dump()), without_the_task(&before), "nothing remains of faulty rows");
    let path = format!("{}?outcome=faulty&pageSize=1&after=1", task.body["rowsHref"].as_str().unwrap());
    let in_dutch = lead.request(reqwest::Method::GET, &path).header("Accept-Language", "nl");
    let page = lead.send(in_dutch).await.expect(200);
    assert_eq!(page.body["items"][0]["row"], 2);
    let fault = &page.body["items"][0]["faults"][0];
    assert_eq!(
        (&fault["rule"], fault["detail"].as_str().unwrap().starts_with("Vooraan")),
        (&json!("BEN-01"), false),
        "{fault}"
    );
    assert!(page.text.contains("Vooraan ontbreekt een cijfer"), "{}", page.text);
    assert!(page.body["next"].as_str().unwrap().contains("outcome=faulty"));
    let refused = lead.get(&format!("{}?outcome=lost", task.body["rowsHref"].as_str().unwrap())).await;
    assert_eq!(refused.expect_problem(400, "badRequest").faults(), ["outcome:notInList"]);
}

/// CNT-06, CGM-14, CGM-15, BEN-03: a row is refused like a single submit, with rule and way out; drafts are stored.
#[actix_web::test]
async fn what_refuses_a_submit_refuses_a_row() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    app.tamper("INSERT INTO insula.closed_counters VALUES ('A', 0, '2026-06-14')");
    let mut other_pair = row("r2", 2);
    other_pair["content"]["nomenclaturePair"] = json!("174495-174506");
    let mut second = other_pair.clone();
    second["rowId"] = json!("r3");
    let foreign = json!({"noNissConfirmed": true, "firstName": "Zoë", "lastName": "Lambert", "birthDate": "1980-02-09",
        "sex": "female", "residencePlace": "Lille", "deceased": false, "residenceCountry": "FR", "insurerNumber": "319"});
    lead.post("/beneficiaries", &foreign).await.expect(201);
    let mut likely = other_pair.clone();
    (likely["rowId"], likely["beneficiary"]) = (json!("r4"), foreign.clone());
    let task = imported(&app, &lead, "?mode=submit", &[row("r1", 1), other_pair, second, likely.clone()]).await;
    let expected = [
        "1 refused: counterClosedA",
        "2 submitted",
        "3 refused: secondFirstImplantation",
        "4 refused: likelyDuplicate",
    ];
    assert_eq!(report(&lead, &task).await, expected);
    let refusal = &rows(&lead, &task).await[0]["refusal"];
    assert_eq!(refusal["rule"], "CNT-06");
    assert!(refusal["detail"].as_str().unwrap().contains("174495-174506"), "{refusal}");
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.registrations"), 1);
    likely["beneficiary"]["differentPersonConfirmed"] = json!(true);
    let task = imported(&app, &lead, "?mode=submit", &[likely]).await;
    assert_eq!(report(&lead, &task).await, ["1 submitted"]);
    let outside = app.lead_not_adhered();
    let task = imported(&app, &outside, "?mode=submit", &[row("r1", 5)]).await;
    assert_eq!(report(&outside, &task).await, ["1 refused: hospitalNotAdhered"]);
    let task = imported(&app, &outside, "?mode=draft", &[row("r1", 5)]).await;
    assert_eq!(report(&outside, &task).await, ["1 created"]);
}

/// CGM-04, SYS-03: a dry run reports the outcome of each row, and stores nothing.
#[actix_web::test]
async fn a_dry_run_stores_nothing() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let mut faulty = row("r2", 2);
    faulty["content"]["setting"] = json!("inBed");
    let before = app.dump();
    for (query, first, state) in [("", "1 submitted", "done"), ("&atomic=true", "1 notDone", "failed")] {
        let task =
            imported(&app, &lead, &format!("?mode=submit&dryRun=true{query}"), &[row("r1", 1), faulty.clone()]).await;
        assert_eq!(report(&lead, &task).await, [first, "2 faulty: content.setting:notInList"]);
        assert_eq!(task.body["state"], state);
        assert!(rows(&lead, &task).await[0].get("registrationId").is_none());
        assert_eq!(without_the_task(&app.dump()), without_the_task(&before));
    }
    let task = imported(&app, &lead, "?mode=submit&dryRun=true&atomic=true", &[row("r1", 1)]).await;
    assert_eq!((report(&lead, &task).await, &task.body["state"]), (vec!["1 submitted".to_owned()], &json!("done")));
    assert_eq!(without_the_task(&app.dump()), without_the_task(&before));
    let task = imported(&app, &lead, "?mode=submit", &[row("r1", 1)]).await;
    assert_eq!(report(&lead, &task).await, ["1 submitted"]);
}

/// CGM-02, SYS-02: rows may have the authors for whom the caller may register.
#[actix_web::test]
async fn rows_have_authors_the_caller_may_register_for() {
    let app = TestApp::start().await;
    let by = |author: Option<&str>| {
        let mut row = json!({"rowId": format!("{author:?}"), "type": "followUp"});
        if let Some(author) = author {
            row["author"] = json!(author);
        }
        row
    };
    let all = [by(None), by(Some("dev.studyAssociate")), by(Some("dev.studyLead"))];
    for (role, expected) in [
        (Role::StudySupport, ["faulty: author:authorNotAllowed", "created", "faulty: author:authorNotAllowed"]),
        // A row entered by support for an associate belongs to the associate.
        (Role::StudyAssociate, ["created", "unchanged", "faulty: author:authorNotAllowed"]),
        (Role::StudyLead, ["unchanged", "unchanged", "created"]),
        // Others learn only that the lead has a registration, not which.
        (Role::StudyAssociate, ["unchanged", "unchanged", "refused: importedOtherwise"]),
    ] {
        let client = app.role(role, HOSPITAL_A);
        let task = imported(&app, &client, "", &all).await;
        let numbered: Vec<_> = (1..).zip(expected).map(|(number, one)| format!("{number} {one}")).collect();
        assert_eq!(report(&client, &task).await, numbered, "{role:?}");
        let shown = rows(&client, &task).await;
        let hidden = shown.iter().filter(|row| row["outcome"] == "refused");
        hidden.for_each(|row| assert!(row.get("registrationId").is_none(), "{row}"));
    }
}

/// CGM-02, SYS-01: the trail shows the person and, by its trace id, the import.
#[actix_web::test]
async fn the_trail_shows_person_and_import() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let task = imported(&app, &lead, "?mode=submit", &[row("r1", 1)]).await;
    app.when_older_transactions_ended();
    let subject = format!("registration:{}", rows(&lead, &task).await[0]["registrationId"].as_str().unwrap());
    let events = app.role(Role::Auditor, "").get(&format!("/auditEvents?subject={subject}")).await.expect(200);
    let events = events.body["items"].as_array().unwrap().clone();
    let actions: Vec<_> = events.iter().map(|event| event["action"].as_str().unwrap().to_owned()).collect();
    assert_eq!(actions, ["create", "submit"], "{events:?}");
    for event in &events {
        assert_eq!((&event["person"], &event["traceId"]), (&json!("dev.studyLead"), &json!(task.id())), "{event}");
        assert_eq!(event["operation"], "doRegistrationImport");
    }
    let of_import =
        app.role(Role::Auditor, "").get(&format!("/auditEvents?subject=registrationImport:{}", task.id())).await;
    let actions: Vec<Value> =
        of_import.expect(200).body["items"].as_array().unwrap().iter().map(|event| event["action"].clone()).collect();
    assert_eq!(actions[..2], [json!("create"), json!("end")]);
}
