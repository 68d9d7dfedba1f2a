use diesel::connection::SimpleConnection;
use insula_domain::actor::Role;
use insula_tests::{
    Client, TestApp,
    app::{HOSPITAL_A, HOSPITAL_B},
    data,
};
use serde_json::{Value, json};

use super::{at, command, keeper};

const DELIVERIES: &str = "/materialDeliveries";

/// Kind and quantity of each delivery that the register gives for a query.
async fn register(keeper: &Client, query: &str) -> Vec<(String, i64)> {
    let page = keeper.get(&at(&format!("{DELIVERIES}?{query}"))).await.expect(200);
    let items = page.body["items"].as_array().unwrap().iter();
    items.map(|one| (one["kind"].as_str().unwrap().to_owned(), one["quantity"].as_i64().unwrap())).collect()
}

fn with(of: &Value, name: &str, value: impl Into<Value>) -> Value {
    let mut changed = of.clone();
    changed[name] = value.into();
    changed
}

/// R-01 (REG-01, PMP-06): a delivery is corrected; the register shows the correction, the history both, and the past
/// what was known then.
#[actix_web::test]
async fn a_corrected_delivery_is_known_as_it_was() {
    let app = TestApp::start().await;
    app.clock.set("2026-05-06T08:00:00Z");
    let keeper = keeper(&app);
    let p3 = json!({"niss": "78110500706", "lastName": "Invented", "insurerNumber": "319"});
    let p3 = app.lead_a().post("/beneficiaries", &p3).await.expect(201).id();
    let pump = data::material_delivery(&p3);
    let entered = keeper.post(&at(DELIVERIES), &pump).await.expect(201);
    assert_eq!((&entered.body["model"], &entered.body["serial"]), (&json!("Model X"), &json!("123")));
    let catheters = json!({"beneficiaryId": p3, "day": "2026-05-06", "kind": "catheter", "quantity": 30});
    let id = keeper.post(&at(DELIVERIES), &catheters).await.expect(201).id();
    let reservoirs = json!({"beneficiaryId": p3, "day": "2026-05-06", "kind": "reservoir", "quantity": 10});
    keeper.post(&at(DELIVERIES), &reservoirs).await.expect(201);

    app.clock.set("2026-05-08T08:00:00Z");
    let path = at(&format!("{DELIVERIES}/{id}"));
    let corrected = with(&catheters, "quantity", 20);
    let silent = keeper.put(&path, &corrected, 1).await.expect_problem(400, "badRequest");
    assert_eq!(silent.faults(), ["why:required"]);
    keeper.put(&path, &with(&corrected, "why", "counted again"), 1).await.expect(200);
    let of_p3 = format!("beneficiaryId={p3}");
    let expected =
        |catheters| [("reservoir", 10), ("catheter", catheters), ("pump", 1)].map(|(k, n)| (k.to_owned(), n));
    assert_eq!(register(&keeper, &of_p3).await, expected(20));
    assert_eq!(register(&keeper, &format!("{of_p3}&knownAt=2026-05-07T12:00:00Z")).await, expected(30));
    assert_eq!(keeper.get(&format!("{path}?knownAt=2026-05-07T12:00:00Z")).await.expect(200).body["quantity"], 30);
    let versions = keeper.get(&format!("{path}/versions")).await.expect(200);
    let told = |n: usize| ["quantity", "recordedBy", "why"].map(|name| versions.body["items"][n][name].clone());
    assert_eq!(told(0), [json!(20), json!("dev.conventionTeam"), json!("counted again")]);
    assert_eq!(told(1), [json!(30), json!("dev.conventionTeam"), Value::Null]);
    assert!(versions.body["items"][0]["recordedAt"].as_str().unwrap().starts_with("2026-05-08T08:00:0"));

    let before = app.dump();
    for (name, value, fault, rule) in [
        ("quantity", json!(0), "quantity:outOfRange", "SYS-04"),
        ("quantity", json!(-1), "quantity:outOfRange", "SYS-04"),
        ("kind", json!("glucoseSensor"), "kind:reimbursedElsewhere", "PMP-06"),
        ("kind", json!("glucoseStrip"), "kind:reimbursedElsewhere", "PMP-06"),
        ("kind", json!("other"), "model:required", "REG-01"),
        ("day", json!("2026-05-09"), "day:inFuture", "REG-01"),
    ] {
        let refused = keeper.post(&at(DELIVERIES), &with(&catheters, name, value)).await;
        let refused = refused.expect_problem(400, "badRequest");
        assert_eq!((refused.faults(), &refused.body["issues"][0]["rule"]), (vec![fault.to_owned()], &json!(rule)));
    }
    assert_eq!(app.dump(), before);
}

