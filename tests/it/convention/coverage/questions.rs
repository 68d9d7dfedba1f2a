//! Questions of the adviser and answers of the establishment (COV-12).

use insula_domain::actor::Role;
use insula_tests::{Client, Reply, app::HOSPITAL_B};
use serde_json::{Value, json};

use super::{APPLICATIONS, Scene, applied, at, decide, favourable, of_h1, period};

async fn ask(adviser: &Client, id: &str, version: i64, text: &str) -> Reply {
    adviser.command_with(&at(id, "/questions"), version, &json!({"text": text})).await
}

async fn answer(team: &Client, id: &str, number: &str, version: i64, text: &str) -> Reply {
    team.command_with(&at(id, &format!("/questions/{number}/answer")), version, &json!({"text": text})).await
}

async fn status(client: &Client, id: &str) -> Value {
    client.get(&at(id, "")).await.expect(200).body["status"].clone()
}

/// C-24 (COV-12): the adviser asks, the establishment answers; both are dated, and neither moves the application's date,
/// its first day or its place in the adviser's list.
#[actix_web::test]
async fn a_question_moves_nothing() {
    let scene = Scene::start().await;
    scene.on("2026-04-10");
    let p1 = scene.p1().await;
    let id = applied(&scene.h1(), &p1, &of_h1("2026-04-10", "2026-04-01", "2027-03-31")).await;
    let p2 = scene.person(insula_tests::app::HOSPITAL_A, "90031200492").await;
    scene.on("2026-04-12");
    applied(&scene.h1(), &p2, &of_h1("2026-04-12", "2026-04-01", "2027-03-31")).await;
    scene.on("2026-04-15");
    let asked = ask(&scene.adviser(), &id, 2, "Which were the last two HbA1c values?").await.expect(201);
    assert_eq!(asked.body["number"], 1);
    ask(&scene.adviser(), &id, 3, "And who measured them?").await.expect(201);
    assert_eq!([status(&scene.h1(), &id).await, status(&scene.adviser(), &id).await], ["informationAsked"; 2]);
    let oldest = scene.adviser().get(APPLICATIONS).await.expect(200).body["items"][0].clone();
    assert_eq!((&oldest["id"], &oldest["submittedAt"].as_str().unwrap()[..10]), (&json!(id), "2026-04-10"));
    assert!(!scene.app.dump().contains("HbA1c values"), "a question stands encrypted");

    scene.on("2026-04-20");
    answer(&scene.h1(), &id, "1", 3, "7.9 and 8.1").await.expect_problem(412, "preconditionFailed");
    answer(&scene.h1(), &id, "3", 4, "7.9 and 8.1").await.expect_problem(404, "resourceNotFound");
    answer(&scene.h1(), &id, "1", 4, "7.9 and 8.1").await.expect(200);
    assert_eq!(status(&scene.adviser(), &id).await, "informationAsked", "one question is open");
    let again = answer(&scene.h1(), &id, "1", 5, "8.0").await;
    again.expect_problem(409, "applicationTransitionNotPossible");
    answer(&scene.h1(), &id, "2", 5, "Our laboratory").await.expect(200);
    assert_eq!(status(&scene.adviser(), &id).await, "submitted");
    let read = scene.adviser().get(&at(&id, "/questions")).await.expect(200).body["items"].clone();
    assert_eq!(read, scene.h1().get(&at(&id, "/questions")).await.expect(200).body["items"]);
    assert_eq!((&read[0]["answer"], &read[1]["answer"]), (&json!("7.9 and 8.1"), &json!("Our laboratory")));
    let days = |name: &str| read[0][name].as_str().unwrap()[..10].to_owned();
    assert_eq!([days("askedAt"), days("answeredAt")], ["2026-04-15", "2026-04-20"]);

    scene.on("2026-04-22");
    let given = decide(&scene.adviser(), &id, 6, &favourable("2026-04-01", "2027-03-31")).await.expect(201);
    let granted = period(&scene.h1(), given.body["grantedPeriodId"].as_str().unwrap()).await;
    assert_eq!(granted["from"], "2026-04-01");
    ask(&scene.adviser(), &id, 7, "Too late?").await.expect_problem(409, "applicationTransitionNotPossible");
    scene.app.when_older_transactions_ended();
    let told = scene.h1().get("/coverageEvents").await.expect(200).body["items"].clone();
    let of: Vec<_> = told.as_array().unwrap().iter().filter(|one| one["coverageApplicationId"] == json!(id)).collect();
    let kinds: Vec<_> = of.iter().map(|one| one["type"].as_str().unwrap().rsplit('.').next().unwrap()).collect();
    assert_eq!(kinds, ["submitted", "questionAsked", "questionAsked", "answered", "answered", "decided"]);
}

/// COV-12, SYS-02: only the adviser asks and only the establishment answers; others find nothing, and a national number is
/// refused.
#[actix_web::test]
async fn only_the_two_sides_talk() {
    let scene = Scene::start().await;
    scene.on("2026-04-10");
    let p1 = scene.p1().await;
    let id = applied(&scene.h1(), &p1, &of_h1("2026-04-10", "2026-04-01", "2027-03-31")).await;
    let before = scene.app.dump();
    let stranger = scene.app.role(Role::MedicalAdviser, "100");
    ask(&stranger, &id, 2, "Who?").await.expect_problem(404, "resourceNotFound");
    ask(&scene.h1(), &id, 2, "Who?").await.expect_problem(403, "missingPermission");
    let named = ask(&scene.adviser(), &id, 2, "Is it 85.07.30-033.28?").await.expect_problem(400, "badRequest");
    assert_eq!(named.faults(), ["text:nationalNumber"]);
    assert_eq!(scene.app.dump(), before);
    ask(&scene.adviser(), &id, 2, "Why?").await.expect(201);
    answer(&scene.adviser(), &id, "1", 3, "So.").await.expect_problem(403, "missingPermission");
    let h2 = scene.app.role(Role::ConventionTeam, HOSPITAL_B);
    answer(&h2, &id, "1", 3, "So.").await.expect_problem(404, "resourceNotFound");
    for client in [stranger, h2] {
        client.get(&at(&id, "/questions")).await.expect_problem(404, "resourceNotFound");
    }
}
