use diesel::connection::SimpleConnection;
use insula_domain::actor::Role;
use insula_tests::{
    Client, TestApp,
    app::{HOSPITAL_A, HOSPITAL_B},
    data,
};
use serde_json::{Value, json};

use super::{at, command, keeper};

/// The registers of these tests, with an entry of each: its day is the first of its days.
fn registers(beneficiary: &str, member: &str) -> [(&'static str, &'static str, Value); 4] {
    [
        ("/hospitalStays", "from", data::hospital_stay(beneficiary)),
        ("/preventiveExaminations", "day", data::preventive_examination(beneficiary)),
        ("/pumpAssignments", "from", data::pump_assignment(beneficiary)),
        ("/contacts", "day", data::contact(beneficiary, member)),
    ]
}

fn with(of: &Value, name: &str, value: impl Into<Value>) -> Value {
    let mut changed = of.clone();
    changed[name] = value.into();
    changed
}

async fn enter_member(keeper: &Client) -> String {
    let member = data::team_member("secretary", &[("secretariat", "pump", 0.25)]);
    keeper.post(&at("/teamMembers"), &member).await.expect(201).id()
}

/// PMP-03, PMP-04, PMP-07, REG-02: what is entered is shown as it was entered, found by beneficiary and day, corrected
/// with a reason, known as it was, and withdrawn.
#[actix_web::test]
async fn an_entry_is_corrected_and_withdrawn() {
    let app = TestApp::start().await;
    let keeper = keeper(&app);
    let member = enter_member(&keeper).await;
    let [one, other] = [app.lead_a().enter_beneficiary(1).await, app.lead_a().enter_beneficiary(2).await];
    let [ones, others] = [registers(&one, &member), registers(&other, &member)];
    for ((register, first, entry), (_, _, another)) in ones.into_iter().zip(others) {
        app.clock.set("2026-06-15T08:00:00Z");
        let entered = keeper.post(&at(register), &entry).await.expect(201);
        for (name, value) in entry.as_object().unwrap() {
            assert_eq!(&entered.body[name], value, "{register} {name}");
        }
        keeper.post(&at(register), &another).await.expect(201);
        let path = at(&format!("{register}/{}", entered.id()));

        app.clock.set("2026-06-16T08:00:00Z");
        let corrected = with(&entry, first, "2026-05-03");
        let silent = keeper.put(&path, &corrected, 1).await.expect_problem(400, "badRequest");
        assert_eq!(silent.faults(), ["why:required"]);
        let corrected = with(&corrected, "why", "entered wrongly");
        keeper.put(&path, &corrected, 1).await.expect(200);
        keeper.put(&path, &corrected, 1).await.expect(412);
        let listed = async |query: &str| {
            let page = keeper.get(&at(&format!("{register}?{query}"))).await.expect(200);
            page.body["items"].as_array().unwrap().iter().map(|item| item[first].clone()).collect::<Vec<_>>()
        };
        let earlier = "knownAt=2026-06-15T12:00:00Z";
        assert_eq!(listed(&format!("beneficiaryId={one}")).await, ["2026-05-03"], "{register}");
        assert_eq!(listed(&format!("beneficiaryId={one}&{earlier}")).await, [entry[first].clone()], "{register}");
        assert_eq!(listed("to=2026-05-03").await, ["2026-05-03"], "{register}");
        assert_eq!(listed("").await.len(), 2, "{register}");
        assert_eq!(keeper.get(&format!("{path}?{earlier}")).await.expect(200).body[first], entry[first]);
        let versions = keeper.get(&format!("{path}/versions")).await.expect(200);
        assert_eq!(versions.body["items"][0]["why"], "entered wrongly");
        assert_eq!(versions.body["items"][1][first], entry[first]);
        command(&keeper, &format!("{path}/withdraw"), &json!({"why": "of another"}), 2).await.expect(200);
        assert_eq!(listed("").await.len(), 1, "{register}");
        keeper.put(&path, &corrected, 3).await.expect_problem(404, "resourceNotFound");
    }
}

