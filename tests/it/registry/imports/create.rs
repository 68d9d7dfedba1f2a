//! Which files are accepted, and the answer.

use std::{io::Write, net::TcpStream, time::Duration};

use insula_tests::{TestApp, app::Room, client::new_key, until};
use reqwest::Method;
use serde_json::json;

use super::{counts, report, row, rows, work};

/// SYS-03, CGM-04: a file is answered at once with its waiting task; repeated with its key it gives the same task.
#[actix_web::test]
async fn a_file_is_answered_with_its_task() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let key = new_key();
    let send = |query: &str, body: String| {
        let request = lead.request(Method::POST, &format!("/registrationImports{query}"));
        lead.send(request.header("Idempotency-Key", &key).header("Content-Type", "application/x-ndjson").body(body))
    };
    let file = row("r1", 1).to_string();
    let task = send("?mode=submit", file.clone()).await.expect(202);
    assert_eq!(task.header("location"), task.body["href"].as_str().unwrap());
    assert_eq!(
        (&task.body["state"], &task.body["total"], &task.body["mode"]),
        (&json!("waiting"), &json!(1), &json!("submit"))
    );
    assert_eq!((&task.body["atomic"], &task.body["dryRun"]), (&json!(false), &json!(false)));
    assert_eq!(task.body["postedBy"], "dev.studyLead");
    assert_eq!(counts(&task), json!({}));
    assert_eq!(send("?mode=submit", file.clone()).await.expect(202).body, task.body);
    send("?mode=draft", file).await.expect_problem(409, "idempotencyKeyReused");
    assert_eq!(lead.get(task.header("location")).await.expect(200).body, task.body);
    work(&app).await;
    let done = lead.get(task.header("location")).await.expect(200);
    assert_eq!((&done.body["state"], counts(&done)), (&json!("done"), json!({"submitted": 1})));
    assert!(done.body["startedAt"].is_string() && done.body["completedAt"].is_string());
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.registration_imports"), 1);
}

/// SYS-04: all faults of query and file are reported at once, by column and row, in the reader's language, and nothing
/// is stored.
#[actix_web::test]
async fn every_fault_of_the_form_comes_at_once() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let before = app.dump();
    let lines = "{\"rowId\":\"r1\",\"type\":\"followUp\",\"wing\":1}\nnothing\n{\"rowId\":\"r1\"}\n{\"type\":7}";
    let refused = lead.import_file("?mode=fast&atomic=perhaps&x=1", "application/x-ndjson", lines).await;
    let refused = refused.expect_problem(400, "badRequest");
    let expected = [
        "atomic:wrongType",
        "mode:notInList",
        "row[1].wing:unknownField",
        "row[2]:notJson",
        "row[3].rowId:repeated",
        "row[4].rowId:required",
        "x:unknownField",
    ];
    assert_eq!(refused.faults(), expected);
    let header = "rowId;type;content.eventdate;content.eventDate;content.eventDate\nr1;followUp;;;\n";
    let request = lead.request(Method::POST, "/registrationImports").header("Idempotency-Key", new_key());
    let request = request.header("Content-Type", "text/csv; charset=utf-8").header("Accept-Language", "fr");
    let refused = lead.send(request.body(header)).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults(), ["content.eventDate:duplicateName", "content.eventdate:unknownField"]);
    assert!(refused.body["issues"][0]["detail"].as_str().unwrap().starts_with("Ce "), "{}", refused.text);
    let latin = lead.import_file("", "text/csv", b"rowId;type;content.remark\nr1;followUp;\xe9\n".to_vec()).await;
    assert_eq!(latin.expect_problem(400, "badRequest").faults(), [":notUtf8"]);
    assert_eq!(app.dump(), before);
}

/// SYS-04: a file is uncompressed CSV or NDJSON, of at most 10 MiB and 20 000 rows, or 2000 if it is stored as a whole.
#[actix_web::test]
async fn a_file_has_its_limits() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let before = app.dump();
    lead.import_file("", "application/json", "{}").await.expect_problem(415, "unsupportedMediaType");
    let too_large = " ".repeat(10 * 1024 * 1024 + 1);
    let refused = lead.import_file("", "text/csv", too_large).await.expect_problem(413, "payloadTooLarge");
    assert_eq!(refused.body["limit"], 10 * 1024 * 1024);
    let many = |count: usize| {
        let lines = (0..count).map(|n| format!("r{n};followUp\n"));
        std::iter::once("rowId;type\n".to_owned()).chain(lines).collect::<String>()
    };
    let refused = lead.import_file("", "text/csv", many(20_001)).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults(), ["rows:tooMany"]);
    let refused = lead.import_file("?atomic=true", "text/csv", many(2001)).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults(), ["rows:tooMany"]);
    assert_eq!(app.dump(), before);
    assert_eq!(lead.import_file("", "text/csv", many(20_000)).await.expect(202).body["total"], 20_000);
    lead.import_file("?atomic=true", "text/csv", many(2000)).await.expect(202);
}

