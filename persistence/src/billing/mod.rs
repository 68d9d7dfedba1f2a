//! Billing: the days of programme that were recorded (BIL-01).

pub mod facts;
pub mod pump_days;
