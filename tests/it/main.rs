//! The integration tests: one binary, organised like the service.

mod billing;
mod command;
mod convention;
mod database;
mod http;
mod notices;
mod parties;
mod reference;
mod registry;
mod server;
mod worker;
