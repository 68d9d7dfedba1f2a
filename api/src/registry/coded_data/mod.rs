//! Coded data, row by row (TRA-03): a page, or the whole as a stream.

mod dto;
mod list;
mod stream;

pub use dto::*;
pub use list::*;
