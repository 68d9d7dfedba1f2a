//! Insula's rules, without I/O: no database, no web, no clock, no random source. Every decision is a pure function that
//! names its rule of `rules.md`; callers pass in everything it needs.
//!
//! Each layer depends only on those before it: `described` [`rule`] [`clock`] [`span`] [`shift`] [`ids`] [`names`]
//! [`exact`] [`csv`] · [`nomenclature`] [`identifier`] [`udi`] [`refusal`] [`actor`] [`text`] · [`parties`] ·
//! [`registry`] and [`convention`], the two texts · [`billing`] · [`notices`]. Within the registry,
//! [`registry::registration`] does not know [`registry::counter`] or [`registry::transmission`].

pub mod actor;
pub mod amount;
pub mod billing;
pub mod clock;
pub mod convention;
pub mod csv;
mod described;
pub mod exact;
pub mod identifier;
pub mod ids;
pub mod names;
pub mod nomenclature;
pub mod notices;
pub mod parties;
pub mod refusal;
pub mod registry;
pub mod rule;
pub mod shift;
pub mod span;
pub mod text;
pub mod udi;
