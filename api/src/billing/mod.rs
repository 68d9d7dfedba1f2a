//! Billing: the days of programme, and the hospital's invoice file (BIL-01 to BIL-12, TRA-02).

pub mod pump_days;
pub mod records;
