//! Sends webhooks: claims due events, sends them, and records each outcome as it arrives, so that a slow or dead
//! endpoint delays no other (CGM-07 to CGM-11, NOT-01).

mod message;
mod sender;

use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use insula_persistence::{
    Call, Db, Stop,
    notices::webhooks::{self, Settled},
};
use tokio::{
    runtime::{Builder, Handle, Runtime},
    task::{Id, JoinSet},
    time::timeout,
};

use super::Job;
use crate::http::metrics::Metrics;
pub use sender::{Sender, TIMEOUT};

/// The maximum number of events this process sends at once.
const AT_ONCE: usize = 32;
/// How many of them may go to endpoints whose last attempt failed; the rest is kept for those that work.
const FAILING_AT_ONCE: usize = 24;
/// The longest time until newly due events are noticed while others are being sent.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How often the waiting events are counted.
const COUNT_EVERY: Duration = Duration::from_secs(5);
/// How long attempts may still take when the worker stops.
const END_WITHIN: Duration = Duration::from_secs(15);
const FORGET_EVERY: Duration = Duration::from_secs(3600);

/// The jobs of webhooks: sending events, and erasing those delivered long ago.
pub fn jobs(db: &Db, sender: Sender, metrics: Arc<Metrics>) -> io::Result<Vec<Job>> {
    let dispatcher = Mutex::new(Dispatcher::new(db.clone(), sender)?);
    let send = Job::on_change("webhooks", move || {
        // The next round continues after a panic: no outcome is recorded for an event that was not sent.
        match dispatcher.lock().unwrap_or_else(PoisonError::into_inner).round() {
            Ok(more) => more,
            Err(stop) => {
                tracing::warn!(?stop, "a round of webhooks did not come about; it is tried again");
                false
            }
        }
    });
    let forgetting = db.clone();
    let forget = Job::every(FORGET_EVERY, "webhooksKept", move || {
        let call = Call::insula("forgetOldWebhooks", forgetting.ids.opaque_uuid());
        forgetting.run(&call, webhooks::forget).unwrap_or_else(|stop| {
            tracing::warn!(?stop, "old webhooks could not be forgotten; tried again in an hour");
            false
        })
    });
    let counted = db.clone();
    let count = Job::every(COUNT_EVERY, "webhooksCounted", move || {
        if let Ok(backlog) = webhooks::backlog(&counted) {
            metrics.webhooks(backlog.waiting, backlog.parked);
        }
        false
    });
    Ok(vec![send, forget, count])
}

/// Sends due events, many at once.
pub struct Dispatcher {
    db: Db,
    sender: Arc<Sender>,
    handle: Handle,
    /// Until the end.
    runtime: Option<Runtime>,
    /// The attempts in progress.
    tasks: JoinSet<Settled>,
    /// For each, whether its endpoint's previous attempt failed.
    in_hand: HashMap<Id, bool>,
    /// Outcomes that are not recorded yet.
    answered: Vec<Settled>,
}

impl Dispatcher {
    /// Has its own threads: attempts continue during database access.
    pub fn new(db: Db, sender: Sender) -> io::Result<Dispatcher> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            // For name resolution.
            .max_blocking_threads(2 * AT_ONCE)
            .thread_name("webhooks")
            .enable_all()
            .build()?;
        let sender = Arc::new(sender);
        Ok(Dispatcher {
            db,
            sender,
            handle: runtime.handle().clone(),
            runtime: Some(runtime),
            tasks: JoinSet::new(),
            in_hand: HashMap::new(),
            answered: Vec::new(),
        })
    }

    /// Records outcomes, claims due events, and waits a moment for answers. Returns whether there is more to do.
    pub fn round(&mut self) -> Result<bool, Stop> {
        self.settle()?;
        self.claim()?;
        if self.tasks.is_empty() {
            return Ok(false);
        }
        self.gather(LOOK_EVERY);
        self.settle()?;
        Ok(true)
    }

    fn call(&self) -> Call {
        Call::insula("sendWebhooks", self.db.ids.opaque_uuid())
    }

    fn claim(&mut self) -> Result<(), Stop> {
        let room = AT_ONCE.saturating_sub(self.in_hand.len());
        if room == 0 {
            return Ok(());
        }
        let failing = self.in_hand.values().filter(|failing| **failing).count();
        let failing = FAILING_AT_ONCE.saturating_sub(failing);
        let (room, failing) = (i64::try_from(room).unwrap_or_default(), i64::try_from(failing).unwrap_or_default());
        for attempt in self.db.run(&self.call(), |tx| webhooks::claim(tx, room, failing))? {
            let (sender, failing) = (Arc::clone(&self.sender), attempt.failing);
            let sending = async move {
                let outcome = sender.send(&attempt).await;
                Settled { attempt, outcome }
            };
            self.in_hand.insert(self.tasks.spawn_on(sending, &self.handle).id(), failing);
        }
        Ok(())
    }

    /// Waits for the next answer and collects all that have arrived.
    fn gather(&mut self, within: Duration) {
        let tasks = &mut self.tasks;
        let mut next = self.handle.block_on(async { timeout(within, tasks.join_next_with_id()).await }).ok().flatten();
        while let Some(outcome) = next {
            let id = match outcome {
                Ok((id, settled)) => {
                    self.answered.push(settled);
                    id
                }
                // It panicked, which is logged; its claim expires.
                Err(error) => error.id(),
            };
            self.in_hand.remove(&id);
            next = self.tasks.try_join_next_with_id();
        }
    }

    /// Records the outcomes. While the database is away they are kept for the next round: until the claims expire, no
    /// other process sends the events.
    fn settle(&mut self) -> Result<(), Stop> {
        if self.answered.is_empty() {
            return Ok(());
        }
        let answered = &self.answered;
        self.db.run(&self.call(), |tx| webhooks::settle(tx, answered))?;
        self.answered.clear();
        Ok(())
    }
}

impl Drop for Dispatcher {
    /// Finishes the attempts in progress and records their outcomes.
    fn drop(&mut self) {
        let tasks = &mut self.tasks;
        let answered = &mut self.answered;
        let rest = async {
            while let Some(outcome) = tasks.join_next().await {
                answered.extend(outcome);
            }
        };
        // An event without an answer by then becomes due again when its claim expires.
        let _ = self.handle.block_on(async { timeout(END_WITHIN, rest).await });
        if let Err(stop) = self.settle() {
            tracing::warn!(?stop, "answers to webhooks could not be written down; these are sent again");
        }
        // Name resolution cannot be interrupted and may take minutes; its result is no longer needed.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
