//! The yearly report (REG-06).

use insula_domain::actor::Role;
use insula_tests::{
    Client, Reply,
    app::{HOSPITAL_A, HOSPITAL_B},
    client::new_key,
    data,
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    at, command,
    coverage::{Scene, applied, at_h2, decide, favourable, of_h1, with},
    officer,
};

const REPORT: &str = "/annualReports/2026";

/// Has days of programme granted to a beneficiary of H1, decided on the day of the application.
async fn granted(scene: &Scene, beneficiary: &str, date: &str, from: &str, to: &str, kind: &str) {
    scene.on(date);
    let content = with(of_h1(date, from, to), "/withoutExaminations", "None recorded yet.");
    let id = applied(&scene.h1(), beneficiary, &with(content, "/kind", kind)).await;
    decide(&scene.adviser(), &id, 2, &favourable(from, to)).await.expect(201);
}

fn pump(beneficiary: &str, model: &str, from: &str, to: Option<&str>) -> Value {
    let mut entry = data::pump_assignment(beneficiary);
    (entry["model"], entry["from"]) = (json!(model), json!(from));
    to.into_iter().for_each(|to| entry["to"] = json!(to));
    entry
}

async fn has_pump(team: &Client, hospital: &str, entry: &Value) -> String {
    team.post(&format!("/establishments/{hospital}/pumpAssignments"), entry).await.expect(201).id()
}

/// P1 to P4 of R-07. Returns P2 and P4, and P2's two pumps.
async fn r_07(scene: &Scene) -> [String; 4] {
    scene.on("2025-09-01");
    let p1 = scene.p1().await;
    let [p2, p3, p4] = [
        scene.person(HOSPITAL_A, &data::niss(2)).await,
        scene.person(HOSPITAL_A, &data::niss(3)).await,
        scene.person(HOSPITAL_A, &data::niss(4)).await,
    ];
    for (who, date, from, to, kind) in [
        (&p2, "2025-09-01", "2025-09-01", "2026-08-31", "first"),
        (&p1, "2026-04-01", "2026-04-01", "2027-03-31", "first"),
        (&p3, "2026-05-06", "2026-05-06", "2027-05-05", "first"),
        (&p2, "2026-08-20", "2026-09-01", "2027-08-31", "prolongation"),
        (&p4, "2026-11-02", "2026-11-02", "2027-11-01", "first"),
    ] {
        granted(scene, who, date, from, to, kind).await;
    }
    let team = scene.h1();
    has_pump(&team, HOSPITAL_A, &pump(&p1, "Model X", "2026-04-01", None)).await;
    let x = has_pump(&team, HOSPITAL_A, &pump(&p2, "Model X", "2025-09-01", Some("2026-08-31"))).await;
    let y = has_pump(&team, HOSPITAL_A, &pump(&p2, "Model Y", "2026-09-01", None)).await;
    has_pump(&team, HOSPITAL_A, &pump(&p3, "Model Y", "2026-05-06", None)).await;
    [p2, p4, x, y]
}

/// Says that P2 changed to another type on another day.
async fn changed_on(scene: &Scene, [p2, _, x, y]: &[String; 4], eve: &str, day: &str, version: i64) {
    for (id, mut entry) in [(y, pump(p2, "Model Y", day, None)), (x, pump(p2, "Model X", "2025-09-01", Some(eve)))] {
        entry["why"] = json!("another day");
        scene.h1().put(&at(&format!("/pumpAssignments/{id}")), &entry, version).await.expect(200);
    }
}

async fn report(reader: &Client, more: &str) -> Value {
    reader.get(&at(&format!("{REPORT}{more}"))).await.expect(200).body
}

async fn send(team: &Client, path: &str, key: &str) -> Reply {
    let request = team.request(Method::POST, &at(&format!("{path}/versions")));
    team.send(request.header("Idempotency-Key", format!("\"{key}\""))).await
}

async fn as_csv(reader: &Client, path: &str) -> String {
    reader.send(reader.request(Method::GET, &at(path)).header("Accept", "text/csv")).await.expect(200).text
}

/// The figures of a report in words.
fn told(figures: &Value) -> String {
    let types = figures["types"].as_array().unwrap().iter();
    let types = types.map(|one| format!("{} {}, ", one["model"].as_str().unwrap(), one["beneficiaries"]));
    format!("{}beneficiaries {}", types.collect::<String>(), figures["beneficiaries"])
}

/// Standing and differences of a view in words.
fn differs(view: &Value) -> String {
    let comparison = &view["comparison"];
    let each = comparison["differences"].as_array().unwrap().iter();
    let each = each.map(|one| format!(": {} {} → {}", one["pump"]["model"], one["sent"], one["now"]));
    format!("{}{}", comparison["standing"].as_str().unwrap(), each.collect::<String>())
}

