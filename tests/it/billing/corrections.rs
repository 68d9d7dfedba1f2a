//! What is corrected after it was billed: an insurer, a move, a death, a price; and credits.

use insula_domain::actor::Role;
use insula_tests::app::HOSPITAL_A;
use serde_json::{Value, json};

use super::{
    fixtures::{
        P1, accounts, all, another, answered, bytes, covered, file, handed_over, insured, lines, make, preview, ready,
        text, told, told_lines, with,
    },
    pump_days::record,
};
use crate::convention::coverage::{Scene, at_h2, decide, favourable};

/// BIL-12, BIL-05, B-06, B-23: an insurer learned afterwards: a credit, a line to each; the original stays to the byte,
/// also when the name changes and a price is entered.
#[actix_web::test]
async fn b_06_an_insurer_is_learned_afterwards() {
    let scene = Scene::start().await;
    let p1 = covered(&scene).await;
    scene.on("2026-06-02");
    let team = scene.h1();
    record(&team, &p1, &["2026-05-01/2026-05-31"]).await.expect(200);
    let first = make(&team, &file("2026-05", 17)).await.id();
    let before = bytes(&team, &first).await;
    scene.on("2026-06-20");
    let team = scene.h1();
    insured(&team, &p1, &["319 /2026-05-10", "100 2026-05-11/"]).await;
    let found = team.get("/invoiceCorrections").await.expect(200).body["items"][0].clone();
    assert_eq!((text(&found, "credit"), all(&found["undue"], told)), ("-319.30", vec![]));
    let anew = ["100>100 2026-05-11/2026-05-31 21 216.30", "319>300 2026-05-01/2026-05-10 10 103.00"];
    assert_eq!(all(&found["anew"], told), anew);
    let line = text(&found["line"], "id").to_owned();
    let body = with("2026-05", 18, "corrections", &[&line]);
    // 319 is given back more than it is asked for: the credit waits unless it is sent all the same.
    let foreseen = preview(&team, &body).await;
    let total = |one: &Value| format!("{} {} {}", text(one, "insurerNumber"), text(one, "balance"), one["waits"]);
    assert_eq!(all(&foreseen["totals"], total), ["100 216.30 false", "319 -216.30 true"]);
    assert_eq!(foreseen["waiting"], json!([line]));
    team.post("/invoiceFiles", &body).await.expect_problem(409, "nothingToBill");
    let mut body = body;
    body["evenNegative"] = json!(true);
    let made = make(&team, &body).await;
    let expected = [
        "100>100 2026-05-11/2026-05-31 21 216.30",
        "319>300 2026-05-01/2026-05-31 -31 -319.30",
        "319>300 2026-05-01/2026-05-10 10 103.00",
    ];
    let mut found = told_lines(&team, &made.id()).await;
    let mut wanted = expected.map(str::to_owned).to_vec();
    found.sort();
    wanted.sort();
    assert_eq!(found, wanted);
    assert_eq!(accounts(&made.body), "made 319.30 319.30 0.00 0.00 0.00");
    assert_eq!(bytes(&team, &first).await, before);
    // Every record of the credit is negative and names the first invoice.
    let written = bytes(&team, &made.id()).await;
    let records: Vec<_> = written.as_chunks::<350>().0.iter().map(|record| String::from_utf8_lossy(record)).collect();
    assert!(records.iter().any(|record| record.starts_with("30") && record.contains("-00000031930")), "{records:?}");
    assert_eq!(team.get("/invoiceCorrections").await.expect(200).body["items"], json!([]));
    let again = with("2026-05", 19, "credits", &[&line]);
    team.post("/invoiceFiles", &again).await.expect_problem(400, "badRequest");
}

