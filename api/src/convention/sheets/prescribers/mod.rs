//! Who may prescribe (CON-08).

pub mod changes;
pub mod dto;
pub mod get;
pub mod put;
