//! Large imports.

use std::fs;

use insula_tests::TestApp;
use serde_json::json;

use super::{counts, work};

/// The memory of this process, in KiB.
fn resident() -> i64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// SYS-03, CGM-04: five thousand rows are done one by one, in no more memory than a few.
#[actix_web::test]
async fn five_thousand_rows_are_done_in_little_memory() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let remark = "x".repeat(1000);
    let rows = (0..5000).map(|n| format!("r{n};followUp;2026-06-11;{remark}\n"));
    let file: String =
        std::iter::once("rowId;type;content.eventDate;content.remark\n".to_owned()).chain(rows).collect();
    let task = lead.import_file("", "text/csv", file).await.expect(202);
    let before = resident();
    work(&app).await;
    let more = resident() - before;
    let done = lead.get(task.header("location")).await.expect(200);
    assert_eq!((&done.body["state"], counts(&done)), (&json!("done"), json!({"created": 5000})));
    println!("{more} KiB more for 5000 rows");
    // The rows alone are 5 MiB. The limit is wide because other tests of this process use memory too.
    assert!(more < 256 * 1024, "{more} KiB");
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.registrations"), 5000);
}

/// SYS-03: an atomic import of two thousand rows is stored in one transaction, within every time limit.
#[actix_web::test]
async fn two_thousand_rows_are_stored_as_a_whole() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let rows = (0..2000).map(|n| format!("r{n};followUp;2026-06-11\n"));
    let file: String = std::iter::once("rowId;type;content.eventDate\n".to_owned()).chain(rows).collect();
    let task = lead.import_file("?atomic=true", "text/csv", file).await.expect(202);
    work(&app).await;
    let done = lead.get(task.header("location")).await.expect(200);
    assert_eq!((&done.body["state"], counts(&done)), (&json!("done"), json!({"created": 2000})));
    let transactions = "SELECT count(DISTINCT xmin::text) AS n FROM insula.registrations";
    assert!(app.count(transactions) >= 1);
}
