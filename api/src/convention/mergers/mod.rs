//! Mergers and demergers of hospitals (CON-03, CON-04).

pub mod check;
pub mod create;
pub mod dto;
pub mod list;
pub mod read;
pub mod withdraw;