/// R-07 (REG-06): beneficiaries by type of pump, each counted once among all; who was granted days and never had a pump
/// is listed, for the establishment alone; due on 31 March, with reminders while it is not sent. SYS-02: INAMI reads
/// the report, an insurer and another hospital do not.
#[actix_web::test]
async fn a_years_report_is_computed() {
    let scene = Scene::start().await;
    let people = r_07(&scene).await;
    scene.on("2026-12-31");
    let refused = send(&scene.h1(), REPORT, "early").await.expect_problem(409, "reportTooEarly");
    assert_eq!((&refused.body["from"], &refused.body["rule"]), (&json!("2027-01-01"), &json!("REG-06")));
    scene.on("2027-02-28");
    let view = report(&scene.h1(), "").await;
    assert_eq!(told(&view["report"]), "Model X 2, Model Y 2, beneficiaries 3");
    assert_eq!(
        [&view["due"], &view["canBeSentFrom"], &view["reminders"], &view["model"], &view["comparison"]["standing"]],
        [&json!("2027-03-31"), &json!("2027-01-01"), &json!([]), &json!(1), &json!("notSent")]
    );
    for (day, reminders) in [("2027-03-01", json!(["2027-03-01"])), ("2027-03-24", json!(["2027-03-01", "2027-03-24"]))]
    {
        scene.on(day);
        assert_eq!(report(&scene.h1(), "").await["reminders"], reminders);
    }
    let misfits = scene.h1().get(&at(&format!("{REPORT}/misfits"))).await.expect(200).body;
    assert_eq!(misfits["items"], json!([{"reason": "noPump", "beneficiaryId": people[1], "from": "2026-11-02"}]));
    assert_eq!(
        as_csv(&scene.h1(), REPORT).await.lines().map(str::to_owned).take(4).collect::<Vec<_>>(),
        [
            "year,model,version,sentOn,conventionNumber,from,to,manufacturer,pumpModel,beneficiaries",
            "2026,1,,,,,,Invented Devices,Model X,2",
            "2026,1,,,,,,Invented Devices,Model Y,2",
            "2026,1,,,,,,,,3",
        ]
    );

    let app = &scene.app;
    for reader in [app.role(Role::Inspector, ""), officer(app)] {
        assert_eq!(report(&reader, "").await["report"], view["report"]);
        reader.get(&at(&format!("{REPORT}/misfits"))).await.expect_problem(403, "missingPermission");
        send(&reader, REPORT, &new_key()).await.expect_problem(403, "missingPermission");
    }
    scene.h2().get(&at(REPORT)).await.expect_problem(404, "resourceNotFound");
    scene.h2().get(&at(&format!("{REPORT}/misfits"))).await.expect_problem(404, "resourceNotFound");
    send(&scene.h2(), REPORT, &new_key()).await.expect_problem(404, "resourceNotFound");
    app.role(Role::InsurerDelegate, "319").get(&at(REPORT)).await.expect_problem(403, "missingPermission");
    let theirs = scene.h2().get(&format!("/establishments/{HOSPITAL_B}{REPORT}")).await.expect(200);
    assert_eq!(told(&theirs.body["report"]), "beneficiaries 0");
    // No convention then, and no report.
    scene.h1().get(&at("/annualReports/2020")).await.expect_problem(404, "resourceNotFound");
}

