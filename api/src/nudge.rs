//! How a handler wakes the jobs of its own process.

use std::{sync::Arc, thread::Thread};

/// Wakes the jobs of this process that wait for changes. A hint only: what is due is found in the database. The default one
/// wakes nobody.
#[derive(Clone, Default)]
pub struct Nudge(Arc<[Thread]>);

impl Nudge {
    /// One for the threads of those jobs.
    pub fn new(waiting: Vec<Thread>) -> Nudge {
        Nudge(waiting.into())
    }

    /// Something has to leave.
    pub fn changed(&self) {
        for thread in self.0.iter() {
            thread.unpark();
        }
    }
}
