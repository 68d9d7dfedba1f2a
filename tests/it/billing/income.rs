//! What the days of programme bring in.

use insula_domain::actor::Role;
use insula_tests::{Client, app::HOSPITAL_A};
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    answers::may,
    fixtures::{answered, handed_over, lines, text},
};
use crate::convention::coverage::Scene;

/// Each row in words: establishment, insurer, month, days, then the sums.
fn rows(body: &Value) -> Vec<String> {
    let sums = |row: &Value| {
        let names = ["invoiced", "credited", "accepted", "refused", "pending", "due"];
        format!("{} {}", row["days"], names.map(|name| text(row, name)).join(" "))
    };
    let row = |row: &Value| {
        let head = ["hospitalNumber", "insurerNumber", "month"].map(|name| text(row, name)).join(" ");
        format!("{head}: {}", sums(row))
    };
    let months = body["months"].as_array().unwrap().iter().map(row);
    months.chain([format!("total: {}", sums(&body["total"]))]).collect()
}

async fn income(client: &Client, query: &str) -> Vec<String> {
    rows(&client.get(&format!("/billingIncome{query}")).await.expect(200).body)
}

async fn accepted(client: &Client, path: &str, media: &str) -> Vec<u8> {
    let response = client.request(Method::GET, path).header("Accept", media).send().await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["content-type"].to_str().unwrap()[..media.len()]),
        (200, media)
    );
    response.bytes().await.unwrap().to_vec()
}

/// BIL-02, BIL-05: what was asked and what became of it, by establishment, insurer and month; each party sees its own
/// part, INAMI all, and nobody's name.
#[actix_web::test]
async fn income_is_what_insurers_owe() {
    let scene = Scene::start().await;
    let id = may(&scene).await;
    let team = scene.h1();
    let pending = "71000436 319 2026-05: 62 638.60 0.00 0.00 0.00 638.60 638.60";
    let total = "total: 62 638.60 0.00 0.00 0.00 638.60 638.60";
    assert_eq!(income(&team, "").await, [pending, total]);
    handed_over(&team, &id, "2026-06-02").await;
    let lines = lines(&team, &id).await;
    let half = json!({"on": "2026-06-02", "lines": [{"lineId": lines[0]["id"]}]});
    answered(&team, &id, &half).await.expect(200);
    let half = "71000436 319 2026-05: 62 638.60 0.00 319.30 0.00 319.30 638.60";
    let total = "total: 62 638.60 0.00 319.30 0.00 319.30 638.60";
    let officer = scene.app.role(Role::ConventionOfficer, "");
    let inspector = scene.app.role(Role::Inspector, "");
    for party in [&team, &scene.app.insurer("319"), &scene.app.insurer("300"), &officer, &inspector] {
        assert_eq!(income(party, "").await, [half, total]);
    }
    let nothing = ["total: 0 0.00 0.00 0.00 0.00 0.00 0.00"];
    for party in [&scene.h2(), &scene.app.insurer("100")] {
        assert_eq!(income(party, "").await, nothing);
    }
    assert_eq!(income(&officer, "?hospitalNumber=71032209").await, nothing);
    assert_eq!(income(&officer, &format!("?hospitalNumber={HOSPITAL_A}&from=2026-05&to=2026-05")).await, [half, total]);
    assert_eq!(income(&team, "?from=2026-01&to=2026-04").await, nothing);
    let table = String::from_utf8(accepted(&team, "/billingIncome", "text/csv").await).unwrap();
    assert!(table.contains("71000436;319;2026-05;62;638,60;0,00;319,30;0,00;319,30;638,60\r\n"), "{table}");
    let png = accepted(&team, "/billingIncome/plot", "image/png").await;
    assert_eq!(&png[1..4], b"PNG");
    let svg = String::from_utf8(accepted(&team, "/billingIncome/plot", "image/svg+xml").await).unwrap();
    assert!(svg.contains("62 days: 319.30 EUR accepted, 319.30 EUR not answered, 0.00 EUR refused."), "{svg}");
}

/// SYS-04: every fault of the months is named.
#[actix_web::test]
async fn faulty_months_are_named() {
    let scene = Scene::start().await;
    for (query, faults) in [
        (
            "?from=2026-13&to=May&hospitalNumber=71000437",
            &["from:notAMonth", "hospitalNumber:checkDigit", "to:notAMonth"][..],
        ),
        ("?from=2026-06&to=2026-05", &["to:endsBeforeItBegins"]),
        ("?from=2021-05&to=2026-05", &["to:tooMany"]),
    ] {
        for path in ["/billingIncome", "/billingIncome/plot"] {
            let mut found = scene.h1().get(&format!("{path}{query}")).await.expect_problem(400, "badRequest").faults();
            found.sort();
            assert_eq!(found, faults, "{query}");
        }
    }
    scene.h1().get("/billingIncome?from=2021-06&to=2026-05").await.expect(200);
}
