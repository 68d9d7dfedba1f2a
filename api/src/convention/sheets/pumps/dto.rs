//! What travels.

use chrono::{DateTime, NaiveDate, Utc};
use insula_domain::{convention::pump::OfferedPump, identifier::HospitalNumber};
use insula_persistence::convention::sheets::Sheet;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::caller::Caller;

/// A type of pump on offer, from a day to a day.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OfferedPump, example = json!({"manufacturer": "Invented Devices", "model": "Mini 7", "readsSensor": true, "transmitter": true,
    "consumables": true, "platform": "Invented Cloud", "from": "2021-01-01"}))]
pub struct ShownPump {
    /// Who makes it.
    #[schema(max_length = 100)]
    pub manufacturer: String,
    /// What it is called.
    #[schema(max_length = 100)]
    pub model: String,
    /// Whether it takes the values of a glucose sensor by itself.
    #[schema(default = false)]
    pub reads_sensor: bool,
    /// Whether the transmitter between sensor and pump is provided; needed when it reads a sensor.
    #[schema(default = false)]
    pub transmitter: bool,
    /// Whether everything that is used up with it is provided: batteries, cannulas, catheters, reservoirs, fixings.
    pub consumables: bool,
    /// The platform on which patient and team read its data, and by which the patient is accompanied from a distance.
    #[schema(value_type = String, max_length = 100)]
    pub platform: Option<String>,
    /// The first day on which it is offered.
    pub from: NaiveDate,
    /// The last one, if one is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub to: Option<NaiveDate>,
}

impl From<&OfferedPump> for ShownPump {
    fn from(one: &OfferedPump) -> ShownPump {
        ShownPump {
            manufacturer: one.manufacturer.clone(),
            model: one.model.clone(),
            reads_sensor: one.reads_sensor,
            transmitter: one.transmitter,
            consumables: one.consumables,
            platform: one.platform.clone(),
            from: one.span.from,
            to: one.span.to,
        }
    }
}

/// The types of pump that an establishment offers.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"hospitalNumber": "71000436", "href": "https://insula.example/insula/v1/establishments/71000436/pumps",
    "items": [], "version": 1, "recordedAt": "2026-01-12T09:12:00Z", "recordedBy": "dr.maes"}))]
pub struct PumpSheet {
    /// The establishment.
    pub hospital_number: String,
    /// Its address.
    #[schema(format = "uri")]
    pub href: String,
    /// The pumps.
    pub items: Vec<ShownPump>,
    /// Counts every change, from 1; also the ETag.
    pub version: i32,
    /// When this was stated.
    pub recorded_at: DateTime<Utc>,
    /// By whom.
    pub recorded_by: String,
}

impl PumpSheet {
    pub(super) fn of(caller: &Caller, hospital: HospitalNumber, sheet: &Sheet<OfferedPump>) -> PumpSheet {
        PumpSheet {
            href: caller.href(&format!("/establishments/{hospital}/pumps")),
            hospital_number: hospital.to_string(),
            items: sheet.content.iter().map(ShownPump::from).collect(),
            version: sheet.version,
            recorded_at: sheet.recorded_at,
            recorded_by: sheet.recorded_by.clone(),
        }
    }
}
