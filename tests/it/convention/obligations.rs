//! What is due of an establishment, and its calendar feeds (REG-17).

use insula_domain::actor::Role;
use insula_tests::{
    Client, Reply,
    app::{HOSPITAL_A, HOSPITAL_B},
    data,
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    at, command,
    coverage::{Scene, applied, decide, favourable, of_h1, with},
    officer,
};
use crate::billing::{
    fixtures::{P1, P2, file, insured, make, ready, text},
    pump_days::record,
};

const OBLIGATIONS: &str = "/obligations";
const FEEDS: &str = "/obligationFeeds";

/// The rows in words: day, rule, kind, whom they bind, state, and how far.
fn told(reply: &Reply) -> Vec<String> {
    let each = reply.body["items"].as_array().unwrap().iter();
    let one = |row: &Value| {
        let [due, rule, kind, binds, state] = ["due", "rule", "kind", "binds", "state"].map(|name| text(row, name));
        let progress = &row["progress"];
        let progress =
            if progress.is_null() { String::new() } else { format!(" {}/{}", progress["have"], progress["of"]) };
        format!("{due} {rule} {kind} {binds} {state}{progress}")
    };
    each.map(one).collect()
}

/// A beneficiary of H1 with this number, whose programme of these days is decided on the day of the application.
async fn granted(scene: &Scene, niss: &str, date: &str, from: &str, to: &str) -> String {
    scene.on(date);
    let id = scene.person(HOSPITAL_A, niss).await;
    insured(&scene.h1(), &id, &["319 /"]).await;
    let content = with(of_h1(date, from, to), "/withoutExaminations", "None recorded yet.");
    let application = applied(&scene.h1(), &id, &content).await;
    decide(&scene.adviser(), &application, 2, &favourable(from, to)).await.expect(201);
    id
}

/// H1 of R-17: P1 until 2027-03-31, whose prolongation is submitted, P2 until 2027-03-14; three days of March 2026 are
/// recorded and not invoiced, and a draft was begun. Returns P1 and P2, on 2027-03-01.
async fn h1(scene: &Scene) -> (String, String) {
    ready(scene).await;
    let p2 = granted(scene, P2, "2026-03-20", "2026-03-15", "2027-03-14").await;
    let p1 = granted(scene, P1, "2026-04-08", "2026-04-01", "2027-03-31").await;
    scene.on("2026-05-04");
    let team = scene.h1();
    record(&team, &p1, &["2026-04-01/2026-04-30"]).await.expect(200);
    make(&team, &file("2026-04", 1)).await;
    scene.on("2027-02-22");
    let prolonged = with(of_h1("2027-02-22", "2027-04-01", "2028-03-31"), "/kind", "prolongation");
    let prolonged = with(prolonged, "/withoutExaminations", "None recorded yet.");
    applied(&scene.h1(), &p1, &prolonged).await;
    scene.on("2027-03-01");
    let draft = json!({"beneficiaryId": p2, "content": of_h1("2027-03-01", "2027-02-10", "2028-02-09")});
    scene.h1().post("/coverageApplications", &draft).await.expect(201);
    (p1, p2)
}

