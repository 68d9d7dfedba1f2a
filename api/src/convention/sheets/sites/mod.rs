//! Where the programme is offered (CON-02).

pub mod dto;
pub mod get;
pub mod put;
