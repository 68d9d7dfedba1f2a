//! What leaves the hospital: coded data to Healthdata, the registration code to the insurer (TRA-01, TRA-02).

pub mod breaker;
pub mod coded;
pub mod verify;
