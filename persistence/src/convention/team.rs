//! The team register: what is said of an establishment's team, and what was said before (STF-12). What a member does is written to
//! `insula.team_assignments` by the database itself, where rows exclude each other.

use chrono::{DateTime, Utc};
use insula_domain::{convention::staffing::Member, identifier::HospitalNumber};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::{
    convention::records::{self, Change, Kind, Record, Version},
    error::Stop,
    trail::Action,
    tx::Tx,
};

/// A member as they were stated.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stated {
    /// Their name.
    pub name: String,
    /// Their NIHDI number, 11 digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nihdi_number: Option<String>,
    /// What counts of them.
    #[serde(flatten)]
    pub member: Member,
}

/// A version of what is said of a member.
pub type Recorded = Version<Stated>;

/// Where a member is stated.
pub fn of(hospital: HospitalNumber, id: Uuid) -> Record {
    Record { hospital, kind: Kind::TeamMember, key: id.to_string() }
}

/// STF-12: the team as it was said to be at an instant; as it is said to be now when there is none.
pub fn team(tx: &mut Tx, hospital: HospitalNumber, known_at: Option<DateTime<Utc>>) -> Result<Vec<Recorded>, Stop> {
    records::list(tx, hospital, Kind::TeamMember, known_at)
}

/// Every version of what was said of a member, the latest first (STF-12).
pub fn versions(tx: &mut Tx, hospital: HospitalNumber, id: Uuid) -> Result<Vec<Recorded>, Stop> {
    records::versions(tx, &of(hospital, id))
}

/// What is said of a member now.
pub fn member(tx: &mut Tx, hospital: HospitalNumber, id: Uuid) -> Result<Recorded, Stop> {
    records::find(tx, &of(hospital, id), None)
}

/// Enters a member.
pub fn enter(tx: &mut Tx, hospital: HospitalNumber, stated: Stated) -> Result<Recorded, Stop> {
    let change = change(hospital, &stated, Action::Create, None, false);
    records::put(tx, &of(hospital, stated.member.id), stated, None, change)
}

/// Says something else of a member; what was said stays (STF-12). `if_match` is the version that was seen.
pub fn replace(
    tx: &mut Tx,
    hospital: HospitalNumber,
    stated: Stated,
    if_match: i32,
    why: Option<String>,
) -> Result<Recorded, Stop> {
    member(tx, hospital, stated.member.id)?;
    let change = change(hospital, &stated, Action::Replace, why, false);
    records::put(tx, &of(hospital, stated.member.id), stated, Some(if_match), change)
}

/// Says that a member was entered in error: it never held.
pub fn withdraw(tx: &mut Tx, hospital: HospitalNumber, id: Uuid, if_match: i32, why: String) -> Result<Recorded, Stop> {
    let stated = member(tx, hospital, id)?.content;
    let change = change(hospital, &stated, Action::Withdraw, Some(why), true);
    records::put(tx, &of(hospital, id), stated, Some(if_match), change)
}

/// Who it is stays in the register (SYS-01); what they do is told, so that the register can be told again.
fn change(hospital: HospitalNumber, stated: &Stated, action: Action, why: Option<String>, withdrawn: bool) -> Change {
    let member = &stated.member;
    let details = json!({"hospital": hospital, "withdrawn": withdrawn, "qualification": member.qualification,
        "employment": member.employment, "enteredService": member.entered_service,
        "trainingProvedOn": member.training_proved_on, "assignments": member.assignments});
    Change { action, details, why, withdrawn }
}
