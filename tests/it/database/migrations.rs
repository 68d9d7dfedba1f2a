use std::time::Duration;

use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use insula_domain::actor::Role;
use insula_persistence::migrate;
use insula_tests::{
    TestApp,
    app::{self, HOSPITAL_A, dump_schema, fresh_database},
    data,
};
use serde_json::json;

use super::tenancy::texts;

/// SYS-03: every migration can be reverted and applied again, with the same result.
#[test]
fn migrations_can_be_reverted_and_applied_again() {
    let (owner_url, keys) = fresh_database();
    let before = dump_schema(&owner_url);
    assert!(migrate::check(&owner_url, Duration::ZERO).is_ok());
    migrate::revert_all(&owner_url).unwrap();
    assert!(migrate::check(&owner_url, Duration::ZERO).is_err());
    app::migrate(&owner_url, &keys);
    assert_eq!(dump_schema(&owner_url), before);
}

const TO_RECORDS: &str = include_str!("../../../migrations/2026-11-30-000020_records/up.sql");
/// The migrations that change them, the last one first.
const FROM_WAYS: &str = include_str!("../../../migrations/2026-12-10-000040_ways_of_contact/down.sql");
const TO_WAYS: &str = include_str!("../../../migrations/2026-12-10-000040_ways_of_contact/up.sql");
const FROM_SITES: &str =
    include_str!("../../../migrations/2026-12-10-000030_notices_infrastructure_consultants/down.sql");
const TO_SITES: &str = include_str!("../../../migrations/2026-12-10-000030_notices_infrastructure_consultants/up.sql");
const FROM_REPORTS: &str = include_str!("../../../migrations/2026-12-10-000020_practitioner_reports/down.sql");
const TO_REPORTS: &str = include_str!("../../../migrations/2026-12-10-000020_practitioner_reports/up.sql");
const FROM_MEETINGS: &str = include_str!("../../../migrations/2026-12-10-000010_joint_meetings/down.sql");
const TO_MEETINGS: &str = include_str!("../../../migrations/2026-12-10-000010_joint_meetings/up.sql");
const FROM_FILES: &str = include_str!("../../../migrations/2026-12-04-000010_individual_file/down.sql");
const TO_FILES: &str = include_str!("../../../migrations/2026-12-04-000010_individual_file/up.sql");
const FROM_RECORDS: &str = include_str!("../../../migrations/2026-11-30-000020_records/down.sql");

