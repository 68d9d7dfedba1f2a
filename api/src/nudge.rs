//! How a handler wakes the jobs of its own process.

use std::{sync::Arc, thread::Thread};

/// Wakes the jobs of this process that wait for changes. Only a hint: what is due is found in the database. The default
/// wakes no job.
#[derive(Clone, Default)]
pub struct Nudge(Arc<[Thread]>);

impl Nudge {
    /// Creates one for the threads of those jobs.
    pub fn new(waiting: Vec<Thread>) -> Nudge {
        Nudge(waiting.into())
    }

    /// Tells the jobs that there is something to send.
    pub fn changed(&self) {
        for thread in self.0.iter() {
            thread.unpark();
        }
    }
}
