//! The integration tests: one binary, laid out as the URL tree.

mod audit_events;
mod demo;
mod migrations;
mod permissions;
mod registrations;
mod trail;
