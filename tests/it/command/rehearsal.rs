//! Moving the clock in development mode, and the nights this causes: `insula clock` and `insula night` as processes
//! beside a running service (CNT-07, CNT-09).

use std::process::Output;

use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use insula_domain::{actor::Role, clock::Clock, nomenclature::PAIR_B};
use insula_persistence::{Call, clock};
use insula_tests::{Client, TestApp, app::HOSPITAL_A, arrivals::counted, eventually};
use serde_json::json;

use crate::command::process::{Folder, Insula};

fn output(folder: &Folder, arguments: &[&str]) -> Output {
    folder.command(arguments).output().unwrap()
}

/// The output of a command that ends with this code: standard output, or standard error if that is empty.
#[track_caller]
fn says(folder: &Folder, arguments: &[&str], code: i32) -> String {
    let output = output(folder, arguments);
    let (said, error) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}{error}");
    if said.is_empty() { error } else { said }
}

/// A first implantation under pair B on a day, submitted.
async fn submitted(lead: &Client, n: u32, day: &str) -> insula_tests::Reply {
    let beneficiary = lead.enter_beneficiary(n).await;
    let draft = lead.draft("firstImplantation", Some(&beneficiary), &counted(PAIR_B, day)).await;
    lead.submit(&draft).await.expect(200)
}

async fn acknowledged(lead: &Client, registration: &insula_tests::Reply) {
    while lead.again(registration).await.body["status"] == "sending" {}
}

/// CNT-05, CNT-07, CNT-09: the end of a year beside a running service, which follows the clock without a restart, while
/// tokens follow the real clock; and the output and exit code of `insula night` in each case.
#[actix_web::test]
async fn the_end_of_a_year_beside_a_running_service() {
    let folder = Folder::new("rehearsal");
    let service = Insula::serve(&folder, &[]);
    // Valid for an hour of the real clock.
    let lead = service.role(Role::StudyLead, HOSPITAL_A);
    assert_eq!(says(&folder, &["night"], 0), "No night is due.\n");
    let said = says(&folder, &["clock", "set", "2030-12-31T23:50"], 0);
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.starts_with("It is Tuesday 31 December 2030, 23:50:0"), "{said}");
    // The command returns once all processes have followed.
    let old = submitted(&lead, 1, "2030-12-31").await;
    assert!(old.body["createdAt"].as_str().unwrap().starts_with("2030-12-31T22:5"), "{}", old.text);
    acknowledged(&lead, &old).await;
    let dry = says(&folder, &["night", "--dry-run"], 0);
    assert!(dry.contains("counter B-2030: takes place 1 (CNT-03)"), "{dry}");
    assert!(
        dry.contains("Nothing was changed. Night of 2030-12-31: 1 took a place, 0 kept theirs, 0 need correction."),
        "{dry}"
    );
    assert!(
        says(&folder, &["night", "--day", "2030-12-31"], 1)
            .contains("2030-12-31 is not over in Brussels; nothing happened.")
    );
    assert!(says(&folder, &["night", "--day", "2031-01-01"], 1).contains("nothing happened."));
    assert_eq!(folder.count("SELECT count(*) AS n FROM insula.counter_runs"), 0);

    let said = says(&folder, &["clock", "advance", "1h"], 0);
    assert!(said.contains("It is Wednesday 1 January 2031, 00:50:0"), "{said}");
    // The service's worker may have been faster than the command.
    eventually("the night was run", || folder.count("SELECT count(*) AS n FROM insula.counter_runs") == 1);
    let new = submitted(&lead, 2, "2031-01-01").await;
    acknowledged(&lead, &new).await;
    says(&folder, &["clock", "advance", "2d"], 0);
    eventually("the nights were run", || folder.count("SELECT count(*) AS n FROM insula.counter_runs") == 3);
    for counter in ["B-2030", "B-2031"] {
        assert_eq!(lead.get(&format!("/counters/{counter}")).await.expect(200).body["figure"], 1, "{counter}");
    }

    let day = |day, more: &[&str], code| says(&folder, &[&["night", "--day", day], more].concat(), code);
    assert_eq!(day("2030-12-31", &[], 0), "The night of 2030-12-31 was run before; nothing happened.\n");
    assert!(day("2031-01-05", &[], 1).contains("nothing happened."));
    let agrees = day("2030-12-31", &["--verify"], 0);
    assert!(agrees.contains("1 decisions") && agrees.contains("they agree"), "{agrees}");
    assert_eq!(day("2030-12-30", &["--verify"], 1), "There was no night of 2030-12-30.\n");
    assert!(says(&folder, &["night", "--verify"], 2).contains("--day"));
    assert!(day("2030-12-31", &["--verify", "--dry-run"], 2).contains("cannot be used with"));
    assert!(day("31-12-2030", &[], 2).contains("31-12-2030"));
    folder.owner().batch_execute("UPDATE insula.night_decisions SET place = 2 WHERE day = '2030-12-31'").unwrap();
    let found = day("2030-12-31", &["--verify"], 1);
    assert!(found.contains("FOUND: ") && found.contains("they do NOT agree"), "{found}");
}

