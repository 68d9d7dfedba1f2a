//! The accounts of an establishment: what is entered, and the statement of a year (REG-08, REG-11, BIL-02).

pub mod entries;
pub mod statement;
