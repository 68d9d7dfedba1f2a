//! What establishments report (REG-06).

pub mod annual;
pub mod models;
pub mod sent;