/// CNT-07: the clock can be set to any instant after the last recorded one, and moving it records nothing that would
/// block it.
#[actix_web::test]
async fn the_clock_is_never_set_before_what_is_recorded() {
    let folder = Folder::new("rehearsal-back");
    let service = Insula::serve(&folder, &[]);
    let lead = service.role(Role::StudyLead, HOSPITAL_A);
    let real = says(&folder, &["clock", "show"], 0);
    says(&folder, &["clock", "set", "2035-06-01T12:00"], 0);
    assert!(says(&folder, &["clock", "show"], 0).contains("1 June 2035, 12:00:"));
    says(&folder, &["clock", "set", "2033-06-01T12:00"], 0);
    says(&folder, &["clock", "reset"], 0);
    let year = |said: &str| said.split(' ').find(|word| word.starts_with("20")).map(str::to_owned);
    assert_eq!(year(&says(&folder, &["clock", "show"], 0)), year(&real), "as it was");
    says(&folder, &["clock", "advance", "1d12h30m"], 0);
    says(&folder, &["clock", "reset"], 0);

    says(&folder, &["clock", "set", "2032-02-29T10:00:00Z"], 0);
    let draft = lead.post("/registrations", &json!({"type": "followUp"})).await.expect(201);
    assert!(draft.body["createdAt"].as_str().unwrap().starts_with("2032-02-29T10:00:"), "{}", draft.text);
    for before in [&["clock", "set", "2032-02-29T10:59"][..], &["clock", "reset"]] {
        let refused = says(&folder, before, 1);
        assert!(refused.contains("the clock cannot stand before that"), "{refused}");
        assert!(refused.contains("29 February 2032, 11:00:"), "{refused}");
        let next = lead.post("/registrations", &json!({"type": "followUp"})).await.expect(201);
        assert!(next.body["createdAt"].as_str().unwrap().starts_with("2032-02-29T10:0"), "{}", next.text);
    }
    for wrong in [
        &["clock", "advance", "-1d"][..],
        &["clock", "advance", "1x"],
        &["clock", "set", "2032-03-28T02:30"],
        &["clock"],
    ] {
        says(&folder, wrong, 2);
    }
    says(&folder, &["clock", "set", "2032-02-29T12:00"], 0);
}

/// CNT-07, SYS-03: what was postponed in a rehearsal is moved back with the clock by the same time; moving the clock
/// forward changes nothing.
#[actix_web::test]
async fn postponed_work_is_due_after_the_rehearsal() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    for person in 1..=2 {
        lead.submit(&lead.complete_draft(person).await).await.expect(200);
    }
    let notification = app.notification(HOSPITAL_A, 1);
    let now = app.clock.now() + TimeDelta::seconds(1);
    // With the clock thirty days ahead one delivery is due at once and one in ten minutes; both are claimed for a
    // minute.
    app.owner()
        .batch_execute(&format!(
            "UPDATE insula.outbox SET claimed_until = timestamptz '{now}' + interval '30 days 1 minute',
                 available_at = timestamptz '{now}' + interval '30 days'
                     + CASE WHEN id = (SELECT min(id) FROM insula.outbox) THEN interval '0' ELSE interval '10 minutes'
                         END;
             UPDATE insula.mails SET state = 'waiting', sent_at = NULL,
                 available_at = timestamptz '{now}' + interval '30 days 1 hour'
                 WHERE id = '{notification}'"
        ))
        .unwrap();
    let call = Call::insula("moveClock", app.db.ids.opaque_uuid());
    let moved = |ahead: TimeDelta| {
        assert_eq!(app.db.run(&call, |tx| clock::move_to(tx, now, ahead)).unwrap(), clock::Move::Done);
    };
    let seconds = |table: &str, column: &str| {
        let sql =
            format!("SELECT extract(epoch FROM max({column}) - timestamptz '{now}')::bigint AS n FROM insula.{table}");
        app.count(&sql)
    };
    moved(TimeDelta::days(30));
    assert_eq!(seconds("outbox", "available_at"), 30 * 86_400 + 600, "forward, nothing moves");
    moved(TimeDelta::zero());
    let waits = [("outbox", "available_at", 600), ("outbox", "claimed_until", 60), ("mails", "available_at", 3600)];
    for (table, column, expected) in waits {
        assert_eq!(seconds(table, column), expected, "{table}.{column}");
    }
    let due = format!("SELECT count(*) AS n FROM insula.outbox WHERE available_at <= '{now}'");
    assert_eq!(app.count(&due), 1);
}
