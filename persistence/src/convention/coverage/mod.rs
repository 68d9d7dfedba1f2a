//! Applications for coverage (COV-01), what bears on them, decisions and granted periods.

pub mod applications;
pub mod attachments;
pub mod cuts;
pub mod deaths;
pub mod decisions;
pub mod events;
pub mod facts;
pub mod forms;
pub mod periods;
pub mod questions;
pub mod warnings;
