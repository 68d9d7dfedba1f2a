//! Imports of registrations: files of rows, each of which goes the way of the single operations, as a task that is asked for,
//! watched and cancelled. One file per operation, what travels in `dto`; `file` reads what is sent, `row` reads one row of it
//! and `doing` does it.

pub mod cancel;
pub mod create;
pub mod doing;
pub mod dto;
pub mod file;
pub mod get;
pub mod list;
pub mod row;
pub mod rows;
mod upload;
