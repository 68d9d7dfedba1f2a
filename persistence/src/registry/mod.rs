//! The registry of implantable glucose sensors (text M).

pub mod breakers;
pub mod coded_data;
pub mod codes;
pub mod counters;
pub mod healthdata;
pub mod imports;
pub mod night;
pub mod registrations;
