use insula_tests::{TestApp, data};
use serde_json::{Value, json};

const PATH: &str = "/registrations/query";

fn ids(body: &Value) -> Vec<&str> {
    body["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect()
}

/// CGM-04, BEN-04: a beneficiary's registrations are found by identifier or national number in any spelling, sent in
/// the body.
#[actix_web::test]
async fn registrations_are_found_by_beneficiary() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let first = lead.submitted(&app, 1).await;
    let who = first.body["beneficiaryId"].as_str().unwrap();
    let second = lead.draft("followUp", Some(who), &json!({})).await;
    lead.complete_draft(2).await;
    let niss = data::niss(1);
    let spelled = format!("{}.{}.{}-{}.{}", &niss[..2], &niss[2..4], &niss[4..6], &niss[6..9], &niss[9..]);
    for query in [json!({"beneficiaryId": who}), json!({"niss": niss}), json!({"niss": spelled})] {
        let found = lead.post(PATH, &query).await.expect(200);
        assert_eq!(ids(&found.body), [second.id(), first.id()], "newest first");
        assert!(found.body.get("next").is_none());
    }
}

/// BEN-02: those of a beneficiary without national number are found by the code.
#[actix_web::test]
async fn registrations_are_found_by_identification_code() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let foreign = json!({"noNissConfirmed": true, "firstName": "Ana", "lastName": "Invented", "birthDate": "1980-01-02",
        "sex": "female", "residencePlace": "Porto", "deceased": false, "residenceCountry": "PT"});
    let who = lead.post("/beneficiaries", &foreign).await.expect(201);
    let draft = lead.draft("followUp", Some(&who.id()), &json!({})).await;
    let found = lead.post(PATH, &json!({"identificationCode": who.body["identificationCode"]})).await.expect(200);
    assert_eq!(ids(&found.body), [draft.id()]);
}

/// SYS-02: nothing of another hospital is found, however the beneficiary is named; an unknown one gives an empty list
/// too.
#[actix_web::test]
async fn nothing_of_another_hospital_is_found() {
    let app = TestApp::start().await;
    let (lead, elsewhere) = (app.lead_a(), app.lead_b());
    let there = elsewhere.submitted(&app, 1).await;
    let queries = [
        json!({"beneficiaryId": there.body["beneficiaryId"]}),
        json!({"niss": data::niss(1)}),
        json!({"niss": data::niss(9)}),
        json!({"beneficiaryId": "0198c1de-6d11-7c05-8f00-5b1f7a9e2c44"}),
    ];
    for query in &queries {
        assert_eq!(lead.post(PATH, query).await.expect(200).body["items"], json!([]));
    }
    let here = lead.complete_draft(1).await;
    assert_eq!(ids(&lead.post(PATH, &queries[1]).await.expect(200).body), [here.id()]);
    assert_eq!(ids(&elsewhere.post(PATH, &queries[1]).await.expect(200).body), [there.id()]);
}

/// SYS-04: exactly one criterion names the beneficiary; all faults are named, and no number is echoed (BEN-04).
#[actix_web::test]
async fn a_query_has_one_criterion() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let who = lead.enter_beneficiary(1).await;
    let cases = [
        (json!({}), vec!["niss:exactlyOneOf"]),
        (json!({"niss": data::niss(1), "beneficiaryId": who}), vec!["niss:exactlyOneOf"]),
        (json!({"niss": "85010200138"}), vec!["niss:checkDigit"]),
        (
            json!({"identificationCode": "FG", "beneficiaryId": 1}),
            vec!["beneficiaryId:wrongType", "identificationCode:checkDigit"],
        ),
        (json!({"niss": data::niss(1), "status": "open"}), vec!["status:unknownField"]),
    ];
    for (query, faults) in cases {
        let refused = lead.post(PATH, &query).await.expect_problem(400, "badRequest");
        assert_eq!(refused.faults(), faults);
        assert!(!refused.text.contains("85010200138") && !refused.text.contains(&data::niss(1)));
    }
}
