//! An agreement survives a change of insurer (COV-15).

use insula_domain::actor::Role;
use insula_persistence::{Call, convention::coverage::events};
use insula_tests::{Client, app::HOSPITAL_A};
use serde_json::{Value, json};

use super::{APPLICATIONS, Scene, against, applied, at, c_01, days, decide, expected, favourable, of_h1, period, with};

/// P1 is with 319 to 2026-06-30, and with 100 from 2026-07-01.
async fn moves(scene: &Scene, p1: &str) {
    let affiliations = json!({"affiliations": [
        {"insurerNumber": "319", "to": "2026-06-30"}, {"insurerNumber": "100", "from": "2026-07-01"}]});
    let lead = scene.app.role(Role::StudyLead, HOSPITAL_A);
    lead.put(&format!("/beneficiaries/{p1}/affiliations"), &affiliations, 1).await.expect(200);
}

fn of_100(scene: &Scene) -> Client {
    scene.app.role(Role::MedicalAdviser, "100")
}

async fn listed(client: &Client, path: &str) -> Vec<Value> {
    let found = client.get(path).await.expect(200).body["items"].clone();
    found.as_array().unwrap().iter().map(|one| one["id"].clone()).collect()
}

/// C-22 (COV-15, SYS-02): the period stands; the new insurer's adviser sees file, decision and period from the first day
/// on and may supersede; the former one reads what was decided there, and nothing that happened after.
#[actix_web::test]
async fn an_agreement_survives_a_change_of_insurer() {
    let scene = Scene::start().await;
    let (p1, id, granted) = c_01(&scene).await;
    moves(&scene, &p1).await;
    let at_period = format!("/grantedPeriods/{granted}");
    scene.on("2026-06-30");
    of_100(&scene).get(&at_period).await.expect_problem(404, "resourceNotFound");
    of_100(&scene).get(&at(&id, "")).await.expect_problem(404, "resourceNotFound");
    scene.on("2026-07-01");
    assert_eq!(
        days(&period(&of_100(&scene), &granted).await),
        expected("2026-04-01", "2027-03-31", 365, "running", "-")
    );
    assert_eq!(period(&scene.adviser(), &granted).await["to"], "2027-03-31");
    assert_eq!(of_100(&scene).get(&at(&id, "")).await.expect(200).body["beneficiary"]["niss"], "85073003328");
    let decisions = of_100(&scene).get(&at(&id, "/decisions")).await.expect(200).body["items"].clone();
    assert_eq!(decisions.as_array().unwrap().len(), 1);
    for path in [format!("/grantedPeriods?beneficiaryId={p1}"), format!("{APPLICATIONS}?beneficiaryId={p1}")] {
        assert_eq!(listed(&of_100(&scene), &path).await.len(), 1, "{path}");
    }

    // The former insurer decides no more; the new one supersedes.
    scene.on("2026-10-05");
    let mut decision = against("Does not follow self-management.");
    decision["from"] = json!("2026-11-01");
    decision["supersedes"] = decisions[0]["id"].clone();
    decide(&scene.adviser(), &id, 3, &decision).await.expect_problem(404, "resourceNotFound");
    decide(&of_100(&scene), &id, 3, &decision).await.expect(201);
    for client in [scene.h1(), of_100(&scene)] {
        let cut = period(&client, &granted).await;
        assert_eq!(days(&cut), expected("2026-04-01", "2026-10-31", 214, "running", "superseded"));
    }
    let before = period(&scene.adviser(), &granted).await;
    assert_eq!(days(&before), expected("2026-04-01", "2027-03-31", 365, "running", "-"));
    let seen = scene.adviser().get(&at(&id, "/decisions")).await.expect(200).body["items"].clone();
    assert_eq!(seen, decisions);
    let seen = of_100(&scene).get(&at(&id, "/decisions")).await.expect(200).body["items"].clone();
    assert_eq!(seen.as_array().unwrap().len(), 2);
    scene.app.when_older_transactions_ended();
    let kinds = async |client: &Client| {
        let feed = client.get("/coverageEvents").await.expect(200).body["items"].clone();
        let kind = |one: &Value| one["type"].as_str().unwrap().rsplit('.').next().unwrap().to_owned();
        feed.as_array().unwrap().iter().map(kind).collect::<Vec<_>>()
    };
    assert_eq!(kinds(&scene.adviser()).await, ["submitted", "decided"]);
    assert_eq!(kinds(&of_100(&scene)).await, ["decided", "periodEnded"]);

    // A prolongation goes to the new insurer.
    scene.on("2027-03-10");
    let content = with(of_h1("2027-03-10", "2027-04-01", "2028-03-31"), "/withoutExaminations", "Planned for May.");
    let next = applied(&scene.h1(), &p1, &content).await;
    assert_eq!(listed(&of_100(&scene), APPLICATIONS).await, [json!(next)]);
    scene.adviser().get(&at(&next, "")).await.expect_problem(404, "resourceNotFound");
    let given = decide(&of_100(&scene), &next, 2, &favourable("2027-04-01", "2028-03-31")).await.expect(201);
    let made = period(&scene.h1(), given.body["grantedPeriodId"].as_str().unwrap()).await;
    assert_eq!(made["insurerNumber"], "100");
}

/// COV-15, COV-03: an application that waits goes with the beneficiary to the new insurer, with its age.
#[actix_web::test]
async fn what_waits_goes_to_the_new_insurer() {
    let scene = Scene::start().await;
    scene.on("2026-06-20");
    let p1 = scene.p1().await;
    let id = applied(&scene.h1(), &p1, &of_h1("2026-06-20", "2026-06-20", "2027-06-19")).await;
    moves(&scene, &p1).await;
    let hand_over = || {
        let call = Call::insula("coverageOfDay", scene.app.db.ids.opaque_uuid());
        scene.app.db.run(&call, events::hand_over).unwrap()
    };
    scene.on("2026-06-30");
    assert_eq!(hand_over(), 0);
    scene.on("2026-07-01");
    let yes = favourable("2026-06-20", "2027-06-19");
    // Nobody but the insurer of the day decides, not even before the application has moved.
    decide(&scene.adviser(), &id, 2, &yes).await.expect_problem(404, "resourceNotFound");
    assert_eq!([hand_over(), hand_over()], [1, 0]);
    scene.adviser().get(&at(&id, "")).await.expect_problem(404, "resourceNotFound");
    assert_eq!(listed(&scene.adviser(), APPLICATIONS).await, [] as [Value; 0]);
    let found = of_100(&scene).get(APPLICATIONS).await.expect(200).body["items"].clone();
    assert_eq!((&found[0]["id"], &found[0]["insurerNumber"]), (&json!(id), &json!("100")));
    assert_eq!(&found[0]["submittedAt"].as_str().unwrap()[..10], "2026-06-20");
    decide(&of_100(&scene), &id, 3, &yes).await.expect(201);
}
