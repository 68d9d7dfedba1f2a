//! Access to PostgreSQL, in transactions with the caller's scope (SYS-02). Depends on the domain and knows nothing of
//! the web. One module per noun; SQL is constant text, written where it is used.

mod answer;
pub mod billing;
pub mod clock;
mod constraints;
pub mod convention;
mod db;
mod error;
pub mod idempotency;
pub mod keys;
pub mod migrate;
pub mod mode;
pub mod notices;
pub mod origin;
pub mod outbox;
mod owner;
mod page;
pub mod parties;
mod position;
pub mod private;
pub mod registry;
pub mod scram;
mod sql;
pub mod trail;
mod tx;

/// The statements of the two most frequent operations, which `bench` runs without Insula.
pub mod statements {
    pub use crate::registry::codes::LOOK_UP;
    pub use crate::registry::registrations::{SUBMIT_FACTS, UPDATE};
}

pub use db::{Db, Login, PoolSizes, Timeouts};
pub use error::{DbError, Stop};
pub use mode::Mode;
pub use page::Page;
pub use position::{NotAPosition, Position};
pub use tx::{Call, Keep, Tx};
