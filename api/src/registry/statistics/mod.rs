//! Figures about groups of beneficiaries (TRA-03).

mod get;

pub use get::*;
