//! The staffing norm, reckoned for stated numbers (STF-17), and how its figures are shown.

pub mod assessment;
pub mod dto;
pub mod plot;
mod report;
pub mod simulate;
pub mod statements;