/// R-08, R-22 (REG-06): what was sent stays the same to the byte; a later correction differs from it, or does not, and
/// is sent as another version; each instant keeps what was known at it. SYS-03: a repeated sending makes one version,
/// and of two at once one is refused.
#[actix_web::test]
async fn what_was_sent_stays() {
    let scene = Scene::start().await;
    let people = r_07(&scene).await;
    scene.on("2027-03-30");
    let first = send(&scene.h1(), REPORT, "one").await.expect(201);
    assert_eq!(
        [&first.body["version"], &first.body["sentOn"], &first.body["model"]],
        [&json!(1), &json!("2027-03-30"), &json!(1)]
    );
    assert_eq!(told(&first.body["report"]), "Model X 2, Model Y 2, beneficiaries 3");
    assert_eq!(send(&scene.h1(), REPORT, "one").await.expect(201).text, first.text);
    let refused = send(&scene.h1(), REPORT, "two").await.expect_problem(409, "reportAsSent");
    assert_eq!((&refused.body["version"], &refused.body["rule"]), (&json!(1), &json!("REG-06")));
    assert_eq!(differs(&report(&scene.h1(), "").await), "asSent");
    let version_1 = format!("{REPORT}/versions/1");
    let frozen = [scene.h1().get(&at(&version_1)).await.expect(200).text, as_csv(&scene.h1(), &version_1).await];
    assert_eq!(frozen[0], first.text);
    assert!(frozen[1].contains("\r\n2026,1,1,2027-03-30,,,,Invented Devices,Model Y,2\r\n"), "{}", frozen[1]);

    scene.on("2027-04-10");
    changed_on(&scene, &people, "2026-12-30", "2026-12-31", 1).await;
    assert_eq!(differs(&report(&scene.h1(), "").await), "asSent");
    changed_on(&scene, &people, "2026-12-31", "2027-01-01", 2).await;
    let view = report(&scene.h1(), "").await;
    assert_eq!(told(&view["report"]), "Model X 2, Model Y 1, beneficiaries 3");
    assert_eq!(differs(&view), "differs: \"Model Y\" 2 → 1");
    // Sent before the second reminder came or after both, none is added.
    assert_eq!(view["reminders"], json!(["2027-03-01", "2027-03-24"]));
    let then = report(&scene.h1(), "?knownAt=2027-03-30T12:00:00Z").await;
    assert_eq!((told(&then["report"]), differs(&then)), (told(&first.body["report"]), "asSent".to_owned()));
    let unsent = report(&scene.h1(), "?knownAt=2027-03-29T12:00:00Z").await;
    assert_eq!((told(&unsent["report"]), differs(&unsent)), (told(&first.body["report"]), "notSent".to_owned()));

    let h1 = scene.h1();
    let (one, other) = tokio::join!(send(&h1, REPORT, "three"), send(&h1, REPORT, "four"));
    let (made, refused) = if one.status == 201 { (one, other) } else { (other, one) };
    assert_eq!((made.status, &made.body["version"]), (201, &json!(2)), "{}", made.text);
    refused.expect_problem(409, "reportAsSent");
    assert_eq!(frozen[0], h1.get(&at(&version_1)).await.expect(200).text);
    assert_eq!(frozen[1], as_csv(&h1, &version_1).await);
    assert_eq!(differs(&report(&h1, "").await), "asSent");
    let inspector = scene.app.role(Role::Inspector, "");
    let sent = inspector.get(&at(&format!("{REPORT}/versions"))).await.expect(200).body;
    let each = sent["items"].as_array().unwrap().iter();
    let each: Vec<_> =
        each.map(|one| format!("{} {} {}", one["version"], one["sentOn"], one["beneficiaries"])).collect();
    assert_eq!(each, ["2 \"2027-04-10\" 3", "1 \"2027-03-30\" 3"]);
    assert_eq!(frozen[0], inspector.get(sent["items"][1]["href"].as_str().unwrap()).await.expect(200).text);
    for absent in ["/versions/3", "/versions/2147483647"] {
        h1.get(&at(&format!("{REPORT}{absent}"))).await.expect_problem(404, "resourceNotFound");
    }
    scene.h2().get(&at(&version_1)).await.expect_problem(404, "resourceNotFound");
    scene.h2().get(&at(&format!("{REPORT}/versions"))).await.expect_problem(404, "resourceNotFound");
}

/// R-09 (REG-06): a report follows the model of the year that it is about, however late it is sent, and says so; a
/// model follows the one before. SYS-04: faults come all at once, and change nothing.
#[actix_web::test]
async fn a_report_follows_the_model_of_its_year() {
    let scene = Scene::start().await;
    r_07(&scene).await;
    let source = "INAMI, an invented circular";
    let model =
        |version: i64, from: &str| json!({"kind": "annualReport", "version": version, "from": from, "source": source});
    let officer = officer(&scene.app);
    officer.post("/reportModels", &model(2, "2027-01-01")).await.expect(201);
    let before = scene.app.dump();
    let refused = officer.post("/reportModels", &model(2, "2027-01-01")).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults(), ["from:outOfRange", "version:outOfRange"]);
    let refused = officer.post("/reportModels", &json!({})).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults(), ["from:required", "kind:required", "source:required", "version:required"]);
    scene.h1().post("/reportModels", &model(3, "2028-01-01")).await.expect_problem(403, "missingPermission");
    assert_eq!(scene.app.dump(), before);
    let all = scene.adviser().get("/reportModels").await.expect(200).body;
    let of_reports = all["items"].as_array().unwrap().iter().filter(|one| one["kind"] == "annualReport");
    let of_reports: Vec<_> = of_reports.map(|one| format!("{} {}", one["version"], one["from"])).collect();
    assert_eq!(of_reports, ["1 \"2021-01-01\"", "2 \"2027-01-01\""]);

    scene.on("2028-05-02");
    for (year, version) in [(2026, 1), (2027, 2)] {
        let path = format!("/annualReports/{year}");
        assert_eq!(scene.h1().get(&at(&path)).await.expect(200).body["model"], json!(version));
        assert_eq!(send(&scene.h1(), &path, &path).await.expect(201).body["model"], json!(version));
        assert!(as_csv(&scene.h1(), &format!("{path}/versions/1")).await.contains(&format!("\r\n{year},{version},1,")));
    }
}

