//! Who the rules are about: beneficiaries and hospitals.

pub mod beneficiary;
pub mod hospital;
