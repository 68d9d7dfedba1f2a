use insula_tests::{
    Client, Reply, TestApp,
    data::{self, niss},
};
use reqwest::Method;
use serde_json::{Value, json};

use super::foreign;

async fn enter(client: &Client, body: &Value) -> Reply {
    client.post("/beneficiaries", body).await.expect(201)
}

fn path(beneficiary: &Reply) -> String {
    format!("/beneficiaries/{}", beneficiary.id())
}

/// BEN-01, SYS-01: a correction replaces all data; earlier versions stay in the vault.
#[actix_web::test]
async fn a_correction_replaces_everything_and_the_old_stays() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let made =
        enter(&lead, &json!({"niss": niss(1), "firstName": "Jan", "lastName": "Invented", "insurerNumber": "319"}))
            .await;
    let corrected = json!({"niss": niss(1), "lastName": "Invented-Jones", "sex": "female", "insurerNumber": "100"});
    let reply = lead.put(&path(&made), &corrected, 1).await.expect(200);
    assert_eq!((reply.header("etag"), &reply.body["lastName"]), ("\"2\"", &json!("Invented-Jones")));
    assert!(reply.body.get("firstName").is_none());
    assert_eq!(reply.body["warnings"][0]["code"], "sexDisagrees");
    let read = lead.get(&path(&made)).await.expect(200);
    assert_eq!((read.version(), &read.body["insurerNumber"]), (2, &json!("100")));
    assert_eq!(app.count("SELECT count(*) AS n FROM vault.beneficiary_versions"), 2);
}

/// CGM-12: a correction needs the current version.
#[actix_web::test]
async fn a_correction_names_the_version_it_corrects() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let made = enter(&lead, &data::beneficiary(1)).await;
    lead.put(&path(&made), &data::beneficiary(1), 1).await.expect(200);
    let before = app.dump();
    let request = || lead.request(Method::PUT, &path(&made)).json(&data::beneficiary(1));
    lead.send(request()).await.expect_problem(428, "preconditionRequired");
    for tag in ["\"1\"", "\"3\"", "W/\"2\"", "2", "\"02\""] {
        lead.send(request().header("If-Match", tag)).await.expect_problem(412, "preconditionFailed");
    }
    assert_eq!(app.dump(), before);
    lead.send(request().header("If-Match", "\"2\"")).await.expect(200);
}

/// SYS-04: all faults of a correction are reported at once; fields that only serve on entry are refused.
#[actix_web::test]
async fn every_fault_of_a_correction_comes_at_once() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let made = enter(&lead, &data::beneficiary(1)).await;
    let before = app.dump();
    let body = json!({"niss": "85073003329", "sex": 1, "deceased": true, "deathDate": "2026-06-16", "insurerNumber": "",
                      "samePersonAs": "x", "differentPersonConfirmed": true});
    let refused = lead.put(&path(&made), &body, 1).await.expect_problem(400, "badRequest");
    let expected = [
        "deathDate:inFuture",
        "differentPersonConfirmed:unknownField",
        "insurerNumber:empty",
        "niss:checkDigit",
        "samePersonAs:unknownField",
        "sex:wrongType",
    ];
    assert_eq!(refused.faults(), expected);
    let refused = lead.put(&path(&made), &json!({}), 1).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults(), ["niss:nissOrConfirmation"]);
    let unknown = json!({"niss": niss(1), "insurerNumber": "302"});
    let refused = lead.put(&path(&made), &unknown, 1).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults(), ["insurerNumber:insurerUnknown"]);
    assert_eq!(app.dump(), before);
}

/// BEN-03: before any validation a wrong number can be replaced, but not by that of a known beneficiary.
#[actix_web::test]
async fn a_wrong_number_is_replaced_before_any_validation() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let made = enter(&lead, &data::beneficiary(1)).await;
    let other = enter(&lead, &data::beneficiary(2)).await;
    let draft = lead.draft("firstImplantation", Some(&made.id()), &data::first_implantation()).await;
    let before = app.dump();
    let refused = lead.put(&path(&made), &data::beneficiary(2), 1).await.expect_problem(400, "badRequest");
    assert_eq!(
        (refused.faults(), &refused.body["issues"][0]["rule"]),
        (vec!["niss:repeated".to_owned()], &json!("BEN-03"))
    );
    assert_eq!(app.dump(), before);
    let exchanged = lead.put(&path(&made), &data::beneficiary(3), 1).await.expect(200);
    assert_eq!(exchanged.body["niss"], niss(3));
    let found = lead.post("/beneficiaries/query", &json!({"niss": niss(1)})).await.expect(200);
    assert_eq!(found.body["total"], 0);
    assert_eq!(
        lead.post("/beneficiaries", &data::beneficiary(3)).await.expect(303).header("location"),
        made.header("location")
    );
    lead.submit(&draft).await.expect(200);
    lead.put(&path(&other), &data::beneficiary(1), 1).await.expect(200);
}

