//! What the registers of an establishment itself hold. None of their free texts is in the trail.

use insula_domain::convention::{
    consultation::ConsultationNotice, infrastructure::InfrastructureDeclaration, joint_meeting::JointMeeting,
};
use serde_json::{Value, json};

use crate::convention::records::{Content, Kind};

impl Content for JointMeeting {
    const KIND: Kind = Kind::JointMeeting;

    fn trace(&self) -> Value {
        json!({"day": self.day, "members": self.members, "fromSelfManagement": self.from_self_management,
            "minutes": self.minutes, "hasReport": self.report.is_some()})
    }
}

impl Content for ConsultationNotice {
    const KIND: Kind = Kind::ConsultationNotice;

    fn trace(&self) -> Value {
        json!({"site": self.site_id, "day": self.day, "way": self.way})
    }
}

impl Content for InfrastructureDeclaration {
    const KIND: Kind = Kind::InfrastructureDeclaration;

    fn trace(&self) -> Value {
        json!({"site": self.site_id, "day": self.day})
    }
}
