//! The integration tests: one binary, laid out as the URL tree.

mod migrations;
mod permissions;
mod registrations;
mod trail;
