//! The worker.

mod outbox;
mod workers;
