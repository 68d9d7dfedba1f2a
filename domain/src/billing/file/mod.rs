//! The insurers' invoice file (BIL-05, TRA-02): records of 350 positions, written, checked, merged, and the answers
//! to them.

pub mod answer;
pub mod answer_csv;
mod characters;
pub mod check;
pub mod codes;
mod contents;
pub mod digits;
pub mod finding;
pub mod frame;
pub mod hearing;
pub mod invoice;
pub mod layout;
pub mod merge;
pub mod record;
pub mod settings;
pub mod write;

#[cfg(test)]
mod properties_tests;
