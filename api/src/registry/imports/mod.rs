//! Imports: files of registrations, each row handled like the single operations, as a task with progress and
//! cancellation. Schemas are in `dto`; `file` reads the file, `row` reads one row and `execution`
//! executes it.

pub mod cancel;
pub mod create;
pub mod dto;
pub mod execution;
pub mod file;
pub mod list;
pub mod row;
pub mod rows;
mod upload;
