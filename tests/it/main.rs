//! The integration tests: one binary, laid out as the URL tree.

mod audit_events;
mod beneficiaries;
mod concurrency;
mod contract;
mod demo;
mod feed;
mod hostile;
mod migrations;
mod model;
mod outbox;
mod overload;
mod permissions;
mod privacy;
mod problems;
mod registrations;
mod rules_covered;
mod tenancy;
mod tokens;
mod trail;
