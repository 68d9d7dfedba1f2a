//! E-mails as authorised readers see them: recipients, text and outcome (NOT-02, NOT-04).

mod dto;
pub mod list;
pub mod send;
