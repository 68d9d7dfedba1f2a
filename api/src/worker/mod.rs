//! Background work: deliveries to Healthdata, sealing of the trail, housekeeping. Each is a [`Job`] in its own thread,
//! so that a slow recipient delays nothing else. Any number of replicas may run; they share only the database.

pub mod destination;
pub mod healthdata;
pub mod import;
mod job;
pub mod mail;
pub mod night;
pub mod webhook;

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use insula_domain::registry::transmission::{breaker::Breaker, coded::Answer};
use insula_persistence::{
    Call, Db, DbError, Login, Stop, Tx,
    convention::coverage::events,
    outbox::{self, SettledDelivery},
    private,
    registry::breakers,
    trail::{self, Head},
};

pub use job::{Job, Worker};

use crate::http::metrics::Metrics;
use destination::Destination;
use job::POLL;

/// The maximum number of deliveries claimed at once.
const BATCH: u32 = 100;
/// Shorter than a claim lasts.
const SETTLE_WITHIN: Duration = Duration::from_secs(15);
const SEAL_EVERY: Duration = Duration::from_secs(1);
const TIDY_EVERY: Duration = Duration::from_secs(3600);
/// How often periods are looked for that end soon or have ended: at the beginning of a day they are told of within this.
const TELL_EVERY: Duration = Duration::from_secs(60);

/// Every job. `head` is the file outside the database in which the head of the trail is recorded.
pub fn jobs(db: &Db, destinations: Vec<Arc<dyn Destination>>, head: PathBuf, metrics: Arc<Metrics>) -> Vec<Job> {
    let mut jobs = Vec::new();
    for destination in destinations {
        let db = db.clone();
        jobs.push(Job::on_change("deliveries", move || match deliver(&db, destination.as_ref()) {
            Ok(count) => count > 0,
            Err(stop) => {
                tracing::warn!(?stop, "a delivery round did not come about; it is tried again");
                false
            }
        }));
    }
    let sealed = db.clone();
    jobs.push(Job::every(SEAL_EVERY, "seals", move || {
        seal_all(&sealed, &head);
        if let Ok(backlog) = outbox::backlog(&sealed) {
            metrics.waiting(backlog.waiting);
        }
        for (recipient, breaker) in breakers::all(&sealed).unwrap_or_default() {
            metrics.breaker(&recipient, matches!(breaker, Breaker::Open { .. }));
        }
        for login in Login::ALL {
            metrics.connections(login.role(), sealed.connections(login).0);
        }
        false
    }));
    let tidied = db.clone();
    jobs.push(Job::every(TIDY_EVERY, "housekeeping", move || {
        let call = Call::insula("forgetOldAnswers", tidied.ids.opaque_uuid());
        if let Err(stop) = tidied.run(&call, outbox::forget_old_answers) {
            tracing::warn!(?stop, "old answers could not be forgotten; tried again in an hour");
        }
        import::forget_old(&tidied);
        false
    }));
    let told = db.clone();
    jobs.push(Job::every(TELL_EVERY, "coverage", move || {
        let call = Call::insula("coverageOfDay", told.ids.opaque_uuid());
        if let Err(stop) = told.run(&call, events::tell_of_endings).and_then(|_| told.run(&call, events::hand_over)) {
            tracing::warn!(?stop, "what a new day brings to coverage did not come about; tried again in a minute");
        }
        false
    }));
    jobs.push(night::job(db));
    jobs
}

/// One round for one destination: claims, delivers outside any transaction, records the outcomes. Returns how many
/// deliveries were tried.
pub fn deliver(db: &Db, destination: &dyn Destination) -> Result<usize, Stop> {
    let call = Call::insula("deliver", db.ids.opaque_uuid());
    let (topic, recipient) = (destination.name(), destination.recipient());
    let claimed = db.run(&call, |tx| {
        if !destination.is_spared() {
            return outbox::claim(tx, topic, recipient, BATCH);
        }
        let Some(breaker) = breakers::before_claim(tx, topic, recipient)? else { return Ok(Vec::new()) };
        let admitted = breaker.admits(tx.now, BATCH);
        if admitted == 0 {
            return Ok(Vec::new());
        }
        let claimed = outbox::claim(tx, topic, recipient, admitted)?;
        if !claimed.is_empty() {
            breakers::claimed(tx, recipient, breaker)?;
        }
        Ok(claimed)
    })?;
    if claimed.is_empty() {
        return Ok(0);
    }
    let messages: Vec<_> = claimed.iter().map(|delivery| &delivery.message).collect();
    let answers = destination.deliver(&messages);
    let settled: Vec<_> =
        claimed.into_iter().zip(answers).map(|(delivery, answer)| SettledDelivery { delivery, answer }).collect();
    let tried = settled.iter().filter(|settled| settled.answer != Answer::NotTried).count();
    // Retried while the database is briefly away: until the claims expire, no other process delivers again.
    let until = Instant::now() + SETTLE_WITHIN;
    loop {
        let settle = |tx: &mut Tx| {
            outbox::settle(tx, &settled)?;
            if destination.is_spared() {
                breakers::heard(tx, recipient, settled.iter().map(|settled| &settled.answer))?;
            }
            Ok(())
        };
        match db.run(&call, settle) {
            Err(Stop::Db(DbError::Busy | DbError::Retry)) if Instant::now() < until => std::thread::sleep(POLL),
            outcome => return outcome.map(|()| tried),
        }
    }
}

/// Seals what can be sealed, and records the head outside the database.
pub fn seal_all(db: &Db, head: &Path) {
    loop {
        match trail::seal(db) {
            Ok(Some(sealed)) => note(db, head, &sealed),
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(%error, "the trail could not be sealed; tried again");
                return;
            }
        }
    }
}

/// Records the head, unless the chain no longer reaches the previous one: that one then proves that the chain was cut,
/// and must not be overwritten by what was added since.
fn note(db: &Db, head: &Path, sealed: &Head) {
    match noted_head(head).map_or(Ok(true), |noted| trail::holds(db, &noted)) {
        Ok(true) => {
            if let Err(error) = note_head(head, sealed) {
                tracing::error!(%error, "the head of the trail could not be noted outside the database");
            }
        }
        Ok(false) => {
            tracing::error!("the trail does not reach the head noted before: run `insula audit verify`");
        }
        Err(error) => tracing::warn!(%error, "the head of the trail could not be compared; tried again"),
    }
}

/// Writes the head to a file of one line, replaced atomically.
fn note_head(path: &Path, head: &Head) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        // With `DATABASE_URL` nothing else uses the data folder, so it may not exist yet.
        fs::create_dir_all(folder)?;
    }
    // Several processes may share the folder.
    let new = path.with_extension(format!("new-{}", std::process::id()));
    let mut file = private::file(&new)?;
    writeln!(file, "{} {}", head.position, head.chain)?;
    file.sync_all()?;
    fs::rename(new, path)
}

/// The last recorded head.
pub fn noted_head(path: &Path) -> Option<Head> {
    let text = fs::read_to_string(path).ok()?;
    let (position, chain) = text.trim().split_once(' ')?;
    Some(Head { position: position.parse().ok()?, chain: chain.to_owned() })
}