/// PMP-03, PMP-04, PMP-07, REG-02, SYS-02, SYS-04: faults come all at once, with their rule; refused are days outside
/// the beneficiary's life and beneficiaries of another hospital; nothing changes.
#[actix_web::test]
async fn an_entry_that_cannot_be_is_refused() {
    let app = TestApp::start().await;
    let keeper = keeper(&app);
    let member = enter_member(&keeper).await;
    let mut died = data::beneficiary(1);
    (died["deceased"], died["deathDate"]) = (json!(true), json!("2026-05-20"));
    (died["birthDate"], died["sex"]) = (json!("1985-01-02"), json!("male"));
    let died = app.lead_a().post("/beneficiaries", &died).await.expect(201).id();
    let elsewhere = app.role(Role::StudyLead, HOSPITAL_B).enter_beneficiary(2).await;
    let nobody = "0198c1de-7b20-7d05-8f00-5b1f7a9e2c44";
    let before = app.dump();
    let empty: [(&str, &[&str]); 4] = [
        ("PMP-04", &["beneficiaryId", "from", "hospitalNumber", "pumpContinued", "linkedToDiabetes"]),
        ("PMP-03", &["beneficiaryId", "day"]),
        ("PMP-07", &["beneficiaryId", "from", "manufacturer", "model", "serial", "chosenBy", "toldOfAllTypesOn"]),
        ("REG-02", &["beneficiaryId", "day", "members", "kind"]),
    ];
    for ((register, first, entry), (rule, required)) in registers(&died, &member).into_iter().zip(empty) {
        let refused = keeper.post(&at(register), &json!({})).await.expect_problem(400, "badRequest");
        let mut required: Vec<_> = required.iter().map(|name| format!("{name}:required")).collect();
        required.sort();
        assert_eq!(refused.faults(), required, "{register}");
        let mut wrong = vec![
            (with(&entry, first, "2026-06-16"), vec![format!("{first}:inFuture")]),
            (with(&entry, first, "2026-05-21"), vec![format!("{first}:afterDeath")]),
            (with(&entry, first, "1985-01-01"), vec![format!("{first}:beforeBirth")]),
        ];
        match register {
            "/hospitalStays" => {
                wrong[0].1.push("to:outOfRange".to_owned());
                wrong[1].1 = vec!["to:outOfRange".to_owned()];
                wrong.push((with(&entry, "to", "2026-05-21"), vec!["to:afterDeath".to_owned()]));
                wrong.push((with(&entry, "to", "2026-05-03"), vec!["to:outOfRange".to_owned()]));
            }
            "/pumpAssignments" => {
                wrong[2].1 = vec!["toldOfAllTypesOn:afterEvent".to_owned()];
                wrong.push((with(&entry, "to", "2026-05-05"), vec!["to:outOfRange".to_owned()]));
                wrong.push((with(&entry, "toldOfAllTypesOn", "2026-05-07"), wrong[2].1.clone()));
                wrong.push((with(&entry, "chosenBy", "40000127401"), vec!["chosenBy:notAPhysician".to_owned()]));
            }
            "/contacts" => {
                let absent = |index| vec![format!("members[{index}]:memberNotFound")];
                wrong.push((with(&entry, "members", json!([member, nobody])), absent(1)));
                wrong.push((with(&entry, "members", json!([])), vec!["members:required".to_owned()]));
                wrong.push((with(&entry, "members", json!([member, member])), vec!["members[1]:repeated".to_owned()]));
                let early = with(&with(&entry, "day", "2019-12-31"), "members", json!([nobody, member]));
                wrong.push((early, [absent(0), vec!["members[1]:notInTeam".to_owned()]].concat()));
                wrong.push((with(&entry, "minutes", 0), vec!["minutes:outOfRange".to_owned()]));
                wrong.push((with(&entry, "kind", "party"), vec!["kind:notInList".to_owned()]));
                wrong[2].1.push("members[0]:notInTeam".to_owned());
            }
            _ => {}
        }
        for (body, faults) in wrong {
            let refused = keeper.post(&at(register), &body).await.expect_problem(400, "badRequest");
            assert_eq!(refused.faults(), faults, "{register}");
            let said = refused.body["issues"][0]["rule"].as_str().unwrap();
            assert!(said == rule || said == "SYS-04", "{register}: {faults:?}: {said}");
        }
        let of_another = with(&entry, "beneficiaryId", &*elsewhere);
        let refused = keeper.post(&at(register), &of_another).await.expect_problem(400, "badRequest");
        assert_eq!(refused.faults(), ["beneficiaryId:beneficiaryNotFound"], "{register}");
    }
    assert_eq!(app.dump(), before);
}

