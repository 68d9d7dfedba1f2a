//! Entering a beneficiary without national number (BEN-02, BEN-03).

use insula_domain::parties::beneficiary::{IdentificationCode, NationalNumber, Sex, former_search_key_text};
use insula_tests::{TestApp, data::niss};
use serde_json::{Value, json};

use super::foreign;

const PATH: &str = "/beneficiaries";

fn candidates(body: &Value) -> Vec<&str> {
    let all = body["candidates"].as_array().unwrap();
    all.iter().map(|candidate| candidate["identificationCode"].as_str().unwrap()).collect()
}

/// BEN-02: with the confirmation and all mandatory fields, a person without number gets a code that is not a national
/// number.
#[actix_web::test]
async fn a_person_without_number_gets_a_code() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let made = lead.post(PATH, &foreign("Invented")).await.expect(201);
    let code = made.body["identificationCode"].as_str().unwrap();
    assert!(code.parse::<IdentificationCode>().is_ok() && NationalNumber::parse(code).is_err());
    assert!(made.body.get("niss").is_none() && made.body.get("warnings").is_none());
    assert_eq!(lead.get(made.header("location")).await.expect(200).body, made.body);
    let mut resident = foreign("Resident");
    resident["residenceCountry"] = json!("BE");
    let made = lead.post(PATH, &resident).await.expect(201);
    assert_eq!(made.body["warnings"][0]["code"], "residenceInBelgium");
}

/// BEN-02, SYS-04: all missing fields are named; a blank text is missing.
#[actix_web::test]
async fn missing_fields_are_named() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let before = app.dump();
    let refused = lead.post(PATH, &json!({"noNissConfirmed": true})).await.expect_problem(400, "badRequest");
    let fields = ["birthDate", "deceased", "firstName", "lastName", "residenceCountry", "residencePlace", "sex"];
    assert_eq!(refused.faults(), fields.map(|field| format!("{field}:required")));
    for field in fields {
        let mut body = foreign("Invented");
        body.as_object_mut().unwrap().remove(field);
        let refused = lead.post(PATH, &body).await.expect_problem(400, "badRequest");
        assert_eq!(refused.faults(), [format!("{field}:required")]);
    }
    let mut nameless = foreign("-");
    nameless["firstName"] = json!("'");
    let refused = lead.post(PATH, &nameless).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults(), ["firstName:required", "lastName:required"]);
    assert_eq!(app.dump(), before);
}

/// BEN-02: a national number with the confirmation that there is none is refused, and so is neither.
#[actix_web::test]
async fn number_and_confirmation_or_neither_is_refused() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let mut both = foreign("Invented");
    both["niss"] = json!(niss(1));
    let refused = lead.post(PATH, &both).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults(), ["noNissConfirmed:nissAndConfirmation"]);
    let mut neither = foreign("Invented");
    neither["noNissConfirmed"] = json!(false);
    let refused = lead.post(PATH, &neither).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults(), ["niss:nissOrConfirmation"]);
    assert_eq!(refused.body["issues"][0]["rule"], "BEN-02");
    assert_eq!(app.count("SELECT count(*) AS n FROM vault.persons"), 0);
}

/// BEN-03: a likely duplicate is reported, whatever the spelling of the name; nothing is entered until the caller
/// decides.
#[actix_web::test]
async fn a_likely_duplicate_is_reported() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let known = lead.post(PATH, &foreign("d'Ávila-Núñez")).await.expect(201);
    let before = app.dump();
    for spelling in ["D'AVILA NUNEZ", "d’ávila núñez", "davilanunez"] {
        let mut alike = foreign(spelling);
        alike["residencePlace"] = json!("Lisboa");
        let asked = lead.post(PATH, &alike).await.expect_problem(409, "likelyDuplicate");
        assert_eq!(asked.body["rule"], "BEN-03");
        let expected = json!([{"identificationCode": known.body["identificationCode"], "beneficiaryId": known.id()}]);
        assert_eq!(asked.body["candidates"], expected, "{spelling}");
    }
    assert_eq!(app.dump(), before);
    for (field, value) in [("firstName", "Anna"), ("birthDate", "1980-01-03"), ("sex", "male")] {
        let mut other = foreign("d'Ávila-Núñez");
        other[field] = json!(value);
        lead.post(PATH, &other).await.expect(201);
    }
}