/// R-20 (REG-06, CON-05): the report covers the days until the convention ends, is sent from the next day on, and is
/// due on the same day as ever; there is none of the year after.
#[actix_web::test]
async fn a_convention_ends_in_the_year() {
    let scene = Scene::start().await;
    r_07(&scene).await;
    scene.on("2026-05-20");
    let letter = json!({"sentOn": "2026-05-20", "by": "establishment"});
    command(&officer(&scene.app), &at("/conventions/7.86.501.72/denounce"), &letter, 1).await.expect(200);
    scene.on("2026-09-01");
    let view = report(&scene.h1(), "").await;
    assert_eq!(told(&view["report"]), "Model X 2, Model Y 1, beneficiaries 3");
    assert_eq!(view["report"]["parts"][0]["days"], json!({"from": "2026-01-01", "to": "2026-08-31"}));
    assert_eq!([&view["due"], &view["canBeSentFrom"]], ["2027-03-31", "2026-09-01"]);
    send(&scene.h1(), REPORT, "now").await.expect(201);
    scene.h1().get(&at("/annualReports/2027")).await.expect_problem(404, "resourceNotFound");
}

/// R-21 (REG-06, CON-03): after a merger one hospital reports on both conventions, and counts once who was followed at
/// both; each convention has its own part; the other hospital reports on that year no more.
#[actix_web::test]
async fn a_merged_hospital_reports_on_both() {
    let scene = Scene::start().await;
    scene.on("2026-01-05");
    let niss = data::niss(2);
    let at_h1 = scene.person(HOSPITAL_A, &niss).await;
    granted(&scene, &at_h1, "2026-01-05", "2026-01-05", "2026-04-30", "first").await;
    has_pump(&scene.h1(), HOSPITAL_A, &pump(&at_h1, "Model X", "2026-01-05", Some("2026-04-30"))).await;
    scene.on("2026-05-01");
    let id = at_h2(&scene, &niss, "2026-05-01", "2026-05-01", "2027-04-30").await;
    decide(&scene.adviser(), &id, 2, &favourable("2026-05-01", "2027-04-30")).await.expect(201);
    let theirs = scene.h2().get(&format!("/coverageApplications/{id}")).await.expect(200).body["beneficiaryId"].clone();
    has_pump(&scene.h2(), HOSPITAL_B, &pump(theirs.as_str().unwrap(), "Model X", "2026-05-01", None)).await;
    let before = scene.h2().get(&format!("/establishments/{HOSPITAL_B}{REPORT}")).await.expect(200).body;
    assert_eq!(told(&before["report"]), "Model X 1, beneficiaries 1");

    scene.on("2026-06-20");
    let officer = officer(&scene.app);
    let merger = json!({"kind": "merger", "hospitals": [HOSPITAL_A, HOSPITAL_B], "hospital": HOSPITAL_A,
        "effective": "2026-07-01", "kept": "7.86.501.72", "letter": {"sentOn": "2026-06-15", "takesOverAll": true}});
    let seen = officer.post("/mergers/check", &merger).await.expect(200).tag();
    command(&officer, "/mergers", &merger, seen).await.expect(201);
    for reader in [scene.h1(), scene.app.role(Role::Inspector, "")] {
        let view = report(&reader, "").await;
        assert_eq!(told(&view["report"]), "Model X 1, beneficiaries 1");
        let parts = view["report"]["parts"].as_array().unwrap().iter();
        let parts: Vec<_> =
            parts.map(|part| format!("{} {}: {}", part["conventionNumber"], part["hospitals"], told(part))).collect();
        assert_eq!(
            parts,
            [
                "\"7.86.501.72\" [\"71000436\"]: Model X 1, beneficiaries 1",
                "\"7.86.502.71\" [\"71032209\",\"71000436\"]: Model X 1, beneficiaries 1",
            ]
        );
    }
    scene.h2().get(&format!("/establishments/{HOSPITAL_B}{REPORT}")).await.expect_problem(404, "resourceNotFound");
}
