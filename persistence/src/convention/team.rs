//! The team register of an establishment, with its history (STF-12). A database trigger copies the assignments of
//! members to `insula.team_assignments`, where constraints exclude conflicts.

use insula_domain::convention::staffing::Member;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::convention::records::{Content, Kind, Version};

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

impl Content for TeamMember {
    const KIND: Kind = Kind::TeamMember;

    /// What members do is in the trail, so that the register can be reconstructed from it.
    fn trace(&self) -> Value {
        let member = &self.member;
        json!({"qualification": member.qualification, "employment": member.employment,
            "enteredService": member.entered_service, "trainingProvedOn": member.training_proved_on,
            "assignments": member.assignments})
    }
}

/// A version of a member.
pub type MemberVersion = Version<TeamMember>;
