//! Insula over HTTP: the contract, the workers and the command line. Handlers hold a transaction each and decide nothing;
//! rules are in `insula_domain`, SQL in `insula_persistence`.

pub mod auth;
pub mod beneficiaries;
pub mod caller;
pub mod cluster;
pub mod command;
pub mod config;
pub mod contract;
pub mod database;
pub mod development;
pub mod documents;
pub mod gate;
pub mod health;
pub mod input;
pub mod language;
pub mod metrics;
pub mod openapi_export;
pub mod organisations;
pub mod permission;
pub mod problem;
pub mod ref_data;
pub mod registration_codes;
pub mod registrations;
pub mod server;
pub mod state;
pub mod system;
pub mod worker;
