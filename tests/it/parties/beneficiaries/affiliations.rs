use insula_tests::{Client, Reply, TestApp, data};
use reqwest::Method;
use serde_json::{Value, json};

use super::foreign;

/// 319 to the end of June 2026, 100 after.
fn changed() -> Value {
    json!({"affiliations": [
        {"insurerNumber": "319", "to": "2026-06-30", "ct1": "110", "ct2": "000"},
        {"insurerNumber": "100", "from": "2026-07-01", "ct1": "140"}]})
}

async fn enter(lead: &Client, body: &Value) -> (String, String) {
    let path = format!("/beneficiaries/{}", lead.post("/beneficiaries", body).await.expect(201).id());
    let affiliations = format!("{path}/affiliations");
    (path, affiliations)
}

async fn insurer(lead: &Client, path: &str) -> Value {
    lead.get(path).await.expect(200).body["insurerNumber"].clone()
}

/// BEN-05: an insurer without days is an affiliation from the beginning and without end; dated ones replace it, and the
/// insurer shown is that of the day.
#[actix_web::test]
async fn affiliations_are_dated() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let (path, affiliations) = enter(&lead, &data::beneficiary(1)).await;
    let read = lead.get(&affiliations).await.expect(200);
    assert_eq!((read.tag(), &read.body["items"]), (1, &json!([{"insurerNumber": "319"}])));
    let stated = lead.put(&affiliations, &changed(), 1).await.expect(200);
    assert_eq!((stated.tag(), &stated.body["items"]), (2, &changed()["affiliations"]));
    let read = lead.get(&affiliations).await.expect(200);
    assert_eq!(read.body, stated.body);
    assert_eq!(format!("/beneficiaries/{}", read.body["beneficiaryId"].as_str().unwrap()), path);
    assert_eq!(insurer(&lead, &path).await, "319");
    app.clock.set("2026-06-30T21:59:59Z");
    assert_eq!(insurer(&lead, &path).await, "319");
    app.clock.set("2026-06-30T22:00:00Z");
    assert_eq!(insurer(&lead, &path).await, "100");
    let none = lead.put(&affiliations, &json!({"affiliations": []}), 2).await.expect(200);
    assert_eq!((none.tag(), &none.body["items"]), (3, &json!([])));
    assert_eq!(insurer(&lead, &path).await, Value::Null);
}

/// SYS-01, BEN-05: former affiliations stay, with the version that stated them and the instant of the next one.
#[actix_web::test]
async fn former_affiliations_stay_in_the_vault() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let (_, affiliations) = enter(&lead, &data::beneficiary(1)).await;
    app.clock.set("2026-06-15T09:00:00Z");
    lead.put(&affiliations, &changed(), 1).await.expect(200);
    let count = |which: &str| app.count(&format!("SELECT count(*) AS n FROM vault.affiliations WHERE {which}"));
    let former = "version = 1 AND insurer = '319' AND valid_to IS NULL AND replaced_at >= '2026-06-15T09:00:00Z'";
    assert_eq!((count(former), count("version = 2 AND replaced_at IS NULL"), count("true")), (1, 2, 3));
    let kept =
        "SELECT count(*) AS n FROM vault.beneficiary_versions WHERE version = 2 AND changed_by = 'dev.studyLead'";
    assert_eq!(app.count(kept), 1);
}

/// BEN-05, SYS-04: all faults come at once, and a refusal changes nothing.
#[actix_web::test]
async fn every_fault_of_affiliations_comes_at_once() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let dead = json!({"niss": data::niss(1), "deceased": true, "deathDate": "2026-06-10", "insurerNumber": "319"});
    let (_, affiliations) = enter(&lead, &dead).await;
    let before = app.dump();
    let refused = |body: Value| {
        let (lead, path) = (&lead, &affiliations);
        async move { lead.put(path, &body, 1).await.expect_problem(400, "badRequest") }
    };
    let body = json!({"affiliations": [
        {"insurerNumber": "302", "from": "2026-02-01", "to": "2026-01-31"},
        {"insurerNumber": "319", "to": "2026-05-31", "insurersOwnNumber": "A-77"},
        {"insurerNumber": "100", "from": "2026-05-31", "to": "2026-06-10"},
        {"insurerNumber": "100", "from": "2026-06-11"}]});
    let reply = refused(body).await;
    let expected = [
        "affiliations[0].insurerNumber:insurerUnknown",
        "affiliations[0].to:endsBeforeItBegins",
        "affiliations[1].insurersOwnNumber:nissAndOwnNumber",
        "affiliations[2]:overlapsAnother",
        "affiliations[3].from:afterDeath",
    ];
    assert_eq!(reply.faults(), expected);
    assert!(reply.body["issues"].as_array().unwrap().iter().all(|issue| issue["rule"] == "BEN-05"));
    let reply = refused(json!({"affiliations": [
        {"from": "2026-02-30", "ct1": "11", "ct2": 110},
        {"insurerNumber": "31", "insurersOwnNumber": "12345678901234", "since": "2026-01-01"}]}))
    .await;
    let expected = [
        "affiliations[0].ct1:checkDigit",
        "affiliations[0].ct2:wrongType",
        "affiliations[0].from:notADate",
        "affiliations[0].insurerNumber:required",
        "affiliations[1].insurerNumber:insurerUnknown",
        "affiliations[1].insurersOwnNumber:tooLong",
        "affiliations[1].since:unknownField",
    ];
    assert_eq!(reply.faults(), expected);
    assert_eq!(app.dump(), before);
}

