//! Whether the database answers, checked on a thread and a connection that requests cannot exhaust.

use std::{
    io, iter,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
};

use insula_persistence::{Call, Db, parties::organisations};
use tokio::sync::oneshot;

/// Further simultaneous checks are not answered and count as DOWN.
const MAX_CHECKS: usize = 1024;

/// The health check. Simultaneous checks share one query to the database.
#[derive(Clone)]
pub struct Health(SyncSender<oneshot::Sender<bool>>);

impl Health {
    /// Starts the thread that runs the checks; it ends with the last clone.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn start(db: Db) -> io::Result<Health> {
        let (sender, asked) = sync_channel(MAX_CHECKS);
        std::thread::Builder::new().name("health".to_owned()).spawn(move || answer(&db, &asked))?;
        Ok(Health(sender))
    }

    /// Whether the database answers.
    pub async fn is_up(&self) -> bool {
        let (sender, answer) = oneshot::channel();
        self.0.try_send(sender).is_ok() && answer.await.unwrap_or(false)
    }
}

fn answer(db: &Db, asked: &Receiver<oneshot::Sender<bool>>) {
    while let Ok(first) = asked.recv() {
        // As the worker, whose few connections requests never exhaust.
        let call = Call::insula("checkHealth", db.ids.opaque_uuid());
        let is_up = db.run(&call, organisations::insurers).is_ok();
        for one in iter::once(first).chain(asked.try_iter()) {
            // The client may have disconnected.
            let _ = one.send(is_up);
        }
    }
}
