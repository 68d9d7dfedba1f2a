use std::collections::BTreeMap;

use diesel::{QueryableByName, RunQueryDsl, sql_types::Text};
use insula_domain::{
    actor::Role,
    convention::staffing::{Function, Qualification},
};
use insula_tests::{TestApp, app::HOSPITAL_A, data};
use serde_json::{Value, json};

use super::{at, command, keeper, put_new, with_conventions};

const MEMBERS: &str = "/teamMembers";

/// STF-12: the register shows the team of any day, as known at any instant.
#[actix_web::test]
async fn the_register_answers_for_any_day_and_any_instant() {
    let app = TestApp::start().await;
    app.clock.set("2024-01-10T08:00:00Z");
    let keeper = keeper(&app);
    let mut nurse = data::team_member("diabetesNurse", &[("education", "pump", 0.5)]);
    nurse["assignments"][0]["to"] = json!("2024-06-30");
    let entered = keeper.post(&at(MEMBERS), &nurse).await.expect(201);
    let path = at(&format!("{MEMBERS}/{}", entered.id()));
    app.clock.set("2024-03-10T08:00:00Z");
    nurse["assignments"][0]["fte"] = json!("0.4");
    nurse["why"] = json!("the contract says 0.4");
    let corrected = keeper.put(&path, &nurse, 1).await.expect(200);
    assert_eq!((corrected.version(), corrected.body["why"].as_str()), (2, Some("the contract says 0.4")));
    let fte = async |query: &str| {
        let list = keeper.get(&at(&format!("{MEMBERS}?{query}"))).await.expect(200);
        list.body["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["assignments"][0]["fte"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(fte("on=2024-02-01").await, ["0.4"]);
    assert_eq!(fte("on=2024-06-30").await, ["0.4"]);
    assert!(fte("on=2024-07-01").await.is_empty() && fte("on=2019-12-31").await.is_empty());
    assert_eq!(fte("on=2024-02-01&knownAt=2024-02-01T00:00:00Z").await, ["0.5"]);
    assert_eq!(fte("on=2024-02-01&knownAt=2024-03-10T08:01:00Z").await, ["0.4"]);
    assert!(fte("knownAt=2024-01-10T07:59:59Z").await.is_empty());
    app.clock.set("2024-04-10T08:00:00Z");
    let reason = json!({"why": "entered for another hospital"});
    command(&keeper, &format!("{path}/withdraw"), &reason, 2).await.expect(200);
    assert!(fte("").await.is_empty());
    assert_eq!(fte("knownAt=2024-04-10T07:59:59Z").await, ["0.4"]);
    keeper.get(&path).await.expect_problem(404, "resourceNotFound");
    let versions = keeper.get(&format!("{path}/versions")).await.expect(200);
    let versions = versions.body["items"].as_array().unwrap();
    assert_eq!(versions.iter().map(|one| one["version"].as_i64()).collect::<Vec<_>>(), [Some(3), Some(2), Some(1)]);
    assert_eq!(versions[0]["withdrawn"], true);
    assert!(versions[2]["replacedAt"].as_str().unwrap().starts_with("2024-03-10T08:00:0"), "{}", versions[2]);
}

/// STF-08 to STF-12, STF-19, SYS-04: a faulty member is refused with all faults and their rules, and nothing changes.
#[actix_web::test]
async fn a_wrong_member_is_refused() {
    let app = TestApp::start().await;
    let keeper = keeper(&app);
    let before = app.dump();
    let wrong = json!({"name": "An Invented", "qualification": "endocrinologist", "employment": "0.5",
        "enteredService": "2020-01-01",
        "assignments": [
            {"function": "education", "convention": "pump", "fte": "0.4", "from": "2019-12-31", "to": "2019-01-01"},
            {"function": "medical", "convention": "pump", "fte": "0.4", "from": "2020-01-01",
             "timetable": [{"weekday": "monday", "from": "12:00", "to": "08:00"}]},
            {"function": "medical", "convention": "selfManagement", "fte": "0.4", "from": "2020-01-01"}]});
    let refused = keeper.post(&at(MEMBERS), &wrong).await.expect_problem(400, "badRequest");
    let faults = refused.faults();
    assert_eq!(
        faults,
        [
            "assignments[0].from:outOfRange",
            "assignments[0].function:qualificationDoesNotFit",
            "assignments[0].to:outOfRange",
            "assignments[1].fte:beyondEmployment",
            "assignments[1].timetable[0].to:endsBeforeItBegins",
            "nihdiNumber:required",
        ]
    );
    let rules: Vec<_> = refused.body["issues"].as_array().unwrap().iter().map(|issue| issue["rule"].as_str()).collect();
    assert!(rules.contains(&Some("STF-08")) && rules.contains(&Some("STF-19")) && rules.contains(&Some("CON-08")));
    let unreadable = json!({"name": "", "qualification": "nurse", "employment": 1, "enteredService": "1/1/2020",
        "nihdiNumber": "1",
        "assignments": [7, {"function": "baking", "convention": "pump", "fte": "-1", "from": "2020-01-01",
            "responsible": "no",
            "timetable": [{"weekday": "someday", "from": "8", "to": "25:00"}], "siteId": "x", "exemptedMinutes": -1}]});
    let refused = keeper.post(&at(MEMBERS), &unreadable).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults().len(), 14, "{:?}", refused.faults());
    assert_eq!(app.dump(), before);
}

/// STF-09, CON-02: a second responsible physician of a convention at the same time is refused, by the database too.
#[actix_web::test]
async fn one_physician_is_responsible_at_a_time() {
    let app = TestApp::start().await;
    let keeper = keeper(&app);
    let physician = |number: &str, from: &str, to: Option<&str>| {
        let mut one = data::team_member("endocrinologist", &[("medical", "pump", 0.5)]);
        one["nihdiNumber"] = json!(number);
        one["assignments"][0]["responsible"] = json!(true);
        one["assignments"][0]["from"] = json!(from);
        if let Some(to) = to {
            one["assignments"][0]["to"] = json!(to);
        }
        one
    };
    let first =
        keeper.post(&at(MEMBERS), &physician(data::PHYSICIAN, "2020-01-01", Some("2023-12-31"))).await.expect(201);
    let refused = keeper
        .post(&at(MEMBERS), &physician(data::OTHER_PHYSICIAN, "2023-12-31", None))
        .await
        .expect_problem(400, "badRequest");
    assert_eq!(refused.faults(), ["assignments:responsiblePhysicianAlready"]);
    keeper.post(&at(MEMBERS), &physician(data::OTHER_PHYSICIAN, "2024-01-01", None)).await.expect(201);
    let same = keeper.post(&at(MEMBERS), &physician(data::PHYSICIAN, "2010-01-01", Some("2010-12-31"))).await;
    assert_eq!(same.expect_problem(400, "badRequest").faults(), ["assignments[0].from:outOfRange"]);
    let mut twice = physician(data::PHYSICIAN, "2016-01-01", Some("2016-12-31"));
    twice["assignments"][0]["responsible"] = json!(false);
    let twice = keeper.post(&at(MEMBERS), &twice).await.expect_problem(400, "badRequest");
    assert_eq!(twice.faults(), ["nihdiNumber:memberAlready"]);
    // A withdrawn member does not count.
    let path = at(&format!("{MEMBERS}/{}", first.id()));
    keeper.put(&path, &physician(data::PHYSICIAN, "2020-06-01", Some("2023-12-31")), 1).await.expect(200);
}

/// STF-08 to STF-11: warnings are reported on entry, and refuse nothing.
#[actix_web::test]
async fn warnings_are_reported_on_entry() {
    let app = TestApp::start().await;
    let keeper = keeper(&app);
    let mut nurse =
        data::team_member("diabetesNurse", &[("education", "pump", 0.8), ("education", "selfManagement", 0.4)]);
    nurse["employment"] = json!("1.2");
    nurse["trainingProvedOn"] = Value::Null;
    nurse.as_object_mut().unwrap().remove("trainingProvedOn");
    let entered = keeper.post(&at(MEMBERS), &nurse).await.expect(201);
    let warnings = entered.body["warnings"].as_array().unwrap();
    let codes: Vec<_> = warnings.iter().filter_map(|one| one["code"].as_str()).collect();
    for code in [
        "aboveOneFte",
        "timetableDisagrees",
        "trainingProofOverdue",
        "responsiblePhysicianMissing",
        "consultantMissing",
    ] {
        assert!(codes.contains(&code), "{code} in {codes:?}");
    }
    assert_eq!(entered.body["trainingProofDueOn"], "2017-12-31");
}

/// STF-12: of two concurrent changes of a member one is refused; a repeated creation creates one member.
#[actix_web::test]
async fn of_two_changes_at_once_one_is_refused() {
    let app = TestApp::start().await;
    let keeper = keeper(&app);
    let entry = data::team_member("secretary", &[("secretariat", "pump", 0.25)]);
    let first = keeper.post_keyed(&at(MEMBERS), &entry, "\"once\"").await.expect(201);
    let again = keeper.post_keyed(&at(MEMBERS), &entry, "\"once\"").await.expect(201);
    assert_eq!(first.id(), again.id());
    let path = at(&format!("{MEMBERS}/{}", first.id()));
    let (one, other) = tokio::join!(keeper.put(&path, &entry, 1), keeper.put(&path, &entry, 1));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.records"), 2);
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.team_assignments WHERE present"), 1);
}

/// STF-19: database and domain agree about the functions of each qualification.
#[actix_web::test]
async fn database_and_domain_agree_about_functions() {
    use diesel::connection::SimpleConnection;
    let app = TestApp::start().await;
    let id = "00000000-0000-0000-0000-000000000001";
    for qualification in Qualification::ALL {
        for function in Function::ALL {
            let does = json!({"function": function, "convention": "pump", "responsible": false, "fte": "0.5",
                "exemptedMinutes": 0,
                "wardCareMinutes": 0, "timetable": [], "from": "2020-01-01"});
            let said = json!({"id": id, "name": "x", "qualification": qualification, "employment": "1",
                "enteredService": "2020-01-01", "assignments": [does]});
            let sql = format!(
                "BEGIN; INSERT INTO insula.records (hospital, kind, key, version, content, recorded_at, recorded_by)
                 VALUES ('{HOSPITAL_A}', 'teamMember', '{id}', 1, '{said}', now(), 'x'); ROLLBACK"
            );
            let allowed = app.owner().batch_execute(&sql).is_ok();
            assert_eq!(allowed, qualification.may_be(*function), "{qualification} {function}");
        }
    }
}

#[derive(QueryableByName)]
struct Told {
    #[diesel(sql_type = Text)]
    body: String,
}

/// STF-12, SYS-01: replaying the trail gives the register of every instant, and the trail names nobody.
#[actix_web::test]
async fn the_register_agrees_with_the_trail() {
    let app = TestApp::start().await;
    app.clock.set("2024-01-01T08:00:00Z");
    let keeper = keeper(&app);
    let mut ids = Vec::new();
    for (number, fte) in (0..4).zip([0.1, 0.2, 0.3, 0.4]) {
        app.clock.set(&format!("2024-0{}-01T08:00:00Z", number + 1));
        let entry = data::team_member("diabetesNurse", &[("education", "pump", fte), ("dataManagement", "pump", 0.05)]);
        ids.push(keeper.post(&at(MEMBERS), &entry).await.expect(201).id());
    }
    app.clock.set("2024-06-01T08:00:00Z");
    let entry = data::team_member("diabetesNurse", &[("education", "pump", 0.9)]);
    keeper.put(&at(&format!("{MEMBERS}/{}", ids[1])), &entry, 1).await.expect(200);
    app.clock.set("2024-07-01T08:00:00Z");
    let why = json!({"why": "never worked here"});
    command(&keeper, &at(&format!("{MEMBERS}/{}/withdraw", ids[2])), &why, 1).await.expect(200);

    let events: Vec<Told> = diesel::sql_query(
        "SELECT body FROM trail.events WHERE body::jsonb ->> 'subject' LIKE 'teamMember:%' ORDER BY seq",
    )
    .load(&mut app.owner())
    .unwrap();
    assert!(events.iter().all(|event| !event.body.contains("Invented")), "the trail names somebody");
    let events: Vec<Value> = events.iter().map(|event| serde_json::from_str(&event.body).unwrap()).collect();
    for month in 1..=8 {
        let instant = format!("2024-0{month}-15T00:00:00Z");
        let mut replayed: BTreeMap<String, Vec<(Value, Value)>> = BTreeMap::new();
        let changes = events
            .iter()
            .filter(|event| event["subject"].as_str().unwrap().starts_with("teamMember:") && event["action"] != "get");
        for event in changes.filter(|event| event["at"].as_str().unwrap() < instant.as_str()) {
            let id = event["subject"].as_str().unwrap().split_once(':').unwrap().1.to_owned();
            replayed.remove(&id);
            if event["details"]["withdrawn"] == false {
                let does = event["details"]["assignments"].as_array().unwrap().iter();
                replayed.insert(id, does.map(|one| (one["function"].clone(), one["fte"].clone())).collect());
            }
        }
        let answer = keeper.get(&at(&format!("{MEMBERS}?knownAt={instant}"))).await.expect(200);
        let answered: BTreeMap<String, Vec<(Value, Value)>> = answer.body["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| {
                let does = one["assignments"].as_array().unwrap().iter();
                let does = does.map(|part| (part["function"].clone(), part["fte"].clone())).collect();
                (one["id"].as_str().unwrap().to_owned(), does)
            })
            .collect();
        assert_eq!(answered, replayed, "{instant}");
    }
}

