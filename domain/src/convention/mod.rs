//! A hospital's pump convention (CON-01 to CON-08, PMP-05, REG-05): when it is in force, mergers and demergers of
//! hospitals, sites, prescribers, the pumps on offer, availability, staffing, the price of a day, joint meetings,
//! infrastructure and notices of consultations (REG-03, REG-12, REG-13); and what is kept of each beneficiary (PMP-03,
//! PMP-04, PMP-07, REG-01, REG-02, REG-04, REG-14): stays, examinations, pumps, contacts, material, reports to
//! practitioners, consultants to see. [`accounts`] and [`reports`] are computed from all of this.

pub mod accounts;
pub mod availability;
pub mod consultation;
pub mod contact;
pub mod coverage;
pub mod demerger;
pub mod electronic_consent;
pub mod entry;
pub mod examination;
pub mod follow_up;
pub mod granted;
pub mod holder;
pub mod hospital_stay;
pub mod infrastructure;
pub mod joint_meeting;
pub mod material;
pub mod merger;
pub mod move_notice;
pub mod number;
pub mod practitioner;
pub mod prescriber;
pub mod pump;
pub mod pump_assignment;
pub mod reports;
pub mod site;
pub mod staffing;
pub mod stated;
pub mod tariff;
pub mod term;