/// R-17 (REG-17): each row with its day, its rule, whom it binds, done or not, and where it is met; none without a rule.
#[actix_web::test]
async fn r_17_what_is_due() {
    let scene = Scene::start().await;
    let (p1, p2) = h1(&scene).await;
    let team = scene.h1();
    for year in [2025, 2026] {
        let statement = json!({"patients": "2", "grounds": "a list"});
        let path = at(&format!("/staffingStatements/{year}"));
        team.send(team.request(Method::PUT, &path).json(&statement)).await.expect(200);
    }
    let mut nurse = data::team_member("diabetesNurse", &[("education", "pump", 0.1)]);
    nurse["enteredService"] = json!("2024-09-15");
    nurse.as_object_mut().unwrap().remove("trainingProvedOn");
    nurse["assignments"][0]["from"] = json!("2024-09-15");
    team.post(&at("/teamMembers"), &nurse).await.expect(201);

    // P1 has a practitioner, who was told of the therapy and not yet of an important change.
    team.post(&at("/treatingPhysicians"), &data::treating_physician(&p1)).await.expect(201);
    let mut report = data::practitioner_report(&p1);
    (report["day"], report["kind"]) = (json!("2026-04-03"), json!("start"));
    team.post(&at("/practitionerReports"), &report).await.expect(201);
    let mut change = data::therapy_change(&p1);
    change["day"] = json!("2026-09-03");
    team.post(&at("/therapyChanges"), &change).await.expect(201);

    let found = team.get(&at(OBLIGATIONS)).await.expect(200);
    assert_eq!(
        told(&found),
        [
            "2026-03-15 REG-04 therapyInformation responsiblePhysician noneKnown",
            "2026-09-03 REG-04 importantChange team open",
            "2026-12-31 REG-03 jointMeetings team open 0/6",
            "2027-03-12 COV-05 draftLosesDays team open",
            "2027-03-14 COV-04 periodEnds team open",
            "2027-03-31 COV-04 periodEnds team done",
            "2027-03-31 REG-06 annualReport establishment open",
            "2027-09-14 STF-11 trainingProof teamMember open",
            "2027-12-31 BIL-06 summaries billing open 0/1",
            "2027-12-31 REG-03 jointMeetings team open 0/6",
        ]
    );
    let rows = found.body["items"].as_array().unwrap();
    let of = |kind: &str, due: &str| rows.iter().find(|row| row["kind"] == kind && row["due"] == due).unwrap();
    assert_eq!(of("periodEnds", "2027-03-14")["beneficiaryId"], json!(p2));
    let prolonged = of("periodEnds", "2027-03-31");
    assert_eq!((&prolonged["beneficiaryId"], &prolonged["doneOn"]), (&json!(p1), &json!("2027-02-22")));
    assert!(text(prolonged, "href").contains("/coverageApplications/"), "{prolonged}");
    let late: Vec<&str> = rows.iter().filter(|row| row["late"] == true).map(|row| text(row, "kind")).collect();
    assert_eq!(late, ["importantChange", "jointMeetings"]);
    // Each row leads to what meets it.
    for row in rows {
        if let Some(href) = row["href"].as_str() {
            team.get(href.split_once("/v1").unwrap().1).await.expect(200);
        }
    }
    // Days that lose their two years: recorded late and not invoiced.
    scene.on("2028-03-05");
    let team = scene.h1();
    record(&team, &p2, &["2026-03-20/2026-03-22"]).await.expect(200);
    let later = told(&team.get(&at(OBLIGATIONS)).await.expect(200));
    assert!(later.contains(&"2028-03-31 BIL-08 lastDayToInvoice billing open 0/3".to_owned()), "{later:?}");

    for day in ["2020-12-31", "3000-01-01"] {
        let refused = team.get(&at(&format!("{OBLIGATIONS}?on={day}"))).await.expect(400);
        assert_eq!(refused.faults(), ["on:outOfRange"]);
    }
    scene.h2().get(&at(OBLIGATIONS)).await.expect_problem(404, "resourceNotFound");
    scene.app.role(Role::Inspector, "").get(&at(OBLIGATIONS)).await.expect_problem(403, "missingPermission");
    // The yearly report is met once it is sent.
    let sent = team.request(Method::POST, &at("/annualReports/2027/versions"));
    team.send(sent.header("Idempotency-Key", insula_tests::client::new_key())).await.expect(201);
    let rows = told(&team.get(&at(OBLIGATIONS)).await.expect(200));
    assert!(rows.contains(&"2028-03-31 REG-06 annualReport establishment done".to_owned()), "{rows:?}");
}

/// R-20 (REG-17, CON-05, COV-07): H1 denounces; its beneficiaries have to be told a month before the first day without
/// programme. What is due after the last day ends; the yearly report stays due.
#[actix_web::test]
async fn r_20_the_convention_ends() {
    let scene = Scene::start().await;
    ready(&scene).await;
    granted(&scene, P1, "2026-04-08", "2026-04-01", "2027-03-31").await;
    scene.on("2026-05-21");
    let letter = json!({"sentOn": "2026-05-20", "by": "establishment"});
    command(&officer(&scene.app), &at("/conventions/7.86.501.72/denounce"), &letter, 1).await.expect(200);
    let found = told(&scene.h1().get(&at(OBLIGATIONS)).await.expect(200));
    assert!(found.contains(&"2026-08-01 COV-07 beneficiariesTold establishment open 0/1".to_owned()), "{found:?}");
    assert!(found.contains(&"2026-08-31 CON-05 conventionEnds establishment open".to_owned()), "{found:?}");
    assert!(!found.iter().any(|row| row.contains("fullReport")), "{found:?}");
    let after = told(&scene.h1().get(&at(&format!("{OBLIGATIONS}?on=2026-09-01"))).await.expect(200));
    assert!(after.contains(&"2027-03-31 REG-06 annualReport establishment open".to_owned()), "{after:?}");
}

