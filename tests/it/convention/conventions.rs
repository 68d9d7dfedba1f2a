use insula_domain::actor::Role;
use insula_tests::{TestApp, app::HOSPITAL_A, app::HOSPITAL_B};
use serde_json::json;

use super::{at, command, keeper, officer, put_new, with_conventions};

/// CON-01, CON-05, CON-06: a convention is entered, denounced with the computed last day, and expires with
/// self-management.
#[actix_web::test]
async fn a_convention_is_entered_denounced_and_expires() {
    let app = TestApp::start().await;
    let officer = with_conventions(&app, "2021-01-01", false).await;
    let entry = json!({"sentOn": "2026-03-15", "by": "establishment"});
    let denounced = command(&officer, &at("/conventions/7.86.512.34/denounce"), &entry, 1).await.expect(200);
    assert_eq!(denounced.body["lastDay"], "2026-06-30");
    assert_eq!((denounced.body["endedBecause"].as_str(), denounced.version()), (Some("denounced"), 2));
    // A letter whose notice ends later has no effect.
    let later = json!({"sentOn": "2026-05-02", "by": "inami"});
    let again = command(&officer, &at("/conventions/7.86.512.34/denounce"), &later, 2).await.expect(200);
    assert_eq!(
        (again.body["lastDay"].as_str(), again.body["denouncedBy"].as_str()),
        (Some("2026-06-30"), Some("establishment"))
    );
    // Other corrections keep the letter and its notice; the letter cannot precede the convention.
    let corrected = json!({"kind": "pump", "from": "2021-02-01"});
    let corrected = officer.put(&at("/conventions/7.86.512.34"), &corrected, 3).await.expect(200);
    assert_eq!(
        (&corrected.body["lastDay"], &corrected.body["endedBecause"]),
        (&json!("2026-06-30"), &json!("denounced"))
    );
    let moved = officer.put(&at("/conventions/7.86.512.34"), &json!({"kind": "pump", "from": "2026-04-01"}), 4).await;
    assert_eq!(moved.expect_problem(400, "badRequest").faults(), ["sentOn:outOfRange"]);
    let back = json!({"kind": "pump", "from": "2021-01-01"});
    officer.put(&at("/conventions/7.86.512.34"), &back, 4).await.expect(200);
    let entry = json!({"kind": "selfManagement", "from": "2015-01-01", "lastDay": "2026-05-31"});
    officer.put(&at("/conventions/7.40.123.45"), &entry, 1).await.expect(200);
    for (on, in_force) in [("2020-12-31", [false, true]), ("2026-05-31", [true, true]), ("2026-06-01", [false, false])]
    {
        let list = keeper(&app).get(&at(&format!("/conventions?on={on}"))).await.expect(200);
        let items = list.body["items"].as_array().unwrap();
        assert_eq!(items.iter().map(|one| one["inForce"] == true).collect::<Vec<_>>(), in_force, "{on}");
        assert_eq!(items[0]["endedBecause"], "selfManagementEnded");
    }
}

/// CON-01, CON-05: a faulty convention is refused with all its faults, and nothing changes.
#[actix_web::test]
async fn a_wrong_convention_is_refused() {
    let app = TestApp::start().await;
    let officer = officer(&app);
    let pump = |from: &str| json!({"kind": "pump", "from": from});
    let path = at("/conventions/7.86.512.34");
    // Without self-management, and before the convention of this text.
    let early = put_new(&officer, &path, &pump("2020-12-31")).await.expect_problem(400, "badRequest");
    assert_eq!(early.faults(), ["from:outOfRange", "from:selfManagementNotInForce"]);
    with_conventions(&app, "2021-01-01", false).await;
    let before = app.dump();
    let second =
        put_new(&officer, &at("/conventions/7.86.512.35"), &pump("2022-01-01")).await.expect_problem(400, "badRequest");
    assert_eq!(second.faults(), ["from:conventionInForce"]);
    let elsewhere = format!("/establishments/{HOSPITAL_B}/conventions/7.86.512.34");
    let taken = put_new(&officer, &elsewhere, &pump("2022-01-01")).await.expect_problem(400, "badRequest");
    assert!(taken.faults().contains(&"number:repeated".to_owned()), "{:?}", taken.faults());
    let other_kind = json!({"kind": "selfManagement", "from": "yesterday", "surprise": 1, "newEstablishment": "yes"});
    let wrong = put_new(&officer, &path, &other_kind).await.expect_problem(400, "badRequest");
    assert_eq!(wrong.faults().len(), 4, "{:?}", wrong.faults());
    put_new(&officer, &path, &pump("2021-01-01")).await.expect_problem(412, "preconditionFailed");
    let shorter = put_new(&officer, &at("/conventions/7.86.512.3"), &pump("2021-01-01")).await;
    assert_eq!(shorter.expect_problem(400, "badRequest").faults(), ["conventionNumber:checkDigit"]);
    let letter = |sent_on: &str| json!({"sentOn": sent_on, "by": "inami"});
    let denounce = at("/conventions/7.86.512.34/denounce");
    let before_start = command(&officer, &denounce, &letter("2020-12-31"), 1).await.expect_problem(400, "badRequest");
    assert_eq!(before_start.faults(), ["sentOn:outOfRange"]);
    command(&officer, &denounce, &letter("2026-01-01"), 7).await.expect_problem(412, "preconditionFailed");
    assert_eq!(app.dump(), before);
    app.role(Role::ConventionTeam, HOSPITAL_A)
        .put(&path, &pump("2021-01-01"), 1)
        .await
        .expect_problem(403, "missingPermission");
}

/// CON-01: of two conventions of a kind entered at once, one is refused.
#[actix_web::test]
async fn of_two_conventions_entered_at_once_one_is_refused() {
    let app = TestApp::start().await;
    let officer = officer(&app);
    let entry = json!({"kind": "selfManagement", "from": "2015-01-01"});
    let paths = [at("/conventions/7.40.123.45"), at("/conventions/7.40.123.46")];
    let [one, other] = &paths;
    let (one, other) = tokio::join!(put_new(&officer, one, &entry), put_new(&officer, other, &entry));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400]);
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.conventions"), 1);
}