/// R-02 (REG-02): education of 90 minutes in person with nurse and dietician, and a telephone call of 15 minutes;
/// refused are a contact of a member who was not in the team on that day, and one after the beneficiary's death.
#[actix_web::test]
async fn contacts_are_kept_in_the_individual_file() {
    let app = TestApp::start().await;
    let keeper = keeper(&app);
    let mut died = data::beneficiary(1);
    (died["deceased"], died["deathDate"]) = (json!(true), json!("2026-06-01"));
    let p3 = app.lead_a().post("/beneficiaries", &died).await.expect(201).id();
    let mut team = Vec::new();
    for qualification in ["diabetesNurse", "dietician"] {
        let member = data::team_member(qualification, &[("education", "pump", 0.25)]);
        team.push(keeper.post(&at("/teamMembers"), &member).await.expect(201).id());
    }
    let [n1, d1] = [&team[0], &team[1]];
    let education = json!({"beneficiaryId": p3, "day": "2026-05-06", "members": [n1, d1], "kind": "education",
        "way": "inPerson", "minutes": 90});
    let call = json!({"beneficiaryId": p3, "day": "2026-05-20", "members": [n1], "kind": "accompaniment",
        "way": "phone", "minutes": 15});
    for entry in [&education, &call] {
        let entered = keeper.post(&at("/contacts"), entry).await.expect(201);
        for (name, value) in entry.as_object().unwrap() {
            assert_eq!(&entered.body[name], value);
        }
    }
    let file = keeper.get(&at(&format!("/contacts?beneficiaryId={p3}"))).await.expect(200);
    let ways: Vec<_> = file.body["items"].as_array().unwrap().iter().map(|one| one["way"].clone()).collect();
    assert_eq!(ways, ["phone", "inPerson"]);
    let before = app.dump();
    for (name, value, fault, rule) in [
        ("day", "2019-12-31", "members[0]:notInTeam", "REG-02"),
        ("day", "2026-06-02", "day:afterDeath", "REG-02"),
        ("way", "dove", "way:notInList", "SYS-04"),
    ] {
        let refused = keeper.post(&at("/contacts"), &with(&call, name, value)).await;
        let refused = refused.expect_problem(400, "badRequest");
        assert_eq!((refused.faults(), &refused.body["issues"][0]["rule"]), (vec![fault.to_owned()], &json!(rule)));
    }
    assert_eq!(app.dump(), before);
}

/// PMP-07: a beneficiary has one pump at a time: the former ends on the eve before the next begins; of two at once one
/// is refused; a withdrawn one takes no days.
#[actix_web::test]
async fn a_beneficiary_has_one_pump_at_a_time() {
    let app = TestApp::start().await;
    let keeper = keeper(&app);
    let beneficiary = app.lead_a().enter_beneficiary(1).await;
    let (pumps, entry) = (at("/pumpAssignments"), data::pump_assignment(&beneficiary));
    let first = keeper.post(&pumps, &entry).await.expect(201).id();
    let next = with(&entry, "from", "2026-06-01");
    let overlaps = keeper.post(&pumps, &next).await.expect_problem(400, "badRequest");
    assert_eq!(
        (overlaps.faults(), &overlaps.body["issues"][0]["rule"]),
        (vec!["from:overlapsAnother".to_owned()], &json!("PMP-07"))
    );
    let path = format!("{pumps}/{first}");
    let ending = |day: &str| with(&with(&entry, "to", day), "why", "replaced");
    keeper.put(&path, &ending("2026-06-01"), 1).await.expect(200);
    keeper.post(&pumps, &next).await.expect_problem(400, "badRequest");
    keeper.put(&path, &ending("2026-05-31"), 2).await.expect(200);
    let (one, other) = tokio::join!(keeper.post(&pumps, &next), keeper.post(&pumps, &next));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 400]);
    let second = if one.status == 201 { one.id() } else { other.id() };
    command(&keeper, &format!("{pumps}/{second}/withdraw"), &json!({"why": "never worn"}), 1).await.expect(200);
    keeper.post(&pumps, &next).await.expect(201);
    let another = data::pump_assignment(&app.lead_a().enter_beneficiary(2).await);
    keeper.post(&pumps, &another).await.expect(201);
}

