use insula_persistence::Login;
use insula_tests::{TestApp, app::HOSPITAL_A, app::HOSPITAL_B, until};
use reqwest::Method;

use super::{data_manager, enter, events, get_as, many};

/// TRA-03: 20 000 registrations in one stream are read in batches of at most 500, each with its event in the trail and
/// under row level security.
#[actix_web::test]
async fn a_long_stream_is_read_in_batches() {
    let app = TestApp::start().await;
    enter(&app, &many(HOSPITAL_A, 1, 20_000));
    enter(&app, &many(HOSPITAL_B, 50_000, 700));
    let lead = app.lead_a();
    let csv = get_as(&lead, "/codedRegistrations", "text/csv").await.expect(200);
    assert_eq!(csv.text.matches("\r\n").count(), 20_001);
    assert!(!csv.text.contains(HOSPITAL_B));
    let batches: Vec<_> =
        events(&app, "listCodedRegistrations").iter().map(|event| event["details"]["registrations"].clone()).collect();
    assert_eq!(batches.len(), 40);
    assert!(batches.iter().all(|batch| batch == 500), "{batches:?}");
    let ndjson = get_as(&data_manager(&app), "/codedRegistrations", "application/x-ndjson").await.expect(200);
    assert_eq!(ndjson.text.lines().count(), 20_700);
    let models: std::collections::BTreeSet<_> = ndjson.text.lines().collect();
    assert_eq!(models.len(), 20_700, "none twice");
    // A filter applies to every batch.
    let path = format!("/codedRegistrations?hospital={HOSPITAL_B}&type=firstImplantation");
    let some = get_as(&data_manager(&app), &path, "application/x-ndjson").await.expect(200);
    assert_eq!(some.text.lines().count(), 700);
}

/// Enlarges the text of each row a hundredfold, so that no buffer can hold the whole stream.
async fn heavy() -> TestApp {
    let app = TestApp::start().await;
    let rows = many(HOSPITAL_A, 1, 8_000).replace("'setting', 'ambulatory'", "'setting', repeat('x', 10000)");
    enter(&app, &rows);
    app
}

fn busy(app: &TestApp) -> i64 {
    app.count(
        "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND usename = 'insula_hospital'
         AND state <> 'idle'",
    )
}

/// TRA-03: a reader who pauses occupies neither a connection nor a slot, and the stream waits; disconnecting ends it.
#[actix_web::test]
async fn a_reader_who_is_slow_or_gone_holds_nothing() {
    let app = heavy().await;
    let room = app.state.admission.available_permits();
    let lead = app.lead_a();
    let mut slow = lead.request(Method::GET, "/codedRegistrations").header("Accept", "text/csv").send().await.unwrap();
    assert_eq!(slow.status(), 200);
    assert!(slow.chunk().await.unwrap().is_some());
    let batches = || {
        events(&app, "listCodedRegistrations").iter().filter(|event| event["details"]["registrations"] == 500).count()
    };
    // Until it pauses: nothing more is read for it while another reader reads as much.
    let mut read = batches();
    loop {
        for _ in 0..3 {
            lead.get("/codedRegistrations?pageSize=200").await.expect(200);
        }
        let now = batches();
        if now == read {
            break;
        }
        read = now;
    }
    println!("{read} batches were read for a reader who reads nothing");
    assert!(read < 16, "{read} batches were read for a reader who reads nothing");
    assert_eq!(busy(&app), 0);
    assert_eq!(app.state.admission.available_permits(), room);
    let (open, idle) = app.db.connections(Login::Hospital);
    assert_eq!(open, idle, "no connection is out");
    lead.get("/registrations").await.expect(200);
    drop(slow);
    // Later callers find everything free, and nothing more is read for the one who left.
    until("the connections are idle", || busy(&app) == 0).await;
    let whole = get_as(&lead, "/codedRegistrations", "application/x-ndjson").await.expect(200);
    assert_eq!(whole.text.lines().count(), 8_000);
    assert!(batches() <= read + 1 + 16);
    assert_eq!(app.state.admission.available_permits(), room);
}

/// TRA-03, SYS-03: a stream that fails is cut off, so that an incomplete one is not taken for the whole.
#[actix_web::test]
async fn a_stream_that_fails_is_cut_short() {
    use diesel::connection::SimpleConnection;
    let app = heavy().await;
    let lead = app.lead_a();
    let mut reading =
        lead.request(Method::GET, "/codedRegistrations").header("Accept", "text/csv").send().await.unwrap();
    assert!(reading.chunk().await.unwrap().is_some());
    // The adherence of the hospital ends in the middle: the rest is not sent.
    app.owner()
        .batch_execute(&format!("UPDATE insula.hospitals SET adhered_to = '2026-06-01' WHERE number = '{HOSPITAL_A}'"))
        .unwrap();
    let cut = loop {
        match reading.chunk().await {
            Ok(Some(_)) => {}
            Ok(None) => break false,
            Err(_) => break true,
        }
    };
    assert!(cut, "the end looked like the end of the whole");
}

/// TRA-03: a stream shows the data as of its beginning, whatever changes meanwhile.
#[actix_web::test]
async fn a_stream_holds_still_while_rows_change() {
    use diesel::connection::SimpleConnection;
    let app = heavy().await;
    let mut reading =
        app.lead_a().request(Method::GET, "/codedRegistrations").header("Accept", "text/csv").send().await.unwrap();
    let mut text = reading.chunk().await.unwrap().unwrap().to_vec();
    app.owner()
        .batch_execute(
            "INSERT INTO coded.deliveries (technical_id, version, pseudonym, hospital, registration_type, event_date,
                 nomenclature_pair, dictionary_version, content, deleted, received_at)
             SELECT technical_id, version + 1, pseudonym, hospital, registration_type, event_date, nomenclature_pair,
                 dictionary_version, content, false, received_at FROM coded.deliveries WHERE seq % 2 = 0",
        )
        .unwrap();
    enter(&app, &many(HOSPITAL_A, 100_000, 50));
    while let Some(chunk) = reading.chunk().await.unwrap() {
        text.extend(chunk);
    }
    assert_eq!(String::from_utf8(text).unwrap().matches("\r\n").count(), 8_001);
    let after = get_as(&app.lead_a(), "/codedRegistrations", "application/x-ndjson").await.expect(200);
    assert_eq!(after.text.lines().count(), 8_050);
}
