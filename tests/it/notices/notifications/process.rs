//! The program itself.

use std::{fs, net::TcpListener, sync::mpsc};

use diesel::connection::SimpleConnection;
use insula_tests::{
    TEST_TIMEOUT, eventually,
    smtp::{End, Gate, SmtpServer},
};

use crate::command::process::{Folder, Insula};

/// The writes of a night: a threshold, and a mail to hospital A.
const NIGHT: &str = "INSERT INTO insula.counter_runs (day, arrivals_before, run_at, trace_id, snapshot, kept, taken,
    exceeded)
        VALUES ('2026-06-14', '2026-06-14T22:00:00Z', '2026-06-14T22:30:00Z', gen_random_uuid(), pg_current_snapshot(),
            0, 0, 0);
    INSERT INTO insula.thresholds_reached (counter, year, threshold, day, figure)
        VALUES ('A', 0, 350, '2026-06-14', 352);
    INSERT INTO insula.mails (id, counter, year, threshold, hospital, language, figure, day, written_at, recipients,
        state, waiting_since, available_at)
    SELECT gen_random_uuid(), 'A', 0, 350, '71000436', 'fr', 352, '2026-06-14', '2026-06-14T22:30:00Z',
        ARRAY['canary.one@x.be', 'canary.two@x.be'], 'waiting', localtimestamp, '2026-06-14T22:30:00Z'";

/// NOT-04: the program sends what is due; killed before the server's acceptance arrives, it repeats the mail once, byte
/// for byte, after its claim expired. Logs and metrics contain no address (NOT-05).
#[actix_web::test]
async fn a_killed_program_repeats_the_same_bytes() {
    let folder = Folder::new("mails-killed");
    let server = SmtpServer::start();
    let (told, has_it) = mpsc::channel();
    let gate = std::sync::Arc::<Gate>::default();
    server.next([End::Waits(told, std::sync::Arc::clone(&gate))]);
    let port = server.port.to_string();
    let settings =
        ["--smtp-host", "127.0.0.1", "--smtp-port", &port, "--smtp-tls", "none", "--mail-from", "insula@x.example"];
    let serve = || {
        let mut command = folder.command(&[&["serve", "--metrics", "127.0.0.1:0"], &settings[..]].concat());
        command.env("INSULA_LOG", "trace");
        Insula::spawn(&folder, command, "Documentation: ")
    };
    let insula = serve();
    folder.owner().batch_execute(NIGHT).unwrap();
    has_it.recv_timeout(TEST_TIMEOUT).unwrap();
    insula.kill();
    gate.open();
    let insula = serve();
    let sent = "SELECT count(*) AS n FROM insula.mails WHERE state = 'sent'";
    assert_eq!(folder.count(sent), 0);
    folder.owner().batch_execute("UPDATE insula.mails SET claimed_until = '2026-06-14T22:30:00Z'").unwrap();
    eventually("it is sent", || folder.count(sent) == 1);
    let got = server.got();
    assert_eq!(got.len(), 2);
    assert_eq!(got[0], got[1]);
    let metrics = reqwest::get(insula.metrics.as_deref().unwrap()).await.unwrap().text().await.unwrap();
    assert!(metrics.contains("insula_mails_parked 0"), "{metrics}");
    insula.terminate();
    assert!(insula.ended().success());
    for (what, text) in [("log", folder.wrote("stderr")), ("output", folder.wrote("stdout")), ("metrics", metrics)] {
        assert!(!text.contains("canary."), "an address in the {what}");
    }
}

/// NOT-04: without a mail server the program writes mails to the maildir in its data folder; `doctor` reports the
/// number of parked ones.
#[actix_web::test]
async fn without_a_server_mails_go_into_the_data_folder() {
    let folder = Folder::new("mails-maildir");
    let insula = Insula::serve(&folder, &[]);
    folder.owner().batch_execute(NIGHT).unwrap();
    let new = folder.0.join("maildir/new");
    eventually("a letter lies there", || fs::read_dir(&new).is_ok_and(|mut entries| entries.next().is_some()));
    let examined = |folder: &Folder| {
        let output = folder.command(&["doctor"]).output().unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    };
    eventually("it is settled", || folder.count("SELECT count(*) AS n FROM insula.mails WHERE state = 'sent'") == 1);
    let (well, said) = examined(&folder);
    assert!(well && said.contains("mails: 0 waiting, none parked") && said.contains("maildir"), "{said}");
    folder.owner().batch_execute("UPDATE insula.mails SET state = 'parked', sent_at = NULL, last_error = 'x'").unwrap();
    let (well, said) = examined(&folder);
    assert!(!well && said.contains("FAULT  mails: 1 parked"), "{said}");
    insula.terminate();
    assert!(insula.ended().success());
}

/// NOT-04: contradictory settings are reported at the start.
#[actix_web::test]
async fn wrong_settings_are_reported_at_the_start() {
    let folder = Folder::new("mails-settings");
    let busy = TcpListener::bind("127.0.0.1:0").unwrap();
    for (settings, said) in [
        (vec!["--smtp-host", "x"], "--mail-from"),
        (vec!["--smtp-host", "x", "--mail-from", "not an address"], "--mail-from"),
        (vec!["--smtp-host", "x", "--mail-from", "a@x.be", "--mail-domain", "a b"], "--mail-domain"),
        (vec!["--smtp-host", "x", "--mail-from", "a@x.be", "--smtp-user", "u"], "password"),
        (vec!["--smtp-host", "x", "--mail-from", "a@x.be", "--smtp-password", "p"], "--smtp-user"),
        (
            vec![
                "--smtp-host",
                "x",
                "--mail-from",
                "a@x.be",
                "--smtp-user",
                "u",
                "--smtp-password",
                "p",
                "--smtp-tls",
                "none",
            ],
            "only over TLS",
        ),
        (vec!["--smtp-host", "x", "--mail-from", "a@x.be", "--smtp-ca", "/nonexistent"], "/nonexistent"),
    ] {
        let output = folder.command(&[&["serve"], &settings[..]].concat()).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && text.contains(said), "{settings:?}: {text}");
    }
    drop(busy);
}
