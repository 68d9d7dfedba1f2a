//! The staffing norm, reckoned for stated numbers (STF-17), and how its figures are shown.

pub mod dto;
pub mod plot;
pub mod simulate;
