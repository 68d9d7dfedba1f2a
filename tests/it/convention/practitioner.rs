use insula_domain::actor::Role;
use insula_tests::{Client, app::HOSPITAL_B, data};
use serde_json::{Value, json};

use super::{
    at, command,
    coverage::{Scene, applied, c_01, decide, favourable, of_h1, with},
};

const DUE: &str = "/practitionerReportsDue";

/// The reports of a beneficiary on a day, as `kind physician due state` and when it was sent.
async fn due(team: &Client, beneficiary: &str, more: &str) -> Vec<String> {
    let page = team.get(&at(&format!("{DUE}?beneficiaryId={beneficiary}{more}"))).await.expect(200);
    let items = page.body["items"].as_array().unwrap();
    assert!(items.len() <= 1 && items.iter().all(|one| one["beneficiaryId"] == beneficiary), "{}", page.text);
    let reports = items.iter().flat_map(|one| one["reports"].as_array().unwrap());
    let shown = |one: &Value| {
        let said = ["kind", "sentTo", "due", "state", "sentOn"].into_iter().filter_map(|name| one[name].as_str());
        said.collect::<Vec<_>>().join(" ")
    };
    reports.map(shown).collect()
}

async fn sent(scene: &Scene, beneficiary: &str, day: &str, kind: &str, to: &str) {
    let mut report = data::practitioner_report(beneficiary);
    (report["day"], report["kind"], report["sentTo"]) = (json!(day), json!(kind), json!(to));
    scene.h1().post(&at("/practitionerReports"), &report).await.expect(201);
}

/// R-06 (REG-04): at the start practitioner and specialist are informed; a full report is due within twelve months, and
/// then twelve months after the last one; an important change is shown until a report of it is sent; a beneficiary
/// without practitioner is not late; after the last day nothing new becomes due.
#[actix_web::test]
async fn reports_to_practitioners_are_due_and_sent() {
    let scene = Scene::start().await;
    let (p1, ..) = c_01(&scene).await;
    let team = scene.h1();
    team.post(&at("/treatingPhysicians"), &data::treating_physician(&p1)).await.expect(201);
    let mut specialist = data::treating_physician(&p1);
    specialist["kind"] = json!("specialist");
    let specialist = team.post(&at("/treatingPhysicians"), &specialist).await.expect(201);
    let start = |to: &str, rest: &str| format!("start {to} 2026-04-01 {rest}");
    let (gp, other) = ("generalPractitioner", "specialist");
    let yearly = |due: &str, rest: &str| format!("yearly {gp} {due} {rest}");
    assert_eq!(due(&team, &p1, "&on=2026-04-01").await, [start(gp, "open"), start(other, "open")]);
    sent(&scene, &p1, "2026-04-03", "start", gp).await;
    let told = start(gp, "sent 2026-04-03");
    assert_eq!(due(&scene.h1(), &p1, "").await, [told.clone(), start(other, "late")]);
    // There was no specialist after all.
    let why = json!({"why": "of another beneficiary"});
    let path = at(&format!("/treatingPhysicians/{}/withdraw", specialist.id()));
    command(&scene.h1(), &path, &why, 1).await.expect(200);
    assert_eq!(due(&scene.h1(), &p1, "").await, std::slice::from_ref(&told));
    let then = "&knownAt=2026-04-20T07:00:00Z";
    assert_eq!(due(&scene.h1(), &p1, then).await, [""; 0], "not granted yet");

    scene.on("2026-09-03");
    let mut change = data::therapy_change(&p1);
    change["day"] = json!("2026-09-03");
    scene.h1().post(&at("/therapyChanges"), &change).await.expect(201);
    let changed = |rest: &str| format!("importantChange {gp} 2026-09-03 {rest}");
    assert_eq!(due(&scene.h1(), &p1, "").await, [told.clone(), changed("open")]);
    scene.on("2026-10-01");
    assert_eq!(due(&scene.h1(), &p1, "").await, [told.clone(), changed("late")]);
    scene.on("2026-10-02");
    sent(&scene, &p1, "2026-10-02", "importantChange", gp).await;
    let changed = changed("sent 2026-10-02");

    // The prolongation.
    scene.on("2027-02-10");
    let content = of_h1("2027-02-10", "2027-04-01", "2028-03-31");
    let content = with(content, "/withoutExaminations", "None recorded yet.");
    let id = applied(&scene.h1(), &p1, &with(content, "/kind", "prolongation")).await;
    decide(&scene.adviser(), &id, 2, &favourable("2027-04-01", "2028-03-31")).await.expect(201);
    assert_eq!(due(&scene.h1(), &p1, "").await, [told.clone(), changed.clone(), yearly("2027-04-01", "open")]);
    sent(&scene, &p1, "2027-02-10", "yearly", gp).await;
    let first = yearly("2027-04-01", "sent 2027-02-10");
    assert_eq!(
        due(&scene.h1(), &p1, "").await,
        [told.clone(), changed.clone(), first.clone(), yearly("2028-02-10", "open")]
    );
    scene.on("2028-02-05");
    sent(&scene, &p1, "2028-02-05", "yearly", gp).await;
    scene.on("2028-06-01");
    let last = yearly("2028-02-10", "sent 2028-02-05");
    assert_eq!(due(&scene.h1(), &p1, "").await, [told, changed, first, last]);

    // P2 has no practitioner. Everybody else of the establishment is in the list too, nobody of another.
    let p2 = scene.person(insula_tests::app::HOSPITAL_A, &data::niss(7)).await;
    let id = applied(&scene.h1(), &p2, &of_h1("2028-06-01", "2028-06-01", "2029-05-31")).await;
    decide(&scene.adviser(), &id, 2, &favourable("2028-06-01", "2029-05-31")).await.expect(201);
    scene.on("2028-07-01");
    assert_eq!(due(&scene.h1(), &p2, "").await, [format!("start {gp} 2028-06-01 noneKnown")]);
    let first = scene.h1().get(&at(&format!("{DUE}?pageSize=1"))).await.expect(200);
    let rest = scene.h1().get(first.body["next"].as_str().unwrap()).await.expect(200);
    let whom = |page: &Value| page["items"][0]["beneficiaryId"].as_str().unwrap().to_owned();
    let mut both = [whom(&first.body), whom(&rest.body)];
    both.sort();
    let mut expected = [p1, p2];
    expected.sort();
    assert_eq!((both, rest.body.get("next")), (expected, None));
    scene.h2().get(&at(DUE)).await.expect_problem(404, "resourceNotFound");
    let theirs = scene.h2().get(&format!("/establishments/{HOSPITAL_B}{DUE}")).await.expect(200);
    assert_eq!(theirs.body["items"], json!([]));
    scene.app.role(Role::Inspector, "").get(&at(DUE)).await.expect_problem(403, "missingPermission");
}