/// The contents of the three former tables, each with a changed record.
const IN_THREE_TABLES: &str = r#"
    INSERT INTO insula.establishment_sheets (hospital, kind, version, content, recorded_at, recorded_by, replaced_at)
        VALUES
        ('71000436', 'pumps', 1, '[]', '2024-01-01', 'x', '2024-02-01'),
        ('71000436', 'pumps', 2, '[{"manufacturer": "Invented Devices", "model": "Mini 7", "readsSensor": false, "transmitter": false,
            "consumables": true, "platform": "Invented Cloud",
                "span": {"from": "2021-01-01"}}]', '2024-02-01', 'x', NULL);
    INSERT INTO insula.staffing_statements (hospital, year, version, patients, patients_at_year_end, patients_on_entry,
        grounds, self_management, recorded_at, recorded_by, replaced_at) VALUES
        ('71000436', 2024, 1, 58.5, NULL, 61, 'a list', '{"education": "0.9"}', '2024-01-01', 'x', '2024-02-01'),
        ('71000436', 2024, 2, NULL, 60.25, NULL, 'a list', '{}', '2024-02-01', 'x', NULL);
    INSERT INTO insula.team_members (id, version, hospital, name, nihdi_number, qualification, employment,
        entered_service, training_proved_on, withdrawn, why, recorded_at, recorded_by, replaced_at) VALUES
        ('00000000-0000-7000-8000-000000000001', 1, '71000436', 'An', '11234578580', 'endocrinologist', 1, '2020-01-01',
            NULL, false, NULL, '2024-01-01', 'x', '2024-02-01'),
        ('00000000-0000-7000-8000-000000000001', 2, '71000436', 'An', '11234578580', 'endocrinologist', 0.75,
            '2020-01-01', '2021-01-01', false, 'a typing error', '2024-02-01', 'x', NULL),
        ('00000000-0000-7000-8000-000000000002', 1, '71000436', 'Bo', NULL, 'secretary', 0.5, '2020-01-01', NULL, false,
            NULL, '2024-01-01', 'x', '2024-02-01'),
        ('00000000-0000-7000-8000-000000000002', 2, '71000436', 'Bo', NULL, 'secretary', 0.5, '2020-01-01', NULL, true,
            'never here', '2024-02-01', 'x', NULL);
    INSERT INTO insula.team_assignments (member_id, member_version, number, hospital, qualification, function,
        convention, site_id, responsible, fte, exempted_minutes, ward_care_minutes, timetable, valid_from, valid_to,
            present) VALUES
        ('00000000-0000-7000-8000-000000000001', 1, 0, '71000436', 'endocrinologist', 'medical', 'pump', NULL, true,
            0.1, 0, 30, '[{"weekday": 1, "from": 480, "to": 720}]', '2021-01-01', NULL, false),
        ('00000000-0000-7000-8000-000000000001', 2, 0, '71000436', 'endocrinologist', 'medical', 'pump',
            '00000000-0000-7000-8000-00000000000a', true, 0.1234, 15, 0, '[]', '2021-01-01', '2022-01-01', true),
        ('00000000-0000-7000-8000-000000000001', 2, 1, '71000436', 'endocrinologist', 'medical', 'selfManagement', NULL,
            false, 0.2, 0, 0, '[]', '2021-01-01', NULL, true),
        ('00000000-0000-7000-8000-000000000002', 1, 0, '71000436', 'secretary', 'secretariat', 'pump', NULL, false, 0.1,
            0, 0, '[]', '2021-01-01', NULL, false)"#;

/// STF-12: records from the three former tables read as before, with their history, can be changed, and survive a
/// revert.
#[actix_web::test]
async fn records_of_three_tables_are_read_from_one() {
    let app = TestApp::start().await;
    let run = |sql: &str| app.owner().batch_execute(sql).unwrap();
    run(FROM_WAYS);
    run(FROM_SITES);
    run(FROM_REPORTS);
    run(FROM_MEETINGS);
    run(FROM_FILES);
    run(FROM_RECORDS);
    run(IN_THREE_TABLES);
    let before = app.dump();
    run(TO_RECORDS);
    run(FROM_RECORDS);
    assert_eq!(app.dump(), before);
    run(TO_RECORDS);
    run(TO_FILES);
    run(TO_MEETINGS);
    run(TO_REPORTS);
    run(TO_SITES);
    run(TO_WAYS);

    let keeper = app.role(Role::ConventionTeam, HOSPITAL_A);
    let read = async |path: &str| keeper.get(&format!("/establishments/{HOSPITAL_A}{path}")).await.expect(200).body;
    let pumps = read("/pumps").await;
    assert_eq!((&pumps["version"], &pumps["items"][0]["model"]), (&json!(2), &json!("Mini 7")));
    let now = read("/staffingStatements/2024").await;
    assert_eq!((&now["patients"], &now["patientsAtYearEnd"]), (&json!(null), &json!("60.25")));
    let then = read("/staffingStatements/2024?knownAt=2024-01-15T00:00:00Z").await;
    assert_eq!((&then["patients"], &then["patientsOnEntry"]), (&json!("58.5"), &json!("61")));
    assert_eq!(then["selfManagement"], json!({"education": "0.9"}));
    let now = read("/teamMembers").await["items"].clone();
    let [an] = now.as_array().unwrap().as_slice() else { panic!("{now}") };
    assert_eq!(
        (&an["employment"], &an["trainingProvedOn"], &an["why"]),
        (&json!("0.75"), &json!("2021-01-01"), &json!("a typing error"))
    );
    assert_eq!((&an["assignments"][0]["fte"], &an["assignments"][0]["to"]), (&json!("0.1234"), &json!("2022-01-01")));
    assert_eq!(an["assignments"][0]["siteId"], "00000000-0000-7000-8000-00000000000a");
    let then = read("/teamMembers?knownAt=2024-01-15T00:00:00Z").await["items"].clone();
    assert_eq!((&then[0]["assignments"][0]["timetable"][0]["to"], &then[1]["name"]), (&json!("12:00"), &json!("Bo")));
    let path = format!("/establishments/{HOSPITAL_A}/teamMembers/{}", an["id"].as_str().unwrap());
    let entry = json!({"name": "An", "nihdiNumber": "11234578580", "qualification": "endocrinologist", "employment": "1",
        "enteredService": "2020-01-01", "assignments": []});
    assert_eq!(keeper.put(&path, &entry, 2).await.expect(200).version(), 3);
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.team_assignments WHERE present"), 0);
}

