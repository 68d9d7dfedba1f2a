//! The command line, as processes.

mod demo;
mod modes;
pub mod process;
mod rehearsal;
mod way_back;
