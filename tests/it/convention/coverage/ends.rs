//! What ends a convention cuts the periods granted under it (CON-03 to CON-06, COV-07).

use insula_domain::actor::Role;
use insula_tests::{Client, Reply, app::HOSPITAL_A, app::HOSPITAL_B, data};
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    H1, H2, PRESCRIBER_C, Scene, applied, at, at_h2, c_01, checked, days, decide, draft, expected, favourable, issues,
    of_h1, period, submit, told, with,
};

/// The convention of H1, in the register of its hospital.
const CONVENTION: &str = "/establishments/71000436/conventions/7.86.501.72";

fn officer(scene: &Scene) -> Client {
    scene.app.role(Role::ConventionOfficer, "")
}

/// H1 is split on 2027-01-01, and both successors want the convention.
fn demerger() -> Value {
    json!({"kind": "demerger", "hospital": HOSPITAL_A, "hospitals": [HOSPITAL_A, "71010037"], "effective": "2027-01-01",
        "appliedOn": ["2026-08-01", "2026-08-15"]})
}

/// H1 and H2 merged on 2026-07-01 into H1; its number is kept.
fn merger() -> Value {
    json!({"kind": "merger", "hospitals": [HOSPITAL_A, HOSPITAL_B], "hospital": HOSPITAL_A, "effective": "2026-07-01",
        "kept": H1, "letter": {"sentOn": "2026-06-15", "takesOverAll": true}})
}

async fn carry_out(officer: &Client, stated: &Value) -> Reply {
    let seen = officer.post("/mergers/check", stated).await.expect(200).tag();
    officer.command_with("/mergers", seen, stated).await.expect(201)
}

/// The periods that are cut: identifier, last day left, days lost.
fn cut(shown: &Value) -> Vec<(String, Option<String>, i64)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let one = |cut: &Value| (text(&cut["grantedPeriodId"]).unwrap(), text(&cut["to"]), cut["days"].as_i64().unwrap());
    shown.as_array().unwrap().iter().map(one).collect()
}

/// C-18 (CON-04, COV-07): a demerger after which both apply anew ends what was granted on the eve, as its check said; under
/// the new number both apply anew. Withdrawn as entered in error, it gives the days back.
#[actix_web::test]
async fn a_demerger_ends_what_was_granted() {
    let scene = Scene::start().await;
    let (p1, _, granted) = c_01(&scene).await;
    scene.on("2026-09-20");
    let officer = officer(&scene);
    let shown = officer.post("/mergers/check", &demerger()).await.expect(200);
    let expected_cut = vec![(granted.clone(), Some("2026-12-31".to_owned()), 90)];
    assert_eq!(cut(&shown.body["cutPeriods"]), expected_cut);
    assert_eq!(period(&scene.h1(), &granted).await["to"], "2027-03-31");

    let made = carry_out(&officer, &demerger()).await;
    assert_eq!(cut(&made.body["outcome"]["cutPeriods"]), expected_cut);
    let ended = period(&scene.h1(), &granted).await;
    assert_eq!(days(&ended), expected("2026-04-01", "2026-12-31", 275, "running", "conventionEnded"));
    let seen = scene.h1().get(&format!("/mergers/{}", made.id())).await.expect(200);
    assert_eq!(seen.body["outcome"].get("cutPeriods"), None);

    // Entered in error: the days come back, and what was known stays known.
    let path = format!("/mergers/{}/withdraw", made.id());
    scene.on("2026-09-25");
    officer.command(&path, 1).await.expect(200);
    assert_eq!(days(&period(&scene.h1(), &granted).await), expected("2026-04-01", "2027-03-31", 365, "running", "-"));
    let known = scene.h1().get(&format!("/grantedPeriods/{granted}?knownAt=2026-09-22T12:00:00Z")).await.expect(200);
    assert_eq!(known.body["to"], "2026-12-31");

    carry_out(&officer, &demerger()).await;
    let new = "7.86.504.69";
    let entry = json!({"kind": "pump", "from": "2027-01-01"});
    let put = officer.request(Method::PUT, &format!("/establishments/{HOSPITAL_A}/conventions/{new}")).json(&entry);
    officer.send(put).await.expect(200);
    let anew = |date: &str| with(of_h1(date, "2027-01-01", "2027-12-31"), "/conventionNumber", new);
    scene.on("2026-12-20");
    let early = checked(&scene.h1(), &p1, &anew("2026-12-20")).await;
    assert_eq!(issues(&early)[0], "CON-04 content.applicationDate outOfRange");
    for (date, first, lost) in [("2027-01-20", "2027-01-01", None), ("2027-02-05", "2027-01-06", Some(5))] {
        scene.on(date);
        let content = with(anew(date), "/withoutExaminations", "Planned for May.");
        let check = checked(&scene.h1(), &p1, &content).await;
        let outlook = &check["outlook"];
        assert_eq!((&outlook["firstDay"], outlook["lost"]["days"].as_i64()), (&json!(first), lost), "{date}");
        assert_eq!(issues(&check), [""; 0]);
    }
}

