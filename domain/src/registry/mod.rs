//! The registry of implantable glucose sensors (text M): registrations, the two national counters, transmission to
//! Healthdata.

pub mod counter;
pub mod night;
pub mod registration;
pub mod transmission;
