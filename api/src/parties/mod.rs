//! Hospitals with their grants, and their beneficiaries.

pub mod beneficiaries;
pub mod organisations;
