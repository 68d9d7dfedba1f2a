//! Hospitals and their grants, and the beneficiaries they know.

mod beneficiaries;
mod organisations;
