//! Shared parts of the integration tests: a service per test on a database of its own, and callers of every kind.

pub mod app;
pub mod arrivals;
pub mod client;
pub mod data;
mod described;
pub mod healthdata;
pub mod invariants;
pub mod invoice_file;
pub mod mails;
pub mod operations;
pub mod random;
pub mod receiver;
pub mod silent;
pub mod smtp;
pub mod status;
pub mod waiting;

pub use app::TestApp;
pub use client::{Client, Reply};
pub use random::Random;
pub use receiver::Receiver;
pub use silent::silent_port;
pub use waiting::{TEST_TIMEOUT, eventually, until, until_async};
