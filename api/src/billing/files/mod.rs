//! Invoice files: foreseen, made, read, handed over and answered (BIL-05).

pub mod answers;
pub mod dto;
pub mod list;
pub mod make;
pub mod merge;
pub mod records;
