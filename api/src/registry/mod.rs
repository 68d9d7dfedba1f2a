//! The registry of implantable glucose sensors (text M).

pub mod coded_data;
pub mod codes;
pub mod counters;
pub mod imports;
pub mod registrations;
pub mod statistics;
