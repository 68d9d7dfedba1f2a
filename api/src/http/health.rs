//! Whether the database answers, asked on a thread and a connection that no request can take away.

use std::{
    io, iter,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
};

use insula_persistence::{Call, Db, parties::organisations};
use tokio::sync::oneshot;

/// More who ask at once get no answer, and so DOWN.
const ASKING: usize = 1024;

/// Answers whether the service works. However many ask at once, the database is asked once.
#[derive(Clone)]
pub struct Health(SyncSender<oneshot::Sender<bool>>);

impl Health {
    /// Starts the thread that asks; it ends with the last clone.
    ///
    /// # Errors
    /// No thread can be started.
    pub fn start(db: Db) -> io::Result<Health> {
        let (sender, asked) = sync_channel(ASKING);
        std::thread::Builder::new().name("health".to_owned()).spawn(move || answer(&db, &asked))?;
        Ok(Health(sender))
    }

    /// Asks.
    pub async fn is_up(&self) -> bool {
        let (sender, answer) = oneshot::channel();
        self.0.try_send(sender).is_ok() && answer.await.unwrap_or(false)
    }
}

fn answer(db: &Db, asked: &Receiver<oneshot::Sender<bool>>) {
    while let Ok(first) = asked.recv() {
        // As the worker: its few connections are never all taken by callers.
        let call = Call::insula("checkHealth", db.ids.opaque_uuid());
        let is_up = db.run(&call, organisations::insurers).is_ok();
        for one in iter::once(first).chain(asked.try_iter()) {
            // Who asked may have left.
            let _ = one.send(is_up);
        }
    }
}
