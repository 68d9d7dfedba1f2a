//! The accounts of a year (REG-08, BIL-02).