/// REG-10, SYS-01: visitors from INAMI and insurers can read, with an event for each access, and cannot write.
#[actix_web::test]
async fn visitors_read_and_leave_events() {
    let app = TestApp::start().await;
    with_conventions(&app, "2021-01-01", false).await;
    let keeper = keeper(&app);
    let entry = data::team_member("secretary", &[("secretariat", "pump", 0.25)]);
    let entered = keeper.post(&at(MEMBERS), &entry).await.expect(201);
    for year in [2022, 2023, 2024] {
        let stated = json!({"patients": "58", "grounds": "a list", "selfManagement": {"education": "0.6"}});
        put_new(&keeper, &at(&format!("/staffingStatements/{year}")), &stated).await.expect(200);
    }
    put_new(&keeper, &at("/availability"), &json!({"availability": []})).await.expect(200);
    put_new(&keeper, &at("/sites"), &json!({"sites": []})).await.expect(200);
    let path = at(&format!("{MEMBERS}/{}", entered.id()));
    for (role, number, organisation) in [(Role::Inspector, "", "inami:"), (Role::InsurerDelegate, "319", "insurer:319")]
    {
        let visitor = app.role(role, number);
        let traces = || {
            app.count(&format!(
                "SELECT count(*) AS n FROM trail.events WHERE body::jsonb ->> 'organisation' = '{organisation}'"
            ))
        };
        for read in [
            at(MEMBERS),
            path.clone(),
            format!("{path}/versions"),
            at("/staffingStatements/2024"),
            at("/staffingAssessments/2024"),
            at("/availability"),
            at("/sites"),
        ] {
            let before = traces();
            visitor.get(&read).await.expect(200);
            assert_eq!(traces(), before + 1, "{role:?} {read}");
        }
        assert_eq!(visitor.get(&at("/conventions")).await.expect(200).body["items"].as_array().unwrap().len(), 2);
        visitor.post(&at(MEMBERS), &entry).await.expect_problem(403, "missingPermission");
        visitor.put(&path, &entry, 1).await.expect_problem(403, "missingPermission");
    }
    for role in [Role::MedicalAdviser, Role::InsurerBilling] {
        app.role(role, "319").get(&at(MEMBERS)).await.expect_problem(403, "missingPermission");
    }
    // An insurer's visitor has no access to the codes of its members without a role for it.
    app.role(Role::InsurerDelegate, "319")
        .get("/registrationCodes/changes")
        .await
        .expect_problem(403, "missingPermission");
}

/// STF-19: a number is of the profession that the qualification names, as in the list of prescribers.
#[actix_web::test]
async fn a_number_is_of_the_profession() {
    let app = TestApp::start().await;
    let keeper = keeper(&app);
    for (qualification, function, number, code) in [
        ("endocrinologist", "medical", "41234502000", "notAPhysician"),
        ("diabetesNurse", "education", data::PHYSICIAN, "numberOfOtherProfession"),
        ("dietician", "education", "41234502000", "numberOfOtherProfession"),
    ] {
        let mut one = data::team_member(qualification, &[(function, "pump", 0.5)]);
        one["nihdiNumber"] = json!(number);
        let refused = keeper.post(&at(MEMBERS), &one).await.expect_problem(400, "badRequest");
        assert_eq!(refused.faults(), [format!("nihdiNumber:{code}")], "{qualification}");
    }
    let mut nurse = data::team_member("diabetesNurse", &[("education", "pump", 0.5)]);
    nurse["nihdiNumber"] = json!("4-12345\u{2011}02\u{a0}000");
    keeper.post(&at(MEMBERS), &nurse).await.expect(201);
}
