use insula_domain::actor::Role;
use insula_tests::{Client, TestApp, app::HOSPITAL_B, data};
use serde_json::{Value, json};

use super::{at, keeper, put_new, with_conventions};

fn prescriber(number: &str, from: &str, to: Option<&str>) -> Value {
    let mut one =
        json!({"nihdiNumber": number, "name": "Dr Invented", "qualification": "endocrinologist", "from": from});
    if let Some(to) = to {
        one["to"] = json!(to);
    }
    one
}

/// CON-08: insurers read who may prescribe on a day, and get each change once in the feed, in order.
#[actix_web::test]
async fn insurers_read_who_may_prescribe_and_follow_the_changes() {
    let app = TestApp::start().await;
    let (keeper, adviser) = (keeper(&app), app.role(Role::MedicalAdviser, "319"));
    let path = at("/prescribers");
    adviser.get(&path).await.expect_problem(404, "resourceNotFound");
    let list = json!({"prescribers": [prescriber(data::PHYSICIAN, "2021-01-01", None)]});
    put_new(&keeper, &path, &list).await.expect(200);
    put_new(&keeper, &path, &list).await.expect_problem(412, "preconditionFailed");
    let list = json!({"prescribers": [prescriber(data::PHYSICIAN, "2021-01-01", Some("2025-12-31")),
        prescriber(data::OTHER_PHYSICIAN, "2026-01-01", None)]});
    keeper.put(&path, &list, 1).await.expect(200);
    let on = async |day: &str| {
        let list = adviser.get(&format!("{path}?on={day}")).await.expect(200);
        list.body["items"].as_array().unwrap().iter().map(|one| one["nihdiNumber"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(on("2025-12-31").await, [data::PHYSICIAN]);
    assert_eq!(on("2026-01-01").await, [data::OTHER_PHYSICIAN]);
    assert!(on("2020-12-31").await.is_empty());
    let mut told = Vec::new();
    let mut next = "/prescriberChanges?pageSize=1".to_owned();
    // The feed stops before the oldest running transaction, even of another test.
    app.when_older_transactions_ended();
    loop {
        let part = adviser.get(&next).await.expect(200);
        let items = part.body["items"].as_array().unwrap().clone();
        if items.is_empty() {
            break;
        }
        told.extend(
            items.iter().map(|one| (one["change"].clone(), one["nihdiNumber"].clone(), one["version"].as_i64())),
        );
        let link = part.body["next"].as_str().unwrap();
        next = link[link.find("/prescriberChanges").unwrap()..].to_owned();
    }
    let told_of = |change: &str, number: &str, version: i64| (json!(change), json!(number), Some(version));
    told.sort_by_key(|(change, _, version)| (*version, change.to_string()));
    let expected = [
        told_of("added", data::PHYSICIAN, 1),
        told_of("added", data::OTHER_PHYSICIAN, 2),
        told_of("ended", data::PHYSICIAN, 2),
    ];
    assert_eq!(told, expected);
    // An officer reads the feed too; the other sheets are not for insurers.
    app.role(Role::ConventionOfficer, "").get("/prescriberChanges").await.expect(200);
    adviser.get(&at("/sites")).await.expect_problem(403, "missingPermission");
}

/// CON-08, STF-19, SYS-04: a faulty list is refused with all its faults; neither it nor the feed changes.
#[actix_web::test]
async fn a_wrong_list_of_prescribers_is_refused() {
    let app = TestApp::start().await;
    let keeper = keeper(&app);
    let before = app.dump();
    let path = at("/prescribers");
    let unread =
        json!({"prescribers": [{"name": "Dr Invented", "qualification": "baker", "from": "now"}, 7], "more": 1});
    let refused = put_new(&keeper, &path, &unread).await.expect_problem(400, "badRequest");
    assert_eq!(
        refused.faults(),
        [
            "more:unknownField",
            "prescribers[0].from:notADate",
            "prescribers[0].nihdiNumber:required",
            "prescribers[0].qualification:notInList",
            "prescribers[1]:wrongType"
        ]
    );
    let mut nurse = prescriber(data::PHYSICIAN, "2022-01-01", Some("2021-01-01"));
    nurse["qualification"] = json!("diabetesNurse");
    let mut nameless = prescriber(data::OTHER_PHYSICIAN, "2022-01-01", None);
    nameless.as_object_mut().unwrap().remove("nihdiNumber");
    let twice = prescriber(data::OTHER_PHYSICIAN, "2021-01-01", None);
    let wrong = json!({"prescribers": [nurse, nameless, twice.clone(), twice]});
    let refused = put_new(&keeper, &path, &wrong).await.expect_problem(400, "badRequest");
    assert_eq!(
        refused.faults(),
        [
            "prescribers[0].qualification:qualificationDoesNotFit",
            "prescribers[0].to:outOfRange",
            "prescribers[1].nihdiNumber:required",
            "prescribers[3]:overlapsAnother",
        ]
    );
    assert_eq!(app.dump(), before);
}

/// CON-02, STF-18: a site offers self-management; attendance is read from the register, and gaps in a half-day are
/// reported.
#[actix_web::test]
async fn sites_have_half_days_with_physician_and_nurse() {
    let app = TestApp::start().await;
    let keeper = keeper(&app);
    let nurse = data::team_member("diabetesNurse", &[("education", "pump", 0.1)]);
    let nurse = keeper.post(&at("/teamMembers"), &nurse).await.expect(201).id();
    let mut physician = data::team_member("endocrinologist", &[("medical", "pump", 0.1)]);
    physician["nihdiNumber"] = json!(data::PHYSICIAN);
    let physician = keeper.post(&at("/teamMembers"), &physician).await.expect(201).id();
    let half_day = |present: &[&str]| {
        json!({"weekday": "tuesday", "part": "morning", "from": "2021-01-01", "present": present,
            "consultants": ["dietician", "socialNurse", "psychologist", "podologist"]})
    };
    let site = |half_days: Vec<Value>| {
        json!({"sites": [{"name": "North", "address": "Invented street 1", "from": "2021-01-01",
            "selfManagement": [{"from": "2015-01-01"}], "halfDays": half_days}]})
    };
    let path = at("/sites");
    let good = site(vec![half_day(&[&nurse, &physician])]);
    let refused = put_new(&keeper, &path, &good).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults(), ["sites[0].from:selfManagementNotInForce"]);
    with_conventions(&app, "2021-01-01", false).await;
    let stated = put_new(&keeper, &path, &good).await.expect(200);
    // What is declared in registers is still missing.
    let rules: Vec<_> = stated.body["warnings"].as_array().unwrap().iter().map(|one| one["rule"].clone()).collect();
    assert_eq!((rules, stated.version()), (vec![json!("REG-13"), json!("REG-12")], 1), "{}", stated.text);
    let id = stated.body["items"][0]["id"].clone();
    let mut alone = site(vec![half_day(&[&nurse])]);
    alone["sites"][0]["id"] = id.clone();
    let again = keeper.put(&path, &alone, 1).await.expect(200);
    assert_eq!((&again.body["warnings"][0]["code"], &again.body["items"][0]["id"]), (&json!("physicianMissing"), &id));
    let before = app.dump();
    let stranger = site(vec![half_day(&["00000000-0000-7000-8000-000000000001"]), half_day(&[&nurse])]);
    let refused = keeper.put(&path, &stranger, 2).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults(), ["sites[0].halfDays[1]:overlapsAnother"]);
    let stranger = site(vec![half_day(&["00000000-0000-7000-8000-000000000001"])]);
    let refused = keeper.put(&path, &stranger, 2).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults(), ["sites[0].halfDays[0].present[0]:memberNotFound"]);
    let mut outside = site(Vec::new());
    outside["sites"][0]["selfManagement"] = json!([{"from": "2022-01-01"}]);
    let refused = keeper.put(&path, &outside, 2).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults(), ["sites[0].from:selfManagementNotInForce"]);
    assert_eq!(app.dump(), before);
}

