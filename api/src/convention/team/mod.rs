//! The team register (STF-12).

pub mod create;
pub mod dto;
pub mod get;
pub mod list;
pub mod read;
pub mod replace;
pub mod withdraw;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use insula_domain::{
    convention::staffing::{Function, findings::findings},
    refusal::Fault,
};
use insula_persistence::{Stop, Tx, convention::team::Recorded};
use uuid::Uuid;

use crate::convention::staffing::assessment::requirement;

/// What is to be said of a team on a day, held against what is required that year; against the floors alone when the year's
/// numbers are not stated (STF-08 to STF-12, STF-18, STF-19).
fn warnings(tx: &mut Tx, hospital: &str, team: &[Recorded], on: NaiveDate) -> Result<Vec<Fault>, Stop> {
    let members: Vec<_> = team.iter().map(|one| one.stated.member.clone()).collect();
    let required: BTreeMap<Function, _> = requirement(tx, hospital, on)?;
    Ok(findings(&members, on, |function| required.get(&function).cloned().unwrap_or_default()))
}

/// What is to be said of a team now that a member was entered: of them, and of the team as a whole, on the first day from today
/// on which they do something.
fn warnings_about(tx: &mut Tx, hospital: &str, entered: &Recorded, today: NaiveDate) -> Result<Vec<Fault>, Stop> {
    let assignments = &entered.stated.member.assignments;
    let on = match assignments.iter().any(|one| one.holds(today)) {
        true => today,
        false => assignments.iter().map(|one| one.from).filter(|from| *from > today).min().unwrap_or(today),
    };
    let team = insula_persistence::convention::team::team(tx, hospital, None)?;
    let mut warnings = warnings(tx, hospital, &team, on)?;
    let of_them = format!("members[{}]", entered.stated.member.id);
    warnings.retain(|fault| fault.field == "members" || fault.field.starts_with(&of_them));
    Ok(warnings)
}

/// The path of a member.
fn path(hospital: &str, id: Uuid) -> String {
    format!("/establishments/{hospital}/teamMembers/{id}")
}
