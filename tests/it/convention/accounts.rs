//! The accounts of a year (REG-08, REG-11, BIL-02).

use diesel::connection::SimpleConnection;
use insula_domain::actor::Role;
use insula_tests::{Client, Reply, app::HOSPITAL_A};
use reqwest::Method;
use serde_json::{Value, json};

use super::{at, coverage::Scene, put_new};
use crate::billing::{
    fixtures::{covered, file, lines, make, text},
    pump_days::record,
};

const STATEMENT: &str = "/accounts/2026";
const ENTRIES: &str = "/accountEntries";

async fn enter(team: &Client, day: &str, entry: Value) -> String {
    let mut entry = entry;
    entry["day"] = json!(day);
    team.post(&at(ENTRIES), &entry).await.expect(201).id()
}

fn purchase(convention: &str, amount: &str) -> Value {
    json!({"kind": "purchase", "convention": convention, "amount": amount})
}

fn rebate(tie: &str, amount: &str) -> Value {
    json!({"kind": "rebate", "convention": "pump", "tie": tie, "amount": amount})
}

fn free(convention: &str, goods: &str, boxes: i64) -> Value {
    json!({"kind": "freeGoods", "convention": convention, "goods": goods, "unit": "box", "quantity": boxes})
}

fn spending(purpose: &str, amount: &str) -> Value {
    json!({"kind": "spending", "purpose": purpose, "amount": amount})
}

async fn statement(reader: &Client, query: &str) -> Value {
    reader.get(&at(&format!("{STATEMENT}{query}"))).await.expect(200).body["accounts"].clone()
}

/// The days of H1's P1 in May and June 2026, of which the first month is invoiced: 31 days at 10.30 EUR. Returns the
/// identifiers of the lines.
async fn invoiced(scene: &Scene) -> Vec<String> {
    let p1 = covered(scene).await;
    scene.on("2026-06-02");
    let team = scene.h1();
    record(&team, &p1, &["2026-05-01/2026-06-01"]).await.expect(200);
    let made = make(&team, &file("2026-05", 1)).await.id();
    lines(&team, &made).await.iter().map(|line| text(line, "id").to_owned()).collect()
}

/// The findings in words: kind, amount, whether it is a ground for denunciation.
fn findings(accounts: &Value) -> Vec<String> {
    let each = accounts["findings"].as_array().unwrap().iter();
    each.map(|one| {
        format!("{} {} {} {}", text(one, "kind"), text(one, "rule"), text(one, "amount"), one["groundForDenunciation"])
    })
    .collect()
}

