use insula_domain::actor::Role;
use insula_tests::{Client, TestApp, data};
use serde_json::{Value, json};

use super::{at, keeper, put_new, with_conventions};

/// Two sites with a half-day each, North and South.
async fn sites(app: &TestApp, keeper: &Client) -> [Value; 2] {
    with_conventions(app, "2021-01-01", false).await;
    let half_day = json!({"weekday": "tuesday", "part": "morning", "from": "2021-01-01", "present": []});
    let site = |name: &str| {
        json!({"name": name, "address": "Invented street 1", "from": "2021-01-01",
            "selfManagement": [{"from": "2015-01-01"}], "halfDays": [half_day]})
    };
    let sheet = json!({"sites": [site("North"), site("South")]});
    let stated = put_new(keeper, &at("/sites"), &sheet).await.expect(200);
    [0, 1].map(|index| stated.body["items"][index]["id"].clone())
}

/// Where something of a rule is missing in the sheet of sites, on a day.
async fn missing(reader: &Client, rule: &str, more: &str) -> Vec<String> {
    let sheet = reader.get(&at(&format!("/sites?{more}"))).await.expect(200);
    let warnings = sheet.body["warnings"].as_array().unwrap().iter().filter(|one| one["rule"] == rule);
    warnings.map(|one| ["name", "code"].map(|name| one[name].as_str().unwrap()).join(" ")).collect()
}

/// R-15 (REG-13): the half-days of South are stated; until a day and a way are entered in which they were made known to
/// patients, that is missing.
#[actix_web::test]
async fn consultations_are_made_known() {
    let app = TestApp::start().await;
    let keeper = keeper(&app);
    let [north, south] = sites(&app, &keeper).await;
    let notices = at("/consultationNotices");
    let notice = |site: &Value, day: &str| json!({"siteId": site, "day": day, "way": "leaflet"});
    keeper.post(&notices, &notice(&north, "2026-05-06")).await.expect(201);
    let of_south = ["sites[1].halfDays consultationsNotMadeKnown"];
    assert_eq!(missing(&keeper, "REG-13", "").await, of_south);
    let entered = keeper.post(&notices, &notice(&south, "2026-06-10")).await.expect(201);
    assert_eq!(missing(&keeper, "REG-13", "").await, [""; 0]);
    assert_eq!(missing(&keeper, "REG-13", "on=2026-06-09").await, of_south);
    let known = format!("knownAt={}", entered.body["recordedAt"].as_str().unwrap());
    assert_eq!(missing(&keeper, "REG-13", &known).await, [""; 0]);
    // INAMI and a visit read it too.
    for reader in [app.role(Role::Inspector, ""), app.role(Role::InsurerDelegate, "319")] {
        assert_eq!(missing(&reader, "REG-13", "on=2026-06-09").await, of_south);
        assert_eq!(reader.get(&notices).await.expect(200).body["items"].as_array().unwrap().len(), 2);
    }
    let before = app.dump();
    let refused = keeper.post(&notices, &json!({})).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults(), ["day:required", "siteId:required", "way:required"]);
    let unknown = json!("0198c1de-7b20-7d05-8f00-5b1f7a9e2c44");
    for (name, value, fault) in [
        ("siteId", unknown, "siteId:siteUnknown"),
        ("day", json!("2026-06-16"), "day:inFuture"),
        ("way", json!("dove"), "way:notInList"),
    ] {
        let mut wrong = notice(&south, "2026-06-10");
        wrong[name] = value;
        assert_eq!(keeper.post(&notices, &wrong).await.expect_problem(400, "badRequest").faults(), [fault]);
    }
    assert_eq!(app.dump(), before);
}

