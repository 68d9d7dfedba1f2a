use insula_tests::{
    TestApp,
    client::new_key,
    data::{self, niss},
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{foreign, number};

const PATH: &str = "/beneficiaries";

/// BEN-01, BEN-03: spaces, dots and hyphens are ignored: every spelling of a number is the same person, with one
/// address.
#[actix_web::test]
async fn every_spelling_of_a_number_is_the_same_person() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let made = lead.post(PATH, &json!({"niss": "85.07.30-033.28", "insurerNumber": "319"})).await.expect(201);
    assert_eq!((&made.body["niss"], &made.body["insurerNumber"]), (&json!("85073003328"), &json!("319")));
    assert_eq!((made.header("etag"), made.header("location")), ("\"1\"", made.body["href"].as_str().unwrap()));
    assert!(made.body.get("warnings").is_none());
    let before = app.dump();
    for spelling in ["85073003328", "85 07 30 033 28", "850730-03328", " 85.07.30.033.28 "] {
        let found = lead.post(PATH, &json!({"niss": spelling, "lastName": "Other"})).await.expect(303);
        assert_eq!((found.header("location"), found.text.as_str()), (made.header("location"), ""), "{spelling}");
    }
    assert_eq!(app.dump(), before);
}

/// BEN-01: numbers of both centuries, BIS numbers of both kinds and unknown birth dates are accepted, and set the birth
/// date.
#[actix_web::test]
async fn numbers_of_every_kind_are_read() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let numbers = [
        (number(850_730_033, false), "1985-07-30", "male"),
        (number(50_102_004, true), "2005-01-02", "female"),
        (number(854_730_033, false), "1985-07-30", "male"),
        (number(852_730_033, false), "1985-07-30", "female"),
        (number(850_700_035, false), "1985-07-15", "male"),
        (number(850_000_037, false), "1985-12-31", "male"),
        (number(37, false), "1985-12-31", "male"),
    ];
    for (niss, birth, sex) in numbers {
        let body = json!({"niss": niss, "birthDate": birth, "sex": sex});
        let made = lead.post(PATH, &body).await.expect(201);
        assert!(made.body.get("warnings").is_none(), "{}", made.text);
    }
}

/// BEN-01: a sex or birth date that contradicts the number is a warning, and is kept as stated.
#[actix_web::test]
async fn contradictions_of_the_number_are_warnings() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let body = json!({"niss": niss(1), "birthDate": "1985-01-03", "sex": "female"});
    let made = lead.post(PATH, &body).await.expect(201);
    let warnings = made.body["warnings"].as_array().unwrap();
    let codes: Vec<_> = warnings.iter().map(|one| (one["name"].clone(), one["code"].clone())).collect();
    let expected = [("birthDate", "birthDateDisagrees"), ("sex", "sexDisagrees")];
    assert_eq!(json!(codes), json!(expected));
    assert!(warnings.iter().all(|one| one["rule"] == "BEN-01"));
    let read = lead.get(made.header("location")).await.expect(200);
    assert_eq!((&read.body["birthDate"], &read.body["sex"]), (&json!("1985-01-03"), &json!("female")));
    assert!(read.body.get("warnings").is_none());
}

/// BEN-01: a number with wrong check digits, an impossible day, an unassigned serial or a future birth is refused.
#[actix_web::test]
async fn impossible_numbers_are_refused() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let before = app.dump();
    let wrong = ["85073003329", "8507300332", "850730033281", "8507300332O", ""];
    let impossible = [number(850_230_033, false), number(851_330_033, false), number(850_730_000, false)];
    for text in wrong.into_iter().map(str::to_owned).chain(impossible) {
        let refused = lead.post(PATH, &json!({"niss": text})).await.expect_problem(400, "badRequest");
        assert!(refused.faults().iter().any(|fault| fault.starts_with("niss:")), "{text}: {}", refused.text);
        assert!(text.is_empty() || !refused.text.contains(&text), "a number is never said back (BEN-04)");
    }
    let unborn = lead.post(PATH, &json!({"niss": number(261_201_001, true)})).await.expect_problem(400, "badRequest");
    assert_eq!(unborn.faults(), ["niss:inFuture"]);
    assert_eq!(app.dump(), before);
}

/// SYS-04, BEN-01, BEN-02: all faults are reported at once by field, and nothing is entered.
#[actix_web::test]
async fn every_fault_comes_at_once() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let before = app.dump();
    let body = json!({
        "niss": "85073003329", "noNissConfirmed": "yes", "firstName": "x".repeat(101), "lastName": 7,
            "birthDate": "1985-02-30",
        "sex": "x", "deathDate": "2027-01-01", "residencePlace": "\u{202e}", "residenceCountry": "Portugal",
        "insurerNumber": "abc", "samePersonAs": "F00000000000", "nationality": "PT"
    });
    let refused = lead.post(PATH, &body).await.expect_problem(400, "badRequest");
    let expected = [
        "birthDate:notADate",
        "deathDate:deathDateWithoutDeath",
        "deathDate:inFuture",
        "firstName:tooLong",
        "insurerNumber:insurerUnknown",
        "lastName:wrongType",
        "nationality:unknownField",
        "niss:checkDigit",
        "noNissConfirmed:wrongType",
        "residenceCountry:notInList",
        "residencePlace:forbiddenCharacter",
        "samePersonAs:checkDigit",
        "sex:notInList",
    ];
    assert_eq!(refused.faults(), expected);
    assert!(!refused.text.contains("85073003329"));
    let unknown = json!({"niss": niss(1), "insurerNumber": "302"});
    let refused = lead.post(PATH, &unknown).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults(), ["insurerNumber:insurerUnknown"]);
    assert_eq!(app.dump(), before);
}

