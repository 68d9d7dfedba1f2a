//! The staffing norm of the pump convention (C 5, STF-01 to STF-19): what is required, who counts, what is missing.
//!
//! [`norm`]: FTE required for a number of patients. [`statement`]: what an establishment states each year.
//! [`patients`]: the number of patients a year is based on. [`team`]: the members. [`presence`]: how much of them
//! counts. [`assessment`]: what is missing. [`findings`]: what an inspector would point out. [`deadlines`]: what is
//! due.

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

pub use assessment::{Assessment, AssessmentInput, TeamJudgement};
pub use figure::Figure;
pub use norm::Function;
pub use team::{Assignment, Member, Qualification};