/// REG-04, SYS-04: faults come all at once, with their rule, and nothing changes.
#[actix_web::test]
async fn a_report_that_cannot_be_is_refused() {
    let scene = Scene::start().await;
    scene.on("2026-06-15");
    let (team, p1) = (scene.h1(), scene.p1().await);
    let before = scene.app.dump();
    let entries = [
        ("/treatingPhysicians", data::treating_physician(&p1)),
        ("/therapyChanges", data::therapy_change(&p1)),
        ("/practitionerReports", data::practitioner_report(&p1)),
    ];
    let required: [&[&str]; 3] = [
        &["beneficiaryId", "from", "kind", "name"],
        &["beneficiaryId", "change", "day", "important"],
        &["beneficiaryId", "day", "kind", "sentTo"],
    ];
    for ((register, _), required) in entries.iter().zip(required) {
        let refused = team.post(&at(register), &json!({})).await.expect_problem(400, "badRequest");
        assert_eq!(refused.faults(), required.iter().map(|name| format!("{name}:required")).collect::<Vec<_>>());
    }
    for (of, name, value, fault) in [
        (0, "from", json!("2026-06-16"), "from:inFuture"),
        (0, "to", json!("2019-12-31"), "to:outOfRange"),
        (0, "kind", json!("baker"), "kind:notInList"),
        (0, "nihdiNumber", json!("40000127401"), "nihdiNumber:notAPhysician"),
        (1, "day", json!("2026-06-16"), "day:inFuture"),
        (1, "important", json!("yes"), "important:wrongType"),
        (2, "day", json!("2026-06-16"), "day:inFuture"),
        (2, "kind", json!("monthly"), "kind:notInList"),
        (2, "sentTo", json!("nobody"), "sentTo:notInList"),
        (2, "note", json!(data::niss(3)), "note:nationalNumber"),
    ] {
        let (register, entry) = &entries[of];
        let mut wrong = entry.clone();
        wrong[name] = value;
        let refused = team.post(&at(register), &wrong).await.expect_problem(400, "badRequest");
        assert_eq!(refused.faults(), [fault], "{register}");
    }
    assert_eq!(scene.app.dump(), before);
}
