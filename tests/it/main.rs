//! The integration tests: one binary, laid out as the URL tree.

mod registrations;
mod trail;
