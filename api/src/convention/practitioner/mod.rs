//! What the physicians who treat beneficiaries are told of the pump therapy (REG-04).

pub mod changes;
pub mod due;
pub mod physicians;
pub mod reports;
