//! Hospitals and their grants, and the beneficiaries they know.

pub mod beneficiaries;
pub mod organisations;
