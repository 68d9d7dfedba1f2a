//! What insurers ask about codes (TRA-02).

use insula_domain::registry::registration::code::RegistrationCode;
use insula_tests::{Reply, TestApp, data};
use serde_json::{Value, json};

fn question(code: &str, person: u32, date: &str) -> Value {
    json!({"code": code, "niss": data::niss(person), "nomenclatureCode": "174370", "date": date})
}

/// Each answer: whether it is billable, and why not.
fn told(reply: &Reply) -> Vec<String> {
    let one = |answer: &Value| {
        let reasons = answer["reasons"].as_array().unwrap().iter().map(|reason| reason["code"].as_str().unwrap());
        format!("{} {}", answer["billable"], reasons.collect::<Vec<_>>().join(" "))
    };
    reply.body["items"].as_array().unwrap().iter().map(one).collect()
}

/// TRA-02, SYS-02: each of many codes is answered in the order of the questions, with one event; those of another
/// insurer's members as nobody's.
#[actix_web::test]
async fn many_codes_are_verified_at_once() {
    let app = TestApp::start().await;
    let code = app.lead_a().submitted(&app, 1).await.body["code"].as_str().unwrap().to_owned();
    let nobodys = RegistrationCode::from_digits(987_654_321_012).unwrap().to_string();
    let asked = json!({"items": [
        question(&code, 1, "2026-06-01"), question(&nobodys, 1, "2026-06-01"), question(&code, 2, "2026-06-02"),
        question(&code, 1, "2026-06-01"),
    ]});
    let path = "/registrationCodes/verifyMany";
    let before = app.dump();
    let answers = app.insurer("319").post(path, &asked).await.expect(200);
    assert_eq!(told(&answers), ["true ", "false unknownCode", "false otherBeneficiary otherDate", "true "]);
    assert_eq!((&answers.body["total"], &answers.body["items"][1]["code"]), (&json!(4), &json!(nobodys)));
    let trace = answers.header("belgov-trace-id");
    let counted = format!(
        "SELECT count(*) AS n FROM trail.events WHERE body::jsonb ->> 'traceId' = '{trace}'
           AND body::jsonb -> 'details' = '{{\"codes\": 4, \"known\": 3}}'"
    );
    assert_eq!(app.count(&counted), 1);
    let others = app.insurer("100").post(path, &asked).await.expect(200);
    assert_eq!(told(&others), ["false unknownCode"; 4]);
    assert_eq!(app.dump(), before);
}

/// TRA-02, SYS-04: at most a thousand questions, each with all its faults under its place.
#[actix_web::test]
async fn every_question_is_read() {
    let app = TestApp::start().await;
    let insurer = app.insurer("319");
    let path = "/registrationCodes/verifyMany";
    let ask = |items: Value| {
        let body = json!({"items": items});
        let insurer = insurer.clone();
        async move { insurer.post(path, &body).await }
    };
    let fine = question("20240000004241", 1, "2026-06-01");
    assert_eq!(ask(json!([])).await.expect(200).body["total"], 0);
    assert_eq!(ask(json!(vec![fine.clone(); 1000])).await.expect(200).body["total"], 1000);
    let refused = ask(json!(vec![fine.clone(); 1001])).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults(), ["items:tooMany"]);
    let refused = ask(json!([fine, {"code": "20240000004242", "date": "2026-06-01"}])).await;
    let expected = ["items[1].code:checkDigit", "items[1].nomenclatureCode:required"];
    assert_eq!(refused.expect_problem(400, "badRequest").faults(), expected);
    let refused = insurer.post(path, &json!({})).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults(), ["items:required"]);
}
