//! What an establishment reports and owes, computed from what it keeps (REG-06, REG-07, REG-09, REG-15 to REG-17).
//!
//! [`covered`]: which conventions a hospital reports on. [`yearly`]: beneficiaries by type of pump. [`due`]: when the
//! yearly report is due. [`sent`]: what was sent, and what differs from it since. [`model`]: the models that INAMI
//! enters.

pub mod covered;
pub mod due;
pub mod model;
pub mod sent;
pub mod yearly;
