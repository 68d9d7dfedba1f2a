use insula_domain::actor::Role;
use insula_tests::{Reply, TestApp};
use serde_json::{Value, json};

use super::keeper;

const PATH: &str = "/staffing/simulate";

async fn simulate(app: &TestApp, body: &Value) -> Reply {
    let keeper = keeper(app);
    keeper.send(keeper.request(reqwest::Method::POST, PATH).json(body)).await
}

/// STF-17, STF-01, STF-15: the simulation gives the columns of annex 2, and stores and records nothing.
#[actix_web::test]
async fn the_simulation_calculates_and_stores_nothing() {
    let app = TestApp::start().await;
    let before = app.dump();
    let events = app.count("SELECT count(*) AS n FROM trail.events");
    let reply = simulate(&app, &json!({"patients": ["10", "100", "125"]})).await.expect(200);
    let required: Vec<Vec<&str>> = reply.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            let functions = item["judgement"]["functions"].as_array().unwrap().iter();
            functions.map(|one| one["requiredForPump"]["value"].as_str().unwrap()).collect()
        })
        .collect();
    assert_eq!(required[0], ["0.005", "0.0306", "0.00612", "0.00667"]);
    assert_eq!(required[1], ["0.05", "0.306", "0.0612", "0.0667"]);
    assert_eq!(required[2], ["0.0625", "0.3825", "0.0765", "0.083375"]);
    assert_eq!(app.dump(), before);
    assert_eq!(app.count("SELECT count(*) AS n FROM trail.events"), events);
}

/// STF-17, STF-04: in the article's example the team must grow, at the reported step.
#[actix_web::test]
async fn the_articles_example_is_calculated() {
    let app = TestApp::start().await;
    let part = |convention: &str, fte: f64| {
        json!({"qualification": "diabetesNurse", "function": "education",
        "convention": convention, "fte": fte.to_string()})
    };
    let body = json!({"patients": ["300"], "selfManagement": {"education": "0.9"},
        "team": [part("pump", 0.648), part("selfManagement", 0.58)], "stepsUpTo": 300});
    let reply = simulate(&app, &body).await.expect(200);
    let education = &reply.body["items"][0]["judgement"]["functions"][1];
    // 0.918 - 0.648 = 0.27 for pumps and 0.9 - 0.58 = 0.32 for self-management.
    assert_eq!((education["shortfall"]["value"].as_str(), &education["mustGrow"]), (Some("0.59"), &json!(true)));
    let steps: Vec<_> =
        reply.body["steps"].as_array().unwrap().iter().filter(|one| one["function"] == "education").collect();
    assert_eq!((steps.len(), steps[0]["patients"].as_i64()), (1, Some(271)));
}

/// STF-17, SYS-04: all faults are reported at once.
#[actix_web::test]
async fn wrong_numbers_are_refused() {
    let app = TestApp::start().await;
    let body = json!({"patients": ["1", "-1", "x", "0.00001", 1], "selfManagement": {"medical": "-1"}, "stepsUpTo": -5,
        "team": [{"qualification": "secretary", "function": "medical", "convention": "both", "fte": "1"}, 7]});
    let refused = simulate(&app, &body).await.expect_problem(400, "badRequest");
    assert_eq!(
        refused.faults(),
        [
            "patients[1]:outOfRange",
            "patients[2]:notANumber",
            "patients[3]:tooPrecise",
            "patients[4]:notANumber",
            "selfManagement.medical:outOfRange",
            "stepsUpTo:outOfRange",
            "team[0].convention:notInList",
            "team[0].function:qualificationDoesNotFit",
            "team[1]:wrongType",
        ]
    );
    assert_eq!(simulate(&app, &json!({})).await.expect_problem(400, "badRequest").faults(), ["patients:required"]);
    let lead = app.lead_a();
    lead.send(lead.request(reqwest::Method::POST, PATH).json(&json!({"patients": ["1"]})))
        .await
        .expect_problem(403, "missingPermission");
    let adviser = app.role(Role::MedicalAdviser, "319");
    adviser.send(adviser.request(reqwest::Method::POST, PATH).json(&json!({"patients": ["1"]}))).await.expect(200);
}

/// STF-17, SYS-04: the plot is drawn in both formats, with an ETag, and faulty numbers are named.
#[actix_web::test]
async fn the_norm_is_drawn() {
    let app = TestApp::start().await;
    let keeper = keeper(&app);
    let plot = keeper.get("/staffing/plot?upTo=400&education=0.9").await.expect(200);
    assert_eq!(plot.header("content-type"), "image/svg+xml");
    let etag = plot.header("etag").to_owned();
    let request = keeper.request(reqwest::Method::GET, "/staffing/plot?upTo=400&education=0.9");
    keeper.send(request.header("If-None-Match", etag)).await.expect(304);
    let request = keeper.request(reqwest::Method::GET, "/staffing/plot").header("Accept", "image/png");
    assert_eq!(keeper.send(request).await.expect(200).header("content-type"), "image/png");
    let wrong = "/staffing/plot?upTo=0&medical=-1&education=x&dataManagement=0.00001&secretariat=2000&more=1";
    assert_eq!(
        keeper.get(wrong).await.expect_problem(400, "badRequest").faults(),
        [
            "dataManagement:tooPrecise",
            "education:notANumber",
            "medical:outOfRange",
            "more:unknownField",
            "secretariat:outOfRange",
            "upTo:outOfRange",
        ]
    );
}
