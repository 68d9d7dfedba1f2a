//! Further conditions of a decision, and when they are met (COV-11).

use insula_tests::Reply;
use serde_json::{Value, json};

use super::{Scene, applied, decide, favourable, of_h1, period, told};

/// COV-11: a condition is kept with its days, and falls due within the period.
#[actix_web::test]
async fn a_decision_has_conditions() {
    let scene = Scene::start().await;
    scene.on("2026-04-10");
    let p1 = scene.p1().await;
    let id = applied(&scene.h1(), &p1, &of_h1("2026-04-10", "2026-04-01", "2027-03-31")).await;
    let with_condition = |stops: &str| {
        let mut decision = favourable("2026-04-01", "2027-03-31");
        decision["conditions"] = json!([{"text": "Comes to education.", "dueOn": "2026-06-30", "stopsOn": stops}]);
        decision
    };
    let refused =
        decide(&scene.adviser(), &id, 2, &with_condition("2026-06-30")).await.expect_problem(400, "badRequest");
    assert_eq!(told(&refused.body["issues"]), ["COV-11 conditions[0].stopsOn outOfRange"]);
    let given = decide(&scene.adviser(), &id, 2, &with_condition("2026-07-01")).await.expect(201);
    assert_eq!(given.body["conditions"][0]["stopsOn"], "2026-07-01");
}

/// C-01 with the condition of B-24; returns the period.
async fn with_report(scene: &Scene) -> String {
    scene.on("2026-04-10");
    let p1 = scene.p1().await;
    let id = applied(&scene.h1(), &p1, &of_h1("2026-04-10", "2026-04-01", "2027-03-31")).await;
    let mut decision = favourable("2026-04-01", "2027-03-31");
    decision["conditions"] = json!([
        {"text": "Comes to education.", "dueOn": "2027-01-31", "stopsOn": "2027-02-01"},
        {"text": "HbA1c report.", "dueOn": "2026-10-31", "stopsOn": "2026-11-01"},
    ]);
    let given = decide(&scene.adviser(), &id, 2, &decision).await.expect(201);
    given.body["grantedPeriodId"].as_str().unwrap().to_owned()
}

async fn meet(scene: &Scene, period: &str, number: &str, version: i64, met_on: &str, from: &str) -> Reply {
    let path = format!("/grantedPeriods/{period}/conditions/{number}/meet");
    let body = json!({"metOn": met_on, "effectiveFrom": from});
    scene.adviser().command_with(&path, version, &body).await
}

/// Whether the second condition stops that day.
async fn stops(scene: &Scene, day: &str) -> Value {
    let found = scene.h1().get(&format!("/grantedPeriods?on={day}")).await.expect(200);
    found.body["items"][0]["conditions"][1]["stops"].clone()
}

/// B-24 (COV-11): an unmet condition stops what is reimbursed from its day; the adviser notes when it was met and from when
/// that has effect, also from the beginning; what was known before stays known.
#[actix_web::test]
async fn a_condition_is_met() {
    let scene = Scene::start().await;
    let granted = with_report(&scene).await;
    scene.on("2026-11-20");
    assert_eq!([stops(&scene, "2026-10-31").await, stops(&scene, "2026-11-01").await], [json!(false), json!(true)]);
    let noted = meet(&scene, &granted, "2", 1, "2026-11-20", "2026-11-21").await.expect(200);
    assert_eq!(noted.version(), 2);
    let shown = period(&scene.h1(), &granted).await["conditions"][1].clone();
    assert_eq!(shown, noted.body["conditions"][1]);
    assert_eq!((&shown["metOn"], &shown["effectiveFrom"]), (&json!("2026-11-20"), &json!("2026-11-21")));
    assert_eq!(shown["notedBy"], "dev.medicalAdviser");
    assert_eq!([stops(&scene, "2026-11-20").await, stops(&scene, "2026-11-21").await], [json!(true), json!(false)]);
    assert_eq!(noted.body["conditions"][0].get("metOn"), None);

    scene.on("2026-11-25");
    meet(&scene, &granted, "2", 1, "2026-11-20", "2026-11-01").await.expect_problem(412, "preconditionFailed");
    meet(&scene, &granted, "2", 2, "2026-11-20", "2026-11-01").await.expect(200);
    assert_eq!(stops(&scene, "2026-11-01").await, json!(false));
    for (at, effective) in
        [("2026-11-19", None), ("2026-11-22", Some("2026-11-21")), ("2026-11-26", Some("2026-11-01"))]
    {
        let path = format!("/grantedPeriods/{granted}?knownAt={at}T12:00:00Z");
        let known = scene.h1().get(&path).await.expect(200);
        assert_eq!(known.body["conditions"][1]["effectiveFrom"].as_str(), effective, "{at}");
    }
    assert_eq!(scene.app.count("SELECT count(*) AS n FROM insula.met_conditions"), 2);
}

/// COV-11: a condition that the decision does not have is not found; days out of place are refused and change nothing.
#[actix_web::test]
async fn only_a_condition_of_the_decision_is_met() {
    let scene = Scene::start().await;
    let granted = with_report(&scene).await;
    scene.on("2026-11-20");
    let before = scene.app.dump();
    meet(&scene, &granted, "3", 1, "2026-11-20", "2026-11-21").await.expect_problem(404, "resourceNotFound");
    for number in ["0", "-1", "01", "one"] {
        let wrong = meet(&scene, &granted, number, 1, "2026-11-20", "2026-11-21").await;
        assert_eq!(wrong.expect_problem(400, "badRequest").faults(), ["conditionNumber:outOfRange"], "{number}");
    }
    let refused = meet(&scene, &granted, "2", 1, "2026-11-21", "2027-04-01").await.expect_problem(400, "badRequest");
    assert_eq!(told(&refused.body["issues"]), ["COV-11 metOn inFuture", "COV-11 effectiveFrom outOfRange"]);
    assert_eq!(scene.app.dump(), before);
}
