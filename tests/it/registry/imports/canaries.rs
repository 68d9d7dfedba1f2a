//! Canaries: identities that are searched for wherever they must not be.

use diesel::{QueryableByName, RunQueryDsl, sql_types::Text};
use insula_tests::{TestApp, data};
use serde_json::json;

use super::{imported, row, rows};

#[derive(QueryableByName)]
struct Event {
    #[diesel(sql_type = Text)]
    t: String,
}

const NAMES: [&str; 3] = ["Zwaluwsteen", "Quillebrandt", "Sint-Canarius"];

/// BEN-04: after an import no table contains a national number or a name from its rows, whatever their outcome, and its
/// report echoes none; while it waits they are encrypted.
#[actix_web::test]
async fn no_identity_remains_of_an_import() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let mut file = Vec::new();
    for n in 1..8 {
        // The caller's reference may contain anything as well.
        let mut row = row(&format!("{}-{n}", data::niss(n)), n);
        row["beneficiary"]["firstName"] = json!(NAMES[0]);
        row["beneficiary"]["lastName"] = json!(NAMES[1]);
        row["beneficiary"]["residencePlace"] = json!(NAMES[2]);
        file.push(row);
    }
    file[1]["content"]["remark"] = json!(data::niss(2));
    file[2]["beneficiary"]["niss"] = json!(data::niss(3)[1..]);
    file[3]["content"]["setting"] = json!(data::niss(4));
    file[4]["author"] = json!(data::niss(5));
    file[5]["type"] = json!(data::niss(6));
    file[6]["beneficiary"]["sex"] = json!(NAMES[0]);
    let clean = |what: &str, text: &str| {
        let digits: String = text.chars().filter(|c| !matches!(c, '.' | '-' | ' ')).collect();
        for n in 1..8 {
            assert!(!digits.contains(&data::niss(n)), "{what} holds a national number");
        }
        for name in NAMES {
            let hex: String = name.bytes().map(|byte| format!("{byte:02x}")).collect();
            assert!(!text.contains(name) && !text.contains(&hex), "{what} holds {name}");
        }
    };
    for query in ["?mode=submit&dryRun=true", "?mode=submit&atomic=true", "?mode=submit", "?mode=submit"] {
        lead.import(query, &file).await.expect(202);
        clean("a waiting import", &app.dump());
        let task = imported(&app, &lead, query, &file).await;
        for row in rows(&lead, &task).await {
            clean("the report", &row.to_string());
        }
        clean("the task", &task.text);
        assert_eq!(app.count("SELECT count(*) AS n FROM insula.registration_import_rows WHERE payload IS NOT NULL"), 0);
        clean("a table", &app.dump());
    }
    let events: Vec<Event> = diesel::sql_query("SELECT body AS t FROM trail.events").load(&mut app.owner()).unwrap();
    events.iter().for_each(|event| clean("the trail", &event.t));
}

/// BEN-04: the refusal of a malformed file echoes nothing of it.
#[actix_web::test]
async fn a_refused_file_is_not_echoed() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let niss = data::niss(1);
    for (content_type, file) in [
        ("text/csv", format!("rowId;type;{niss}\n{niss};followUp;x\n")),
        ("text/csv", format!("rowId;type\n{niss};followUp\n{niss};followUp\n{niss}\n")),
        ("application/x-ndjson", format!("{{\"rowId\":\"{niss}\",\"{niss}\":1}}\n{niss}\n{{\"rowId\":\"{niss}\"}}")),
        (
            "application/x-ndjson",
            format!("{{\"rowId\":\"1\",\"content\":{{\"{niss}\":1}},\"beneficiary\":{{\"{niss}\":\"x\"}}}}"),
        ),
    ] {
        let refused = lead.import_file("", content_type, file).await.expect_problem(400, "badRequest");
        assert!(!refused.text.contains(&niss), "{}", refused.text);
    }
}