/// BIL-07, COV-07, R3, B-14: a move that nobody reported: undue days with EUR and who bears them, corrected; the other
/// establishment bills at once, and its preview names a possible refusal without saying whose.
#[actix_web::test]
async fn b_14_a_move_that_nobody_reported() {
    let scene = Scene::start().await;
    let p1 = covered(&scene).await;
    scene.on("2026-10-01");
    let team = scene.h1();
    record(&team, &p1, &["2026-09-01/2026-09-30"]).await.expect(200);
    let first = make(&team, &file("2026-09", 1)).await.id();
    let id = at_h2(&scene, P1, "2026-10-01", "2026-09-15", "2027-09-14").await;
    scene.on("2026-10-08");
    decide(&scene.adviser(), &id, 2, &favourable("2026-09-15", "2027-09-14")).await.expect(201);
    let team = scene.h1();
    let found = team.get("/invoiceCorrections").await.expect(200).body["items"][0].clone();
    let undue = |one: &Value| ["from", "to", "cause", "amount", "borneBy"].map(|name| text(one, name)).join(" ");
    assert_eq!(all(&found["undue"], undue), ["2026-09-15 2026-09-30 takenOnElsewhere 165.28 beneficiary"]);
    assert_eq!(text(&found, "undueAmount"), "165.28");
    assert_eq!(all(&found["anew"], told), ["319>300 2026-09-01/2026-09-14 14 144.62"]);
    // Had P1 told before the move, the hospital would bear it; told after it, P1 owes it.
    for (told_on, bearer) in [("2026-10-01", "beneficiary"), ("2026-09-10", "establishment")] {
        let notice = json!({"beneficiaryId": p1, "day": told_on, "way": "writing"});
        team.post(&format!("/establishments/{HOSPITAL_A}/moveNotices"), &notice).await.expect(201);
        let found = team.get("/invoiceCorrections").await.expect(200).body["items"][0].clone();
        let expected = format!("2026-09-15 2026-09-30 takenOnElsewhere 165.28 {bearer}");
        assert_eq!(all(&found["undue"], undue), [expected]);
    }
    // H2 bills without waiting.
    let other = scene.h2();
    let periods = other.get("/grantedPeriods").await.expect(200).body;
    let at_h2 = text(&periods["items"][0], "beneficiaryId").to_owned();
    insured(&other, &at_h2, &["319 /"]).await;
    record(&other, &at_h2, &["2026-09-15/2026-09-30"]).await.expect(200);
    let foreseen = preview(&other, &file("2026-09", 1)).await;
    let risk = foreseen["lines"][0]["risks"][0].clone();
    assert_eq!(
        (text(&risk, "ground"), &risk["codes"][0], &risk["holdsBack"]),
        ("paidElsewhere", &json!("300544"), &json!(false))
    );
    assert!(!foreseen.to_string().contains(HOSPITAL_A));
    make(&other, &file("2026-09", 1)).await;
    // H1 corrects.
    let line = text(&found["line"], "id").to_owned();
    let mut body = with("2026-09", 2, "corrections", &[&line]);
    body["evenNegative"] = json!(true);
    let made = make(&team, &body).await;
    assert_eq!(accounts(&made.body), "made 144.62 309.90 0.00 0.00 -165.28");
    let original = team.get(&format!("/invoiceLines?invoiceFileId={first}")).await.expect(200);
    assert_eq!(original.body["items"][0]["state"], "credited");
    assert_eq!(team.get("/invoiceCorrections").await.expect(200).body["items"], json!([]));
    let foreseen = preview(&other, &file("2026-10", 2)).await;
    assert_eq!(foreseen["lines"], json!([]));
}

/// BIL-05, B-17: a line is credited once, wholly; the credit waits while nothing else is due from its insurer.
#[actix_web::test]
async fn b_17_a_line_is_credited_once() {
    let scene = Scene::start().await;
    let p1 = covered(&scene).await;
    scene.on("2026-05-02");
    let team = scene.h1();
    record(&team, &p1, &["2026-04-01/2026-04-30"]).await.expect(200);
    let id = make(&team, &file("2026-04", 17)).await.id();
    let line = text(&lines(&team, &id).await[0], "id").to_owned();
    let body = with("2026-04", 18, "credits", &[&line]);
    let foreseen = preview(&team, &body).await;
    assert_eq!(text(&foreseen["totals"][0], "balance"), "-309.00");
    assert_eq!(foreseen["waiting"], json!([line]));
    team.post("/invoiceFiles", &body).await.expect_problem(409, "nothingToBill");
    // A month in which more is due takes the credit along.
    scene.on("2026-06-02");
    let team = scene.h1();
    record(&team, &p1, &["2026-05-01/2026-05-31"]).await.expect(200);
    let made = make(&team, &with("2026-05", 19, "credits", &[&line])).await;
    assert_eq!(accounts(&made.body), "made 319.30 309.00 0.00 0.00 10.30");
    let again = team.post("/invoiceFiles", &with("2026-05", 20, "credits", &[&line])).await;
    again.expect_problem(409, "invoiceLineCredited");
    let credit = lines(&team, &made.id()).await.into_iter().find(|line| line["credits"].is_string()).unwrap();
    assert_eq!((&credit["credits"], text(&credit, "amount")), (&json!(line), "-309.00"));
    let of_credit = with("2026-05", 20, "credits", &[text(&credit, "id")]);
    team.post("/invoiceFiles", &of_credit).await.expect_problem(409, "creditOfCredit");
    // The days are free.
    let days = team.get("/pumpDays?state=credited&pageSize=200").await.expect(200);
    assert_eq!(days.body["items"].as_array().unwrap().len(), 30);
}

