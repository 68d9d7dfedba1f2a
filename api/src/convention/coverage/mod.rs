//! Coverage: applications, from the draft to the decision of the insurer's adviser, and
//! the periods that were granted (COV-01 to COV-14).

pub mod attachments;
pub mod check;
pub mod conditions;
mod content;
pub mod create;
pub mod decisions;
pub mod delete;
pub mod dto;
pub mod events;
pub mod forms;
mod paper;
pub mod periods;
pub mod questions;
pub mod read;
pub mod reminders;
pub mod replace;
pub mod submit;
pub mod warnings;
pub mod withdraw;