/// REG-05, PMP-05: availability is stated from a day on, and gaps are reported; earlier versions are kept.
#[actix_web::test]
async fn availability_is_stated_and_gaps_are_reported() {
    let app = TestApp::start().await;
    let keeper = keeper(&app);
    let path = at("/availability");
    let hours: Vec<Value> = ["monday", "tuesday", "wednesday", "thursday", "friday"]
        .map(|day| json!({"weekday": day, "from": "08:00", "to": "18:00"}))
        .into();
    let all = json!({"from": "2021-01-01", "phoneLines": ["02 477 00 00"], "permanence": hours,
        "physicianCover": "emergencies"});
    let less = json!({"from": "2026-01-01", "phoneLines": ["02 477 00 00"], "permanence": hours[1..]});
    put_new(&keeper, &path, &json!({"availability": [all, less]})).await.expect(200);
    for (on, missing) in [
        ("2020-12-31", vec!["required"]),
        ("2025-12-31", vec![]),
        ("2026-01-01", vec!["permanenceMissing", "required"]),
    ] {
        let reply = keeper.get(&format!("{path}?on={on}")).await.expect(200);
        let codes: Vec<_> =
            reply.body["warnings"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect();
        assert_eq!(codes, missing, "{on}");
    }
    // Earlier versions remain readable; the same for pumps.
    let before = keeper.get(&path).await.expect(200);
    keeper.put(&path, &json!({"availability": []}), 1).await.expect(200);
    let known = before.body["recordedAt"].as_str().unwrap();
    assert_eq!(keeper.get(&format!("{path}?knownAt={known}")).await.expect(200).body["items"], before.body["items"]);
    keeper.get(&format!("{path}?knownAt=2021-01-01T00:00:00Z")).await.expect_problem(404, "resourceNotFound");
    put_new(&keeper, &at("/pumps"), &json!({"pumps": [pump("Mini 7")]})).await.expect(200);
    let stated = keeper.get(&at("/pumps")).await.expect(200);
    keeper.put(&at("/pumps"), &json!({"pumps": []}), 1).await.expect(200);
    let known = stated.body["recordedAt"].as_str().unwrap();
    let then = keeper.get(&at(&format!("/pumps?knownAt={known}"))).await.expect(200);
    assert_eq!((&then.body["items"], then.version()), (&stated.body["items"], 1));
    let wrong = json!({"availability": [{"from": "2021-01-01", "phoneLines": ["", "1", "1"], "permanence":
        [{"weekday": "monday", "from": "18:00", "to": "08:00"}, {"weekday": "friday", "from": "25:00"}],
            "physicianCover": ""}]});
    let refused = keeper.put(&path, &wrong, 2).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults().len(), 4, "{:?}", refused.faults());
}

