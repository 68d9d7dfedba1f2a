//! The yearly summaries that beneficiaries get (BIL-06).

mod paper;
pub mod year;
