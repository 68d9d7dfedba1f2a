//! Conventions of establishments (CON-01, CON-05, CON-06).

pub mod denounce;
pub mod dto;
pub mod list;
pub mod put;
