//! Hospitals, insurers, and the beneficiaries they know.

pub mod beneficiaries;
pub mod organisations;
