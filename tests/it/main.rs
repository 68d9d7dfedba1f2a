//! The integration tests: one binary, laid out as the URL tree.

mod audit_events;
mod contract;
mod demo;
mod feed;
mod migrations;
mod outbox;
mod permissions;
mod problems;
mod registrations;
mod tenancy;
mod tokens;
mod trail;