/// R-11 (REG-08, BIL-02): income by price from what was invoiced, material less all rebates, the ceiling by recorded
/// days, free goods of both conventions apart; every figure opens to its entries. The figures of the scenario, of 100
/// beneficiaries, stand in the test of the domain; here it is one beneficiary and 32 days.
#[actix_web::test]
async fn r_11_accounts_of_a_year() {
    let scene = Scene::start().await;
    let line = invoiced(&scene).await;
    let team = scene.h1();
    let bought = enter(&team, "2026-05-04", purchase("pump", "250.00")).await;
    let direct = enter(&team, "2026-05-05", rebate("direct", "9.00")).await;
    let tied = enter(&team, "2026-06-01", rebate("otherProducts", "2.40")).await;
    let strips = enter(&team, "2026-05-04", free("selfManagement", "strips", 30)).await;
    let more = enter(&team, "2026-05-05", free("selfManagement", "Strips", 10)).await;
    let catheters = enter(&team, "2026-05-05", free("pump", "catheters", 25)).await;
    enter(&team, "2026-05-06", purchase("selfManagement", "50.00")).await;
    enter(&team, "2025-12-31", purchase("pump", "77777.00")).await;

    let found = statement(&team, "").await;
    assert_eq!(found["income"], json!([{"price": "10.30", "days": 31, "amount": "319.30", "entries": line}]));
    assert_eq!(found["incomeTotal"], "319.30");
    let pump = &found["pump"];
    assert_eq!(pump["purchases"], json!({"amount": "250.00", "entries": [bought]}));
    assert_eq!(pump["directRebates"], json!({"amount": "9.00", "entries": [direct]}));
    assert_eq!(pump["tiedRebates"], json!({"amount": "2.40", "entries": [tied]}));
    assert_eq!(pump["materialCost"], "238.60");
    // One day is recorded and not invoiced yet: its material was used.
    assert_eq!(
        found["ceiling"],
        json!({"parts": [{"fixed": "8.78", "days": 32, "amount": "280.96"}], "amount": "280.96", "left": "42.36"})
    );
    let goods = |goods: &str, quantity: i64, entries: &[&String]| json!([{"goods": goods, "unit": "box", "quantity": quantity, "entries": entries}]);
    assert_eq!(found["selfManagement"]["freeGoods"], goods("strips", 40, &[&strips, &more]));
    assert_eq!(pump["freeGoods"], goods("catheters", 25, &[&catheters]));
    assert_eq!((findings(&found), text(&found["funds"], "rebates")), (vec![], "11.40"));

    let whole = team.get(&at(STATEMENT)).await.expect(200).body;
    let listed = team.get(text(&whole, "entriesHref").split_once("/v1").unwrap().1).await.expect(200);
    assert_eq!(listed.body["items"].as_array().unwrap().len(), 7);
    let request = team.request(Method::GET, &at(STATEMENT)).header("Accept", "text/csv");
    let table = team.send(request).await.expect(200).text;
    assert!(table.contains(&format!("2026,income,pump,,10.30,31,319.30,{}\r\n", line[0])), "{table}");
    assert!(table.contains("2026,leftOfCeiling,pump,,,,42.36,\r\n"), "{table}");
    // INAMI's officer and inspector read the same figures, another hospital and an insurer nothing.
    for role in [Role::ConventionOfficer, Role::Inspector] {
        assert_eq!(statement(&scene.app.role(role, ""), "").await, found);
    }
    // What another establishment invoiced is in its own accounts.
    let there = scene.app.role(Role::Inspector, "").get("/establishments/71032209/accounts/2026").await.expect(200);
    assert_eq!(there.body["accounts"]["incomeTotal"], "0.00");
    scene.h2().get(&at(STATEMENT)).await.expect_problem(404, "resourceNotFound");
    scene.h2().get(&at(ENTRIES)).await.expect_problem(404, "resourceNotFound");
    scene.app.role(Role::InsurerDelegate, "319").get(&at(STATEMENT)).await.expect_problem(403, "missingPermission");
    scene.app.role(Role::PumpDataManager, HOSPITAL_A).get(&at(ENTRIES)).await.expect_problem(403, "missingPermission");
}

/// R-12 (BIL-02): material above the ceiling is pointed out, with what it is about; nothing is refused. A correction
/// takes it away, and the accounts as they were known then keep it.
#[actix_web::test]
async fn r_12_above_the_ceiling() {
    let scene = Scene::start().await;
    invoiced(&scene).await;
    let team = scene.h1();
    let id = enter(&team, "2026-05-04", purchase("pump", "280.97")).await;
    let found = statement(&team, "").await;
    assert_eq!(findings(&found), ["materialAboveCeiling BIL-02 0.01 false"]);
    assert_eq!((&found["findings"][0]["entries"], text(&found["ceiling"], "left")), (&json!([id]), "-0.01"));
    scene.on("2026-06-03");
    let team = scene.h1();
    let mut corrected = purchase("pump", "280.96");
    (corrected["day"], corrected["why"]) = (json!("2026-05-04"), json!("the invoice was read wrongly"));
    team.put(&at(&format!("{ENTRIES}/{id}")), &corrected, 1).await.expect(200);
    assert_eq!(findings(&statement(&team, "").await), [""; 0]);
    assert_eq!(statement(&team, "?knownAt=2026-06-02T12:00:00Z").await, found);
    let versions = team.get(&at(&format!("{ENTRIES}/{id}/versions"))).await.expect(200);
    let told: Vec<&str> = versions.body["items"].as_array().unwrap().iter().map(|one| text(one, "amount")).collect();
    assert_eq!(told, ["280.96", "280.97"]);
    assert_eq!(statement(&team, "?knownAt=2026-05-01T12:00:00Z").await["incomeTotal"], "0.00");
}