/// REG-12: rooms, demonstration material and IT support are declared per site, with date; a site without is named.
#[actix_web::test]
async fn infrastructure_is_declared_per_site() {
    let app = TestApp::start().await;
    let keeper = keeper(&app);
    let [north, south] = sites(&app, &keeper).await;
    let register = at("/infrastructureDeclarations");
    let declared = |site: &Value| data::infrastructure(site.as_str().unwrap());
    assert_eq!(missing(&keeper, "REG-12", "").await.len(), 2);
    keeper.post(&register, &declared(&north)).await.expect(201);
    assert_eq!(missing(&keeper, "REG-12", "").await, ["sites[1] infrastructureNotDeclared"]);
    let entered = keeper.post(&register, &declared(&south)).await.expect(201);
    assert_eq!(missing(&keeper, "REG-12", "").await, [""; 0]);
    assert_eq!(missing(&keeper, "REG-12", "on=2026-05-05").await.len(), 2);
    let mut corrected = declared(&south);
    (corrected["day"], corrected["why"]) = (json!("2026-05-20"), json!("moved later"));
    keeper.put(&format!("{register}/{}", entered.id()), &corrected, 1).await.expect(200);
    assert_eq!(missing(&keeper, "REG-12", "on=2026-05-19").await, ["sites[1] infrastructureNotDeclared"]);
    let before = app.dump();
    let refused = keeper.post(&register, &json!({})).await.expect_problem(400, "badRequest");
    let required = ["day", "demonstrationMaterial", "itSupport", "rooms", "siteId"];
    assert_eq!(refused.faults(), required.map(|name| format!("{name}:required")));
    let unknown = json!("0198c1de-7b20-7d05-8f00-5b1f7a9e2c44");
    for (name, value, fault) in [
        ("siteId", unknown, "siteId:siteUnknown"),
        ("day", json!("2026-06-16"), "day:inFuture"),
        ("rooms", json!(""), "rooms:empty"),
    ] {
        let mut wrong = declared(&south);
        wrong[name] = value;
        assert_eq!(keeper.post(&register, &wrong).await.expect_problem(400, "badRequest").faults(), [fault]);
    }
    assert_eq!(app.dump(), before);
}

/// R-15 (REG-14): P1 needs the podologist, who is not at hand; the next agreed consultation is 8 July: due then, and
/// without a contact with a podologist missed from the next day on.
#[actix_web::test]
async fn a_consultant_is_seen_at_the_next_consultation() {
    let app = TestApp::start().await;
    app.clock.set("2026-06-10T08:00:00Z");
    let keeper = keeper(&app);
    let mut podologist = data::team_member("podologist", &[("consultation", "pump", 0.1)]);
    podologist["name"] = json!("Pod Invented");
    let podologist = keeper.post(&at("/teamMembers"), &podologist).await.expect(201).id();
    let p1 = app.lead_a().enter_beneficiary(1).await;
    let (register, due) = (at("/consultantFollowUps"), at("/consultantFollowUpsDue"));
    let mut entry = data::consultant_follow_up(&p1);
    (entry["day"], entry["dueOn"]) = (json!("2026-06-10"), json!("2026-07-08"));
    let entered = keeper.post(&register, &entry).await.expect(201);
    let before = app.dump();
    for (name, value, fault) in [
        ("consultant", json!("diabetesNurse"), "consultant:qualificationDoesNotFit"),
        ("dueOn", json!("2026-06-09"), "dueOn:outOfRange"),
        ("day", json!("2026-06-11"), "day:inFuture"),
        ("beneficiaryId", json!(podologist), "beneficiaryId:beneficiaryNotFound"),
    ] {
        let mut wrong = entry.clone();
        wrong[name] = value;
        assert_eq!(keeper.post(&register, &wrong).await.expect_problem(400, "badRequest").faults(), [fault]);
    }
    assert_eq!(app.dump(), before);
    let stands = async |more: &str| {
        let page = keeper.get(&format!("{due}?beneficiaryId={p1}{more}")).await.expect(200);
        let one = &page.body["items"][0];
        assert_eq!(one["consultantFollowUpId"], json!(entered.id()));
        ["state", "dueOn", "metOn"].map(|name| one[name].as_str().unwrap_or("-").to_owned())
    };
    let expected = |state: &str, met: &str| [state, "2026-07-08", met].map(str::to_owned);
    assert_eq!(stands("").await, expected("open", "-"));
    app.clock.set("2026-07-20T08:00:00Z");
    let keeper = super::keeper(&app);
    let stands = async |more: &str| {
        let page = keeper.get(&format!("{due}?beneficiaryId={p1}{more}")).await.expect(200);
        ["state", "dueOn", "metOn"].map(|name| page.body["items"][0][name].as_str().unwrap_or("-").to_owned())
    };
    assert_eq!(stands("&on=2026-07-08").await, expected("open", "-"));
    assert_eq!(stands("").await, expected("missed", "-"));
    let mut contact = data::contact(&p1, &podologist);
    contact["day"] = json!("2026-07-15");
    let late = keeper.post(&at("/contacts"), &contact).await.expect(201);
    assert_eq!(stands("").await, expected("missed", "2026-07-15"));
    (contact["day"], contact["why"]) = (json!("2026-07-08"), json!("a week earlier"));
    keeper.put(&at(&format!("/contacts/{}", late.id())), &contact, 1).await.expect(200);
    assert_eq!(stands("").await, expected("met", "2026-07-08"));
    assert_eq!(stands("&on=2026-07-07").await, expected("open", "-"));
    app.role(Role::Inspector, "").get(&due).await.expect_problem(403, "missingPermission");
}
