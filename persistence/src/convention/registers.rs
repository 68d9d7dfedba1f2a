//! What the registers of an establishment itself hold. None of their free texts is in the trail.

use insula_domain::convention::joint_meeting::JointMeeting;
use serde_json::{Value, json};

use crate::convention::records::{Content, Kind};

impl Content for JointMeeting {
    const KIND: Kind = Kind::JointMeeting;

    fn trace(&self) -> Value {
        json!({"day": self.day, "members": self.members, "fromSelfManagement": self.from_self_management,
            "minutes": self.minutes, "hasReport": self.report.is_some()})
    }
}
