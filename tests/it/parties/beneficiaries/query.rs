use insula_tests::{TestApp, data::niss};
use serde_json::{Value, json};

use super::foreign;

const PATH: &str = "/beneficiaries/query";

fn ids(body: &Value) -> Vec<&str> {
    body["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect()
}

/// BEN-01, BEN-03, BEN-04: a beneficiary is found by national number in any spelling, sent in the body.
#[actix_web::test]
async fn a_beneficiary_is_found_by_number() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let known = lead.enter_beneficiary(1).await;
    lead.enter_beneficiary(2).await;
    let number = niss(1);
    for spelling in
        [number.clone(), format!("{} {}", &number[..6], &number[6..]), format!("{}.{}", &number[..9], &number[9..])]
    {
        let found = lead.post(PATH, &json!({"niss": spelling})).await.expect(200);
        assert_eq!((ids(&found.body), &found.body["total"]), (vec![known.as_str()], &json!(1)));
        assert_eq!(found.body["items"][0]["niss"], number);
    }
    assert_eq!(lead.post(PATH, &json!({"niss": niss(3)})).await.expect(200).body["items"], json!([]));
}

/// BEN-02: a beneficiary is found by identification code, as people copy it.
#[actix_web::test]
async fn a_beneficiary_is_found_by_code() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let known = lead.post("/beneficiaries", &foreign("Invented")).await.expect(201);
    let code = known.body["identificationCode"].as_str().unwrap();
    for spelling in [code.to_owned(), code.to_lowercase(), format!("{} {}-{}", &code[..4], &code[4..8], &code[8..])] {
        let found = lead.post(PATH, &json!({"identificationCode": spelling})).await.expect(200);
        assert_eq!(ids(&found.body), [known.id()]);
    }
}

/// BEN-02, BEN-03: a beneficiary is found by name, birth date and sex together, regardless of accents, case, spaces,
/// hyphens and apostrophes.
#[actix_web::test]
async fn a_beneficiary_is_found_by_name() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let known = lead.post("/beneficiaries", &foreign("d'Ávila-Núñez")).await.expect(201);
    let mut twin = foreign("d'Avila Nunez");
    twin["differentPersonConfirmed"] = json!(true);
    let twin = lead.post("/beneficiaries", &twin).await.expect(201);
    let query = |first: &str, last: &str, birth: &str, sex: &str| {
        json!({"firstName": first, "lastName": last,
        "birthDate": birth, "sex": sex})
    };
    for (first, last) in [("Ana", "d'Ávila-Núñez"), ("ANA", "DAVILA NUNEZ"), ("á n a", "d’avila nuñez")] {
        let found = lead.post(PATH, &query(first, last, "1980-01-02", "female")).await.expect(200);
        assert_eq!(ids(&found.body), [known.id(), twin.id()], "{first} {last}");
    }
    for (first, birth, sex) in
        [("Anna", "1980-01-02", "female"), ("Ana", "1980-02-01", "female"), ("Ana", "1980-01-02", "male")]
    {
        let found = lead.post(PATH, &query(first, "d'Ávila-Núñez", birth, sex)).await.expect(200);
        assert_eq!(found.body["items"], json!([]));
    }
}

/// SYS-02: another hospital's beneficiaries are never found.
#[actix_web::test]
async fn another_hospitals_beneficiaries_are_not_found() {
    let app = TestApp::start().await;
    let (here, there) = (app.lead_a(), app.lead_b());
    there.enter_beneficiary(1).await;
    let known = there.post("/beneficiaries", &foreign("Invented")).await.expect(201);
    let queries = [
        json!({"niss": niss(1)}),
        json!({"identificationCode": known.body["identificationCode"]}),
        json!({"firstName": "Ana", "lastName": "Invented", "birthDate": "1980-01-02", "sex": "female"}),
    ];
    for query in &queries {
        assert_eq!(here.post(PATH, query).await.expect(200).body, json!({"items": [], "total": 0}));
        assert_eq!(there.post(PATH, query).await.expect(200).body["total"], 1);
    }
}

/// SYS-04: a query searches by exactly one criterion; all missing or faulty fields are named, and no number is echoed.
#[actix_web::test]
async fn a_query_has_one_criterion() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let cases = [
        (json!({}), vec!["niss:exactlyOneOf"]),
        (json!({"niss": niss(1), "firstName": "Ana"}), vec!["birthDate:required", "lastName:required", "sex:required"]),
        (
            json!({"niss": niss(1), "firstName": "Ana", "lastName": "I", "birthDate": "1980-01-02", "sex": "female"}),
            vec!["niss:exactlyOneOf"],
        ),
        (json!({"lastName": "Invented"}), vec!["birthDate:required", "firstName:required", "sex:required"]),
        (
            json!({"niss": "85010200138", "identificationCode": "F1", "birthDate": "2.1.1980", "sex": "f",
                "name": "x"}),
            vec![
                "birthDate:notADate",
                "firstName:required",
                "identificationCode:checkDigit",
                "lastName:required",
                "name:unknownField",
                "niss:checkDigit",
                "sex:notInList",
            ],
        ),
    ];
    for (query, faults) in cases {
        let refused = lead.post(PATH, &query).await.expect_problem(400, "badRequest");
        assert_eq!(refused.faults(), faults);
        assert!(!refused.text.contains("85010200138") && !refused.text.contains(&niss(1)));
    }
}