/// BIL-01, COV-07, R4, B-20: a death that is learned afterwards: the days after it are undue.
#[actix_web::test]
async fn b_20_a_death_is_learned_afterwards() {
    let scene = Scene::start().await;
    let p1 = covered(&scene).await;
    scene.on("2026-09-01");
    let team = scene.h1();
    record(&team, &p1, &["2026-08-01/2026-08-31"]).await.expect(200);
    let id = make(&team, &file("2026-08", 17)).await.id();
    scene.on("2026-09-05");
    let team = scene.h1();
    let path = format!("/beneficiaries/{p1}");
    let known = team.get(&path).await.expect(200);
    let body = json!({"niss": P1, "lastName": "Invented", "insurerNumber": "319", "deceased": true,
        "deathDate": "2026-08-20"});
    team.put(&path, &body, known.version()).await.expect(200);
    let found = team.get("/invoiceCorrections").await.expect(200).body["items"][0].clone();
    let undue = |one: &Value| ["from", "to", "cause", "amount"].map(|name| text(one, name)).join(" ");
    assert_eq!(all(&found["undue"], undue), ["2026-08-21 2026-08-31 death 113.63"]);
    let line = text(&lines(&team, &id).await[0], "id").to_owned();
    let mut body = with("2026-08", 18, "corrections", &[&line]);
    body["evenNegative"] = json!(true);
    let made = make(&team, &body).await;
    let mut told = told_lines(&team, &made.id()).await;
    told.sort();
    assert_eq!(told, ["319>300 2026-08-01/2026-08-20 20 206.60", "319>300 2026-08-01/2026-08-31 -31 -320.23"]);
}

/// BIL-08, B-18, R6: after two years the credit is made, the line to the other insurer is not: its days are lost.
#[actix_web::test]
async fn b_18_a_credit_after_two_years() {
    let scene = Scene::start().await;
    ready(&scene).await;
    let p1 = another(&scene, P1, "2024-05-01", "2024-05-01", "2025-04-30").await;
    scene.on("2024-06-04");
    let team = scene.h1();
    record(&team, &p1, &["2024-05-01/2024-05-31"]).await.expect(200);
    make(&team, &file("2024-05", 1)).await;
    scene.on("2026-11-03");
    let team = scene.h1();
    insured(&team, &p1, &["100 /"]).await;
    let found = team.get("/invoiceCorrections").await.expect(200).body["items"][0].clone();
    let lost = |one: &Value| ["from", "to", "amount"].map(|name| text(one, name)).join(" ");
    assert_eq!(all(&found["lost"], lost), ["2024-05-01 2024-05-31 310.00"]);
    assert_eq!((text(&found, "credit"), &found["anew"], text(&found, "lostAmount")), ("-310.00", &json!([]), "310.00"));
    let mut body = with("2026-10", 1, "corrections", &[text(&found["line"], "id")]);
    body["evenNegative"] = json!(true);
    let made = make(&team, &body).await;
    assert_eq!(told_lines(&team, &made.id()).await, ["319>300 2024-05-01/2024-05-31 -31 -310.00"]);
}

