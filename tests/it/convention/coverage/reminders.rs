//! Warnings of applications elsewhere, drafts that run out of time, periods that end, and the events about them (COV-04,
//! COV-05, COV-08).

use insula_domain::actor::Role;
use insula_persistence::{Call, convention::coverage::events};
use insula_tests::{Client, Receiver, app::HOSPITAL_A, app::HOSPITAL_B, client::new_key, data};
use serde_json::{Value, json};

use super::{H2, PRESCRIBER_C, Scene, applied, at, at_h2, c_01, decide, draft, favourable, of_h1, submit, with};

async fn warnings(client: &Client) -> Vec<Value> {
    client.get("/coverageWarnings").await.expect(200).body["items"].as_array().unwrap().clone()
}

/// The types of all events in a caller's feed, with what they are about.
async fn feed(scene: &Scene, client: &Client) -> Vec<(String, Value)> {
    scene.app.when_older_transactions_ended();
    let page = client.get("/coverageEvents?pageSize=200").await.expect(200);
    let about = |one: &Value| {
        let id = one.get("coverageApplicationId").or(one.get("grantedPeriodId"));
        (one["type"].as_str().unwrap().replace("be.insula.coverage.", ""), id.cloned().unwrap_or_default())
    };
    let rest = client.get(page.body["next"].as_str().unwrap()).await.expect(200);
    assert_eq!(rest.body["items"], json!([]));
    page.body["items"].as_array().unwrap().iter().map(about).collect()
}

fn tell_of_endings(scene: &Scene) -> i64 {
    let call = Call::insula("tellOfEndings", scene.app.db.ids.opaque_uuid());
    scene.app.db.run(&call, events::tell_of_endings).unwrap()
}

/// C-12 (COV-08): an application elsewhere warns the first establishment once, of the person and the day and of nothing
/// else; a draft and a repetition do not, and the second establishment learns nothing.
#[actix_web::test]
async fn the_first_establishment_is_warned_once() {
    let scene = Scene::start().await;
    let receiver = Receiver::start();
    let (p1, _, granted) = c_01(&scene).await;
    let manager = scene.app.role(Role::AccessManager, HOSPITAL_A);
    let types = ["be.insula.coverage.warned", "be.insula.coverage.periodEnded"];
    manager.post("/webhookSubscriptions", &json!({"url": receiver.url, "eventTypes": types})).await.expect(201);
    scene.on("2026-09-10");
    let person = scene.person(HOSPITAL_B, "85073003328").await;
    let content = data::coverage_of(H2, "2026-09-10", "2026-09-15", "2027-09-14");
    let content = with(content, "/prescriber/nihdiNumber", PRESCRIBER_C);
    let id = draft(&scene.h2(), &person, &content).await.id();
    assert_eq!(warnings(&scene.h1()).await, [] as [Value; 0]);
    let key = format!("\"{}\"", new_key());
    for _ in 0..2 {
        scene.h2().command_keyed(&at(&id, "/submit"), 1, &key).await.expect(200);
    }
    let warned = json!({"beneficiaryId": p1, "introducedOn": "2026-09-10"});
    assert_eq!(warnings(&scene.h1()).await, std::slice::from_ref(&warned));
    assert_eq!(warnings(&scene.h2()).await, [] as [Value; 0]);

    scene.on("2026-09-18");
    decide(&scene.adviser(), &id, 2, &favourable("2026-09-15", "2027-09-14")).await.expect(201);
    assert_eq!(warnings(&scene.h1()).await, [warned]);
    let of_h1 = feed(&scene, &scene.h1()).await;
    let kinds: Vec<_> = of_h1.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["submitted", "decided", "warned", "periodEnded"]);
    assert_eq!((&of_h1[2].1, &of_h1[3].1), (&Value::Null, &json!(granted)));
    let of_h2 = feed(&scene, &scene.h2()).await;
    assert_eq!(of_h2, [("submitted".to_owned(), json!(id)), ("decided".to_owned(), json!(id))]);
    let of_adviser: Vec<_> = feed(&scene, &scene.adviser()).await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(of_adviser, ["submitted", "decided", "submitted", "decided", "periodEnded"]);
    assert_eq!(feed(&scene, &scene.app.role(Role::MedicalAdviser, "100")).await, []);

    scene.app.send_webhooks().await;
    let mut sent: Vec<_> = receiver.got().iter().map(|one| one.event()).collect();
    sent.sort_by_key(|event| event["type"].to_string());
    let types: Vec<_> = sent.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["be.insula.coverage.periodEnded", "be.insula.coverage.warned"]);
    let href = format!("{}/grantedPeriods/{granted}", scene.app.base);
    assert_eq!(sent[0]["data"], json!({"grantedPeriodId": granted, "href": href, "version": 2}));
    assert_eq!(sent[1]["data"], json!({}));
}

