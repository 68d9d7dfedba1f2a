use insula_domain::actor::Role;
use insula_tests::{
    TestApp,
    app::{HOSPITAL_A, HOSPITAL_B},
    data,
};
use serde_json::json;

use super::{data_manager, enter, events, many};

/// TRA-03, SYS-02: an adhered hospital reads its own data, INAMI's data manager all; others have no access.
#[actix_web::test]
async fn a_hospital_reads_its_own_and_inami_everything() {
    let app = TestApp::start().await;
    app.lead_a().submitted(&app, 1).await;
    app.lead_b().submitted(&app, 2).await;
    // The same person at both.
    app.lead_b().submitted(&app, 1).await;
    app.when_older_transactions_ended();
    let hospitals = |reply: &insula_tests::Reply| {
        let items = reply.body["items"].as_array().unwrap().clone();
        items.iter().map(|item| item["hospital"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let a = app.lead_a().get("/codedRegistrations").await.expect(200);
    assert_eq!(hospitals(&a), [HOSPITAL_A]);
    let associate = app.role(Role::StudyAssociate, HOSPITAL_B).get("/codedRegistrations").await.expect(200);
    assert_eq!(hospitals(&associate), [HOSPITAL_B, HOSPITAL_B]);
    let all = data_manager(&app).get("/codedRegistrations").await.expect(200);
    assert_eq!(hospitals(&all), [HOSPITAL_A, HOSPITAL_B, HOSPITAL_B]);
    assert_eq!(all.body["items"][0]["pseudonym"], all.body["items"][2]["pseudonym"], "one person");
    assert_ne!(all.body["items"][0]["pseudonym"], all.body["items"][1]["pseudonym"]);
    for (role, number) in [
        (Role::StudySupport, HOSPITAL_A),
        (Role::AccessManager, HOSPITAL_A),
        (Role::InsurerBilling, "319"),
        (Role::Inspector, ""),
        (Role::ConventionOfficer, ""),
        (Role::HealthdataOperator, ""),
        (Role::Auditor, ""),
    ] {
        for path in ["/codedRegistrations", "/statistics"] {
            app.role(role, number).get(path).await.expect_problem(403, "missingPermission");
        }
    }
    let asks = "/codedRegistrations?hospital=71032209";
    assert_eq!(
        app.lead_a().get(asks).await.expect(200).body["items"],
        json!([]),
        "another's is as if it were not there"
    );
    assert_eq!(data_manager(&app).get(asks).await.expect(200).body["items"].as_array().unwrap().len(), 2);
}

/// TRA-03: a hospital that does not adhere today has no access, even if it did before; nor does a person without a
/// grant (CGM-02). The refusal names the rule.
#[actix_web::test]
async fn only_hospitals_that_adhere_today_read() {
    let app = TestApp::start().await;
    enter(&app, &many("71010037", 1, 3));
    let before = app.dump();
    for path in ["/codedRegistrations", "/statistics"] {
        for accept in ["application/json", "text/csv"] {
            if path == "/statistics" && accept == "text/csv" {
                continue;
            }
            let reply = super::get_as(&app.lead_not_adhered(), path, accept).await;
            let reply = reply.expect_problem(403, "hospitalNotAdheredToday");
            assert_eq!((&reply.body["rule"], &reply.body["source"]), (&json!("TRA-03"), &json!("M 6.3, 6.4")));
        }
        let stranger = app.client(Some(app.token("hospital", Some(HOSPITAL_A), "stranger", &[Role::StudyLead])));
        stranger.get(path).await.expect_problem(403, "registryNotGranted");
        app.lead_a().get(path).await.expect(200);
    }
    // Adherence includes its last day; days are Brussels days.
    let officer = app.role(Role::ConventionOfficer, "");
    let at = format!("/hospitals/{HOSPITAL_A}");
    let version = officer.get(&at).await.expect(200).version();
    let body =
        json!({"name": "Invented hospital", "language": "fr", "adheredFrom": "2020-07-01", "adheredTo": "2026-06-15"});
    officer.put(&at, &body, version).await.expect(200);
    app.clock.set("2026-06-15T21:59:00Z");
    app.lead_a().get("/codedRegistrations").await.expect(200);
    app.clock.set("2026-06-15T22:00:00Z");
    for path in ["/codedRegistrations", "/statistics"] {
        app.lead_a().get(path).await.expect_problem(403, "hospitalNotAdheredToday");
    }
    assert!(before.contains("71010037"));
}

/// TRA-01: a hospital sees neither the technical identifier nor version or instant, by which it could link a row to its
/// registration; INAMI does, and neither sees identifiers known to hospitals.
#[actix_web::test]
async fn a_hospital_gets_no_means_to_link() {
    let app = TestApp::start().await;
    let registration = app.lead_a().submitted(&app, 1).await;
    app.when_older_transactions_ended();
    let own = app.lead_a().get("/codedRegistrations").await.expect(200);
    let own = &own.body["items"][0];
    let names: Vec<_> = own.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "content",
            "dictionaryVersion",
            "eventDate",
            "hospital",
            "nomenclaturePair",
            "pseudonym",
            "receivedOn",
            "type"
        ]
    );
    assert_eq!((&own["receivedOn"], &own["eventDate"]), (&json!("2026-06-15"), &json!("2026-06-01")));
    let full = data_manager(&app).get("/codedRegistrations").await.expect(200);
    let full = full.body["items"][0].clone();
    assert!(full["technicalId"].is_string() && full["version"].is_number() && full["receivedAt"].is_string());
    for known in [registration.id(), registration.body["code"].as_str().unwrap().to_owned()] {
        assert!(!full.to_string().contains(&known), "{full}");
    }
    // The address of the next page does not reveal them either.
    enter(&app, &many(HOSPITAL_A, 1, 3));
    let page = app.lead_a().get("/codedRegistrations?pageSize=1").await.expect(200);
    assert!(!page.text.contains(full["technicalId"].as_str().unwrap()), "{}", page.text);
}

/// TRA-03, TRA-04: each registration is shown as last delivered; deleted ones are gone.
#[actix_web::test]
async fn each_registration_is_shown_once_as_last_delivered() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let registration = lead.submitted(&app, 1).await;
    let path = format!("/registrations/{}", registration.id());
    let open = lead.command(&format!("{path}/reopen"), registration.version()).await.expect(200);
    let mut content = data::first_implantation();
    content["therapy"] = json!("injections");
    let body = json!({"beneficiaryId": open.body["beneficiaryId"], "content": content});
    let saved = lead.put(&path, &body, open.version()).await.expect(200);
    lead.submit(&saved).await.expect(200);
    app.deliver();
    app.when_older_transactions_ended();
    let items = lead.get("/codedRegistrations").await.expect(200).body["items"].clone();
    assert_eq!(items.as_array().unwrap().len(), 1);
    assert_eq!(items[0]["content"]["therapy"], "injections");
    let open = lead.again(&saved).await;
    let open = lead.command(&format!("{path}/reopen"), open.version()).await.expect(200);
    lead.delete(&format!("{path}?reason=other"), open.version()).await.expect(204);
    app.deliver();
    app.when_older_transactions_ended();
    assert_eq!(lead.get("/codedRegistrations").await.expect(200).body["items"], json!([]));
    assert_eq!(data_manager(&app).get("/codedRegistrations").await.expect(200).body["items"], json!([]));
}

