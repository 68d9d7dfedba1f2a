//! Hospitals, and who may use the registry in them.

pub mod grants;
pub mod hospitals;
