//! The integration tests: one binary, laid out as the URL tree.

mod beneficiaries;
mod concurrency;
mod model;
mod registrations;
