//! Days of programme, recorded and withdrawn.

use insula_domain::actor::Role;
use insula_tests::{
    Client, Reply,
    app::{HOSPITAL_A, HOSPITAL_B},
    client::new_key,
    data,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::convention::coverage::{Scene, applied, at_h2, c_01, decide, favourable, of_h1, with};

/// Records ranges such as `2026-04-01/2026-04-30` of a beneficiary.
pub async fn record(team: &Client, beneficiary: &str, ranges: &[&str]) -> Reply {
    team.post("/pumpDays", &json!({"entries": [entry(beneficiary, ranges)]})).await
}

fn entry(beneficiary: &str, ranges: &[&str]) -> Value {
    let range = |text: &&str| {
        let (from, to) = text.split_once('/').unwrap_or((text, text));
        json!({"from": from, "to": to})
    };
    json!({"beneficiaryId": beneficiary, "days": ranges.iter().map(range).collect::<Vec<_>>()})
}

/// The verdicts about the first beneficiary: `2026-04-01/2026-04-30 due`, or the rules and reasons.
fn told(reply: &Reply) -> Vec<String> {
    let verdicts = reply.body["entries"][0]["verdicts"].as_array().unwrap();
    let one = |verdict: &Value| {
        let issues = verdict["issues"].as_array().unwrap().iter();
        let issues = issues.map(|one| ["rule", "code"].map(|name| one[name].as_str().unwrap()).join(" "));
        let issues: Vec<_> = issues.collect();
        let said = if issues.is_empty() { "due".to_owned() } else { issues.join(", ") };
        format!("{}/{} {said}", verdict["from"].as_str().unwrap(), verdict["to"].as_str().unwrap())
    };
    verdicts.iter().map(one).collect()
}

fn counts(reply: &Reply) -> (i64, i64) {
    (reply.body["recorded"].as_i64().unwrap(), reply.body["refused"].as_i64().unwrap())
}

/// The days of a beneficiary in a state.
async fn days_in(team: &Client, beneficiary: &str, state: &str) -> Vec<String> {
    let path = format!("/pumpDays?beneficiaryId={beneficiary}&state={state}&pageSize=200");
    let page = team.get(&path).await.expect(200).body;
    page["items"].as_array().unwrap().iter().map(|one| one["day"].as_str().unwrap().to_owned()).collect()
}

/// BIL-01, B-07: a day is recorded once it is over in Brussels, to the second.
#[actix_web::test]
async fn b_07_a_day_is_recorded_once_it_is_over() {
    let scene = Scene::start().await;
    let (p1, ..) = c_01(&scene).await;
    for (instant, day, expected) in [
        ("2026-05-31T21:59:59Z", "2026-05-31", "BIL-01 dayNotOver"),
        ("2026-05-31T22:00:00Z", "2026-05-31", "due"),
        // The day of 25 hours.
        ("2026-10-25T22:59:59Z", "2026-10-25", "BIL-01 dayNotOver"),
        ("2026-10-25T23:00:00Z", "2026-10-25", "due"),
    ] {
        scene.app.clock.set(instant);
        let reply = record(&scene.h1(), &p1, &[day]).await.expect(200);
        assert_eq!(told(&reply), [format!("{day}/{day} {expected}")], "{instant}");
    }
    assert_eq!(days_in(&scene.h1(), &p1, "recorded").await, ["2026-05-31", "2026-10-25"]);
}

/// BIL-01, B-08: each day has its own verdict; all or nothing on request.
#[actix_web::test]
async fn b_08_each_day_has_its_verdict() {
    let scene = Scene::start().await;
    let (p1, ..) = c_01(&scene).await;
    let range = ["2026-03-30/2026-04-02"];
    let expected = ["2026-03-30/2026-03-31 BIL-01 noGrantedPeriod", "2026-04-01/2026-04-02 due"];
    let whole = json!({"entries": [entry(&p1, &range)], "atomic": true});
    let reply = scene.h1().post("/pumpDays", &whole).await.expect(200);
    assert_eq!((told(&reply), counts(&reply)), (expected.map(str::to_owned).to_vec(), (0, 2)));
    assert_eq!(days_in(&scene.h1(), &p1, "recorded").await, [""; 0]);
    let reply = record(&scene.h1(), &p1, &range).await.expect(200);
    assert_eq!((told(&reply), counts(&reply)), (expected.map(str::to_owned).to_vec(), (2, 2)));
    assert_eq!(days_in(&scene.h1(), &p1, "recorded").await, ["2026-04-01", "2026-04-02"]);
}

/// BIL-01, BIL-09, B-09: once for a person and a day: by the same request twice, by two at once, or by an establishment
/// without period, which learns nothing of the other.
#[actix_web::test]
async fn b_09_a_day_is_due_once() {
    let scene = Scene::start().await;
    let (p1, ..) = c_01(&scene).await;
    scene.on("2026-05-02");
    let team = scene.h1();
    let request = |key: &str| {
        team.request(Method::POST, "/pumpDays")
            .header("Idempotency-Key", format!("\"{key}\""))
            .json(&json!({"entries": [entry(&p1, &["2026-04-01/2026-04-30"])]}))
    };
    let (one, other) = (new_key(), new_key());
    let (first, second) = futures_util::future::join(team.send(request(&one)), team.send(request(&other))).await;
    let (first, second) = (first.expect(200), second.expect(200));
    let mut both = [counts(&first), counts(&second)];
    both.sort_unstable();
    assert_eq!(both, [(0, 30), (30, 0)]);
    // The same request again has the same answer.
    let again = team.send(request(&one)).await.expect(200);
    assert_eq!(again.body, first.body);
    let third = record(&team, &p1, &["2026-04-10"]).await.expect(200);
    assert_eq!(told(&third), ["2026-04-10/2026-04-10 BIL-09 dayAlreadyDue"]);
    assert_eq!(days_in(&team, &p1, "recorded").await.len(), 30);
    let elsewhere = scene.person(HOSPITAL_B, "85073003328").await;
    let refused = record(&scene.h2(), &elsewhere, &["2026-04-10"]).await.expect(200);
    assert_eq!(told(&refused), ["2026-04-10/2026-04-10 BIL-01 noGrantedPeriod, BIL-09 dayAlreadyDue"]);
    assert_eq!(days_in(&scene.h2(), &elsewhere, "recorded").await, [""; 0]);
}

/// PMP-04, B-12: days in hospital with the pump stopped do not count; the day of the return home does.
#[actix_web::test]
async fn b_12_the_pump_is_stopped_in_hospital() {
    let scene = Scene::start().await;
    let (p1, ..) = c_01(&scene).await;
    scene.on("2026-06-01");
    let stay = json!({"beneficiaryId": p1, "from": "2026-05-04", "to": "2026-05-07", "hospitalNumber": "71010037",
        "pumpContinued": false, "linkedToDiabetes": false});
    let path = format!("/establishments/{HOSPITAL_A}/hospitalStays");
    scene.h1().post(&path, &stay).await.expect(201);
    let reply = record(&scene.h1(), &p1, &["2026-05-01/2026-05-31"]).await.expect(200);
    let expected =
        ["2026-05-01/2026-05-03 due", "2026-05-04/2026-05-06 PMP-04 pumpStopped", "2026-05-07/2026-05-31 due"];
    assert_eq!((told(&reply), counts(&reply)), (expected.map(str::to_owned).to_vec(), (28, 3)));
}

/// PMP-04, R5, B-13: a programme that begins in hospital counts from its first day when a diabetes nurse saw the
/// beneficiary on each working day; without one of them, from the return home on.
#[actix_web::test]
async fn b_13_a_programme_begins_in_hospital() {
    for (without, expected) in [
        (None, vec!["2026-05-06/2026-05-31 due"]),
        (Some("2026-05-12"), vec!["2026-05-06/2026-05-12 PMP-04 contactMissing", "2026-05-13/2026-05-31 due"]),
    ] {
        let scene = Scene::start().await;
        scene.on("2026-05-14");
        let p3 = scene.person(HOSPITAL_A, "78110500706").await;
        let team = scene.h1();
        let at = |path: &str| format!("/establishments/{HOSPITAL_A}/{path}");
        let nurse = data::team_member("diabetesNurse", &[("education", "pump", 0.5)]);
        let nurse = team.post(&at("teamMembers"), &nurse).await.expect(201).id();
        let stay = json!({"beneficiaryId": p3, "from": "2026-05-04", "to": "2026-05-13",
            "hospitalNumber": HOSPITAL_A, "pumpContinued": true, "linkedToDiabetes": true});
        team.post(&at("hospitalStays"), &stay).await.expect(201);
        for day in ["2026-05-06", "2026-05-07", "2026-05-08", "2026-05-11", "2026-05-12", "2026-05-13"] {
            if Some(day) != without {
                let mut contact = data::contact(&p3, &nurse);
                contact["day"] = json!(day);
                team.post(&at("contacts"), &contact).await.expect(201);
            }
        }
        let content = with(of_h1("2026-05-14", "2026-05-06", "2027-05-05"), "/startsInHospital", true);
        let id = applied(&team, &p3, &content).await;
        decide(&scene.adviser(), &id, 2, &favourable("2026-05-06", "2027-05-05")).await.expect(201);
        // The convention is asked for the day on which the programme begins, not for that of the admission.
        scene.app.tamper(
            "UPDATE insula.convention_holders SET held_from = '2026-05-05' WHERE hospital = '71000436' AND kind = 'pump'",
        );
        scene.on("2026-06-01");
        let reply = record(&scene.h1(), &p3, &["2026-05-06/2026-05-31"]).await.expect(200);
        assert_eq!(told(&reply), expected);
    }
}

/// BIL-07, COV-07, R3, B-14: the days that a move takes away are undue and free at once: the other establishment
/// records them without waiting.
#[actix_web::test]
async fn b_14_a_move_frees_the_days_at_once() {
    let scene = Scene::start().await;
    let (p1, ..) = c_01(&scene).await;
    scene.on("2026-10-01");
    record(&scene.h1(), &p1, &["2026-09-01/2026-09-30"]).await.expect(200);
    let id = at_h2(&scene, "85073003328", "2026-10-01", "2026-09-15", "2027-09-14").await;
    scene.on("2026-10-08");
    decide(&scene.adviser(), &id, 2, &favourable("2026-09-15", "2027-09-14")).await.expect(201);
    let undue = days_in(&scene.h1(), &p1, "undue").await;
    assert_eq!((undue.len(), undue[0].as_str(), undue[15].as_str()), (16, "2026-09-15", "2026-09-30"));
    assert_eq!(days_in(&scene.h1(), &p1, "recorded").await.len(), 14);
    let at_h2 = scene.h2().get("/grantedPeriods").await.expect(200).body["items"][0]["beneficiaryId"].clone();
    let reply = record(&scene.h2(), at_h2.as_str().unwrap(), &["2026-09-15/2026-09-30"]).await.expect(200);
    assert_eq!(told(&reply), ["2026-09-15/2026-09-30 due"]);
}

/// COV-11, R8, B-24: from the day that the decision names on, days are refused with the condition's text until it is
/// noted as met.
#[actix_web::test]
async fn b_24_a_condition_stops_days_until_it_is_met() {
    let scene = Scene::start().await;
    scene.on("2026-04-10");
    let p1 = scene.p1().await;
    let id = applied(&scene.h1(), &p1, &of_h1("2026-04-10", "2026-04-01", "2027-03-31")).await;
    let mut decision = favourable("2026-04-01", "2027-03-31");
    decision["conditions"] = json!([{"text": "HbA1c report", "dueOn": "2026-10-31", "stopsOn": "2026-11-01"}]);
    let given = decide(&scene.adviser(), &id, 2, &decision).await.expect(201);
    let period = given.body["grantedPeriodId"].as_str().unwrap().to_owned();
    scene.on("2026-12-01");
    let reply = record(&scene.h1(), &p1, &["2026-10-31/2026-11-30"]).await.expect(200);
    assert_eq!(told(&reply), ["2026-10-31/2026-10-31 due", "2026-11-01/2026-11-30 COV-11 conditionUnmet"]);
    let text = reply.body["entries"][0]["verdicts"][1]["issues"][0]["detail"].as_str().unwrap();
    assert!(text.contains("HbA1c report"), "{text}");
    let met = json!({"metOn": "2026-11-20", "effectiveFrom": "2026-11-21"});
    scene.adviser().command_with(&format!("/grantedPeriods/{period}/conditions/1/meet"), 1, &met).await.expect(200);
    let reply = record(&scene.h1(), &p1, &["2026-11-01/2026-11-30"]).await.expect(200);
    assert_eq!(told(&reply), ["2026-11-01/2026-11-20 COV-11 conditionUnmet", "2026-11-21/2026-11-30 due"]);
}

/// BIL-01: recorded days are withdrawn, all or none, and can be recorded again.
#[actix_web::test]
async fn days_recorded_in_error_are_withdrawn() {
    let scene = Scene::start().await;
    let p1 = super::fixtures::covered(&scene).await;
    scene.on("2026-05-02");
    let team = scene.h1();
    record(&team, &p1, &["2026-04-14"]).await.expect(200);
    team.post("/invoiceFiles", &json!({"month": "2026-04", "sendingNumber": 1})).await.expect(201);
    record(&team, &p1, &["2026-04-01/2026-04-13", "2026-04-15/2026-04-30"]).await.expect(200);
    let withdrawn = team.post("/pumpDays/withdraw", &entry(&p1, &["2026-04-10/2026-04-12"])).await.expect(200);
    assert_eq!(withdrawn.body["days"], json!(["2026-04-10", "2026-04-11", "2026-04-12"]));
    assert_eq!(days_in(&team, &p1, "withdrawn").await.len(), 3);
    let again = team.post("/pumpDays/withdraw", &entry(&p1, &["2026-04-10/2026-04-12"])).await.expect(200);
    assert_eq!(again.body["withdrawn"], 0);
    let before = scene.app.dump();
    let claimed = team.post("/pumpDays/withdraw", &entry(&p1, &["2026-04-13/2026-04-14"])).await;
    claimed.expect_problem(409, "pumpDayTransitionNotPossible");
    assert_eq!(scene.app.dump(), before);
    let stranger = scene.h2().post("/pumpDays/withdraw", &entry(&p1, &["2026-04-13"])).await;
    assert_eq!(stranger.expect_problem(400, "badRequest").faults(), ["beneficiaryId:beneficiaryNotFound"]);
    let reply = record(&team, &p1, &["2026-04-10/2026-04-12"]).await.expect(200);
    assert_eq!(counts(&reply), (3, 0));
}

/// SYS-02, SYS-04, BIL-01: every fault of a request is named; another hospital's beneficiary is as unknown as nobody.
#[actix_web::test]
async fn a_faulty_request_records_nothing() {
    let scene = Scene::start().await;
    let (p1, ..) = c_01(&scene).await;
    scene.on("2026-05-02");
    let before = scene.app.dump();
    let body = json!({"entries": [
        entry(&p1, &["2026-04-05/2026-04-01", "2026-04-10/2027-04-11"]),
        entry(&p1, &["2026-04-01/2026-04-03", "2026-04-03/2026-04-04"]),
        {"beneficiaryId": "x", "days": [], "colour": 1}], "atomic": "yes"});
    let wrong = scene.h1().post("/pumpDays", &body).await.expect_problem(400, "badRequest");
    let expected = [
        "atomic:wrongType",
        "entries[0].days[0].to:outOfRange",
        "entries[0].days[1].to:outOfRange",
        "entries[1].days[1]:overlapsAnother",
        "entries[2].beneficiaryId:notAnIdentifier",
        "entries[2].colour:unknownField",
        "entries[2].days:required",
    ];
    assert_eq!(wrong.faults(), expected);
    let twice = json!({"entries": [entry(&p1, &["2026-04-01"]), entry(&p1, &["2026-04-02"])]});
    let twice = scene.h1().post("/pumpDays", &twice).await.expect_problem(400, "badRequest");
    assert_eq!(twice.faults(), ["entries[1].beneficiaryId:repeated"]);
    let stranger = record(&scene.h2(), &p1, &["2026-04-01"]).await.expect_problem(400, "badRequest");
    assert_eq!(stranger.faults(), ["entries[0].beneficiaryId:beneficiaryNotFound"]);
    assert_eq!(scene.app.dump(), before);
}

/// STF-03, B-26: P1's 272 days of 2026 make 0.7452 patients, shown beside the stated number, which takes precedence;
/// for the hospital and for INAMI.
#[actix_web::test]
async fn b_26_days_make_a_number_of_patients() {
    let scene = Scene::start().await;
    let p1 = super::fixtures::covered(&scene).await;
    scene.on("2027-01-05");
    let team = scene.h1();
    let done = record(&team, &p1, &["2026-04-01/2026-05-09", "2026-05-13/2026-12-31", "2027-01-01"]).await.expect(200);
    assert_eq!(counts(&done), (273, 0));
    let keeper = scene.app.role(Role::PumpDataManager, HOSPITAL_A);
    for (year, patients) in [(2025, "70"), (2026, "80")] {
        let path = format!("/establishments/{HOSPITAL_A}/staffingStatements/{year}");
        let statement = json!({"patients": patients, "grounds": "counted"});
        keeper.send(keeper.request(Method::PUT, &path).header("If-None-Match", "*").json(&statement)).await.expect(200);
    }
    let path = format!("/establishments/{HOSPITAL_A}/staffingAssessments/2027?on=2027-01-05");
    for reader in [&keeper, &scene.app.role(Role::Inspector, "")] {
        let found = reader.get(&path).await.expect(200).body;
        let stated = found["grounds"].as_array().unwrap().iter();
        let told = stated.map(|one| {
            let days = &one["patientsFromDays"];
            format!("{} {} {} {}", one["year"], one["patients"], days["shown"], days["inputs"][0]["value"])
        });
        let expected = ["2025 \"70\" null null", "2026 \"80\" \"0.7452\" \"272\""];
        assert_eq!(told.collect::<Vec<_>>(), expected, "{found}");
        assert_eq!(found["patients"]["value"], "75");
    }
    // What became of days is known as of now only.
    let before = keeper.get(&format!("{path}&knownAt=2027-01-05T20:00:00Z")).await;
    assert!(!before.text.contains("patientsFromDays"));
    scene.h2().get(&path).await.expect_problem(404, "resourceNotFound");
}