/// SYS-01, TRA-03: every read is recorded in the trail with person, number and filter; without the event it fails.
#[actix_web::test]
async fn every_read_is_recorded_in_the_trail() {
    let app = TestApp::start().await;
    enter(&app, &many(HOSPITAL_A, 1, 7));
    let lead = app.lead_a();
    lead.get("/codedRegistrations?type=firstImplantation&eventFrom=2026-01-03&pageSize=3").await.expect(200);
    super::get_as(&lead, "/codedRegistrations", "text/csv").await.expect(200);
    data_manager(&app).get("/statistics?groupBy=type&fromYear=2026").await.expect(200);
    let read = events(&app, "listCodedRegistrations");
    assert_eq!(read[0]["organisation"], "hospital:71000436");
    assert_eq!(read[0]["person"], "dev.studyLead");
    assert_eq!(
        read[0]["details"],
        json!({"filter": {"type": ["firstImplantation"], "eventFrom": "2026-01-03"}, "form": "json", "continued": false,
            "registrations": 3})
    );
    assert_eq!((&read[1]["details"]["form"], &read[1]["details"]["registrations"]), (&json!("csv"), &json!(7)));
    assert_eq!(read.len(), 2);
    let asked = events(&app, "getStatistics");
    assert_eq!(asked[0]["details"]["question"], json!({"groupBy": ["type"], "fromYear": 2026}));
    use diesel::connection::SimpleConnection;
    app.owner().batch_execute("REVOKE INSERT ON trail.events FROM insula_hospital, insula_authority").unwrap();
    for path in ["/codedRegistrations", "/statistics"] {
        for accept in ["application/json", "application/x-ndjson", "*/*"] {
            if path == "/statistics" && accept != "*/*" {
                continue;
            }
            super::get_as(&lead, path, accept).await.expect_problem(500, "internalServerError");
            super::get_as(&data_manager(&app), path, accept).await.expect_problem(500, "internalServerError");
        }
    }
}

