use diesel::connection::SimpleConnection;
use insula_domain::actor::Role;
use insula_persistence::Login;
use insula_tests::{
    Client, Reply, TestApp,
    app::{HOSPITAL_A, HOSPITAL_B},
    client::new_key,
    until,
    waiting::locked_out,
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{at, command, keeper, put_new, with_conventions};

/// A third hospital, which has no conventions.
const MERGED: &str = "71010037";

/// The conventions of A and of B.
async fn two_hospitals(app: &TestApp) -> Client {
    let officer = with_conventions(app, "2021-01-01", false).await;
    let of_b = |number: &str| format!("/establishments/{HOSPITAL_B}/conventions/{number}");
    let entry = json!({"kind": "selfManagement", "from": "2016-01-01"});
    put_new(&officer, &of_b("7.40.200.01"), &entry).await.expect(200);
    let entry = json!({"kind": "pump", "from": "2022-01-01"});
    put_new(&officer, &of_b("7.86.522.09"), &entry).await.expect(200);
    officer
}

fn merger(hospital: &str) -> Value {
    json!({"kind": "merger", "hospitals": [HOSPITAL_A, HOSPITAL_B], "hospital": hospital, "effective": "2026-07-01",
        "kept": "7.86.512.34", "letter": {"sentOn": "2026-06-15", "takesOverAll": true}})
}

/// A preview of a merger, and its ETag.
async fn checked(officer: &Client, body: &Value) -> Reply {
    officer.post("/mergers/check", body).await.expect(200)
}

async fn carry_out(officer: &Client, body: &Value) -> Reply {
    let seen = checked(officer, body).await.tag();
    command(officer, "/mergers", body, seen).await
}

async fn withdraw(officer: &Client, id: &str, version: i64) -> Reply {
    let request = officer.request(Method::POST, &format!("/mergers/{id}/withdraw"));
    officer.send(request.header("If-Match", format!("\"{version}\"")).header("Idempotency-Key", new_key())).await
}

/// The conventions of a hospital on a day: number, whether in force, last day.
async fn conventions(client: &Client, hospital: &str, on: &str) -> Vec<(String, bool, String)> {
    let list = client.get(&format!("/establishments/{hospital}/conventions?on={on}")).await.expect(200);
    let text = |one: &Value| one.as_str().unwrap_or_default().to_owned();
    let items = list.body["items"].as_array().unwrap();
    items.iter().map(|one| (text(&one["number"]), one["inForce"] == true, text(&one["lastDay"]))).collect()
}

fn held(rows: &[(&str, bool, &str)]) -> Vec<(String, bool, String)> {
    rows.iter().map(|(number, on, last)| ((*number).to_owned(), *on, (*last).to_owned())).collect()
}

/// CON-03: a merger does what its preview shows: both conventions continue for two years with the merged hospital, each
/// hospital sees the days on which it held them, insurers see it, and uninvolved hospitals do not.
#[actix_web::test]
async fn a_merger_is_shown_and_carried_out() {
    let app = TestApp::start().await;
    let officer = two_hospitals(&app).await;
    let before = app.dump();
    let body = merger(MERGED);
    let shown = checked(&officer, &body).await;
    assert_eq!(app.dump(), before, "a check stores nothing");
    assert_eq!(shown.body["kept"], json!({"number": "7.86.512.34"}));
    assert_eq!(
        shown.body["ending"],
        json!([{"number": "7.86.522.09", "lastDay": "2028-06-30", "endedBecause": "merged",
            "keptOnlyFrom": "2027-07-01",
            "periodsEndOn": "2028-06-30"}])
    );
    let handed = shown.body["handedOver"].as_array().unwrap();
    assert_eq!(handed.len(), 4);
    assert!(handed.iter().all(|one| one["to"] == MERGED && one["from"] == "2026-07-01"));
    // A change in between invalidates the preview.
    let agreed = json!({"kind": "pump", "from": "2022-01-01", "lastDay": "2027-12-31"});
    officer.put(&format!("/establishments/{HOSPITAL_B}/conventions/7.86.522.09"), &agreed, 1).await.expect(200);
    command(&officer, "/mergers", &body, shown.tag()).await.expect_problem(412, "preconditionFailed");
    let seen = checked(&officer, &body).await;
    assert_eq!(seen.body["ending"][0]["lastDay"], "2027-12-31");
    let made = command(&officer, "/mergers", &body, seen.tag()).await.expect(201);
    assert_eq!(made.body["outcome"], seen.body);
    assert_eq!(made.body["stated"], body);

    assert_eq!(
        conventions(&officer, MERGED, "2026-07-01").await,
        held(&[
            ("7.86.512.34", true, ""),
            ("7.86.522.09", true, "2027-12-31"),
            ("7.40.123.45", true, ""),
            ("7.40.200.01", true, "")
        ])
    );
    let of_a = [("7.86.512.34", true, "2026-06-30"), ("7.40.123.45", true, "2026-06-30")];
    assert_eq!(conventions(&keeper(&app), HOSPITAL_A, "2026-06-30").await, held(&of_a));
    let after = of_a.map(|(number, _, last)| (number, false, last));
    assert_eq!(conventions(&keeper(&app), HOSPITAL_A, "2026-07-01").await, held(&after));
    let list = officer.get(&format!("/establishments/{MERGED}/conventions")).await.expect(200);
    let first = &list.body["items"][0];
    assert_eq!((&first["from"], &first["takenOverOn"]), (&json!("2021-01-01"), &json!("2026-07-01")));

    let href = made.body["href"].as_str().unwrap().to_owned();
    let path = href.split("/insula/v1").last().unwrap();
    for reader in [app.insurer("319"), keeper(&app), app.role(Role::ConventionTeam, HOSPITAL_B), officer.clone()] {
        // What it cuts is for INAMI (COV-07).
        let mut seen = reader.get(path).await.expect(200).body;
        if seen["outcome"].get("cutPeriods").is_none() {
            seen["outcome"]["cutPeriods"] = json!([]);
        }
        assert_eq!(seen, made.body);
        let all = reader.get("/mergers").await.expect(200);
        assert_eq!(all.body["items"].as_array().unwrap().len(), 1);
    }
    let stranger = app.role(Role::ConventionTeam, "71040424");
    stranger.get(path).await.expect_problem(404, "resourceNotFound");
    assert_eq!(stranger.get("/mergers").await.expect(200).body["items"], json!([]));
    let none = officer.get("/mergers?hospital=71040424").await.expect(200);
    assert_eq!(none.body["items"], json!([]));
}

/// CON-03, CON-05: an end caused by a merger survives corrections; a letter ends the convention earlier, but not before
/// it was handed over.
#[actix_web::test]
async fn the_end_of_a_merger_stays() {
    let app = TestApp::start().await;
    let officer = two_hospitals(&app).await;
    carry_out(&officer, &merger(HOSPITAL_A)).await.expect(201);
    let path = at("/conventions/7.86.522.09");
    let corrected = json!({"kind": "pump", "from": "2022-02-01"});
    let corrected = officer.put(&path, &corrected, 2).await.expect(200);
    assert_eq!(corrected.body["lastDay"], "2028-06-30");
    assert_eq!(
        (&corrected.body["endedBecause"], &corrected.body["takenOverOn"]),
        (&json!("merged"), &json!("2026-07-01"))
    );
    let letter = json!({"sentOn": "2026-12-15", "by": "establishment"});
    let denounced = command(&officer, &format!("{path}/denounce"), &letter, 3).await.expect(200);
    assert_eq!(
        (&denounced.body["lastDay"], &denounced.body["endedBecause"]),
        (&json!("2027-03-31"), &json!("denounced"))
    );
    let early = json!({"sentOn": "2026-01-15", "by": "inami"});
    let refused = command(&officer, &format!("{path}/denounce"), &early, 4).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults(), ["sentOn:handedOverLater"]);
    let before = app.dump();
    let short = json!({"kind": "pump", "from": "2022-02-01", "lastDay": "2026-06-29"});
    let refused = officer.put(&path, &short, 4).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults(), ["lastDay:handedOverLater", "sentOn:outOfRange"]);
    // Without self-management it would expire before it was handed over.
    let managed = json!({"kind": "selfManagement", "from": "2016-01-01", "lastDay": "2026-05-31"});
    let refused = officer.put(&at("/conventions/7.40.200.01"), &managed, 2).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults(), ["lastDay:handedOverLater", "lastDay:handedOverLater"]);
    assert_eq!(app.dump(), before);
    // A hospital cannot conclude a second one of a kind; the other one may again.
    let third = json!({"kind": "pump", "from": "2027-01-01"});
    let refused = put_new(&officer, &at("/conventions/7.86.530.01"), &third).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults(), ["from:conventionInForce"]);
}

