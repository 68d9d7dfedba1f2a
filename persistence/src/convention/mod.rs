//! The convention for insulin pump therapy (text C).

pub mod accounts;
pub mod conventions;
pub mod coverage;
mod demergers;
pub mod feeds;
mod individual_file;
pub mod mergers;
pub mod obligations;
pub mod practitioner;
pub mod records;
mod registers;
pub mod reports;
pub mod sheets;
pub mod staffing;
pub mod tariffs;
pub mod team;
