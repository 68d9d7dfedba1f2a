//! The registry of implantable glucose sensors (text M).

mod coded_data;
mod codes;
mod concurrency;
mod counters;
mod feed;
mod healthdata;
pub(crate) mod imports;
mod model;
mod registrations;
mod statistics;