/// CON-05, COV-07: the check of a denunciation names the periods and days that it cuts, and the denunciation cuts them; a
/// period that begins later is lost as a whole.
#[actix_web::test]
async fn a_denunciation_ends_what_was_granted() {
    let scene = Scene::start().await;
    let (p1, _, first) = c_01(&scene).await;
    scene.on("2026-09-10");
    let content = with(of_h1("2026-09-10", "2027-04-01", "2028-03-31"), "/withoutExaminations", "Planned for May.");
    let id = applied(&scene.h1(), &p1, &content).await;
    let second = decide(&scene.adviser(), &id, 2, &favourable("2027-04-01", "2028-03-31")).await.expect(201);
    let second = second.body["grantedPeriodId"].as_str().unwrap().to_owned();
    let officer = officer(&scene);
    let letter = json!({"sentOn": "2026-09-10", "by": "establishment"});
    let expected_cut = vec![(first.clone(), Some("2026-12-31".to_owned()), 90), (second.clone(), None, 366)];
    let before = scene.app.dump();
    let path = format!("{CONVENTION}/denounce");
    let check = officer.post(&format!("{path}/check"), &letter).await.expect(200);
    assert_eq!((cut(&check.body["cutPeriods"]), &check.body["lastDay"]), (expected_cut.clone(), &json!("2026-12-31")));
    assert_eq!(scene.app.dump(), before);

    let done = officer.command_with(&path, 1, &letter).await.expect(200);
    assert_eq!(done.body, check.body);
    let [first, second] = [period(&scene.h1(), &first).await, period(&scene.h1(), &second).await];
    assert_eq!(days(&first), expected("2026-04-01", "2026-12-31", 275, "running", "conventionEnded"));
    assert_eq!(days(&second), expected("2027-04-01", "-", 0, "ended", "conventionEnded"));
    // A second letter, whose notice ends later, changes nothing.
    scene.on("2026-10-02");
    let later = json!({"sentOn": "2026-10-02", "by": "inami"});
    assert_eq!(officer.command_with(&path, 2, &later).await.expect(200).body["cutPeriods"], json!([]));
}

/// CON-06, COV-07: the end of the self-management convention ends what was granted for pumps, and a later one gives days
/// back; those that were granted elsewhere meanwhile stay there.
#[actix_web::test]
async fn the_end_of_self_management_ends_what_was_granted() {
    let scene = Scene::start().await;
    let (_, _, granted) = c_01(&scene).await;
    let officer = officer(&scene);
    let path = format!("/establishments/{HOSPITAL_A}/conventions/7.40.000.01");
    let until = |day: &str| json!({"kind": "selfManagement", "from": "2016-07-01", "lastDay": day});
    officer.put(&path, &until("2026-08-31"), 1).await.expect(200);
    let ended = period(&scene.h1(), &granted).await;
    assert_eq!(days(&ended), expected("2026-04-01", "2026-08-31", 153, "running", "conventionEnded"));
    officer.put(&path, &until("2026-12-31"), 2).await.expect(200);
    let ended = period(&scene.h1(), &granted).await;
    assert_eq!(days(&ended), expected("2026-04-01", "2026-12-31", 275, "running", "conventionEnded"));
    officer.put(&path, &until("2026-08-31"), 3).await.expect(200);

    scene.on("2026-09-10");
    let id = at_h2(&scene, "85073003328", "2026-09-10", "2026-09-05", "2027-09-04").await;
    decide(&scene.adviser(), &id, 2, &favourable("2026-09-05", "2027-09-04")).await.expect(201);
    officer.put(&path, &until("2030-12-31"), 4).await.expect(200);
    let stays = period(&scene.h1(), &granted).await;
    assert_eq!(days(&stays), expected("2026-04-01", "2026-08-31", 153, "ended", "conventionEnded"));
}

