//! Insula's rules, without input or output: no database, no web, no clock, no random source. Whatever decides is a pure
//! function here, named after its rule in `rules.md`; everything it needs is handed in.
//!
//! Each floor stands only on those before it: [`rule`] [`clock`] [`ids`] [`names`] [`exact`] · [`nomenclature`] [`identifier`]
//! [`refusal`] [`actor`] · [`beneficiary`] [`registration`] [`staffing`] · [`counter`] [`mail`] [`transmission`] [`webhook`] ·
//! [`convention`].

pub mod actor;
pub mod beneficiary;
pub mod clock;
pub mod convention;
pub mod counter;
pub mod exact;
pub mod identifier;
pub mod ids;
pub mod mail;
pub mod names;
pub mod nomenclature;
pub mod refusal;
pub mod registration;
pub mod rule;
pub mod staffing;
pub mod transmission;
pub mod webhook;
