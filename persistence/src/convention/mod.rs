//! The convention for insulin pump therapy (text C).

pub mod conventions;
pub mod mergers;
pub mod sheets;
pub mod staffing;
pub mod team;
