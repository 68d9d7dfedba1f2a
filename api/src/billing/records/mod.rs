//! The records of an invoice file, whoever made it.

pub mod check;
mod dto;