/// CGM-02: without a grant nothing is imported.
#[actix_web::test]
async fn without_a_grant_nothing_is_imported() {
    let app = TestApp::start().await;
    let roles = [insula_domain::actor::Role::StudyLead];
    let stranger = app.client(Some(app.token("hospital", Some("71000436"), "dr.new", &roles)));
    let before = app.dump();
    stranger.import("", &[row("r1", 1)]).await.expect_problem(403, "registryNotGranted");
    assert_eq!(app.dump(), before);
}

/// SYS-03: a slow sender occupies a slot only for the time limit of a piece: while six files trickle in, another one is
/// accepted.
#[actix_web::test]
async fn slow_files_keep_nobody_out() {
    let app = TestApp::start_with(Room { piece_within: Duration::from_secs(1), ..Room::default() }).await;
    let lead = app.lead_a();
    let address = app.state.public_url.strip_prefix("http://").unwrap();
    let free = || app.state.shares.requests.free("71000436");
    let room = free();
    let slow: Vec<TcpStream> = (0..6)
        .map(|_| {
            let request = format!(
                "POST /insula/v1/registrationImports HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {}\r\n\
                 Idempotency-Key: {}\r\nContent-Type: application/x-ndjson\r\nContent-Length: 1000\r\n\r\n{{",
                lead.token.as_deref().unwrap(),
                new_key(),
            );
            let mut connection = TcpStream::connect(address).unwrap();
            connection.write_all(request.as_bytes()).unwrap();
            connection
        })
        .collect();
    until("they are in hand", || free() == room - 6).await;
    // It would not get a slot before their time limits.
    lead.import("", &[row("r1", 1)]).await.expect(202);
    drop(slow);
    until("they are let go", || free() == room).await;
}

/// SYS-03: more large files than slots wait for their turn; none is refused because of the others.
#[actix_web::test]
async fn large_files_at_once_take_their_turns() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    // None of its rows is valid: only its acceptance matters.
    let body = "x".repeat(10 * 1024 * 1024 - 1);
    let sent = (0..10).map(|_| lead.import_file("", "application/x-ndjson", body.clone()));
    for reply in futures_util::future::join_all(sent).await {
        reply.expect_problem(400, "badRequest");
    }
}

/// SYS-04: rows in are rows told, for every line end, separator and form of CSV that is promised; a quotation mark that would
/// swallow rows refuses the file and names its place.
#[actix_web::test]
async fn no_row_of_a_file_is_lost() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let before = app.dump();
    let swallowing = "rowId;type;content.remark\nr1;followUp;x\nr2;followUp;\"left\nr3;followUp;y\nr1;followUp;z\n";
    let refused = lead.import_file("", "text/csv", swallowing).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults(), ["row[3].content.remark:unclosedQuote"]);
    assert!(refused.text.contains("line 3, character 13"), "{}", refused.text);
    assert_eq!(app.dump(), before);
    let mut number = 0;
    for end in ["\n", "\r\n", "\r"] {
        for separator in [";", ","] {
            for (stated, trailing) in [("", ""), ("sep=", ""), ("", ";"), ("sep=", ";")] {
                number += 1;
                let stated = if stated.is_empty() { String::new() } else { format!("sep={separator}{end}") };
                let trailing = if trailing.is_empty() { "" } else { separator };
                let line = |cells: [&str; 3]| format!("{}{trailing}", cells.join(separator));
                let of = |row: u8, remark: &str| line([&format!("{number}-{row}"), "followUp", remark]);
                let lines =
                    [line(["rowId", "type", "content.remark"]), of(1, "\"a\"\"b\r\nc\""), of(2, ""), of(3, "d")];
                let text = format!("\u{feff}{stated}{}", lines.join(end));
                let task = lead.import_file("", "text/csv", text).await.expect(202);
                work(&app).await;
                assert_eq!(report(&lead, &task).await, ["2 created", "3 created", "4 created"], "{lines:?}");
                let path =
                    format!("/registrations/{}", rows(&lead, &task).await[0]["registrationId"].as_str().unwrap());
                assert_eq!(lead.get(&path).await.expect(200).body["content"]["remark"], "a\"b\nc");
            }
        }
    }
}
