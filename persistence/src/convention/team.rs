//! The team register of an establishment, with its history (STF-12). A database trigger copies the assignments of
//! members to `insula.team_assignments`, where constraints exclude conflicts.

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

/// A member as stated by the establishment.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TeamMember {
    /// Their name.
    pub name: String,
    /// Their NIHDI number, 11 digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nihdi_number: Option<String>,
    /// What the assessment counts.
    #[serde(flatten)]
    pub member: Member,
}

/// A version of a member.
pub type MemberVersion = Version<TeamMember>;

/// The record of a member.
pub fn of(hospital: HospitalNumber, id: Uuid) -> Record {
    Record { hospital, kind: Kind::TeamMember, key: id.to_string() }
}

/// STF-12: the team as known now or at an instant.
pub fn team(
    tx: &mut Tx,
    hospital: HospitalNumber,
    known_at: Option<DateTime<Utc>>,
) -> Result<Vec<MemberVersion>, Stop> {
    records::list(tx, hospital, Kind::TeamMember, known_at)
}

/// Every version of a member, latest first (STF-12).
pub fn versions(tx: &mut Tx, hospital: HospitalNumber, id: Uuid) -> Result<Vec<MemberVersion>, Stop> {
    records::versions(tx, &of(hospital, id))
}

/// The current version of a member.
pub fn member(tx: &mut Tx, hospital: HospitalNumber, id: Uuid) -> Result<MemberVersion, Stop> {
    records::find(tx, &of(hospital, id), None)
}

/// Enters a member.
pub fn enter(tx: &mut Tx, hospital: HospitalNumber, stated: TeamMember) -> Result<MemberVersion, Stop> {
    let change = change(hospital, &stated, Action::Create, None, false);
    records::put(tx, &of(hospital, stated.member.id), stated, None, change)
}

/// Corrects a member; earlier versions are kept (STF-12). `if_match` must be the current version.
pub fn replace(
    tx: &mut Tx,
    hospital: HospitalNumber,
    stated: TeamMember,
    if_match: i32,
    why: Option<String>,
) -> Result<MemberVersion, Stop> {
    member(tx, hospital, stated.member.id)?;
    let change = change(hospital, &stated, Action::Replace, why, false);
    records::put(tx, &of(hospital, stated.member.id), stated, Some(if_match), change)
}

/// Withdraws a member who was entered in error.
pub fn withdraw(
    tx: &mut Tx,
    hospital: HospitalNumber,
    id: Uuid,
    if_match: i32,
    why: String,
) -> Result<MemberVersion, Stop> {
    let stated = member(tx, hospital, id)?.content;
    let change = change(hospital, &stated, Action::Withdraw, Some(why), true);
    records::put(tx, &of(hospital, id), stated, Some(if_match), change)
}

/// Names and numbers stay out of the trail (SYS-01); what members do is in it, so that the register can be
/// reconstructed.
fn change(
    hospital: HospitalNumber,
    stated: &TeamMember,
    action: Action,
    why: Option<String>,
    withdrawn: bool,
) -> Change {
    let member = &stated.member;
    let details = json!({"hospital": hospital, "withdrawn": withdrawn, "qualification": member.qualification,
        "employment": member.employment, "enteredService": member.entered_service,
        "trainingProvedOn": member.training_proved_on, "assignments": member.assignments});
    Change { action, details, why, withdrawn }
}
