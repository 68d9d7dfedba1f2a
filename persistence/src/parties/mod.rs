//! Hospitals, insurers, and the beneficiaries they know.

pub mod affiliations;
pub mod beneficiaries;
pub mod organisations;
