use insula_domain::actor::Role;
use insula_tests::{Client, TestApp, app::HOSPITAL_A};
use serde_json::{Value, json};

use super::officer;

fn row(from: &str, indexable: &str) -> Value {
    json!({"from": from, "indexable": indexable, "fixed": "8.78", "source": "INAMI, an invented circular"})
}

async fn price(reader: &Client, day: &str) -> Value {
    reader.get(&format!("/tariffs/on/{day}")).await.expect(200).body["price"].clone()
}

/// First day and price of each row.
async fn rows(reader: &Client) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let all = reader.get("/tariffs").await.expect(200);
    all.body["items"].as_array().unwrap().iter().map(|row| (text(&row["from"]), text(&row["price"]))).collect()
}

/// BIL-02, BIL-03, CON-07: the price of 2021 is there from the beginning, with its source; a day bears the price in
/// force that day; none has one before.
#[actix_web::test]
async fn a_day_bears_the_price_in_force() {
    let app = TestApp::start().await;
    let (officer, team) = (officer(&app), app.role(Role::ConventionTeam, HOSPITAL_A));
    let first = team.get("/tariffs/on/2021-01-01").await.expect(200).body;
    assert_eq!([&first["indexable"], &first["fixed"], &first["price"]], ["1.22", "8.78", "10.00"]);
    assert!(first["source"].as_str().unwrap().contains("article 10"));
    team.get("/tariffs/on/2020-12-31").await.expect(404);
    for (from, indexable) in [("2025-03-01", "1.49"), ("2026-03-01", "1.52"), ("2026-06-16", "1.55")] {
        officer.post("/tariffs", &row(from, indexable)).await.expect(201);
    }
    for (day, expected) in
        [("2025-02-28", "10.00"), ("2025-03-01", "10.27"), ("2026-06-15", "10.30"), ("2026-06-16", "10.33")]
    {
        assert_eq!(price(&team, day).await, expected, "{day}");
    }
    let proposal = team.get("/tariffs/proposals/12").await.expect(200).body;
    assert_eq!((&proposal["coefficient"], &proposal["price"]), (&json!("1.2682"), &json!("10.33")));
    for wrong in ["101", "0", "-1", "012", "x"] {
        let refused = team.get(&format!("/tariffs/proposals/{wrong}")).await.expect_problem(400, "badRequest");
        assert_eq!(refused.faults(), ["passedPivots:outOfRange"], "{wrong}");
    }
}

/// BIL-03, SYS-04: a row that has begun never changes; a row to come is corrected by entering it again; what is refused
/// changes nothing; a repeated request enters one row, and of two at once none is lost.
#[actix_web::test]
async fn a_row_that_has_begun_never_changes() {
    let app = TestApp::start().await;
    let officer = officer(&app);
    officer.post("/tariffs", &row("2026-06-15", "1.49")).await.expect(201);
    let before = app.dump();
    for from in ["2021-01-01", "2026-06-15", "2019-01-01"] {
        let refused = officer.post("/tariffs", &row(from, "1.52")).await.expect_problem(400, "badRequest");
        assert_eq!(
            (refused.faults(), &refused.body["issues"][0]["rule"]),
            (vec!["from:outOfRange".to_owned()], &json!("BIL-03"))
        );
    }
    let wrong = json!({"from": "2026-13-01", "indexable": "1.5", "fixed": 8.78});
    let refused = officer.post("/tariffs", &wrong).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults(), ["fixed:wrongType", "from:notADate", "indexable:notAnAmount", "source:required"]);
    assert_eq!(app.dump(), before);

    let begun = [("2021-01-01", "10.00"), ("2026-06-15", "10.27")];
    let told = |to_come: &[(&str, &str)]| {
        let all = begun.iter().chain(to_come).map(|(from, price)| ((*from).to_owned(), (*price).to_owned()));
        all.collect::<Vec<_>>()
    };
    officer.post("/tariffs", &row("2026-07-01", "1.52")).await.expect(201);
    officer.post("/tariffs", &row("2026-08-01", "1.55")).await.expect(201);
    assert_eq!(rows(&officer).await, told(&[("2026-07-01", "10.30"), ("2026-08-01", "10.33")]));
    officer.post("/tariffs", &row("2026-07-01", "1.53")).await.expect(201);
    assert_eq!(rows(&officer).await, told(&[("2026-07-01", "10.31")]));
    officer.post_keyed("/tariffs", &row("2026-06-20", "1.52"), "\"k\"").await.expect(201);
    officer.post_keyed("/tariffs", &row("2026-06-20", "1.52"), "\"k\"").await.expect(201);
    assert_eq!(rows(&officer).await, told(&[("2026-06-20", "10.30")]));
    let (one, other) = (row("2026-09-01", "1.55"), row("2026-09-01", "1.58"));
    let (one, other) = tokio::join!(officer.post("/tariffs", &one), officer.post("/tariffs", &other));
    assert_eq!([one.status, other.status], [201, 201]);
    assert_eq!(rows(&officer).await.len(), 4);
}
