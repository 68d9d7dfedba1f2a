//! The integration tests: one binary, laid out as the URL tree.

mod audit_events;
mod demo;
mod feed;
mod kills;
mod migrations;
mod outbox;
mod overload;
mod permissions;
mod process;
mod registrations;
mod tenancy;
mod tokens;
mod trail;
