//! Coverage: from the prescription to an agreed period (PMP-01 to PMP-04, PMP-08, COV-01 to COV-15, CON-03, CON-04,
//! CON-07). Adding up what a beneficiary, an establishment and an adviser state is done here; who may do it is not.

pub mod application;
pub mod calendar;
pub mod check;
pub mod condition;
pub mod decision;
pub mod document;
mod draft;
pub mod earlier;
pub mod facts;
pub mod form;
pub mod limits;
pub mod lost;
pub mod period;
pub mod readings;
pub mod reminder;
pub mod serving;
pub mod status;
pub mod stay;
pub mod target;
pub mod warning;
