//! Coded data, row by row (TRA-03): in pages or as one stream.

mod dto;
mod list;
mod stream;

pub use dto::*;
pub use list::*;