/// BEN-03: the same person, when confirmed, is found here, and is entered at another hospital with the same code.
#[actix_web::test]
async fn the_same_person_keeps_the_code() {
    let app = TestApp::start().await;
    let (here, there) = (app.lead_a(), app.lead_b());
    let known = here.post(PATH, &foreign("Invented")).await.expect(201);
    let code = known.body["identificationCode"].as_str().unwrap();
    let mut same = foreign("Invented");
    same["samePersonAs"] = json!(code);
    assert_eq!(here.post(PATH, &same).await.expect(303).header("location"), known.header("location"));
    let asked = there.post(PATH, &foreign("Invented")).await.expect_problem(409, "likelyDuplicate");
    assert_eq!(asked.body["candidates"], json!([{"identificationCode": code}]), "not where they are known");
    same["samePersonAs"] = json!(format!("{}-{}", &code[..4].to_lowercase(), &code[4..]));
    let entered = there.post(PATH, &same).await.expect(201);
    assert_eq!(entered.body["identificationCode"], code);
    assert_ne!(entered.id(), known.id());
    assert_eq!(app.count("SELECT count(*) AS n FROM vault.persons"), 1);
}

/// BEN-02, BEN-03: two different but similar persons have two codes, and both are reported from then on.
#[actix_web::test]
async fn two_persons_alike_have_two_codes() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let one = lead.post(PATH, &foreign("Invented")).await.expect(201);
    let mut different = foreign("Invented");
    different["differentPersonConfirmed"] = json!(true);
    let two = lead.post(PATH, &different).await.expect(201);
    let codes = [&one, &two].map(|made| made.body["identificationCode"].as_str().unwrap());
    assert_ne!(codes[0], codes[1]);
    let asked = lead.post(PATH, &foreign("Invented")).await.expect_problem(409, "likelyDuplicate");
    assert_eq!(candidates(&asked.body), codes);
}

/// BEN-03: only a likely duplicate can be confirmed as the same person; whether another code exists is not revealed.
#[actix_web::test]
async fn only_a_likely_duplicate_can_be_the_same() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let other = lead.post(PATH, &foreign("Other")).await.expect(201);
    let unknown = IdentificationCode::from_random([7; 8]).to_string();
    let before = app.dump();
    for code in [other.body["identificationCode"].as_str().unwrap(), &unknown] {
        let mut same = foreign("Invented");
        same["samePersonAs"] = json!(code);
        let refused = lead.post(PATH, &same).await.expect_problem(400, "badRequest");
        assert_eq!(refused.faults(), ["samePersonAs:personUnknown"]);
    }
    assert_eq!(app.dump(), before);
}

/// BEN-02, SYS-04: a number that is wrong, with the confirmation that there is none, is told for both and asks for nothing else; what
/// cannot be read is not missing.
#[actix_web::test]
async fn what_cannot_be_read_is_not_missing() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let faulty = json!({"niss": "85073003329", "noNissConfirmed": true});
    let refused = lead.post(PATH, &faulty).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults(), ["niss:checkDigit", "noNissConfirmed:nissAndConfirmation"]);
    let refused = lead.post(PATH, &json!({"noNissConfirmed": "yes"})).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults(), ["noNissConfirmed:wrongType"]);
    let mut unreadable = foreign("Invented");
    (unreadable["deceased"], unreadable["deathDate"]) = (json!("no"), json!("2026-06-01"));
    let refused = lead.post(PATH, &unreadable).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults(), ["deceased:wrongType"]);
    let unstated = lead.post(PATH, &json!({"niss": niss(3)})).await.expect(201);
    assert!(unstated.body.get("deceased").is_none(), "never assumed");
}

/// BEN-03: a person is pointed out in every spelling of a passport and with exchanged names, also when stored under the key of
/// former days.
#[actix_web::test]
async fn a_person_is_found_in_every_spelling() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let named = |first: &str, last: &str| {
        let mut body = foreign(last);
        body["firstName"] = json!(first);
        body
    };
    let made = lead.post(PATH, &named("Jürgen", "Müller")).await.expect(201);
    for (first, last) in [("JUERGEN", "MUELLER"), ("Müller", "Jürgen"), ("Jurgen", "Muller")] {
        lead.post(PATH, &named(first, last)).await.expect_problem(409, "likelyDuplicate");
    }
    lead.post(PATH, &named("Jürgen", "Möller")).await.expect(201);
    let body = named("Jürgen", "Müller");
    let text = |name: &str| body[name].as_str().unwrap();
    let sex = if text("sex") == "female" { Sex::Female } else { Sex::Male };
    let former = former_search_key_text(text("firstName"), text("lastName"), text("birthDate").parse().unwrap(), sex);
    let former = app.db.keys.search_key(&former).map(|byte| format!("{byte:02x}")).concat();
    app.tamper(&format!("UPDATE vault.beneficiaries SET search_key = '\\x{former}' WHERE id = '{}'", made.id()));
    lead.post(PATH, &body).await.expect_problem(409, "likelyDuplicate");
    let mut query = body.clone();
    query
        .as_object_mut()
        .unwrap()
        .retain(|name, _| ["firstName", "lastName", "birthDate", "sex"].contains(&name.as_str()));
    let found = lead.post("/beneficiaries/query", &query).await.expect(200);
    assert_eq!(found.body["total"], 1);
}
