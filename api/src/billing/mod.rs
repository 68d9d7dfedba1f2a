//! Billing: the days of programme that are invoiced (BIL-01 to BIL-12).

pub mod pump_days;