/// REG-01, SYS-02, BEN-04: refused are a delivery after the beneficiary's death, one to a beneficiary of another
/// hospital, and a national number in a text; nothing changes.
#[actix_web::test]
async fn a_delivery_that_cannot_have_been_is_refused() {
    let app = TestApp::start().await;
    let keeper = keeper(&app);
    let mut died = data::beneficiary(1);
    (died["deceased"], died["deathDate"]) = (json!(true), json!("2026-05-06"));
    let died = app.lead_a().post("/beneficiaries", &died).await.expect(201).id();
    let elsewhere = app.role(Role::StudyLead, HOSPITAL_B).enter_beneficiary(2).await;
    let last = data::material_delivery(&died);
    let path = at(&format!("{DELIVERIES}/{}", keeper.post(&at(DELIVERIES), &last).await.expect(201).id()));
    let before = app.dump();
    let niss = data::niss(3);
    for (name, value, fault) in [
        ("day", "2026-05-07", "day:afterDeath"),
        ("beneficiaryId", &elsewhere, "beneficiaryId:beneficiaryNotFound"),
        ("model", &niss, "model:nationalNumber"),
        ("serial", &niss, "serial:nationalNumber"),
    ] {
        let wrong = with(&last, name, value);
        let why = with(&wrong, "why", "counted again");
        for refused in [keeper.post(&at(DELIVERIES), &wrong).await, keeper.put(&path, &why, 1).await] {
            assert_eq!(refused.expect_problem(400, "badRequest").faults(), [fault]);
        }
    }
    assert_eq!(app.dump(), before);
}

/// REG-01: the register is filtered by days and read page by page; what was withdrawn is no longer in it; a repeated
/// creation creates one, and of two corrections at once one is refused.
#[actix_web::test]
async fn the_register_is_filtered_and_paged() {
    let app = TestApp::start().await;
    let keeper = keeper(&app);
    let mut entry = data::material_delivery(&app.lead_a().enter_beneficiary(1).await);
    let mut ids = Vec::new();
    for (day, quantity) in [("2026-05-04", 1), ("2026-05-05", 2), ("2026-05-06", 3)] {
        (entry["day"], entry["quantity"]) = (json!(day), json!(quantity));
        let [path, key] = [at(DELIVERIES), format!("\"{day}\"")];
        ids.push(keeper.post_keyed(&path, &entry, &key).await.expect(201).id());
        let again = keeper.post_keyed(&path, &entry, &key).await.expect(201);
        assert_eq!(Some(&again.id()), ids.last());
    }
    let quantities =
        async |query: &str| register(&keeper, query).await.into_iter().map(|one| one.1).collect::<Vec<_>>();
    assert_eq!(quantities("from=2026-05-05").await, [3, 2]);
    assert_eq!(quantities("from=2026-05-05&to=2026-05-05").await, [2]);
    let first = keeper.get(&at(&format!("{DELIVERIES}?pageSize=2"))).await.expect(200);
    let rest = keeper.get(first.body["next"].as_str().unwrap()).await.expect(200);
    assert_eq!((rest.body["items"][0]["id"].as_str(), rest.body.get("next")), (Some(&*ids[0]), None));

    let path = at(&format!("{DELIVERIES}/{}", ids[2]));
    let corrected = with(&entry, "why", "counted again");
    let (one, other) = tokio::join!(keeper.put(&path, &corrected, 1), keeper.put(&path, &corrected, 1));
    assert_eq!(one.status.max(other.status), 412);
    command(&keeper, &format!("{path}/withdraw"), &json!({"why": "never sent"}), 2).await.expect(200);
    assert_eq!(quantities("").await, [2, 1]);
    keeper.get(&path).await.expect_problem(404, "resourceNotFound");
}

/// REG-01, PMP-06: the database refuses what no delivery is.
#[actix_web::test]
async fn the_database_refuses_what_no_delivery_is() {
    let app = TestApp::start().await;
    let person = app.lead_a().enter_beneficiary(1).await;
    for (kind, day, quantity, is_refused) in [
        ("pump", "2026-05-06", "1", false),
        ("glucoseSensor", "2026-05-06", "1", true),
        ("other", "2026-05-06", "1", true),
        ("pump", "2026-05-07", "1", true),
        ("pump", "2026-05-06", "0", true),
        ("pump", "2026-05-06", "1.5", true),
        ("pump", "2026-05-06", "NULL", true),
    ] {
        let said = app.owner().batch_execute(&format!(
            "BEGIN; INSERT INTO insula.records (hospital, kind, key, version, content, beneficiary, day, quantity,
                 recorded_at, recorded_by)
             VALUES ('{HOSPITAL_A}', 'materialDelivery', 'x', 1, '{{\"kind\": \"{kind}\"}}', '{person}', '{day}',
                 {quantity}, '2026-05-06T21:59:59Z', 'x'); ROLLBACK"
        ));
        let said = said.err().map(|error| error.to_string()).unwrap_or_default();
        assert_eq!(said.contains("\"material_delivery\""), is_refused, "{kind} {day} {quantity}: {said}");
    }
}
