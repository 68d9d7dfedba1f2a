//! Rules, problems and the trail, for readers.

mod audit_events;
mod problems;
mod rules_covered;
