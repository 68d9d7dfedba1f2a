//! The accounts of a year: what is bought, rebated, got for free, paid and spent, and what the funds may serve (REG-08,
//! REG-11, BIL-02, STF-08, STF-20).
//!
//! [`entry`]: what is entered. [`statement`]: the figures of a year, each with its entries ([`sum`]). [`funds`]: what
//! the funds were used for. [`pay`]: staff paid by others, and exempted hours. [`finding`]: what an inspector would point out.
//! [`table`]: the figures as CSV.

pub mod entry;
pub mod finding;
pub mod funds;
pub mod pay;
pub mod statement;
pub mod sum;
pub mod table;