/// CON-04: one successor takes a convention over, or both start anew: then it ends on the day before, and no new one
/// begins earlier.
#[actix_web::test]
async fn a_demerger_hands_over_or_ends() {
    let app = TestApp::start().await;
    let officer = two_hospitals(&app).await;
    let mut body = json!({"kind": "demerger", "hospitals": [HOSPITAL_A, MERGED], "hospital": HOSPITAL_A,
        "effective": "2027-01-01",
        "takenOver": {"by": MERGED, "jointLetter": "2026-11-01", "allRights": true, "selfManagement": true}});
    let made = carry_out(&officer, &body).await.expect(201);
    assert_eq!(made.body["outcome"]["kept"], json!({"number": "7.86.512.34"}));
    assert_eq!(made.body["outcome"]["handedOver"].as_array().unwrap().len(), 2);
    let there = conventions(&officer, MERGED, "2027-01-01").await;
    assert_eq!(there, held(&[("7.86.512.34", true, ""), ("7.40.123.45", true, "")]));
    let withdrawn = withdraw(&officer, &made.id(), 1).await.expect(200);
    assert!(withdrawn.body["withdrawnAt"].is_string() && withdrawn.version() == 2);
    assert_eq!(conventions(&officer, MERGED, "2027-01-01").await, []);

    body.as_object_mut().unwrap().remove("takenOver");
    body["appliedOn"] = json!(["2026-09-02", "2026-08-01"]);
    let late = officer.post("/mergers/check", &body).await.expect_problem(400, "badRequest");
    assert_eq!(late.faults(), ["appliedOn[0]:afterDeadline"]);
    body["appliedOn"] = json!(["2026-09-01", "2026-08-01"]);
    let made = carry_out(&officer, &body).await.expect(201);
    assert_eq!(
        made.body["outcome"],
        json!({"ending": [{"number": "7.86.512.34", "lastDay": "2026-12-31", "endedBecause": "demerged",
            "periodsEndOn": "2026-12-31"}], "handedOver": [], "newConventionsFrom": "2027-01-01", "cutPeriods": []})
    );
    let entry = json!({"kind": "selfManagement", "from": "2026-10-01"});
    put_new(&officer, &format!("/establishments/{MERGED}/conventions/7.40.300.01"), &entry).await.expect(200);
    let new = format!("/establishments/{MERGED}/conventions/7.86.540.01");
    let early = put_new(&officer, &new, &json!({"kind": "pump", "from": "2026-12-31"})).await;
    assert_eq!(early.expect_problem(400, "badRequest").faults(), ["from:outOfRange"]);
    put_new(&officer, &new, &json!({"kind": "pump", "from": "2027-01-01"})).await.expect(200);
    let own = json!({"kind": "pump", "from": "2027-01-01"});
    put_new(&officer, &at("/conventions/7.86.540.02"), &own).await.expect(200);
    // A convention concluded since prevents the withdrawal.
    let before = app.dump();
    let refused = withdraw(&officer, &made.id(), 1).await.expect_problem(409, "mergerBuiltUpon");
    assert_eq!(refused.body["conventionNumber"], "7.86.512.34");
    assert_eq!(app.dump(), before);
}

