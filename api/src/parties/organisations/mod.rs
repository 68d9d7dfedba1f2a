//! Hospitals, access to the registry in them, and the recipients of their e-mails.

pub mod grants;
pub mod hospitals;
pub mod recipients;