fn pump(model: &str) -> Value {
    json!({"manufacturer": "Invented Devices", "model": model, "readsSensor": true, "transmitter": true,
        "consumables": true,
        "platform": "Invented Cloud", "from": "2021-01-01"})
}

/// PMP-05: an establishment states its pumps completely, and everyone who works with the convention finds which
/// establishments with a convention in force offer a pump; an incomplete statement is refused with all its faults.
#[actix_web::test]
async fn establishments_that_offer_a_pump_are_found() {
    let app = TestApp::start().await;
    let officer = with_conventions(&app, "2021-01-01", false).await;
    let (here, there) = (keeper(&app), app.role(Role::ConventionTeam, HOSPITAL_B));
    put_new(&here, &at("/pumps"), &json!({"pumps": [pump("Mini 7"), pump("Flow")]})).await.expect(200);
    let elsewhere = format!("/establishments/{HOSPITAL_B}/pumps");
    put_new(&there, &elsewhere, &json!({"pumps": [pump("Mini 8")]})).await.expect(200);
    let offering = async |client: &Client, query: &str| {
        let found = client.get(&format!("/pumps{query}")).await.expect(200);
        let items = found.body["items"].as_array().unwrap().clone();
        items.iter().map(|one| format!("{} {}", one["hospitalNumber"], one["pump"]["model"])).collect::<Vec<_>>()
    };
    // B has no convention.
    let own = ["\"71000436\" \"Mini 7\"", "\"71000436\" \"Flow\""];
    assert_eq!(offering(&there, "").await, own);
    assert_eq!(offering(&app.role(Role::MedicalAdviser, "319"), "?pump=invented%20MINI").await, own[..1]);
    assert_eq!(offering(&officer, "?pump=mini&on=2020-12-31").await, [""; 0]);
    let of_b = |number: &str| format!("/establishments/{HOSPITAL_B}/conventions/{number}");
    put_new(&officer, &of_b("7.40.200.01"), &json!({"kind": "selfManagement", "from": "2016-01-01"})).await.expect(200);
    put_new(&officer, &of_b("7.86.522.09"), &json!({"kind": "pump", "from": "2022-01-01"})).await.expect(200);
    assert_eq!(offering(&here, "?pump=mini").await, [own[0], "\"71032209\" \"Mini 8\""]);
    let refused = here.get(&format!("/pumps?pump={}&on=soon&more=1", "x".repeat(101))).await;
    assert_eq!(
        refused.expect_problem(400, "badRequest").faults(),
        ["more:unknownField", "on:notADate", "pump:tooLong"]
    );
    here.get(&elsewhere).await.expect_problem(404, "resourceNotFound");

    let before = app.dump();
    let wrong = json!({"pumps": [{"manufacturer": "Invented Devices", "model": "Mini 7", "readsSensor": true,
        "from": "2021-01-01",
        "to": "2020-01-01"}, pump("Mini 7"), pump(" mini  7")]});
    let refused = here.put(&at("/pumps"), &wrong, 1).await.expect_problem(400, "badRequest");
    assert_eq!(
        refused.faults(),
        [
            "pumps[0].consumables:materialNotProvided",
            "pumps[0].platform:required",
            "pumps[0].to:outOfRange",
            "pumps[0].transmitter:materialNotProvided",
            "pumps[2]:overlapsAnother"
        ]
    );
    let unread = json!({"pumps": [{"model": 7, "consumables": "yes", "from": "now"}]});
    let refused = here.put(&at("/pumps"), &unread, 1).await.expect_problem(400, "badRequest");
    assert_eq!(
        refused.faults(),
        [
            "pumps[0].consumables:wrongType",
            "pumps[0].from:notADate",
            "pumps[0].manufacturer:required",
            "pumps[0].model:wrongType"
        ]
    );
    assert_eq!(app.dump(), before);
}
