//! Billing: which days of programme are due, how they become lines of an invoice, and what becomes of those
//! (BIL-01 to BIL-12, COV-11, PMP-04). Everything is decided here; nothing is stored or written.

pub mod answered;
pub mod compose;
pub mod credit;
pub mod day_state;
pub mod explain;
pub mod file;
pub mod file_state;
pub mod forecast;
pub mod identity;
pub mod income;
pub mod limitation;
pub mod line;
pub mod patient_days;
pub mod plan;
pub mod pump_day;
pub mod refusal_code;
pub mod regularisation;
pub mod summary;
pub mod terms;
pub mod undue;

#[cfg(test)]
mod histories_tests;
