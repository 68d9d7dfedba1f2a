//! What insurers see: their own members, and a union those of its mutualities.

use diesel::connection::SimpleConnection;
use insula_persistence::Login;

use super::{busy, count, login, texts};

const INSURERS: [(&str, &[&str]); 6] =
    [("319", &["319"]), ("304", &["304"]), ("300", &["304", "319"]), ("100", &["100"]), ("311", &[]), ("400", &[])];

/// SYS-02, TRA-02: an insurer sees registrations and feed of its own members, a union those of its mutualities.
#[actix_web::test]
async fn an_insurers_scope_holds_its_members_only() {
    let app = busy().await;
    let mut conn = login(&app, Login::Insurer);
    for (insurer, members) in INSURERS {
        conn.batch_execute(&format!("BEGIN; SELECT insula.enter('{insurer}', 'p', '')")).unwrap();
        for table in [
            "insula.registrations",
            "insula.code_changes",
            "insula.coverage_applications",
            "insula.coverage_decisions",
            "insula.granted_periods",
            "insula.met_conditions",
            "insula.coverage_events",
        ] {
            let seen = texts(&mut conn, &format!("SELECT DISTINCT insurer AS t FROM {table} ORDER BY 1"));
            assert_eq!(seen, members, "{table} for {insurer}");
            let all = format!("SELECT count(*) AS n FROM {table}");
            let owned = format!("{all} WHERE insurer = ANY ('{{{}}}')", members.join(","));
            assert_eq!(count(&mut conn, &all), app.count(&owned), "{table} for {insurer}");
        }
        conn.batch_execute("COMMIT").unwrap();
    }
}

/// REG-10, SYS-02: an insurer reads the data of establishments only in the scope of a visit, which opens nothing else
/// of registrations.
#[actix_web::test]
async fn only_a_visit_reads_establishments() {
    let app = busy().await;
    let mut conn = login(&app, Login::Insurer);
    let tables = ["hospitals", "team_assignments"];
    let kinds = [
        "availability",
        "consultationNotice",
        "infrastructureDeclaration",
        "jointMeeting",
        "prescribers",
        "pumps",
        "sites",
        "staffingStatement",
        "teamMember",
    ];
    for (scope, seen) in [("", false), ("visit", true), ("", false)] {
        conn.batch_execute(&format!("BEGIN; SELECT insula.enter('319', 'p', '{scope}')")).unwrap();
        for table in tables {
            let all = format!("SELECT count(*) AS n FROM insula.{table}");
            assert_eq!(count(&mut conn, &all), if seen { app.count(&all) } else { 0 }, "{table} {scope}");
        }
        for kind in kinds {
            let all = format!("SELECT count(*) AS n FROM insula.records WHERE kind = '{kind}'");
            assert!(app.count(&all) > 0, "nothing to see of {kind}");
            let expected = if seen || kind == "prescribers" { app.count(&all) } else { 0 };
            assert_eq!(count(&mut conn, &all), expected, "{kind} {scope}");
        }
        let of_beneficiaries = "SELECT count(*) AS n FROM insula.records WHERE beneficiary IS NOT NULL";
        assert!(app.count(of_beneficiaries) > 0 && count(&mut conn, of_beneficiaries) == 0, "{scope}");
        let members = texts(&mut conn, "SELECT DISTINCT insurer AS t FROM insula.registrations");
        assert_eq!(members, ["319"]);
        conn.batch_execute("COMMIT").unwrap();
    }
    conn.batch_execute("BEGIN; SELECT insula.enter('', 'p', 'visit')").unwrap();
    assert_eq!(count(&mut conn, "SELECT count(*) AS n FROM insula.records"), 0, "nobody visits for nobody");
    conn.batch_execute("COMMIT").unwrap();
}

/// TRA-02, SYS-02: over HTTP only the member's insurer and its union find a code.
#[actix_web::test]
async fn a_code_is_found_by_the_members_insurer_and_its_union() {
    let app = busy().await;
    let codes = texts(
        &mut app.owner(),
        "SELECT insurer || ' ' || code AS t FROM insula.registrations WHERE code IS NOT NULL ORDER BY 1",
    );
    assert_eq!(codes.len(), 12);
    for (insurer, members) in INSURERS {
        let client = app.insurer(insurer);
        for line in &codes {
            let (of, code) = line.split_once(' ').unwrap();
            let status = if members.contains(&of) { 200 } else { 404 };
            let zones = client.get(&format!("/registrationCodes/{code}/billingZones")).await;
            assert_eq!(zones.status, status, "{insurer} asks for a code of {of}");
            let found = client.get(&format!("/registrationCodes/{code}")).await.expect(status);
            if status == 200 {
                assert_eq!(found.body["insurerNumber"], of);
                assert!(found.body.get("content").is_none() && found.body.get("beneficiaryId").is_none());
            }
        }
    }
}

/// TRA-02, SYS-02: an insurer's feed contains all changes of its members' codes and no others.
#[actix_web::test]
async fn a_feed_holds_the_changes_of_members_only() {
    let app = busy().await;
    app.when_older_transactions_ended();
    for (insurer, members) in INSURERS {
        let client = app.insurer(insurer);
        let mut seen = Vec::new();
        let mut next = "/registrationCodes/changes?pageSize=5".to_owned();
        loop {
            let page = client.get(&next).await.expect(200);
            let items = page.body["items"].as_array().unwrap();
            if items.is_empty() {
                break;
            }
            seen.extend(items.iter().map(|item| format!("{} {}", item["code"], item["version"]).replace('"', "")));
            page.body["next"].as_str().unwrap().clone_into(&mut next);
        }
        let expected = texts(
            &mut app.owner(),
            &format!(
                "SELECT code || ' ' || version AS t FROM insula.code_changes WHERE insurer = ANY ('{{{}}}')
                    ORDER BY xid, seq",
                members.join(",")
            ),
        );
        assert_eq!(seen, expected, "{insurer}");
        assert_eq!(
            seen.len(),
            members.len() * 4 * 2,
            "a submit and an acknowledgement for each of {insurer}'s members"
        );
    }
}
