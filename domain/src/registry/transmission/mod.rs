//! Data that leave the hospital: coded data for Healthdata, the registration code for the insurer (TRA-01, TRA-02), and
//! the forms in which coded data are read: row by row, or as statistics about groups (TRA-03).

pub mod breaker;
pub mod coded;
pub mod statistics;
pub mod table;
pub mod verify;
