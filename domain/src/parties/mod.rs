//! The parties: beneficiaries and hospitals.

pub mod affiliation;
pub mod beneficiary;
pub mod hospital;
