use std::collections::BTreeSet;

use diesel::connection::SimpleConnection;
use insula_tests::{TestApp, app::HOSPITAL_A};

use super::{data_manager, enter, many, models};

/// TRA-03, TRA-04: following `next` shows the data as of the first page, each registration once, while others arrive,
/// are corrected and are deleted.
#[actix_web::test]
async fn pages_hold_still_while_rows_arrive() {
    let app = TestApp::start().await;
    enter(&app, &many(HOSPITAL_A, 1, 25));
    let mut round = 0;
    for client in [app.lead_a(), data_manager(&app)] {
        let there = app.count("SELECT count(*) AS n FROM coded.registrations");
        let mut seen = Vec::new();
        let mut path = "/codedRegistrations?pageSize=4&type=firstImplantation".to_owned();
        loop {
            let page = client.get(&path).await.expect(200);
            seen.extend(models(&page));
            assert!(page.body["items"].as_array().unwrap().len() <= 4);
            let Some(next) = page.body["next"].as_str() else { break };
            path = next.to_owned();
            round += 1;
            enter(&app, &many(HOSPITAL_A, 1000 + round * 10, 3));
            // Some already read and some not yet read are corrected.
            app.owner()
                .batch_execute(
                    "INSERT INTO coded.deliveries (technical_id, version, pseudonym, hospital, registration_type,
                         event_date, nomenclature_pair, dictionary_version, content, deleted, received_at)
                     SELECT technical_id, version + 1, pseudonym, hospital, registration_type, event_date,
                         nomenclature_pair, dictionary_version, content, false, received_at
                     FROM (SELECT *, row_number() OVER (ORDER BY technical_id) AS n FROM coded.registrations) r
                     WHERE n IN (1, 2, 15, 16)",
                )
                .unwrap();
        }
        let distinct: BTreeSet<_> = seen.iter().collect();
        assert_eq!((seen.len(), distinct.len()), (there as usize, there as usize), "none twice, none missed");
    }
}

/// CGM-11, TRA-04: a deleted registration disappears at once, even from an ongoing reading with an old cursor.
#[actix_web::test]
async fn deleted_registrations_disappear_from_every_reading() {
    let app = TestApp::start().await;
    enter(&app, &many(HOSPITAL_A, 1, 4));
    let lead = app.lead_a();
    let first = lead.get("/codedRegistrations?pageSize=2").await.expect(200);
    assert_eq!(models(&first), ["1", "2"]);
    app.owner()
        .batch_execute(
            "INSERT INTO coded.deliveries (technical_id, version, pseudonym, hospital, registration_type, event_date,
                 nomenclature_pair, dictionary_version, content, deleted, received_at)
             SELECT technical_id, version + 1, pseudonym, hospital, registration_type, event_date, nomenclature_pair,
                 dictionary_version, '{}', true, received_at FROM coded.deliveries ORDER BY seq DESC LIMIT 1",
        )
        .unwrap();
    let rest = lead.get(first.body["next"].as_str().unwrap()).await.expect(200);
    assert_eq!(models(&rest), ["3"]);
}

/// TRA-03: rows of a transaction that is still running cannot appear before the cursor; they come with the next
/// reading.
#[actix_web::test]
async fn a_late_commit_does_not_disturb_paging() {
    let app = TestApp::start().await;
    let mut slow = app.owner();
    slow.batch_execute("BEGIN; SELECT pg_current_xact_id()").unwrap();
    slow.batch_execute(&format!(
        "INSERT INTO coded.deliveries (technical_id, version, pseudonym, hospital, registration_type, event_date,
             nomenclature_pair, dictionary_version, content, deleted, received_at) {}",
        many(HOSPITAL_A, 1, 2)
    ))
    .unwrap();
    let mut quick = app.owner();
    quick
        .batch_execute(&format!(
            "INSERT INTO coded.deliveries (technical_id, version, pseudonym, hospital, registration_type, event_date,
                 nomenclature_pair, dictionary_version, content, deleted, received_at) {}",
            many(HOSPITAL_A, 3, 2)
        ))
        .unwrap();
    let page = app.lead_a().get("/codedRegistrations").await.expect(200);
    assert_eq!(models(&page), [""; 0], "held back");
    slow.batch_execute("COMMIT").unwrap();
    app.when_older_transactions_ended();
    let page = app.lead_a().get("/codedRegistrations").await.expect(200);
    assert_eq!(models(&page), ["1", "2", "3", "4"]);
}
