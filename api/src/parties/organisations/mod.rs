//! Hospitals, who may use the registry in them, and to whom their e-mails go.

pub mod grants;
pub mod hospitals;
pub mod recipients;
