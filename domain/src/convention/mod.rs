//! A hospital's pump convention (CON-01 to CON-08, PMP-05, REG-01, REG-05): when it is in force, mergers and demergers
//! of hospitals, sites, prescribers, the pumps on offer, availability, staffing, the material delivered.

pub mod availability;
pub mod demerger;
pub mod granted;
pub mod holder;
pub mod material;
pub mod merger;
pub mod number;
pub mod prescriber;
pub mod pump;
pub mod site;
pub mod staffing;
pub mod stated;
pub mod term;
