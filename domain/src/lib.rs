//! Insula's rules, without input or output: no database, no web, no clock, no random source. Whatever decides is a pure
//! function here, named after its rule in `rules.md`; everything it needs is handed in.
//!
//! Each floor stands only on those before it: [`rule`] [`clock`] [`span`] [`shift`] [`ids`] [`names`] [`exact`] ·
//! [`nomenclature`] [`identifier`] [`refusal`] [`actor`] [`text`] · [`parties`] · [`registry`] and [`convention`], the two texts ·
//! [`notices`]. Within the registry,
//! [`registry::registration`] does not know [`registry::counter`] or [`registry::transmission`].

pub mod actor;
pub mod clock;
pub mod convention;
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
