//! Beneficiaries: one file per operation, schemas in `dto`.

pub mod create;
pub mod dto;
pub mod get;
pub mod named;
pub mod query;
pub mod replace;