/// CON-03, CON-04: a withdrawal restores the conventions; refused once one of them has changed, and a second time.
#[actix_web::test]
async fn a_merger_is_withdrawn() {
    let app = TestApp::start().await;
    let officer = two_hospitals(&app).await;
    let rows = || {
        let of = |what: &str, table: &str| app.count(&format!("SELECT count(*) AS n FROM insula.{table} WHERE {what}"));
        (
            of("true", "convention_holders"),
            of("merger IS NULL AND held_to IS NULL", "convention_holders"),
            of("cut_to IS NULL", "conventions"),
        )
    };
    let before = rows();
    let made = carry_out(&officer, &merger(HOSPITAL_B)).await.expect(201);
    assert_eq!(rows(), (6, 1, 3));
    withdraw(&officer, &made.id(), 2).await.expect_problem(412, "preconditionFailed");
    let done = withdraw(&officer, &made.id(), 1).await.expect(200);
    assert_eq!(rows(), before);
    withdraw(&officer, &made.id(), 1).await.expect_problem(412, "preconditionFailed");
    withdraw(&officer, &made.id(), 2).await.expect_problem(412, "preconditionFailed");
    assert_eq!(officer.get(&format!("/mergers/{}", made.id())).await.expect(200).body, done.body);
    // Again, with a later change.
    let made = carry_out(&officer, &merger(HOSPITAL_B)).await.expect(201);
    let path = format!("/establishments/{HOSPITAL_B}/conventions/7.86.522.09");
    officer
        .put(&path, &json!({"kind": "pump", "from": "2022-03-01"}), 1)
        .await
        .expect_problem(412, "preconditionFailed");
    let present = app.count("SELECT version::bigint AS n FROM insula.conventions WHERE number = '7.86.522.09'");
    officer.put(&path, &json!({"kind": "pump", "from": "2022-03-01"}), present).await.expect(200);
    withdraw(&officer, &made.id(), 1).await.expect_problem(409, "mergerBuiltUpon");
}

