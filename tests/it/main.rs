//! The integration tests: one binary, laid out as the URL tree.

mod audit_events;
mod beneficiaries;
mod concurrency;
mod demo;
mod feed;
mod hostile;
mod migrations;
mod model;
mod outbox;
mod overload;
mod permissions;
mod problems;
mod registrations;
mod tenancy;
mod tokens;
mod trail;
