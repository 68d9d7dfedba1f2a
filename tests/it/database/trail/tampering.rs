use diesel::{PgConnection, QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_types::Text};
use insula_persistence::Login;
use insula_tests::{Random, TestApp};

use super::{HeadFile, history};

/// A list of lines `-- name`, each followed by SQL.
const TAMPERINGS: &str = include_str!("tamperings.sql");

const CAMPAIGN: usize = 300;

/// SYS-01: verifying finds every single manipulation of a sealed trail.
#[actix_web::test]
async fn every_single_manipulation_is_found() {
    let (app, head, mut random) = (TestApp::start().await, HeadFile::new(), Random::seeded());
    history(&app, &mut random, 40).await;
    head.seal_all(&app);
    let intact = head.verify(&app);
    assert_eq!((intact.findings, intact.unsealed), (vec![], 0));
    let last = usize::try_from(intact.sealed).unwrap();
    assert!(last > 40, "{last} events");

    let mut owner = app.owner();
    let ids = event_ids(&mut owner);
    owner
        .batch_execute(
            "CREATE SCHEMA kept; CREATE TABLE kept.seals AS SELECT * FROM trail.seals;
             CREATE TABLE kept.events AS SELECT id, seq, xid, body, mac FROM trail.events",
        )
        .unwrap();
    let (_, tamperings) = TAMPERINGS.split_once("\n\n-- ").unwrap();
    let tamperings: Vec<_> = tamperings.split("\n-- ").map(|one| one.split_once('\n').unwrap()).collect();
    let mut missed = Vec::new();
    for round in 0..CAMPAIGN {
        let (name, sql) = tamperings[round % tamperings.len()];
        let at = match round / tamperings.len() {
            0 => 1,
            1 => last,
            2 => last / 2,
            _ => 1 + random.below(last),
        };
        let other = (at + random.below(last - 1)) % last;
        let sql = sql
            .replace("$last", &last.to_string())
            .replace("$at", &at.to_string())
            .replace("$bit", &random.below(256).to_string())
            .replace("$n", &format!("'{}'", ids[at - 1]))
            .replace("$m", &format!("'{}'", ids[other]));
        owner.batch_execute(&sql).unwrap_or_else(|error| panic!("{name} at {at}: {error}"));
        assert!(differs(&app), "{name} at {at} changed nothing");
        if head.verify(&app).findings.is_empty() {
            missed.push(format!("{name} at {at} of {last}"));
        }
        owner
            .batch_execute(
                "BEGIN; TRUNCATE trail.events, trail.seals; INSERT INTO trail.seals SELECT * FROM kept.seals;
                 INSERT INTO trail.events (id, seq, xid, body, mac) OVERRIDING SYSTEM VALUE
                 SELECT * FROM kept.events; COMMIT",
            )
            .unwrap();
    }
    println!("{CAMPAIGN} tamperings of {} kinds on {last} events, {} missed", tamperings.len(), missed.len());
    assert_eq!(missed, Vec::<String>::new());
    assert_eq!(head.verify(&app).findings, Vec::<String>::new());
}

fn event_ids(owner: &mut PgConnection) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Id {
        #[diesel(sql_type = Text)]
        id: String,
    }
    let query = diesel::sql_query("SELECT event_id::text AS id FROM trail.seals ORDER BY position");
    query.load::<Id>(owner).unwrap().into_iter().map(|row| row.id).collect()
}

/// Whether anything differs from the stored state.
fn differs(app: &TestApp) -> bool {
    let rows = |left: &str, right: &str| format!("(SELECT {left} EXCEPT SELECT {right})");
    let (events, kept) = ("id, seq, xid, body, mac FROM trail.events", "id, seq, xid, body, mac FROM kept.events");
    let (seals, kept_seals) = ("position, event_id, xid, seq, chain FROM trail.seals", "* FROM kept.seals");
    let sides = [rows(events, kept), rows(kept, events), rows(seals, kept_seals), rows(kept_seals, seals)];
    let counts: Vec<_> = sides.iter().map(|side| format!("(SELECT count(*) FROM {side} AS s)")).collect();
    app.count(&format!("SELECT {} AS n", counts.join(" + "))) > 0
}

/// SYS-01: a truncated trail is detected even if it has grown, properly sealed, past the recorded head.
#[actix_web::test]
async fn a_truncated_trail_is_detected_although_it_has_grown() {
    let (app, head) = (TestApp::start().await, HeadFile::new());
    let lead = app.lead_a();
    lead.submitted(&app, 1).await;
    head.seal_all(&app);
    let noted = head.verify(&app).sealed;
    app.owner()
        .batch_execute(&format!(
            "DELETE FROM trail.events WHERE id IN (SELECT event_id FROM trail.seals WHERE position = {noted});
             DELETE FROM trail.seals WHERE position = {noted}"
        ))
        .unwrap();
    for n in 2..5 {
        lead.enter_beneficiary(n).await;
        head.seal_all(&app);
    }
    let report = head.verify(&app);
    assert!(report.sealed > noted, "it has grown");
    assert!(report.findings.iter().any(|finding| finding.contains("cut")), "{:?}", report.findings);
}

/// SYS-01: none of Insula's logins can change or delete events.
#[actix_web::test]
async fn no_login_may_change_or_remove_what_the_trail_holds() {
    let app = TestApp::start().await;
    for login in Login::ALL {
        for table in ["trail.events", "trail.seals", "insula.registration_versions", "vault.beneficiary_versions"] {
            for right in ["UPDATE", "DELETE", "TRUNCATE"] {
                let held =
                    format!("SELECT has_table_privilege('{}', '{table}', '{right}')::int::bigint AS n", login.role());
                assert_eq!(app.count(&held), 0, "{} may {right} {table}", login.role());
            }
        }
    }
}
