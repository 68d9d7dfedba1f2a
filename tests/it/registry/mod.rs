//! The registry of implantable glucose sensors (text M).

mod coded_data;
mod concurrency;
mod counters;
mod feed;
mod healthdata;
mod imports;
mod model;
mod registrations;
mod statistics;