/// CON-03, CON-04, SYS-04: a faulty merger is refused with all its faults, and nothing changes.
#[actix_web::test]
async fn a_wrong_merger_is_refused() {
    let app = TestApp::start().await;
    let officer = two_hospitals(&app).await;
    let before = app.dump();
    let faults = async |body: &Value| {
        let checked = officer.post("/mergers/check", body).await.expect_problem(400, "badRequest").faults();
        let made = command(&officer, "/mergers", body, 1).await.expect_problem(400, "badRequest").faults();
        assert_eq!(checked, made);
        checked
    };
    let with = |name: &str, value: Value| {
        let mut body = merger(MERGED);
        body[name] = value;
        body
    };
    let itself = with("hospitals", json!([HOSPITAL_A, HOSPITAL_A]));
    assert_eq!(faults(&itself).await, ["hospitals[1]:repeated"]);
    assert_eq!(faults(&with("hospital", json!("71099911"))).await, ["hospital:hospitalUnknown"]);
    assert_eq!(faults(&with("kept", json!("7.86.599.99"))).await, ["kept:notInList"]);
    let mut bare = merger(MERGED);
    bare.as_object_mut().unwrap().retain(|name, _| name != "kept" && name != "letter");
    assert_eq!(faults(&bare).await, ["kept:required", "letter:required"]);
    let letter = json!({"sentOn": "2028-07-01", "surprise": 1});
    assert_eq!(faults(&with("letter", letter)).await, ["letter.surprise:unknownField"]);
    let letter = json!({"sentOn": "2028-07-01"});
    assert_eq!(
        faults(&with("letter", letter)).await,
        ["letter.sentOn:afterDeadline", "letter.takesOverAll:takeOverNotDeclared"]
    );
    assert_eq!(faults(&with("effective", json!("2020-12-31"))).await, ["hospitals:pumpConventionMissing"]);
    assert_eq!(faults(&with("takenOver", json!({}))).await, ["takenOver:unknownField"]);
    assert_eq!(faults(&with("hospitals", json!([]))).await, ["hospitals[0]:required", "hospitals[1]:required"]);
    assert_eq!(faults(&with("hospitals", json!(7))).await, ["hospitals:wrongType"]);
    assert_eq!(
        faults(&with("hospitals", json!([7, "x", "y"]))).await,
        ["hospitals:tooMany", "hospitals[0]:wrongType", "hospitals[1]:notAnIdentifier"]
    );
    assert_eq!(
        faults(&json!({})).await,
        ["effective:required", "hospital:required", "hospitals:required", "kind:required"]
    );
    let demerger = json!({"kind": "demerger", "hospitals": [HOSPITAL_B, MERGED], "hospital": HOSPITAL_A,
        "effective": "2021-01-01"});
    assert_eq!(faults(&demerger).await, [":exactlyOneOf"]);
    let mut taken = demerger.clone();
    taken["takenOver"] = json!({"by": HOSPITAL_A});
    assert_eq!(
        faults(&taken).await,
        [
            "hospital:pumpConventionMissing",
            "takenOver.allRights:takeOverNotDeclared",
            "takenOver.by:notInList",
            "takenOver.jointLetter:required",
            "takenOver.selfManagement:selfManagementNotTakenOver"
        ]
    );
    let request = officer.request(Method::POST, "/mergers").header("Idempotency-Key", new_key());
    officer.send(request.json(&merger(MERGED))).await.expect_problem(428, "preconditionRequired");
    assert_eq!(app.dump(), before);
}

