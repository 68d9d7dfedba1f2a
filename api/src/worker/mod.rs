//! What happens without being asked: deliveries to Healthdata, seals of the trail, housekeeping. Replicas share nothing but
//! the database; any number may run.

pub mod destination;

use std::{
    fs,
    io::Write,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use insula_persistence::{
    Call, Db, DbError, Stop,
    outbox::{self, Settled},
    trail::{self, Head},
};

use crate::metrics::Metrics;
use destination::Destination;

/// Wakes the worker of this process. A hint only: what is due is found in the database.
#[derive(Clone)]
pub struct Nudge(SyncSender<()>);

impl Nudge {
    /// Something has to leave.
    pub fn changed(&self) {
        // A full channel means that it is awake already; a closed one, that it runs elsewhere or has ended.
        let _ = self.0.try_send(());
    }
}

/// A nudge, and what it wakes.
pub fn nudge() -> (Nudge, Receiver<()>) {
    let (sender, receiver) = sync_channel(1);
    (Nudge(sender), receiver)
}

/// How many deliveries are claimed at once.
const BATCH: i32 = 100;
/// Another process's changes are found after this at the latest; deliveries that failed, too.
const POLL: Duration = Duration::from_millis(200);
/// Less than a claim holds.
const SETTLE_WITHIN: Duration = Duration::from_secs(15);
const SEAL_EVERY: Duration = Duration::from_secs(1);
const TIDY_EVERY: Duration = Duration::from_secs(3600);

/// A running worker.
pub struct Worker {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Worker {
    /// Starts a thread that delivers, seals and tidies until it is stopped. `head` is the file outside the database where
    /// the head of the trail is noted.
    pub fn start(
        db: Db,
        destinations: Vec<Arc<dyn Destination>>,
        nudged: Receiver<()>,
        head: PathBuf,
        metrics: Arc<Metrics>,
    ) -> std::io::Result<Worker> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::Builder::new().name("worker".to_owned()).spawn(move || {
            let work = || run(&db, &destinations, &nudged, &head, &metrics, &stopped);
            // A panic, which the log has, costs the round it happened in: what was claimed comes back.
            while catch_unwind(AssertUnwindSafe(work)).is_err() {
                std::thread::sleep(POLL);
            }
        })?;
        Ok(Worker { stop, thread })
    }

    /// Lets it finish what it has in hand, and ends it.
    pub fn stop(self) {
        self.stop.store(true, Ordering::SeqCst);
        // It never panics: see `start`.
        let _ = self.thread.join();
    }
}

fn run(
    db: &Db,
    destinations: &[Arc<dyn Destination>],
    nudged: &Receiver<()>,
    head: &Path,
    metrics: &Metrics,
    stopped: &AtomicBool,
) {
    let (mut seal_at, mut tidy_at) = (Instant::now(), Instant::now());
    while !stopped.load(Ordering::SeqCst) {
        let mut busy = false;
        for destination in destinations {
            match deliver(db, destination.as_ref()) {
                Ok(count) => busy |= count > 0,
                Err(stop) => tracing::warn!(?stop, "a delivery round did not come about; it is tried again"),
            }
        }
        if Instant::now() >= seal_at {
            seal_all(db, head);
            seal_at = Instant::now() + SEAL_EVERY;
            if let Ok(backlog) = outbox::backlog(db) {
                metrics.waiting(backlog.waiting);
            }
            for login in insula_persistence::Login::ALL {
                metrics.connections(login.role(), db.connections(login).0);
            }
        }
        if Instant::now() >= tidy_at {
            let call = Call::insula("forgetOldAnswers", db.ids.opaque_uuid());
            if let Err(stop) = db.run(&call, outbox::forget_old_answers) {
                tracing::warn!(?stop, "old answers could not be forgotten; tried again in an hour");
            }
            tidy_at = Instant::now() + TIDY_EVERY;
        }
        if !busy && nudged.recv_timeout(POLL) == Err(RecvTimeoutError::Disconnected) {
            // Nobody in this process makes changes: the database alone tells.
            std::thread::sleep(POLL);
        }
    }
}

/// One round for one destination: claim, deliver outside any transaction, settle. Returns how many were settled.
pub fn deliver(db: &Db, destination: &dyn Destination) -> Result<usize, Stop> {
    let call = Call::insula("deliver", db.ids.opaque_uuid());
    let topic = destination.name();
    let claimed = db.run(&call, |tx| outbox::claim(tx, topic, BATCH))?;
    if claimed.is_empty() {
        return Ok(0);
    }
    let messages: Vec<_> = claimed.iter().map(|delivery| &delivery.message).collect();
    let answers = destination.deliver(&messages);
    let settled: Vec<_> =
        claimed.into_iter().zip(answers).map(|(delivery, answer)| Settled { delivery, answer }).collect();
    // What the recipient answered is not forgotten while the database is away for a moment: nobody else may ask again before
    // the claims run out.
    let until = Instant::now() + SETTLE_WITHIN;
    loop {
        match db.run(&call, |tx| outbox::settle(tx, &settled)) {
            Err(Stop::Db(DbError::Busy | DbError::Retry)) if Instant::now() < until => std::thread::sleep(POLL),
            outcome => return outcome.map(|()| settled.len()),
        }
    }
}

/// Seals what can be sealed, and notes the head outside the database.
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

/// Notes the head, unless the chain no longer reaches the one noted before: that one is then the evidence of a cut, which a
/// tail grown since must not wipe out.
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

/// Notes the head in a file of one line, replaced as a whole.
fn note_head(path: &Path, head: &Head) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        // Beside a database that was given (`DATABASE_URL`) there is nothing else in the data folder, so that it may not be there yet.
        fs::create_dir_all(folder)?;
    }
    // Several processes may share the folder.
    let new = path.with_extension(format!("new-{}", std::process::id()));
    let mut file = fs::File::create(&new)?;
    writeln!(file, "{} {}", head.position, head.chain)?;
    file.sync_all()?;
    fs::rename(new, path)
}

/// The head as it was last noted.
pub fn noted_head(path: &Path) -> Option<Head> {
    let text = fs::read_to_string(path).ok()?;
    let (position, chain) = text.trim().split_once(' ')?;
    Some(Head { position: position.parse().ok()?, chain: chain.to_owned() })
}
