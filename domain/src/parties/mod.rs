//! The parties: beneficiaries and hospitals.

pub mod beneficiary;
pub mod hospital;
