//! Billing: pump days, the invoice files in which they are billed, and the check of anybody's file.

pub mod explain;
pub mod files;
pub mod identity;
pub mod income;
pub mod lines;
pub mod pump_days;
pub mod records;
pub mod settings;
pub mod summaries;
