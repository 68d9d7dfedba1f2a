//! The example in `docs/bulk-import.md`.

use std::{fs, path::Path};

use insula_tests::TestApp;

use super::{report, work};

/// SYS-04, SYS-03: the documented file, and its correction, have the documented result.
#[actix_web::test]
async fn the_documented_file_works_as_pasted() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/bulk-import.md")).unwrap();
    let block = |language: &str| {
        text.split(&format!("```{language}\n")).nth(1).unwrap().split("```").next().unwrap().to_owned()
    };
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let file = block("csv");
    let task = lead.import_file("?mode=submit", "text/csv", file.clone()).await.expect(202);
    work(&app).await;
    let expected =
        ["2 submitted", "3 submitted", "4 faulty: content.eventDate:spreadsheetDate content.hba1c.value:decimalComma"];
    assert_eq!(report(&lead, &task).await, expected);
    let corrected = file.replace("02/06/2026", "2026-06-02").replace("7,4", "7.4");
    let task = lead.import_file("?mode=submit", "text/csv", corrected).await.expect(202);
    work(&app).await;
    assert_eq!(report(&lead, &task).await, ["2 unchanged", "3 unchanged", "4 submitted"]);
    let task = lead.import_file("", "application/x-ndjson", block("json").replace("0001", "0009")).await.expect(202);
    work(&app).await;
    assert_eq!(report(&lead, &task).await, ["1 created"]);
    assert!(text.contains("spreadsheetDate") && text.contains("importedOtherwise"));
}
