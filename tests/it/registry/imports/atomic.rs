//! Imports that are stored as a whole or not at all.

use insula_tests::TestApp;
use serde_json::{Value, json};

use super::{counts, imported, report, row, rows, without_the_task};

/// CGM-05, SYS-03: with one faulty row nothing is stored but the report, which names every fault of every row.
#[actix_web::test]
async fn with_one_faulty_row_nothing_is_stored() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let mut faulty = row("r2", 2);
    faulty["content"].as_object_mut().unwrap().remove("therapy");
    faulty["content"]["hba1c"]["date"] = json!("2026-06-20");
    let second = row("r3", 1);
    let before = app.dump();
    let task = imported(&app, &lead, "?mode=submit&atomic=true", &[row("r1", 1), faulty, second, row("r4", 4)]).await;
    assert_eq!(without_the_task(&app.dump()), without_the_task(&before));
    let expected = [
        "1 notDone",
        "2 faulty: content.hba1c.date:afterEvent content.therapy:required",
        "3 refused: secondFirstImplantation",
        "4 notDone",
    ];
    let reported = report(&lead, &task).await;
    assert_eq!(
        (&reported[0], &reported[2], &reported[3]),
        (&expected[0].to_owned(), &expected[2].to_owned(), &expected[3].to_owned())
    );
    assert!(reported[1].starts_with("2 faulty: ") && reported[1].contains("content.therapy:required"), "{reported:?}");
    assert_eq!(task.body["state"], "failed");
    let problem = &task.body["problem"];
    assert_eq!(
        (&problem["type"], &problem["rule"]),
        (&json!("urn:problem-type:insula:importNotStored"), &json!("CGM-05"))
    );
    assert!(rows(&lead, &task).await.iter().all(|row| row.get("registrationId").is_none()));
    assert_eq!(app.deliver(), 0);
}

/// SYS-03: without faults all rows are stored together; rows imported before stay as they are.
#[actix_web::test]
async fn all_good_rows_are_stored_together() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    imported(&app, &lead, "?mode=submit", &[row("r0", 0)]).await;
    let file: Vec<Value> = (0..250).map(|n| row(&format!("r{n}"), n)).collect();
    let task = imported(&app, &lead, "?mode=submit&atomic=true", &file).await;
    assert_eq!((&task.body["state"], counts(&task)), (&json!("done"), json!({"submitted": 249, "unchanged": 1})));
    assert_eq!(rows(&lead, &task).await.iter().filter(|row| row["code"].is_string()).count(), 250);
    assert_eq!(app.deliver(), 250);
    app.assert_invariants();
}
