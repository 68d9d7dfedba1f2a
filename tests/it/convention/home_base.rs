//! Beneficiaries in the hospital of the team (REG-15).

use insula_domain::actor::Role;
use insula_tests::{
    Client,
    app::{HOSPITAL_A, HOSPITAL_B},
    data,
};
use serde_json::{Value, json};

use super::{
    at,
    coverage::{Scene, c_01},
};

const STAYS: &str = "/homeBaseStays";

/// The stays that ask for a contact, as `first day, following, followed on`.
async fn stays(team: &Client, more: &str) -> Vec<String> {
    let page = team.get(&at(&format!("{STAYS}{more}"))).await.expect(200);
    let items = page.body["items"].as_array().unwrap().iter();
    let told = |one: &Value| {
        let said = [&one["days"]["from"], &one["following"], &one["followedOn"]];
        said.into_iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
    };
    items.map(told).collect()
}

/// R-16 (REG-15): a stay in the team's own hospital, in a granted period, asks for a contact during it: awaited until
/// it is over, then missing, and followed once there is one. A stay in another hospital, or outside the programme, asks
/// for nothing. SYS-02: only the establishment's own team reads it.
#[actix_web::test]
async fn stays_at_home_base_are_followed() {
    let scene = Scene::start().await;
    let (p1, ..) = c_01(&scene).await;
    scene.on("2026-06-05");
    let team = scene.h1();
    let member = data::team_member("diabetesNurse", &[("education", "pump", 0.1)]);
    let nurse = team.post(&at("/teamMembers"), &member).await.expect(201).id();
    for (hospital, from, to) in [
        (HOSPITAL_A, "2026-06-01", "2026-06-05"),
        (HOSPITAL_B, "2026-05-11", "2026-05-15"),
        (HOSPITAL_A, "2026-03-09", "2026-03-13"),
    ] {
        let mut stay = data::hospital_stay(&p1);
        (stay["hospitalNumber"], stay["from"], stay["to"]) = (json!(hospital), json!(from), json!(to));
        team.post(&at("/hospitalStays"), &stay).await.expect(201);
    }
    assert_eq!(stays(&team, "").await, ["2026-06-01 awaited"]);
    let mut contact = data::contact(&p1, &nurse);
    for day in ["2026-05-12", "2026-03-10"] {
        contact["day"] = json!(day);
        team.post(&at("/contacts"), &contact).await.expect(201);
    }
    scene.on("2026-06-06");
    assert_eq!(stays(&scene.h1(), "").await, ["2026-06-01 missing"]);
    scene.on("2026-06-08");
    contact["day"] = json!("2026-06-02");
    let contact = scene.h1().post(&at("/contacts"), &contact).await.expect(201).id();
    assert_eq!(stays(&scene.h1(), "").await, ["2026-06-01 followed 2026-06-02"]);
    assert_eq!(stays(&scene.h1(), "?knownAt=2026-06-07T08:00:00Z").await, ["2026-06-01 missing"]);
    assert_eq!(stays(&scene.h1(), "?to=2026-05-31").await, [""; 0]);
    let page = scene.h1().get(&at(&format!("{STAYS}?beneficiaryId={p1}"))).await.expect(200).body;
    assert_eq!([&page["items"][0]["contactId"], &page["items"][0]["beneficiaryId"]], [&json!(contact), &json!(p1)]);
    let stay = scene.h1().get(page["items"][0]["href"].as_str().unwrap()).await.expect(200);
    assert_eq!(stay.body["id"], page["items"][0]["hospitalStayId"]);

    scene.h2().get(&at(STAYS)).await.expect_problem(404, "resourceNotFound");
    scene.app.role(Role::Inspector, "").get(&at(STAYS)).await.expect_problem(403, "missingPermission");
}
