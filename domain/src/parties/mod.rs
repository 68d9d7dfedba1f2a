//! Who the rules are about: beneficiaries.

pub mod beneficiary;
