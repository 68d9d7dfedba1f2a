//! Beneficiaries: one file per operation, schemas in `dto`.

pub mod affiliations;
pub mod create;
pub mod dto;
pub mod get;
pub mod query;
pub mod reference;
pub mod replace;
