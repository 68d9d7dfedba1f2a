//! The program itself, with an external Healthdata.

use diesel::connection::SimpleConnection;
use insula_domain::actor::Role;
use insula_tests::{
    app::HOSPITAL_A,
    healthdata::{Behaviour, CLIENT_ID, KeyKind, SCOPE, StandIn},
    until, until_async,
};

use super::sending;
use crate::command::process::{Folder, Insula};

fn arguments(stand_in: &StandIn) -> Vec<String> {
    let config = stand_in.config();
    let key = config.healthdata_key.unwrap().display().to_string();
    let pairs = [
        ("--healthdata-url", config.healthdata_url.unwrap()),
        ("--healthdata-token-url", config.healthdata_token_url.unwrap()),
        ("--healthdata-client-id", CLIENT_ID.to_owned()),
        ("--healthdata-scope", SCOPE.to_owned()),
        ("--healthdata-key", key),
    ];
    pairs.into_iter().flat_map(|(name, value)| [name.to_owned(), value]).collect()
}

fn words(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}

/// CGM-07, SYS-03: the program delivers to Healthdata; killed before the answer arrives, it delivers again, and the
/// message is stored once. `doctor` and the metrics report when Healthdata is down.
#[actix_web::test]
async fn the_program_delivers_and_reports() {
    let folder = Folder::new("healthdata");
    let stand_in = StandIn::start(KeyKind::Ec);
    let outside = arguments(&stand_in);
    let doctor = || {
        let output = folder.command(&[&["doctor"], words(&outside).as_slice()].concat()).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    stand_in.next([Behaviour::Hold]);
    let insula = Insula::serve(&folder, &words(&outside));
    let first = sending(&insula.role(Role::StudyLead, HOSPITAL_A), 1).await;
    until("the delivery is on its way", || stand_in.deliveries() == 1).await;
    insula.kill();
    stand_in.release();

    let insula = Insula::serve(&folder, &[&["--metrics", "127.0.0.1:0"], words(&outside).as_slice()].concat());
    let lead = insula.role(Role::StudyLead, HOSPITAL_A);
    assert_eq!(lead.again(&first).await.body["status"], "sending", "the claim of the killed one holds");
    // Skips a minute.
    folder.owner().batch_execute("UPDATE insula.outbox SET claimed_until = enqueued_at").unwrap();
    let submitted = "SELECT count(*) AS n FROM insula.registrations WHERE status = 'submitted'";
    until("it is delivered again", || folder.count(submitted) == 1).await;
    assert_eq!((stand_in.deliveries(), stand_in.kept().len()), (2, 1));
    let said = doctor();
    assert!(said.contains("ok     healthdata: a token was given"), "{said}");

    stand_in.set_down(true);
    for n in 2..8 {
        sending(&lead, n).await;
    }
    until("the breaker opens", || folder.count("SELECT count(opened_at) AS n FROM insula.breakers") == 1).await;
    let said = doctor();
    assert!(said.contains("FAULT  breaker of healthdata-service: open since"), "{said}");
    assert!(said.contains("FAULT  healthdata: no token: "), "{said}");
    let metrics = insula.metrics.clone().unwrap();
    until_async("the metrics tell", async || {
        let text = reqwest::get(&metrics).await.unwrap().text().await.unwrap();
        text.contains("insula_breaker_open{recipient=\"healthdata-service\"} 1")
    })
    .await;
    insula.terminate();
    assert!(insula.ended().success());
    let log = folder.wrote("stderr");
    assert!(log.contains("deliveries to Healthdata failed"), "{log}");
    assert!(!log.contains("token-") && !log.contains("Bearer") && !log.contains("eyJ"), "no token stands in the log");
}

/// SYS-04: invalid settings are all named at the start.
#[actix_web::test]
async fn invalid_settings_are_named_at_the_start() {
    let folder = Folder::new("healthdata-settings");
    let output = folder.command(&["serve", "--healthdata-url", "http://healthdata.example"]).output().unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    for name in ["--healthdata-url", "--healthdata-token-url", "--healthdata-client-id", "--healthdata-key"] {
        assert!(said.contains(name), "{said}");
    }
}
