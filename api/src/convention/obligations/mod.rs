//! What is due of an establishment: the list, its page for the morning, and its calendar feeds (REG-17).

pub mod facts;
pub mod feeds;
pub mod list;
mod page;
