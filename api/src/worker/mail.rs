//! Sends e-mails (NOT-04).

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use insula_domain::notices::mail::{self, MailOutcome, Settlement};
use insula_persistence::{
    Call, Db, DbError, Stop,
    notices::mails::{self, ClaimedMail},
};

use super::Job;
use crate::{
    http::metrics::Metrics,
    notices::mail::{Letter, MailTransport, Outgoing, Sender},
};

/// How often due e-mails are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How much longer than an attempt a claim lasts: the time to record the outcome.
const MARGIN: Duration = Duration::from_secs(30);
/// Less than that.
const SETTLE_WITHIN: Duration = Duration::from_secs(15);

/// The job that sends due e-mails, one in each round.
pub fn job(db: &Db, post: Box<dyn MailTransport>, sender: Sender, metrics: Arc<Metrics>) -> Job {
    let db = db.clone();
    Job::every(LOOK_EVERY, "mails", move || {
        let sent = send_next(&db, post.as_ref(), &sender);
        if let Ok(backlog) = mails::backlog(&db) {
            metrics.mails(backlog.waiting, backlog.parked);
        }
        match sent {
            Ok(settled) => settled.is_some(),
            Err(stop) => {
                tracing::warn!(?stop, "a mail could not be claimed or settled; it is tried again");
                false
            }
        }
    })
}

/// Claims the next due e-mail, sends it outside any transaction, and records the outcome. `None`: none is due.
pub fn send_next(db: &Db, post: &dyn MailTransport, sender: &Sender) -> Result<Option<Settlement>, Stop> {
    let Some(claimed) = claim(db, post, sender)? else { return Ok(None) };
    let outcome = attempt(post, &claimed);
    let settlement = mail::settled(&claimed.standing, &outcome, db.clock.now());
    settle(db, post, &claimed, &settlement)?;
    tracing::info!(mail = %claimed.id, state = %settlement.state, attempt = claimed.standing.attempts + 1, "a mail was tried");
    Ok(Some(settlement))
}

/// Claims the next due e-mail. No other process takes it until the outcome is recorded or the claim expires.
pub fn claim(db: &Db, post: &dyn MailTransport, sender: &Sender) -> Result<Option<ClaimedMail>, Stop> {
    let lease = chrono::TimeDelta::from_std(post.within() + MARGIN).unwrap_or(chrono::TimeDelta::hours(1));
    let call = Call::insula("sendMails", db.ids.opaque_uuid());
    let write = |facts: &mails::MailFacts, to: &[String], id: Option<&str>| Letter::written(facts, to, id, sender);
    db.run(&call, |tx| mails::claim(tx, lease, &write))
}

/// Sends a claimed e-mail to the recipients who do not have it yet.
pub fn attempt(post: &dyn MailTransport, claimed: &ClaimedMail) -> MailOutcome {
    let pending = claimed.standing.pending();
    match &claimed.written {
        // The pending recipients got it in an attempt whose outcome arrived late.
        _ if pending.is_empty() => MailOutcome::Answered(Vec::new()),
        Ok(written) => {
            post.send(&Outgoing { message_id: &written.message_id, message: &written.message, to: &pending })
        }
        Err(reason) => MailOutcome::Never(reason.clone()),
    }
}

/// Records the outcome, and retries while the database is briefly away: until the claim expires, no other process sends
/// the e-mail again.
fn settle(db: &Db, post: &dyn MailTransport, claimed: &ClaimedMail, settlement: &Settlement) -> Result<(), Stop> {
    let call = Call::insula("sendMails", db.ids.opaque_uuid());
    let until = Instant::now() + SETTLE_WITHIN;
    loop {
        match db.run(&call, |tx| mails::settle(tx, claimed, settlement, post.via())) {
            Err(Stop::Db(DbError::Busy | DbError::Retry)) if Instant::now() < until => std::thread::sleep(super::POLL),
            outcome => return outcome,
        }
    }
}
