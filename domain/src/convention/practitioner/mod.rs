//! What the physicians who treat a beneficiary are told of the pump therapy, and when (REG-04, C 4 §3, C 5 §11).
//!
//! [`physician`]: who they are. [`change`]: changes of the therapy. [`report`]: what was sent. [`due`]: what is due.

pub mod change;
pub mod due;
pub mod physician;
pub mod report;