/// CON-03, SYS-03: of two concurrent mergers of the same hospital one is carried out; a repeated request yields one
/// merger.
#[actix_web::test]
async fn of_two_mergers_at_once_one_is_carried_out() {
    let app = TestApp::start().await;
    let officer = two_hospitals(&app).await;
    let bodies = [merger(MERGED), merger(HOSPITAL_A)];
    let [one, other] = [checked(&officer, &bodies[0]).await.tag(), checked(&officer, &bodies[1]).await.tag()];
    // Both wait for the lock on conventions.
    let mut lock = app.owner();
    lock.batch_execute("BEGIN; SELECT pg_advisory_xact_lock(hashtext('insula.conventions'))").unwrap();
    let carry_out = |body: &Value, tag| {
        let (officer, body) = (officer.clone(), body.clone());
        actix_web::rt::spawn(async move { command(&officer, "/mergers", &body, tag).await })
    };
    let both = [carry_out(&bodies[0], one), carry_out(&bodies[1], other)];
    until("both wait", || app.count(&locked_out(Login::Authority)) == 2).await;
    lock.batch_execute("COMMIT").unwrap();
    let [one, other] = both;
    let (one, other) = (one.await.unwrap(), other.await.unwrap());
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 400], "{} {}", one.text, other.text);
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.mergers"), 1);
    let own = if one.status == 201 { &one } else { &other };
    withdraw(&officer, &own.id(), 1).await.expect(200);
    let key = new_key();
    let seen = checked(&officer, &bodies[0]).await.tag();
    let twice = async || {
        let request = officer.request(Method::POST, "/mergers").header("If-Match", format!("\"{seen}\""));
        officer.send(request.header("Idempotency-Key", &key).json(&bodies[0])).await.expect(201)
    };
    assert_eq!(twice().await.id(), twice().await.id());
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.mergers WHERE withdrawn_at IS NULL"), 1);
}
