//! The shared basis of all operations: caller, permissions, input, problems, languages, media types.

pub mod auth;
pub mod caller;
pub mod collection;
pub mod health;
pub mod input;
pub mod intake;
pub mod issue;
pub mod language;
pub mod metrics;
pub mod negotiation;
pub mod page;
pub mod parameters;
pub mod permission;
pub mod picture;
pub mod problem;
pub mod share;
pub mod spool;
pub mod state;
