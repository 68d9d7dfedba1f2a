//! The integration tests: one binary, in the same wings as the service.

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