const TO_AFFILIATIONS: &str = include_str!("../../../migrations/2026-12-05-000010_affiliations/up.sql");
const FROM_AFFILIATIONS: &str = include_str!("../../../migrations/2026-12-05-000010_affiliations/down.sql");

/// BEN-05, SYS-01: the insurers that were stated become affiliations without days, the former ones too, and survive a
/// revert.
#[actix_web::test]
async fn stated_insurers_become_affiliations() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let id = lead.enter_beneficiary(1).await;
    let path = format!("/beneficiaries/{id}");
    let insured = |insurer: Option<&str>| json!({"niss": data::niss(1), "insurerNumber": insurer});
    let mut none = insured(None);
    none.as_object_mut().unwrap().remove("insurerNumber");
    let bodies = [insured(Some("319")), none, insured(Some("100")), insured(Some("304"))];
    for (body, version) in bodies.iter().zip(1..) {
        app.clock.advance(TimeDelta::minutes(1));
        lead.put(&path, body, version).await.expect(200);
    }
    let rows = || {
        texts(
            &mut app.owner(),
            "SELECT concat_ws(' ', version, insurer, replaced_at) AS t FROM vault.affiliations ORDER BY version",
        )
    };
    let before = rows();
    assert_eq!(before.len(), 3, "{before:?}");
    let run = |sql: &str| app.owner().batch_execute(sql).unwrap();
    run(FROM_AFFILIATIONS);
    let stated = "SELECT coalesce(insurer, 'none') AS t FROM vault.beneficiary_versions ORDER BY version";
    assert_eq!(texts(&mut app.owner(), stated), ["319", "319", "none", "100", "304"]);
    assert_eq!(texts(&mut app.owner(), "SELECT insurer AS t FROM vault.beneficiaries"), ["304"]);
    run(TO_AFFILIATIONS);
    assert_eq!(rows(), before);
    assert_eq!(lead.get(&path).await.expect(200).body["insurerNumber"], "304");
}

const TO_TEXT: &str = include_str!("../../../migrations/2026-12-03-000020_decimals_as_text/up.sql");
const FROM_TEXT: &str = include_str!("../../../migrations/2026-12-03-000020_decimals_as_text/down.sql");

/// SYS-04: numbers with decimals that were stored as JSON numbers read as text, and survive a revert.
#[actix_web::test]
async fn stored_numbers_become_text() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let content = json!({"timeInRange": "71.5", "hba1c": {"value": "55", "unit": "mmolPerMol"}});
    let draft = lead.post("/registrations", &json!({"type": "followUp", "content": content})).await.expect(201);
    let run = |sql: &str| app.owner().batch_execute(sql).unwrap();
    let before = app.dump();
    run(FROM_TEXT);
    let numbers = "SELECT count(*) AS n FROM (SELECT content FROM insula.registrations
        UNION ALL SELECT content FROM insula.registration_versions) AS kept
        WHERE content @> '{\"timeInRange\": 71.5, \"hba1c\": {\"value\": 55}}'";
    assert_eq!(app.count(numbers), 2);
    run(TO_TEXT);
    assert_eq!(app.dump(), before);
    assert_eq!(lead.get(&format!("/registrations/{}", draft.id())).await.expect(200).body["content"], content);
}