/// BIL-03, B-19, R7: a row whose price was invoiced is not changed; one that is published late is a regularisation,
/// with a preview over all establishments and a credit and a new line for each.
#[actix_web::test]
async fn b_19_a_price_that_was_invoiced() {
    let scene = Scene::start().await;
    let p1 = covered(&scene).await;
    scene.on("2026-06-02");
    let team = scene.h1();
    record(&team, &p1, &["2026-04-01/2026-05-31"]).await.expect(200);
    make(&team, &file("2026-05", 17)).await;
    let officer = scene.app.role(Role::ConventionOfficer, "");
    let row =
        |from: &str, indexable: &str| json!({"from": from, "indexable": indexable, "fixed": "8.78", "source": "x"});
    for path in ["/tariffs/regularisations/preview", "/tariffs/regularisations"] {
        let refused = officer.post(path, &row("2026-03-01", "1.53")).await;
        assert!(refused.text.contains(" 2 "), "{}", refused.text);
        refused.expect_problem(409, "tariffUsed");
        for outside in ["2020-12-31", "2026-06-03"] {
            officer.post(path, &row(outside, "1.53")).await.expect_problem(400, "badRequest");
        }
    }
    scene.on("2026-06-10");
    let officer = scene.app.role(Role::ConventionOfficer, "");
    let late = row("2026-05-01", "1.55");
    officer.post("/tariffs", &late).await.expect_problem(409, "regularisationNeeded");
    let expected =
        json!({"lines": 1, "days": 31, "before": "319.30", "after": "320.23", "difference": "0.93", "tooLate": 0});
    let found = officer.post("/tariffs/regularisations/preview", &late).await.expect(200);
    assert_eq!(found.body, expected);
    assert_eq!(scene.h1().get("/invoiceCorrections").await.expect(200).body["items"], json!([]));
    officer.post("/tariffs/regularisations", &late).await.expect(201);
    let team = scene.h1();
    let found = team.get("/invoiceCorrections").await.expect(200).body["items"].clone();
    assert_eq!(found.as_array().unwrap().len(), 1);
    assert_eq!(all(&found[0]["anew"], told), ["319>300 2026-05-01/2026-05-31 31 320.23"]);
    let made = make(&team, &with("2026-05", 18, "corrections", &[text(&found[0]["line"], "id")])).await;
    let mut lines = told_lines(&team, &made.id()).await;
    lines.sort();
    assert_eq!(lines, ["319>300 2026-05-01/2026-05-31 -31 -319.30", "319>300 2026-05-01/2026-05-31 31 320.23"]);
    // The row of 16 June stays in force.
    let rows = officer.get("/tariffs").await.expect(200).body["items"].clone();
    let rows = all(&rows, |one| format!("{} {}", text(one, "from"), text(one, "price")));
    assert_eq!(rows[rows.len() - 2..], ["2026-05-01 10.33", "2026-06-16 10.33"]);
}

/// BIL-01, BIL-03, BIL-12, B-02: one day from the article to the answer, to the cent; a day that is not due says why.
#[actix_web::test]
async fn a_day_is_explained() {
    let scene = Scene::start().await;
    let p1 = covered(&scene).await;
    scene.on("2026-07-02");
    let team = scene.h1();
    let path = |day: &str| format!("/beneficiaries/{p1}/pumpDays/{day}");
    let before = team.get(&path("2026-06-20")).await.expect(200).body;
    assert_eq!((&before["issues"], before.get("state"), before.get("line")), (&json!([]), None, None));
    record(&team, &p1, &["2026-06-01/2026-06-30"]).await.expect(200);
    let made = make(&team, &file("2026-06", 17)).await.id();
    handed_over(&team, &made, "2026-07-02").await;
    let line = text(&lines(&team, &made).await[1], "id").to_owned();
    let refusal = json!({"on": "2026-07-02", "lines": [{"lineId": line, "codes": ["300545"]}]});
    answered(&team, &made, &refusal).await.expect(200);
    let found = team.get(&path("2026-06-20")).await.expect(200).body;
    assert_eq!((text(&found, "rule"), text(&found, "source")), ("BIL-01", "C 10 §1, 11"));
    let price = &found["price"];
    let said = ["price", "indexable", "fixed", "from"].map(|name| text(price, name));
    assert_eq!(said, ["10.33", "1.55", "8.78", "2026-06-16"]);
    assert_eq!(price["index"], json!({"base": "1.22", "coefficient": "1.2682", "product": "1.547204"}));
    assert_eq!((text(&found, "insurerNumber"), text(&found, "destination")), ("319", "300"));
    assert_eq!((text(&found["agreement"], "from"), text(&found["agreement"], "to")), ("2026-04-01", "2027-03-31"));
    assert_eq!((text(&found, "state"), told(&found["line"])), ("refused", told(&lines(&team, &made).await[1])));
    assert_eq!(found["line"]["codes"][0]["code"], "300545");
    let early = team.get(&path("2026-03-31")).await.expect(200).body;
    assert_eq!((text(&early["issues"][0], "rule"), early.get("agreement")), ("BIL-01", None));
    scene.h2().get(&path("2026-06-20")).await.expect_problem(404, "resourceNotFound");
    team.get(&path("2026-02-30")).await.expect_problem(400, "badRequest");
}