/// BEN-05, BEN-04: the insurer's own number of somebody without national number is kept encrypted, and goes when the
/// national number is known.
#[actix_web::test]
async fn an_own_number_is_kept_until_there_is_a_national_number() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let (path, affiliations) = enter(&lead, &foreign("Invented")).await;
    let numbered = json!({"affiliations": [{"insurerNumber": "100", "insurersOwnNumber": "A-77"}]});
    lead.put(&affiliations, &numbered, 1).await.expect(200);
    let items = || async { lead.get(&affiliations).await.expect(200).body["items"].clone() };
    assert_eq!(items().await, numbered["affiliations"]);
    assert!(!app.dump().contains("A-77"));
    lead.put(&path, &foreign("Invented"), 2).await.expect(200);
    assert_eq!(items().await, numbered["affiliations"]);
    let mut known = data::beneficiary(1);
    known["insurerNumber"] = json!("100");
    lead.put(&path, &known, 3).await.expect(200);
    assert_eq!(items().await, json!([{"insurerNumber": "100"}]));
    // It opens in its own row only.
    app.tamper("UPDATE vault.affiliations SET replaced_at = now() WHERE replaced_at IS NULL");
    app.tamper("UPDATE vault.affiliations SET replaced_at = NULL, ordinal = 1 WHERE version = 2");
    lead.get(&affiliations).await.expect_problem(500, "internalServerError");
}

/// BEN-05: a correction with the insurer of today leaves dated affiliations; with another one it is refused.
#[actix_web::test]
async fn a_correction_leaves_dated_affiliations() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let (path, affiliations) = enter(&lead, &data::beneficiary(1)).await;
    lead.put(&affiliations, &changed(), 1).await.expect(200);
    let with = |insurer: &str| {
        let mut body = data::beneficiary(1);
        body["insurerNumber"] = json!(insurer);
        body
    };
    let corrected = lead.put(&path, &with("319"), 2).await.expect(200);
    assert_eq!((corrected.version(), &corrected.body["insurerNumber"]), (3, &json!("319")));
    assert_eq!(lead.get(&affiliations).await.expect(200).body["items"], changed()["affiliations"]);
    let before = app.dump();
    let none = json!({"niss": data::niss(1)});
    for body in [with("100"), with("304"), none] {
        let refused = lead.put(&path, &body, 3).await.expect_problem(400, "badRequest");
        assert_eq!(refused.faults(), ["insurerNumber:affiliationsDated"]);
    }
    assert_eq!(app.dump(), before);
    app.clock.set("2026-07-01T08:00:00Z");
    lead.put(&path, &with("100"), 3).await.expect(200);
}

async fn submitted(app: &TestApp, lead: &Client, beneficiary: &str, day: &str) -> Reply {
    let id = beneficiary.trim_start_matches("/beneficiaries/");
    let mut content = data::first_implantation();
    content["eventDate"] = json!(day);
    let draft = lead.draft("firstImplantation", Some(id), &content).await;
    lead.submit(&draft).await.expect(200);
    app.deliver();
    lead.again(&draft).await
}

