//! The integration tests: one binary, laid out as the URL tree.

mod contract;
mod hostile;
mod permissions;
mod privacy;
mod registrations;
mod rules_covered;
mod tenancy;
mod tokens;
