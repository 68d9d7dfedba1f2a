//! The pump convention of a hospital, and what becomes of it (CON-01 to CON-08, PMP-05, REG-05): since when and until when it is in
//! force, merger and demerger of hospitals, the sites, who may prescribe, which pumps are offered, who can be reached.

pub mod availability;
pub mod demerger;
pub mod granted;
pub mod holder;
pub mod merger;
pub mod number;
pub mod prescriber;
pub mod pump;
pub mod site;
pub mod staffing;
pub mod stated;
pub mod term;