/// BEN-02, CGM-13: a death is recorded with or without its date; an impossible date is refused.
#[actix_web::test]
async fn a_death_is_recorded() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let body = json!({"niss": niss(1), "deceased": true, "deathDate": "2026-06-15"});
    assert_eq!(lead.post(PATH, &body).await.expect(201).body["deathDate"], "2026-06-15");
    assert_eq!(lead.post(PATH, &json!({"niss": niss(2), "deceased": true})).await.expect(201).body["deceased"], true);
    for (death, birth, fault) in [("2026-06-16", "1985-01-04", "inFuture"), ("1985-01-03", "1985-01-04", "beforeBirth")]
    {
        let body = json!({"niss": niss(3), "deceased": true, "deathDate": death, "birthDate": birth});
        let refused = lead.post(PATH, &body).await.expect_problem(400, "badRequest");
        assert_eq!(refused.faults(), [format!("deathDate:{fault}")]);
    }
}

/// BEN-03, SYS-02: the same person at two hospitals is one person with a beneficiary at each, invisible to the other.
#[actix_web::test]
async fn at_two_hospitals_one_person_is_two_beneficiaries() {
    let app = TestApp::start().await;
    let (here, there) = (app.lead_a(), app.lead_b());
    let one =
        here.post(PATH, &json!({"niss": niss(1), "lastName": "Invented", "insurerNumber": "319"})).await.expect(201);
    let two = there.post(PATH, &json!({"niss": niss(1)})).await.expect(201);
    assert_ne!(one.id(), two.id());
    assert_eq!((two.body.get("lastName"), two.body.get("insurerNumber")), (None, None));
    assert_eq!(app.count("SELECT count(*) AS n FROM vault.persons"), 1);
    assert_eq!(app.count("SELECT count(*) AS n FROM vault.beneficiaries"), 2);
}

/// BEN-04: no table contains an identity in clear text.
#[actix_web::test]
async fn no_identity_is_stored_in_clear_text() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let body = json!({"niss": niss(1), "lastName": "Canarini", "birthDate": "1985-01-02"});
    let made = lead.post(PATH, &body).await.expect(201);
    lead.post(PATH, &foreign("Canarini")).await.expect(201);
    lead.put(&format!("{PATH}/{}", made.id()), &body, 1).await.expect(200);
    let dump = app.dump();
    let hex: String = "Canarini".bytes().map(|byte| format!("{byte:02x}")).collect();
    for telling in [niss(1).as_str(), "Canarini", "canarini", "1985-01-02", hex.as_str()] {
        assert!(!dump.contains(telling), "{telling}");
    }
}

/// SYS-03: a repeated request gets the first answer and creates nothing, even if the beneficiary was corrected since.
#[actix_web::test]
async fn a_repeated_request_gets_the_first_answer() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    for body in [data::beneficiary(1), foreign("Invented")] {
        let key = new_key();
        let first = lead.post_keyed(PATH, &body, &key).await.expect(201);
        let mut corrected = body.clone();
        corrected["residencePlace"] = json!("Braga");
        lead.put(&format!("{PATH}/{}", first.id()), &corrected, 1).await.expect(200);
        let before = app.dump();
        let again = lead.post_keyed(PATH, &body, &key).await.expect(201);
        assert_eq!((&again.text, again.header("location")), (&first.text, first.header("location")));
        assert_eq!(again.header("etag"), "\"1\"");
        let refused = lead.post_keyed(PATH, &data::beneficiary(2), &key).await;
        refused.expect_problem(409, "idempotencyKeyReused");
        assert_eq!(app.dump(), before);
    }
    let refused = lead.send(lead.request(Method::POST, PATH).json(&data::beneficiary(3))).await;
    assert_eq!(refused.expect_problem(400, "badRequest").faults(), ["Idempotency-Key:required"]);
}

/// SYS-03: two concurrent requests with one key have one effect and get the same answer.
#[actix_web::test]
async fn two_at_once_with_one_key_have_one_effect() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    for n in 0..10 {
        for body in [data::beneficiary(n), foreign(&format!("Invented {n}"))] {
            let key = new_key();
            let (one, two) = tokio::join!(lead.post_keyed(PATH, &body, &key), lead.post_keyed(PATH, &body, &key));
            assert_eq!((one.expect(201).text, 201), (two.text, two.status));
        }
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM vault.persons"), 20);
    assert_eq!(app.count("SELECT count(*) AS n FROM vault.beneficiaries"), 20);
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.idempotency_keys"), 20);
}

/// SYS-04: anything but an object of the contract is one fault.
#[actix_web::test]
async fn anything_but_an_object_is_refused() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    for body in [json!([]), json!("85073003328"), Value::Null] {
        lead.post(PATH, &body).await.expect_problem(400, "badRequest");
    }
}
