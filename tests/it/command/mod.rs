//! The command line, as processes.

mod demo;
pub mod process;
mod rehearsal;