/// TRA-02, BEN-05: a submit takes over the insurer of the day of the event, also when it is another one by
/// then.
#[actix_web::test]
async fn a_registration_is_billed_to_the_insurer_of_its_day() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    app.clock.set("2026-07-10T08:00:00Z");
    for (n, day, of, other) in [(1, "2026-06-30", "319", "100"), (2, "2026-07-01", "100", "319")] {
        let (path, affiliations) = enter(&lead, &data::beneficiary(n)).await;
        lead.put(&affiliations, &changed(), 1).await.expect(200);
        let registration = submitted(&app, &lead, &path, day).await;
        let code = format!("/registrationCodes/{}", registration.body["code"].as_str().unwrap());
        assert_eq!(app.insurer(of).get(&code).await.expect(200).body["insurerNumber"], of);
        app.insurer(other).get(&code).await.expect_problem(404, "resourceNotFound");
        // What is learned afterwards changes nothing until another submit.
        let always = json!({"affiliations": [{"insurerNumber": other}]});
        lead.put(&affiliations, &always, 2).await.expect(200);
        app.insurer(of).get(&code).await.expect(200);
    }
}

/// TRA-02, BEN-05: on a day without affiliation there is nobody to bill, whatever holds today.
#[actix_web::test]
async fn a_day_without_affiliation_is_not_submitted() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let (path, affiliations) = enter(&lead, &data::beneficiary(1)).await;
    let later = json!({"affiliations": [{"insurerNumber": "319", "from": "2026-06-02"}]});
    lead.put(&affiliations, &later, 1).await.expect(200);
    let id = path.trim_start_matches("/beneficiaries/");
    let draft = lead.draft("firstImplantation", Some(id), &data::first_implantation()).await;
    let refused = lead.submit(&draft).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults(), ["beneficiaryId:insurerMissing"]);
    let earlier = json!({"affiliations": [{"insurerNumber": "319", "from": "2026-06-01"}]});
    lead.put(&affiliations, &earlier, 2).await.expect(200);
    lead.submit(&draft).await.expect(200);
}

/// CGM-12, BEN-05: a change names the version it changes; of two at once one wins.
#[actix_web::test]
async fn affiliations_are_stated_on_a_version() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let (_, affiliations) = enter(&lead, &data::beneficiary(1)).await;
    let before = app.dump();
    let request = || lead.request(Method::PUT, &affiliations).json(&changed());
    lead.send(request()).await.expect_problem(428, "preconditionRequired");
    lead.send(request().header("If-Match", "\"2\"")).await.expect_problem(412, "preconditionFailed");
    assert_eq!(app.dump(), before);
    let nothing = lead.put(&affiliations, &json!({}), 1).await.expect_problem(400, "badRequest");
    assert_eq!(nothing.faults(), ["affiliations:required"], "only an empty list clears it");
    let always = json!({"affiliations": [{"insurerNumber": "100"}]});
    let changes = [changed(), always];
    let [one, other] = changes.each_ref().map(|body| lead.put(&affiliations, body, 1));
    let (one, other) = tokio::join!(one, other);
    let mut answers = [one.status, other.status];
    answers.sort_unstable();
    assert_eq!(answers, [200, 412]);
    assert_eq!(lead.get(&affiliations).await.expect(200).tag(), 2);
}

/// SYS-02: another hospital's beneficiary has no affiliations to read or state, as if absent.
#[actix_web::test]
async fn another_hospitals_affiliations_are_absent() {
    let app = TestApp::start().await;
    let (_, affiliations) = enter(&app.lead_a(), &data::beneficiary(1)).await;
    let before = app.dump();
    for path in [affiliations.as_str(), "/beneficiaries/0198c1de-6d11-7c05-8f00-5b1f7a9e2c44/affiliations"] {
        app.lead_b().get(path).await.expect_problem(404, "resourceNotFound");
        app.lead_b().put(path, &changed(), 1).await.expect_problem(404, "resourceNotFound");
    }
    assert_eq!(app.dump(), before);
}

/// BEN-05: the database itself refuses two insurers on one day, and a last day before the first.
#[actix_web::test]
async fn the_database_refuses_two_insurers_on_one_day() {
    use diesel::connection::SimpleConnection;

    let app = TestApp::start().await;
    let lead = app.lead_a();
    let (path, affiliations) = enter(&lead, &data::beneficiary(1)).await;
    lead.put(&affiliations, &changed(), 1).await.expect(200);
    let id = path.trim_start_matches("/beneficiaries/");
    let insert = |days: &str| {
        let sql = format!(
            "INSERT INTO vault.affiliations (beneficiary_id, hospital, version, ordinal, insurer, valid_from, valid_to)
             VALUES ('{id}', '71000436', 2, 2, '100', {days})"
        );
        app.owner().batch_execute(&sql).unwrap_err().to_string()
    };
    assert!(insert("'2026-06-30', '2026-06-30'").contains("one_insurer_at_a_time"));
    assert!(insert("'2027-01-02', '2027-01-01'").contains("affiliations_check"));
}
