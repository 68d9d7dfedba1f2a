//! What the material register holds (REG-01).

use insula_domain::convention::material::MaterialDelivery;
use serde_json::{Value, json};

use crate::convention::records::{Content, Kind};

impl Content for MaterialDelivery {
    const KIND: Kind = Kind::MaterialDelivery;

    /// Without model and serial number, which are free texts.
    fn trace(&self) -> Value {
        json!({"beneficiary": self.beneficiary_id, "day": self.day, "kind": self.kind, "quantity": self.quantity})
    }
}
