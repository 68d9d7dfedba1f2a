//! `insula doctor`: what is right, what is not, and what to do about it.

use insula_domain::{clock::brussels_day, names::MailRoute, registry::transmission::breaker::Breaker};
use insula_persistence::{
    Db,
    billing::{files, settings},
    keys::Keys,
    migrate,
    notices::{mails, webhooks},
    outbox,
    registry::breakers,
    trail,
};

use super::serve::{head_file, verifier};
use crate::{
    config::Config,
    database::{Database, PATIENCE, admission},
    notices::mail,
    worker::{
        self,
        healthdata::{Healthdata, Settings},
    },
};

/// Looks at everything Insula stands on. Returns whether all of it is well.
pub fn examine(config: &Config) -> bool {
    let mut well = true;
    let mut say = |what: &str, outcome: Result<String, String>| match outcome {
        Ok(text) => println!("ok     {what}: {text}"),
        Err(text) => {
            well = false;
            println!("FAULT  {what}: {text}");
        }
    };
    // Before anything else, and nothing else when it fails: in development the next looks make what is missing.
    if let Err(error) = admission::of_settings(config, PATIENCE) {
        say("mode", Err(error.to_string()));
        return false;
    }
    say("mode", Ok(config.mode().to_string()));
    say("keys", Keys::read(&config.keys_folder()).map(|_| "readable".into()).map_err(|error| error.to_string()));
    say("tokens", verifier(config).map(|_| "an issuer is configured".into()).map_err(|error| error.to_string()));
    let database = match Database::attach(config) {
        Ok(database) => database,
        Err(error) => {
            say("database", Err(error.to_string()));
            return false;
        }
    };
    say("database", Ok(if config.database_url.is_none() { "private cluster" } else { "DATABASE_URL" }.into()));
    say(
        "schema and durability",
        database.check().map(|()| "as this program needs them".into()).map_err(|error| error.to_string()),
    );
    if let Ok(settings) = migrate::durability(&database.owner_url) {
        let text: Vec<_> = settings.iter().map(|(name, setting)| format!("{name}={setting}")).collect();
        say("settings", Ok(text.join(", ")));
    }
    let db = match database.open_for_command(config) {
        Ok(db) => db,
        Err(error) => {
            say("clock", Err(error.to_string()));
            return false;
        }
    };
    say(
        "deliveries",
        match outbox::backlog(&db) {
            Ok(backlog) if backlog.failing > 0 => Err(format!(
                "{} waiting, {} of them failing since {:?}",
                backlog.waiting, backlog.failing, backlog.oldest
            )),
            Ok(backlog) => Ok(format!("{} waiting", backlog.waiting)),
            Err(error) => Err(error.to_string()),
        },
    );
    say(
        "mail server",
        mail::transport(config).map_err(|error| error.to_string()).map(|transport| match transport.via() {
            MailRoute::Maildir => "none is set; e-mails are put into the maildir in the data folder".into(),
            MailRoute::Smtp => "set".into(),
        }),
    );
    say(
        "e-mail to INAMI",
        match mail::inami(config) {
            Ok(addresses) if addresses.is_empty() => {
                Err("no address is set: changes in lists of prescribers are parked; set --inami-mail".into())
            }
            Ok(addresses) => Ok(format!("{} addresses", addresses.len())),
            Err(error) => Err(error.to_string()),
        },
    );
    say(
        "mails",
        match mails::backlog(&db) {
            Ok(backlog) if backlog.parked > 0 => Err(format!(
                "{} parked, {} waiting: look at /notifications?state=parked, then send them again",
                backlog.parked, backlog.waiting
            )),
            Ok(backlog) => Ok(format!("{} waiting, none parked", backlog.waiting)),
            Err(error) => Err(error.to_string()),
        },
    );
    for (recipient, breaker) in breakers::all(&db).unwrap_or_default() {
        say(
            &format!("breaker of {recipient}"),
            match breaker {
                Breaker::Closed { failures: 0 } => Ok("closed".into()),
                Breaker::Closed { failures } => Ok(format!("closed; it failed {failures} times in a row")),
                Breaker::Open { since, probe_at, .. } => Err(format!(
                    "open since {since}: it does not answer and is left alone, but for a probe at {probe_at}"
                )),
            },
        );
    }
    say(
        "billing",
        match files::imbalances(&db) {
            Ok(0) => Ok("days, lines, invoices and files agree".into()),
            Ok(count) => Err(format!("{count} lines, invoices or files do not agree: nothing may be handed over")),
            Err(error) => Err(error.to_string()),
        },
    );
    match settings::in_force(&db, brussels_day(db.clock.now())) {
        Ok(settings) => {
            for (name, value, source) in settings.shown() {
                say(&format!("invoice format, {name}"), Ok(format!("{value:?} ({source})")));
            }
        }
        Err(error) => say("invoice format", Err(error.to_string())),
    }
    say("healthdata", healthdata(config, &db));
    say(
        "webhooks",
        webhooks::backlog(&db)
            .map(|backlog| format!("{} waiting, {} parked", backlog.waiting, backlog.parked))
            .map_err(|error| error.to_string()),
    );
    let noted = worker::noted_head(&head_file(config));
    say(
        "trail",
        match trail::verify(&db, noted.as_ref()) {
            Ok(report) if report.findings.is_empty() => Ok(format!("{} events sealed and intact", report.sealed)),
            Ok(report) => Err(format!("{} findings: run `insula audit verify`", report.findings.len())),
            Err(error) => Err(error.to_string()),
        },
    );
    well
}

/// Whether an external Healthdata gives tokens and can be reached.
fn healthdata(config: &Config, db: &Db) -> Result<String, String> {
    match Settings::read(&config.healthdata).map_err(|error| error.to_string())? {
        None => Ok("Insula's own coded store".to_owned()),
        Some(settings) => Healthdata::new(settings, db.clone()).map_err(|error| error.to_string())?.examine(),
    }
}
