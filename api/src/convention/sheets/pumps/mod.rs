//! Which pumps an establishment offers (PMP-05).

pub mod dto;
pub mod get;
pub mod offers;
pub mod put;