/// PMP-03, PMP-04, PMP-07, REG-02: the database refuses what no entry is.
#[actix_web::test]
async fn the_database_refuses_what_no_entry_is() {
    let app = TestApp::start().await;
    let keeper = keeper(&app);
    let member = enter_member(&keeper).await;
    let beneficiary = app.lead_a().enter_beneficiary(1).await;
    let kinds = ["hospitalStay", "preventiveExamination", "pumpAssignment", "contact"];
    let entries: Vec<_> =
        kinds.into_iter().zip(registers(&beneficiary, &member)).map(|(kind, (_, _, entry))| (kind, entry)).collect();
    let said = |kind: &str, content: &Value, columns: &str| {
        let said = app.owner().batch_execute(&format!(
            "BEGIN; INSERT INTO insula.records (hospital, kind, key, version, content, recorded_at, recorded_by,
                 beneficiary, day, until, quantity)
             VALUES ('{HOSPITAL_A}', '{kind}', 'x', 1, '{content}', '2026-05-06T21:59:59Z', 'x', {columns}); ROLLBACK"
        ));
        said.err().map(|error| error.to_string()).unwrap_or_default()
    };
    let whole = |day: &str, until: &str| format!("'{beneficiary}', {day}, {until}, NULL");
    for (kind, entry) in &entries {
        assert_eq!(said(kind, entry, &whole("'2026-05-06'", "NULL")), "", "{kind}");
        for columns in [
            whole("'2026-05-07'", "NULL"),
            whole("NULL", "NULL"),
            format!("'{beneficiary}', '2026-05-06', NULL, 1"),
            "NULL, '2026-05-06', NULL, NULL".to_owned(),
        ] {
            let said = said(kind, entry, &columns);
            assert!(said.contains("\"individual_file\""), "{kind} {columns}: {said}");
        }
        let lasts = said(kind, entry, &whole("'2026-05-06'", "'2026-05-06'"));
        assert_eq!(lasts.contains("\"lasts\""), !["hospitalStay", "pumpAssignment"].contains(kind), "{kind}: {lasts}");
        let ends_early = said(kind, entry, &whole("'2026-05-06'", "'2026-05-05'"));
        assert!(ends_early.contains("\"lasts\""), "{kind}: {ends_early}");
    }
    for (of, name, value, constraint) in [
        (0, "hospitalNumber", json!("81000436"), "hospital_stay"),
        (0, "pumpContinued", Value::Null, "hospital_stay"),
        (0, "linkedToDiabetes", json!("yes"), "hospital_stay"),
        (1, "examined", json!(""), "preventive_examination"),
        (2, "model", Value::Null, "pump_assignment"),
        (2, "serial", json!(""), "pump_assignment"),
        (2, "chosenBy", json!("40000127401"), "pump_assignment"),
        (2, "toldOfAllTypesOn", json!("2026-05-07"), "pump_assignment"),
        (3, "kind", json!("party"), "contact"),
        (3, "members", json!([]), "contact"),
        (3, "members", json!(member), "contact"),
        (3, "minutes", json!(0), "contact"),
        (3, "members", json!([beneficiary]), "somebody who is not in the team"),
    ] {
        let (kind, entry) = &entries[of];
        let said = said(kind, &with(entry, name, value), &whole("'2026-05-06'", "NULL"));
        assert!(said.contains(constraint), "{kind} {name}: {said}");
    }
    let early = said("contact", &entries[3].1, &whole("'2019-12-31'", "NULL"));
    assert!(early.contains("somebody who is not in the team"), "{early}");
}
