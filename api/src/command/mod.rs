//! The command line, one file per command.

pub mod audit;
pub mod clock;
pub mod demo;
pub mod doctor;
pub mod keys;
pub mod night;
pub mod problems;
pub mod serve;
pub mod token;
