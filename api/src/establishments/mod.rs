//! Establishments of the pump convention: their team, what they state of a year, and how their staffing is assessed.

pub mod assessment;
pub mod conventions;
pub mod statements;
pub mod team;
