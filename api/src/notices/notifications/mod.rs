//! Threshold e-mails as those who may look at them see them: what was written to whom, and what became of it (NOT-02, NOT-04).

mod dto;
pub mod get;
pub mod list;
pub mod send;
