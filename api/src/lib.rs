//! Insula over HTTP: the contract, the workers and the command line. Each handler runs one transaction and decides
//! nothing; rules are in `insula_domain`, SQL in `insula_persistence`.

pub mod addresses;
pub mod billing;
pub mod command;
pub mod config;
pub mod convention;
pub mod database;
pub mod http;
pub mod notices;
pub mod nudge;
pub mod parties;
pub mod reference;
pub mod registry;
pub mod server;
pub mod system;
pub mod throttle;
pub mod worker;
