use insula_domain::{
    actor::Role,
    nomenclature::{PAIR_A, PAIR_B},
};
use insula_tests::TestApp;
use serde_json::json;

use super::{arrived, next_day};

/// CNT-01, CNT-06, CNT-08: every hospital and INAMI read figure, limit, free places and closure, and nothing about
/// persons.
#[actix_web::test]
async fn counters_are_read() {
    let app = TestApp::start().await;
    let stranger = app.lead_not_adhered();
    let items = stranger.get("/counters").await.expect(200).body["items"].clone();
    assert_eq!((&items[0]["id"], &items[0]["placesLeft"]), (&json!("A"), &json!(400)));
    assert_eq!(
        (&items[1]["id"], &items[1]["placesLeft"], items.as_array().unwrap().len()),
        (&json!("B-2026"), &json!(60), 2)
    );
    app.arrive(7, PAIR_A, "2026-06-01");
    app.arrive(61, PAIR_B, "2025-06-01");
    next_day(&app);
    for client in [stranger, app.role(Role::DataManager, ""), app.role(Role::HealthdataOperator, "")] {
        let items = client.get("/counters").await.expect(200).body["items"].clone();
        let ids: Vec<_> = items.as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect();
        assert_eq!(ids, ["A", "B-2025", "B-2026"]);
        assert_eq!(
            (&items[0]["figure"], &items[0]["closed"], &items[0]["nomenclaturePair"]),
            (&json!(7), &json!(false), &json!(PAIR_A))
        );
        let b = client.get("/counters/B-2025").await.expect(200).body;
        assert_eq!((&b["figure"], &b["placesLeft"], &b["closed"]), (&json!(60), &json!(0), &json!(true)));
        assert_eq!(b["closedSince"], "2026-06-15");
        let figures = client.get("/counters/B-2025/figures").await.expect(200).body;
        let expected = json!([{"day": "2026-06-15", "figure": 60, "thresholds": [40, 45, 50, 55, 60]}]);
        assert_eq!(figures["items"], expected);
    }
    let lead = app.lead_a();
    for path in ["/counters/C", "/counters/B-2019", "/counters/B-2027", "/counters/B-26", "/counters/B-2027/figures"] {
        lead.get(path).await.expect_problem(404, "resourceNotFound");
    }
    app.insurer("319").get("/counters").await.expect_problem(403, "missingPermission");
}

/// CNT-07: nights are listed with their results, latest first; absent nights and faulty queries are refused.
#[actix_web::test]
async fn nights_are_listed() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let first = arrived(&app, &lead, 1, PAIR_B).await;
    for _ in 0..3 {
        next_day(&app);
    }
    let operator = app.role(Role::HealthdataOperator, "");
    let page = operator.get("/nights?pageSize=2").await.expect(200).body;
    let days = |page: &serde_json::Value| -> Vec<String> {
        page["items"].as_array().unwrap().iter().map(|run| run["day"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(days(&page), ["2026-06-17", "2026-06-16"]);
    let next = page["next"].as_str().unwrap().split_once("/insula/v1").unwrap().1;
    let rest = operator.get(next).await.expect(200).body;
    assert_eq!((days(&rest), rest.get("next")), (vec!["2026-06-15".to_owned()], None));
    let run = operator.get("/nights/2026-06-15").await.expect(200).body;
    assert_eq!((&run["taken"], &run["arrivalsBefore"]), (&json!(1), &json!("2026-06-15T22:00:00Z")));
    let decisions = operator.get("/nights/2026-06-15/decisions?counter=B").await.expect(200).body;
    assert_eq!(decisions["items"][0]["registrationId"], first.id());
    assert_eq!(decisions["items"][0]["hospitalNumber"], "71000436");
    let none = operator.get("/nights/2026-06-15/decisions?counter=A").await.expect(200).body;
    assert_eq!(none["items"], json!([]));
    operator.get("/nights/2026-06-01").await.expect_problem(404, "resourceNotFound");
    operator.get("/nights/2026-06-01/decisions").await.expect_problem(404, "resourceNotFound");
    let wrong = operator.get("/nights/15-06-2026").await.expect_problem(400, "badRequest");
    assert_eq!(wrong.faults(), ["day:notADate"]);
    let wrong = operator.get("/nights/preview?counter=C&after=-1&pageSize=0").await.expect_problem(400, "badRequest");
    assert_eq!(wrong.faults(), ["after:notAnIdentifier", "counter:notInList", "pageSize:outOfRange"]);
    lead.get("/nights").await.expect_problem(403, "missingPermission");
}
