//! Hospitals, their grants and their beneficiaries.

mod beneficiaries;
mod organisations;
