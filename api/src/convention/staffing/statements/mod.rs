//! What an establishment states of a year (STF-01, STF-03, STF-05).

pub mod dto;
pub mod get;
pub mod put;
