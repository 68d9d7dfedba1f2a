//! The integration tests: one binary, laid out as the URL tree.

mod audit_events;
mod beneficiaries;
mod concurrency;
mod demo;
mod feed;
mod kills;
mod logs;
mod migrations;
mod model;
mod organisations;
mod outbox;
mod overload;
mod permissions;
mod problems;
mod process;
mod registrations;
mod tenancy;
mod tokens;
mod trail;
mod workers;
