//! PostgreSQL, the one database. Knows the domain and nothing of the web: rows in, rows out, in transactions that carry the
//! caller's scope (SYS-02). One module per noun; SQL stands where it is used, as constant text.

pub mod beneficiaries;
pub mod breakers;
pub mod clock;
pub mod coded_data;
pub mod codes;
pub mod conventions;
pub mod counters;
mod db;
mod error;
pub mod events;
pub mod healthdata;
pub mod idempotency;
pub mod imports;
pub mod keys;
pub mod mails;
pub mod mergers;
pub mod migrate;
pub mod night;
pub mod organisations;
pub mod outbox;
pub mod registrations;
pub mod sheets;
mod sql;
pub mod staffing;
pub mod team;
pub mod trail;
pub mod webhooks;

/// The statements of the two hottest operations, for `bench` to run them without Insula.
pub mod statements {
    pub use crate::codes::LOOK_UP;
    pub use crate::registrations::{SUBMIT_FACTS, UPDATE};
}

pub use db::{Call, Db, Keep, Login, PoolSizes, Tx};
pub use error::{DbError, Stop};