/// R-13 (REG-11): another purpose than the four is accepted and pointed out as a ground for denunciation; so is a
/// convention that the hospital does not have on that day, until it is stated.
#[actix_web::test]
async fn r_13_use_of_funds() {
    let scene = Scene::start().await;
    scene.on("2026-06-02");
    let team = scene.h1();
    for (purpose, amount) in [
        ("pump", "1.00"),
        ("selfManagement", "2.00"),
        ("childrensSelfManagement", "3.00"),
        ("advancedTechnologies", "4.00"),
        ("other", "12000.00"),
    ] {
        enter(&team, "2026-05-06", spending(purpose, amount)).await;
    }
    let other = "otherPurpose REG-11 12000.00 true";
    let without = |amount: &str| format!("purposeWithoutConvention REG-11 {amount} true");
    let mut found = findings(&statement(&team, "").await);
    found.sort();
    assert_eq!(found, [other.to_owned(), without("3.00"), without("4.00")]);
    let advanced = |from: &str| json!({"otherConventions": [{"kind": "advancedTechnologies", "from": from}]});
    put_new(&team, &at("/otherConventions"), &advanced("2026-05-07")).await.expect(200);
    assert_eq!(findings(&statement(&team, "").await).len(), 3);
    team.put(&at("/otherConventions"), &advanced("2026-05-06"), 1).await.expect(200);
    let mut found = findings(&statement(&team, "").await);
    found.sort();
    assert_eq!(found, [other.to_owned(), without("3.00")]);
    let twice = json!({"otherConventions": [{"kind": "advancedTechnologies", "from": "2026-05-06"},
        {"kind": "advancedTechnologies", "from": "2027-01-01", "to": "2026-12-31"}]});
    let refused = team.put(&at("/otherConventions"), &twice, 2).await.expect(400);
    assert_eq!(refused.faults(), ["otherConventions[1].to:outOfRange"]);
}

/// REG-08, REG-11, SYS-04: all faults of an entry at once; what its kind does not have is refused, and nothing is
/// stored. The database refuses it too.
#[actix_web::test]
async fn an_entry_is_refused_with_all_its_faults() {
    let scene = Scene::start().await;
    scene.on("2026-06-02");
    let team = scene.h1();
    let before = scene.app.dump();
    let faults = async |body: Value| -> Vec<String> {
        let reply: Reply = team.post(&at(ENTRIES), &body).await.expect(400);
        reply.faults()
    };
    let wrong = json!({"day": "2026-06-03", "kind": "purchase", "amount": "0.00", "quantity": 3, "purpose": "other"});
    assert_eq!(
        faults(wrong).await,
        ["amount:outOfRange", "convention:required", "day:inFuture", "purpose:unknownField", "quantity:unknownField"]
    );
    let unknown = json!({"day": "2026-06-02", "kind": "gift", "amount": "1,00", "convention": "children", "more": 1});
    assert_eq!(
        faults(unknown).await,
        ["amount:notAnAmount", "convention:notInList", "kind:notInList", "more:unknownField"]
    );
    let stranger = json!({"day": "2026-06-02", "kind": "salary", "convention": "pump", "amount": "1.00",
        "teamMemberId": "0198c1de-9a10-7bb1-9d2e-0a4f7c1b2d3e"});
    assert_eq!(faults(stranger).await, ["teamMemberId:memberNotFound"]);
    let goods = json!({"day": "2026-06-02", "kind": "freeGoods", "convention": "pump", "goods": " ", "quantity": 0});
    assert_eq!(faults(goods).await, ["goods:empty", "quantity:outOfRange"]);
    assert_eq!(scene.app.dump(), before);
    for content in [
        json!({"kind": "purchase", "convention": "pump"}),
        json!({"kind": "purchase", "convention": "pump", "amount": "0.00"}),
        json!({"kind": "purchase", "amount": "1.00"}),
        json!({"kind": "rebate", "convention": "pump", "amount": "1.00"}),
        json!({"kind": "spending", "amount": "1.00", "purpose": "cars"}),
        json!({"kind": "spending", "amount": "1.00", "purpose": "pump", "convention": "pump"}),
        json!({"kind": "gift", "convention": "pump", "amount": "1.00"}),
    ] {
        let refused = scene.app.owner().batch_execute(&format!(
            "INSERT INTO insula.records (hospital, kind, key, version, content, day, recorded_at, recorded_by)
             VALUES ('{HOSPITAL_A}', 'accountEntry', 'x', 1, '{content}', '2020-01-01', '2020-01-03', 'x')"
        ));
        let said = refused.unwrap_err().to_string();
        assert!(said.contains("\"account_entry\""), "{content}: {said}");
    }
}
