//! PostgreSQL, the one database. Knows the domain and nothing of the web: rows in, rows out, in transactions that carry the
//! caller's scope (SYS-02). One module per noun; SQL stands where it is used, as constant text.

pub mod clock;
pub mod convention;
mod db;
mod error;
pub mod idempotency;
pub mod keys;
pub mod migrate;
pub mod notices;
pub mod outbox;
pub mod parties;
pub mod registry;
mod sql;
pub mod trail;

/// The statements of the two hottest operations, for `bench` to run them without Insula.
pub mod statements {
    pub use crate::registry::codes::LOOK_UP;
    pub use crate::registry::registrations::{SUBMIT_FACTS, UPDATE};
}

pub use db::{Call, Db, Keep, Login, Patience, PoolSizes, Tx};
pub use error::{DbError, Stop};
