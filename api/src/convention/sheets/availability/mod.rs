//! How an establishment can be reached (REG-05).

pub mod dto;
pub mod get;
pub mod put;