/// C-13 (COV-08): two months after the last day are the last ones that warn.
#[actix_web::test]
async fn two_months_after_it_ended_a_period_warns() {
    for (day, warned) in [("2027-02-28", 1), ("2027-03-01", 0)] {
        let scene = Scene::start().await;
        scene.on("2026-01-10");
        let p1 = scene.p1().await;
        let id = applied(&scene.h1(), &p1, &of_h1("2026-01-10", "2026-01-01", "2026-12-31")).await;
        decide(&scene.adviser(), &id, 2, &favourable("2026-01-01", "2026-12-31")).await.expect(201);
        scene.on(day);
        at_h2(&scene, "85073003328", day, day, "2028-02-27").await;
        assert_eq!(warnings(&scene.h1()).await.len(), warned, "{day}");
    }
}

/// COV-05: each draft shows how many days are left, and what a further day costs; reminders fall on the days 20, 27 and
/// 30.
#[actix_web::test]
async fn a_draft_has_thirty_days() {
    let scene = Scene::start().await;
    scene.with_tariffs();
    scene.on("2026-03-05");
    let p1 = scene.p1().await;
    let id = draft(&scene.h1(), &p1, &of_h1("2026-03-05", "2026-03-02", "2027-03-01")).await.id();
    draft(&scene.h1(), &p1, &json!({})).await;
    for (day, left, lost, due) in [
        ("2026-03-21", 11, None, json!([])),
        ("2026-03-22", 10, None, json!([20])),
        ("2026-03-29", 3, None, json!([20, 27])),
        ("2026-04-01", 0, None, json!([20, 27, 30])),
        ("2026-04-11", -10, Some(10), json!([20, 27, 30])),
    ] {
        scene.on(day);
        let shown = scene.h1().get("/coverageReminders").await.expect(200).body["items"].clone();
        assert_eq!(shown[0]["due"], json!([]), "without a programme nothing is due");
        let of = &shown[1];
        assert_eq!((&of["coverageApplicationId"], &of["firstDay"]), (&json!(id), &json!("2026-03-02")));
        assert_eq!((&of["leftDays"], of["lostDays"].as_i64(), &of["due"]), (&json!(left), lost, &due), "{day}");
        assert_eq!(of["perDay"], "10.30");
    }
    submit(&scene.h1(), &id, 1).await.expect(200);
    assert_eq!(scene.h1().get("/coverageReminders").await.expect(200).body["items"].as_array().unwrap().len(), 1);
}

/// C-05 (COV-04): a period that ends is told of 60 and 30 days before, each once, and when it has ended; not when another
/// one follows.
#[actix_web::test]
async fn an_end_is_told_of_before() {
    let scene = Scene::start().await;
    let (p1, _, granted) = c_01(&scene).await;
    let ending = async |within: i32| {
        let list = scene.h1().get(&format!("/grantedPeriods?endingWithin={within}")).await.expect(200);
        list.body["items"].as_array().unwrap().len()
    };
    for (day, soon, urgent, told) in [
        ("2027-01-29", 0, 0, 0),
        ("2027-01-30", 1, 0, 1),
        ("2027-01-31", 1, 0, 0),
        ("2027-02-28", 1, 0, 0),
        ("2027-03-01", 1, 1, 1),
        ("2027-03-31", 1, 1, 0),
        ("2027-04-01", 0, 0, 1),
        ("2027-04-02", 0, 0, 0),
    ] {
        scene.on(day);
        assert_eq!([ending(60).await, ending(30).await], [soon, urgent], "{day}");
        assert_eq!(tell_of_endings(&scene), told, "{day}");
    }
    let kinds = feed(&scene, &scene.h1()).await;
    assert_eq!(
        kinds[2..],
        ["periodEnding", "periodEnding", "periodEnded"].map(|kind| (kind.to_owned(), json!(granted)))
    );

    scene.on("2027-04-10");
    let content = with(of_h1("2027-04-10", "2027-04-05", "2028-04-04"), "/withoutExaminations", "Planned for May.");
    let id = applied(&scene.h1(), &p1, &content).await;
    decide(&scene.adviser(), &id, 2, &favourable("2027-04-05", "2028-04-04")).await.expect(201);
    scene.on("2028-03-01");
    let content = with(of_h1("2028-03-01", "2028-04-05", "2029-04-04"), "/withoutExaminations", "Planned for May.");
    let id = applied(&scene.h1(), &p1, &content).await;
    assert_eq!(ending(60).await, 1);
    decide(&scene.adviser(), &id, 2, &favourable("2028-04-05", "2029-04-04")).await.expect(201);
    assert_eq!((ending(60).await, tell_of_endings(&scene)), (0, 0));
    scene.h1().get("/grantedPeriods?endingWithin=367").await.expect_problem(400, "badRequest");
}
