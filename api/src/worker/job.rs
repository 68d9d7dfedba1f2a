//! Jobs, and the threads that run them.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::nudge::Nudge;

/// The longest time until changes of other processes and failed deliveries are noticed.
pub(super) const POLL: Duration = Duration::from_millis(200);

/// A repeated task: rounds, with a pause after each that leaves nothing to do.
pub struct Job {
    name: &'static str,
    pause: Duration,
    /// Whether a change made by this process ends the pause early.
    waits_for_changes: bool,
    round: Box<dyn Fn() -> bool + Send>,
}

impl Job {
    /// A job that runs every `pause`.
    pub fn every(pause: Duration, name: &'static str, round: impl Fn() -> bool + Send + 'static) -> Job {
        Job { name, pause, waits_for_changes: false, round: Box::new(round) }
    }

    /// A job that runs after each change of this process, and every [`POLL`] for the changes of others.
    pub fn on_change(name: &'static str, round: impl Fn() -> bool + Send + 'static) -> Job {
        Job { waits_for_changes: true, ..Job::every(POLL, name, round) }
    }

    fn run(&self, stopped: &AtomicBool) {
        while !stopped.load(Ordering::SeqCst) {
            // A panic is logged and costs one round: what that round claimed becomes due again.
            let more = catch_unwind(AssertUnwindSafe(&self.round)).unwrap_or(false);
            if !more {
                // A nudge during the round ends the pause at once.
                thread::park_timeout(self.pause);
            }
        }
    }
}

/// The running jobs.
pub struct Worker {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
    nudge: Nudge,
}

impl Worker {
    /// Starts a thread for each job. They run until they are stopped.
    pub fn start(jobs: Vec<Job>) -> std::io::Result<Worker> {
        let stop = Arc::new(AtomicBool::new(false));
        let (mut threads, mut waiting) = (Vec::new(), Vec::new());
        for job in jobs {
            let stopped = Arc::clone(&stop);
            let waits = job.waits_for_changes;
            let thread = thread::Builder::new().name(job.name.to_owned()).spawn(move || job.run(&stopped))?;
            waiting.extend(waits.then(|| thread.thread().clone()));
            threads.push(thread);
        }
        Ok(Worker { stop, threads, nudge: Nudge::new(waiting) })
    }

    /// Wakes the jobs that wait for changes.
    pub fn nudge(&self) -> Nudge {
        self.nudge.clone()
    }

    /// Lets each job finish its current round, then ends it.
    pub fn stop(self) {
        self.stop.store(true, Ordering::SeqCst);
        for thread in &self.threads {
            thread.thread().unpark();
        }
        for thread in self.threads {
            // It never panics: see `Job::run`.
            let _ = thread.join();
        }
    }
}
