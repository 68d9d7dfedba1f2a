//! What leaves the hospital: coded data to Healthdata, the registration code to the insurer (TRA-01, TRA-02); and in which
//! form coded data are read there: row by row, or as figures about groups (TRA-03).

pub mod breaker;
pub mod coded;
pub mod statistics;
pub mod table;
pub mod verify;