/// TRA-01: after a validation the number is fixed, even while the registration is open again; all else can be
/// corrected.
#[actix_web::test]
async fn the_number_is_fixed_after_a_validation() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let submitted = lead.submitted(&app, 1).await;
    let path = format!("/beneficiaries/{}", submitted.body["beneficiaryId"].as_str().unwrap());
    for _ in 0..2 {
        let before = app.dump();
        for body in [data::beneficiary(2), foreign("Invented")] {
            let refused = lead.put(&path, &body, 1).await.expect_problem(400, "badRequest");
            assert_eq!(refused.faults(), ["niss:identityFixed"]);
            assert_eq!(refused.body["issues"][0]["rule"], "TRA-01");
        }
        assert_eq!(app.dump(), before);
        lead.reopen(&submitted).await;
    }
    let mut corrected = data::beneficiary(1);
    corrected["insurerNumber"] = json!("100");
    lead.put(&path, &corrected, 1).await.expect(200);
    // The insurer is that of the last validation (TRA-02).
    let code = format!("/registrationCodes/{}", submitted.body["code"].as_str().unwrap());
    app.insurer("319").get(&code).await.expect(200);
    app.insurer("100").get(&code).await.expect_problem(404, "resourceNotFound");
    lead.submit(&lead.again(&submitted).await).await.expect(200);
    app.insurer("319").get(&code).await.expect_problem(404, "resourceNotFound");
    app.insurer("100").get(&code).await.expect(200);
}

/// BEN-02, BEN-03: a person without number who gets one is found by it from then on.
#[actix_web::test]
async fn someone_without_number_can_get_one() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let made = enter(&lead, &foreign("Invented")).await;
    let numbered = lead.put(&path(&made), &data::beneficiary(1), 1).await.expect(200);
    assert_eq!((&numbered.body["niss"], numbered.body.get("identificationCode")), (&json!(niss(1)), None));
    let found = lead.post("/beneficiaries/query", &json!({"niss": niss(1)})).await.expect(200);
    assert_eq!(found.body["items"][0]["id"], made.id());
}

/// BEN-02, BEN-03: a person without number keeps the code when the name is corrected, and is found by the new name.
#[actix_web::test]
async fn a_corrected_name_is_used_in_searches() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let made = enter(&lead, &foreign("Invneted")).await;
    let corrected = lead.put(&path(&made), &foreign("Invented"), 1).await.expect(200);
    assert_eq!(corrected.body["identificationCode"], made.body["identificationCode"]);
    let query = json!({"firstName": "Ana", "lastName": "Invented", "birthDate": "1980-01-02", "sex": "female"});
    assert_eq!(lead.post("/beneficiaries/query", &query).await.expect(200).body["total"], 1);
    for lead in [lead, app.lead_b()] {
        let asked = lead.post("/beneficiaries", &foreign("Invented")).await.expect_problem(409, "likelyDuplicate");
        assert_eq!(asked.body["candidates"][0]["identificationCode"], made.body["identificationCode"]);
    }
}

/// SYS-02: another hospital's beneficiary is not corrected, and answers as if absent.
#[actix_web::test]
async fn another_hospitals_beneficiary_is_not_corrected() {
    let app = TestApp::start().await;
    let made = enter(&app.lead_a(), &data::beneficiary(1)).await;
    let before = app.dump();
    for id in [path(&made), "/beneficiaries/0198c1de-6d11-7c05-8f00-5b1f7a9e2c44".to_owned()] {
        app.lead_b().put(&id, &data::beneficiary(1), 1).await.expect_problem(404, "resourceNotFound");
    }
    assert_eq!(app.dump(), before);
}
