//! Consultants whom beneficiaries have to see (REG-14).

pub mod due;
pub mod register;