/// C-17 (CON-03, COV-07): for a year after a merger applications come under either number; under the other one no period
/// lasts longer than two years.
#[actix_web::test]
async fn a_merger_leaves_two_numbers_for_a_time() {
    let scene = Scene::start().await;
    scene.on("2026-06-20");
    let officer = officer(&scene);
    carry_out(&officer, &merger()).await;
    let p1 = scene.p1().await;
    let under = |date: &str, from: &str, to: &str| with(of_h1(date, from, to), "/conventionNumber", H2);
    for (date, from, to, last) in [
        ("2027-06-30", "2027-06-30", "2028-06-29", Some("2028-06-29")),
        ("2027-07-01", "2027-07-01", "2028-06-30", None),
        ("2027-06-30", "2027-07-01", "2028-06-30", Some("2028-06-30")),
        ("2027-06-30", "2027-07-15", "2028-07-14", Some("2028-06-30")),
    ] {
        scene.on(date);
        let check = checked(&scene.h1(), &p1, &under(date, from, to)).await;
        match last {
            Some(last) => assert_eq!((issues(&check), &check["outlook"]["lastDay"]), (vec![], &json!(last)), "{from}"),
            None => assert_eq!(issues(&check), ["CON-03 content.conventionNumber otherNumberKept"]),
        }
    }
    scene.on("2027-06-30");
    let id = applied(&scene.h1(), &p1, &under("2027-06-30", "2027-07-15", "2028-07-14")).await;
    let refused = decide(&scene.adviser(), &id, 2, &favourable("2027-07-15", "2028-07-14")).await;
    assert_eq!(told(&refused.expect_problem(400, "badRequest").body["issues"]), ["CON-03 to outOfRange"]);
    decide(&scene.adviser(), &id, 2, &favourable("2027-07-15", "2028-06-30")).await.expect(201);
    // e) The same hospital: the next period follows.
    scene.on("2028-05-10");
    let content = with(of_h1("2028-05-10", "2028-06-01", "2029-05-31"), "/withoutExaminations", "Planned for May.");
    let check = checked(&scene.h1(), &p1, &content).await;
    assert_eq!((issues(&check), &check["outlook"]["firstDay"]), (vec![], &json!("2028-07-01")));
    let id = draft(&scene.h1(), &p1, &content).await.id();
    submit(&scene.h1(), &id, 1).await.expect(200);
    assert_eq!(scene.h1().get(&at(&id, "")).await.expect(200).body["status"], "submitted");
}

/// CON-03, COV-07: a period granted under the number that ends, before the merger was entered, is cut with it.
#[actix_web::test]
async fn a_merger_ends_what_was_granted_under_the_other_number() {
    let scene = Scene::start().await;
    scene.on("2026-06-20");
    let person = scene.person(HOSPITAL_B, "85073003328").await;
    let content =
        with(data::coverage_of(H2, "2026-06-20", "2028-01-01", "2028-12-31"), "/prescriber/nihdiNumber", PRESCRIBER_C);
    let id = applied(&scene.h2(), &person, &content).await;
    let given = decide(&scene.adviser(), &id, 2, &favourable("2028-01-01", "2028-12-31")).await.expect(201);
    let granted = given.body["grantedPeriodId"].as_str().unwrap().to_owned();
    let made = carry_out(&officer(&scene), &merger()).await;
    let expected_cut = vec![(granted.clone(), Some("2028-06-30".to_owned()), 184)];
    assert_eq!(cut(&made.body["outcome"]["cutPeriods"]), expected_cut);
    let ended = period(&scene.adviser(), &granted).await;
    assert_eq!(days(&ended), expected("2028-01-01", "2028-06-30", 182, "planned", "conventionEnded"));
}
