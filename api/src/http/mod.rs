//! What every operation stands on: who calls and what they may, input, problems, languages, forms of answers.

pub mod auth;
pub mod caller;
pub mod health;
pub mod input;
pub mod intake;
pub mod issue;
pub mod language;
pub mod metrics;
pub mod negotiation;
pub mod parameters;
pub mod permission;
pub mod picture;
pub mod problem;
pub mod state;