/// SYS-02: the database restricts coded data by itself: without a scope admitted by coded.enter no row is visible; a
/// hospital's scope has only its rows, whatever the query.
#[actix_web::test]
async fn the_database_restricts_coded_data() {
    use diesel::{Connection, PgConnection, RunQueryDsl, connection::SimpleConnection};
    use insula_persistence::Login;
    let app = TestApp::start().await;
    enter(&app, &many(HOSPITAL_A, 1, 6));
    enter(&app, &many(HOSPITAL_B, 7, 8));
    #[derive(diesel::QueryableByName)]
    struct Seen {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        rows: i64,
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        groups: i64,
    }
    let seen = |login: Login, scope: &str| {
        let url = insula_api::database::role_url(&app.owner_url, &app.db.keys, login);
        let mut conn = PgConnection::establish(&url).unwrap();
        conn.batch_execute(&format!("BEGIN; {scope}")).unwrap();
        let seen: Seen = diesel::sql_query(
            "SELECT (SELECT count(*) FROM coded.deliveries) AS rows,
                 (SELECT count(*) FROM coded.groups('hospital', 'type', NULL, NULL, NULL, 1, 0, 'infinity')
                  WHERE first_value IS NOT NULL) AS groups",
        )
        .get_result(&mut conn)
        .unwrap();
        (seen.rows, seen.groups)
    };
    let today = "SELECT coded.enter('2026-06-15');";
    let hospital = |number: &str| format!("SELECT insula.enter('{number}', 'dev.studyLead', 'all');");
    let inami = "SELECT insula.enter('inami', 'p', '');";
    assert_eq!(seen(Login::Hospital, ""), (0, 0));
    assert_eq!(seen(Login::Hospital, &hospital(HOSPITAL_A)), (0, 0));
    assert_eq!(
        seen(Login::Hospital, &format!("{} {today}", hospital(HOSPITAL_A))),
        (6, 0),
        "hospitals are not told apart"
    );
    assert_eq!(seen(Login::Hospital, &format!("{} {today}", hospital(HOSPITAL_B))), (8, 0));
    let other = format!("{} {today} SELECT set_config('insula.coded_reader', '71032209', true);", hospital(HOSPITAL_A));
    assert_eq!(seen(Login::Hospital, &other), (0, 0));
    assert_eq!(seen(Login::Authority, ""), (0, 0));
    assert_eq!(seen(Login::Authority, inami), (0, 0));
    assert_eq!(seen(Login::Authority, &format!("{inami} {today}")), (14, 2));
    assert_eq!(seen(Login::Authority, "SELECT insula.enter('audit', 'p', '');"), (0, 0));
}
