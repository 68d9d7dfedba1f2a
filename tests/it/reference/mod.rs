//! Rules, problems and the trail, as they are read.

mod audit_events;
mod problems;
mod rules_covered;
