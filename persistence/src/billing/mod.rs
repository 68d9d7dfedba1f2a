//! Billing: the days of programme that were recorded (BIL-01), and the invoice files in which they are billed (BIL-05).

mod basis;
pub mod corrections;
pub mod explain;
pub mod facts;
pub mod files;
pub mod income;
pub mod lines;
pub mod make;
pub mod pump_days;
pub mod settings;
pub mod summaries;
pub mod tariffs;
mod write;
