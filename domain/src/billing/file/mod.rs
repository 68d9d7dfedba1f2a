//! The insurers' invoice file (BIL-05, TRA-02): records of 350 positions, written, checked, merged, and the answers to them.

pub mod digits;
pub mod invoice;
pub mod layout;
pub mod record;
pub mod settings;
pub mod write;
