use diesel::connection::SimpleConnection;
use insula_domain::actor::Role;
use insula_tests::{TestApp, app::HOSPITAL_A};
use serde_json::{Value, json};

use super::{at, keeper, put_new};

/// STF-12: of two first versions of a record stated at once, one is refused.
#[actix_web::test]
async fn of_two_first_versions_at_once_one_is_refused() {
    let app = TestApp::start().await;
    let keeper = keeper(&app);
    let statement = json!({"patients": "58", "grounds": "a list"});
    for (path, body) in [(at("/pumps"), json!({"pumps": []})), (at("/staffingStatements/2024"), statement)] {
        let (one, other) = tokio::join!(put_new(&keeper, &path, &body), put_new(&keeper, &path, &body));
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412], "{path}");
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.records"), 2);
}

/// STF-12, STF-19: the database refuses a record of the wrong form; only its trigger writes the assignments of members.
#[actix_web::test]
async fn the_database_refuses_a_record_of_the_wrong_form() {
    let app = TestApp::start().await;
    let id = "00000000-0000-0000-0000-000000000001";
    let does = json!({"function": "secretariat", "convention": "pump", "responsible": false, "fte": "0.5",
        "exemptedMinutes": 0,
        "wardCareMinutes": 0, "timetable": [], "from": "2020-01-01"});
    let member = json!({"id": id, "name": "x", "qualification": "secretary", "employment": "1",
        "enteredService": "2020-01-01",
        "assignments": [does]});
    let statement = json!({"year": 2024, "patients": "58", "grounds": "a list", "selfManagement": {}});
    let with = |of: &Value, name: &str, value: Value| {
        let mut changed = of.clone();
        changed[name] = value;
        changed
    };
    let refused = |kind: &str, key: &str, content: &Value, year: &str| {
        let said = app.owner().batch_execute(&format!(
            "BEGIN; INSERT INTO insula.records (hospital, kind, key, version, content, year, recorded_at, recorded_by)
             VALUES ('{HOSPITAL_A}', '{kind}', '{key}', 1, '{content}', {year}, now(), 'x'); ROLLBACK"
        ));
        said.err().map(|error| error.to_string()).unwrap_or_default()
    };
    let good = [("pumps", "", json!([]), "NULL"), ("staffingStatement", "2024", statement.clone(), "2024")];
    for (kind, key, content, year) in good.into_iter().chain([("teamMember", id, member.clone(), "NULL")]) {
        assert_eq!(refused(kind, key, &content, year), "", "{kind}");
    }
    let wrong = [
        ("weather", "", json!([]), "NULL", "records_kind_check"),
        ("pumps", "1", json!([]), "NULL", "sheet"),
        ("pumps", "", json!({}), "NULL", "sheet"),
        ("pumps", "", json!([]), "2024", "sheet"),
        ("staffingStatement", "2024", statement.clone(), "2023", "staffing_statement"),
        ("staffingStatement", "2024", statement.clone(), "NULL", "staffing_statement"),
        ("staffingStatement", "2024", with(&statement, "patients", json!("-1")), "2024", "staffing_statement"),
        ("staffingStatement", "2024", with(&statement, "grounds", json!("")), "2024", "staffing_statement"),
        ("staffingStatement", "2024", with(&statement, "selfManagement", json!(null)), "2024", "staffing_statement"),
        ("teamMember", &id.replace('1', "2"), member.clone(), "NULL", "team_member"),
        ("teamMember", id, with(&member, "name", json!("")), "NULL", "team_member"),
        ("teamMember", id, with(&member, "nihdiNumber", json!("123")), "NULL", "team_member"),
        ("teamMember", id, with(&member, "qualification", json!("baker")), "NULL", "team_member"),
        ("teamMember", id, with(&member, "employment", json!(null)), "NULL", "team_member"),
        ("teamMember", id, with(&member, "assignments", json!(null)), "NULL", "team_member"),
        ("teamMember", id, with(&member, "qualification", json!("podologist")), "NULL", "qualification_fits"),
    ];
    for (kind, key, content, year, constraint) in wrong {
        let said = refused(kind, key, &content, year);
        assert!(said.contains(&format!("\"{constraint}\"")), "{kind} {content}: {said}");
    }
}

/// SYS-02, REG-10: a visit does not open what an establishment keeps of one beneficiary, of whatever kind it is.
#[actix_web::test]
async fn records_of_a_beneficiary_stay_with_the_establishment() {
    let app = TestApp::start().await;
    let keeper = keeper(&app);
    put_new(&keeper, &at("/sites"), &json!({"sites": []})).await.expect(200);
    let readers = [keeper.clone(), app.role(Role::Inspector, ""), app.role(Role::InsurerDelegate, "319")];
    for reader in &readers {
        reader.get(&at("/sites")).await.expect(200);
    }
    let person = app.lead_a().enter_beneficiary(1).await;
    // A kind that visits read gets a beneficiary: that alone closes it.
    app.owner()
        .batch_execute(&format!(
            "ALTER TABLE insula.records DROP CONSTRAINT sheet; UPDATE insula.records SET beneficiary = '{person}'"
        ))
        .unwrap();
    for (reader, status) in readers.iter().zip([200, 404, 404]) {
        reader.get(&at("/sites")).await.expect(status);
    }
}
