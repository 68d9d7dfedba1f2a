//! The staffing norm: assessments, simulations and plots (STF-17), and how the figures are shown.

pub mod assessment;
pub mod dto;
pub mod plot;
mod report;
pub mod simulate;
pub mod statements;
