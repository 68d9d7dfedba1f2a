//! What the registers of beneficiaries hold. None of their free texts is in the trail.

use insula_domain::convention::{
    contact::Contact,
    electronic_consent::ElectronicConsent,
    examination::PreventiveExamination,
    follow_up::ConsultantFollowUp,
    hospital_stay::HospitalStay,
    material::MaterialDelivery,
    move_notice::MoveNotice,
    practitioner::{change::TherapyChange, physician::TreatingPhysician, report::PractitionerReport},
    pump_assignment::PumpAssignment,
};
use serde_json::{Value, json};

use crate::convention::records::{Content, Kind};

impl Content for MaterialDelivery {
    const KIND: Kind = Kind::MaterialDelivery;

    fn trace(&self) -> Value {
        json!({"beneficiary": self.beneficiary_id, "day": self.day, "kind": self.kind, "quantity": self.quantity})
    }
}

impl Content for HospitalStay {
    const KIND: Kind = Kind::HospitalStay;

    fn trace(&self) -> Value {
        json!({"beneficiary": self.beneficiary_id, "from": self.from, "to": self.to, "stayedAt": self.hospital_number,
            "pumpContinued": self.pump_continued, "linkedToDiabetes": self.linked_to_diabetes})
    }
}

impl Content for PreventiveExamination {
    const KIND: Kind = Kind::PreventiveExamination;

    fn trace(&self) -> Value {
        json!({"beneficiary": self.beneficiary_id, "day": self.day})
    }
}

impl Content for PumpAssignment {
    const KIND: Kind = Kind::PumpAssignment;

    fn trace(&self) -> Value {
        json!({"beneficiary": self.beneficiary_id, "from": self.from, "to": self.to,
            "toldOfAllTypesOn": self.told_of_all_types_on})
    }
}

impl Content for Contact {
    const KIND: Kind = Kind::Contact;

    fn trace(&self) -> Value {
        json!({"beneficiary": self.beneficiary_id, "day": self.day, "members": self.members, "kind": self.kind,
            "way": self.way, "minutes": self.minutes})
    }
}

impl Content for TreatingPhysician {
    const KIND: Kind = Kind::TreatingPhysician;

    fn trace(&self) -> Value {
        json!({"beneficiary": self.beneficiary_id, "from": self.from, "to": self.to, "kind": self.kind})
    }
}

impl Content for TherapyChange {
    const KIND: Kind = Kind::TherapyChange;

    fn trace(&self) -> Value {
        json!({"beneficiary": self.beneficiary_id, "day": self.day, "important": self.important})
    }
}

impl Content for PractitionerReport {
    const KIND: Kind = Kind::PractitionerReport;

    fn trace(&self) -> Value {
        json!({"beneficiary": self.beneficiary_id, "day": self.day, "kind": self.kind, "sentTo": self.sent_to})
    }
}

impl Content for ConsultantFollowUp {
    const KIND: Kind = Kind::ConsultantFollowUp;

    fn trace(&self) -> Value {
        json!({"beneficiary": self.beneficiary_id, "day": self.day, "consultant": self.consultant,
            "dueOn": self.due_on})
    }
}

impl Content for MoveNotice {
    const KIND: Kind = Kind::MoveNotice;

    fn trace(&self) -> Value {
        json!({"beneficiary": self.beneficiary_id, "day": self.day, "way": self.way})
    }
}

impl Content for ElectronicConsent {
    const KIND: Kind = Kind::ElectronicConsent;

    fn trace(&self) -> Value {
        json!({"beneficiary": self.beneficiary_id, "from": self.from, "to": self.to})
    }
}
