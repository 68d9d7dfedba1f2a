//! The staffing norm of the pump convention (C 5, STF-01 to STF-19): what is required, who counts, what is missing.
//!
//! [`norm`] says how much is required for how many patients, [`statement`] what an establishment states of a year,
//! [`patients`] which number of patients a year goes by, [`team`] who is there, [`presence`] what of them counts,
//! [`assessment`] what is missing, [`findings`] what an inspector would point at.

pub mod assessment;
pub mod deadlines;
pub mod figure;
pub mod findings;
pub mod norm;
pub mod patients;
pub mod presence;
pub mod requirement;
pub mod statement;
pub mod team;

pub use assessment::{Assessment, Judgement, Question};
pub use figure::Figure;
pub use norm::Function;
pub use team::{Assignment, Member, Qualification};