/// REG-17, SYS-04: the page of the morning speaks the reader's language and names whom a row is about; the trail says
/// whose name was read.
#[actix_web::test]
async fn the_page_of_the_morning() {
    let scene = Scene::start().await;
    let (_, p2) = h1(&scene).await;
    let team = scene.h1();
    let page = async |language: &str| {
        let request = team.request(Method::GET, &at(OBLIGATIONS)).header("Accept", "text/html");
        team.send(request.header("Accept-Language", language)).await.expect(200).text
    };
    for (language, said) in [
        ("fr", ["Rapport annuel par type de pompe 2026", "31/03/2027"]),
        ("nl", ["Jaarverslag per type pomp 2026", "31/03/2027"]),
        ("de", ["Jahresbericht je Pumpentyp 2026", "31.03.2027"]),
        ("en", ["Yearly report by type of pump 2026", "2027-03-31"]),
    ] {
        let page = page(language).await;
        assert!(page.contains(&format!("<html lang=\"{language}\">")), "{page}");
        assert!(said.iter().all(|text| page.contains(text)) && page.contains("Invented"), "{page}");
        assert!(page.contains("REG-06, C 13 §1, 13 §3"), "{page}");
    }
    let auditor = scene.app.role(Role::Auditor, "");
    let events = auditor.get("/auditEvents?pageSize=100").await.expect(200);
    assert!(events.text.contains(&p2));
}

async fn revoke(client: &Client, path: &str) -> Reply {
    client.send(client.request(Method::DELETE, path)).await
}

async fn calendar(client: &Client, token: &str) -> Reply {
    client.get(&format!("{FEEDS}/{token}")).await
}

/// REG-17: a feed is read without other authorisation; it holds no identity, keeps its identifiers when a day moves, and
/// opens nothing once it is revoked. Only a hash of its token is stored.
#[actix_web::test]
async fn r_17_a_calendar_feed() {
    let scene = Scene::start().await;
    h1(&scene).await;
    let team = scene.h1();
    let entry = json!({"name": "Calendar of the team", "language": "nl"});
    let made = team.post(&at(FEEDS), &entry).await.expect(201);
    let token = text(&made.body, "feedHref").rsplit_once('/').unwrap().1.to_owned();
    let listed = team.get(&at(FEEDS)).await.expect(200);
    assert!(listed.body["items"][0]["feedHref"].is_null() && !listed.text.contains(&token), "{}", listed.text);
    assert!(!scene.app.dump().contains(&token));
    let anybody = scene.app.client(None);
    let found = calendar(&anybody, &token).await.expect(200);
    assert_eq!(found.header("content-type"), "text/calendar");
    let unfolded = found.text.replace("\r\n ", "");
    assert!(unfolded.contains("UID:annualReport/establishment/2026@71000436.insula"), "{unfolded}");
    assert!(unfolded.contains("SUMMARY:Jaarverslag per type pomp 2026\r\n"), "{unfolded}");
    assert!(unfolded.contains("DTSTART;VALUE=DATE:20270331"), "{unfolded}");
    // What is met is not in it.
    assert!(!unfolded.contains("periodEnds") || unfolded.matches("UID:periodEnds").count() == 1, "{unfolded}");
    for identity in [P1, P2, "Invented", "1985"] {
        assert!(!unfolded.contains(identity), "{identity}: {unfolded}");
    }
    let uids = |text: &str| -> Vec<String> {
        text.lines().filter(|line| line.starts_with("UID:")).map(str::to_owned).collect()
    };
    scene.on("2027-03-02");
    let again = calendar(&scene.app.client(None), &token).await.expect(200).text.replace("\r\n ", "");
    assert_eq!(uids(&again), uids(&unfolded));
    // Another hospital neither sees nor revokes it.
    let team = scene.h1();
    let path = at(&format!("{FEEDS}/{}", made.id()));
    revoke(&scene.h2(), &path).await.expect_problem(404, "resourceNotFound");
    let theirs = scene.h2().get(&format!("/establishments/{HOSPITAL_B}{FEEDS}")).await.expect(200);
    assert_eq!(theirs.body["items"], json!([]));
    revoke(&team, &path).await.expect(204);
    revoke(&team, &path).await.expect_problem(404, "resourceNotFound");
    calendar(&scene.app.client(None), &token).await.expect_problem(404, "resourceNotFound");
    calendar(&scene.app.client(None), "0").await.expect_problem(404, "resourceNotFound");
    let kept = team.get(&at(FEEDS)).await.expect(200);
    assert!(kept.body["items"][0]["revokedAt"].is_string());
}
