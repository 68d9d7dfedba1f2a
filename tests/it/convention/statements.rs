use insula_tests::TestApp;
use serde_json::json;

use super::{at, keeper, put_new};

/// STF-03, STF-05: a year is stated and restated, and the earlier version is kept.
#[actix_web::test]
async fn a_year_is_stated_and_restated() {
    let app = TestApp::start().await;
    let keeper = keeper(&app);
    let path = at("/staffingStatements/2024");
    keeper.get(&path).await.expect_problem(404, "resourceNotFound");
    let entry = json!({"patients": "58.5", "patientsAtYearEnd": "61", "grounds": "a list",
        "selfManagement": {"medical": "0.4", "education": "0.3333"}});
    let stated = put_new(&keeper, &path, &entry).await.expect(200);
    assert_eq!(
        (stated.version(), &stated.body["selfManagement"]),
        (1, &json!({"medical": "0.4", "education": "0.3333"}))
    );
    put_new(&keeper, &path, &entry).await.expect_problem(412, "preconditionFailed");
    let anew = keeper.put(&path, &json!({"patients": "59", "grounds": "counted again"}), 1).await.expect(200);
    assert_eq!((anew.version(), anew.body["patients"].as_str()), (2, Some("59")));
    keeper.put(&path, &entry, 1).await.expect_problem(412, "preconditionFailed");
    assert_eq!(keeper.get(&path).await.expect(200).body["grounds"], "counted again");
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.records"), 2);
}

/// STF-03, SYS-04: a faulty statement is refused with all its faults, and nothing changes.
#[actix_web::test]
async fn a_wrong_statement_is_refused() {
    let app = TestApp::start().await;
    let keeper = keeper(&app);
    let before = app.dump();
    let wrong = json!({"patients": "-1", "patientsAtYearEnd": "1.00001", "patientsOnEntry": 12, "grounds": "",
        "selfManagement": {"medical": "1e300", "nursing": 1}, "surprise": true});
    let path = at("/staffingStatements/2024");
    let refused = put_new(&keeper, &path, &wrong).await.expect_problem(400, "badRequest");
    let faults = refused.faults();
    assert_eq!(
        faults,
        [
            "grounds:empty",
            "patients:outOfRange",
            "patientsAtYearEnd:tooPrecise",
            "patientsOnEntry:notANumber",
            "selfManagement.medical:notANumber",
            "selfManagement.nursing:unknownField",
            "surprise:unknownField",
        ]
    );
    for year in ["24", "02024", "1999", "20x4"] {
        let path = at(&format!("/staffingStatements/{year}"));
        let refused = put_new(&keeper, &path, &wrong).await.expect_problem(400, "badRequest");
        assert_eq!(refused.faults(), ["year:outOfRange"], "{year}");
    }
    assert_eq!(app.dump(), before);
}
