//! Schema of a registration code.

use chrono::{DateTime, NaiveDate, Utc};
use insula_domain::{
    identifier::{HospitalNumber, InsurerNumber},
    names::{RegistrationType, Status},
    nomenclature::{Counter, JoinedPair, NomenclatureCode},
    registry::{
        registration::{DeviceKind, code::RegistrationCode},
        transmission::verify::{NightDecision, status_reason},
    },
};
use insula_persistence::registry::codes::CodeDetails;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::caller::Caller;

/// A registration code and the registration behind it. It does not identify a beneficiary.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RegistrationCode)]
pub struct ShownCode {
    /// The registration code.
    pub code: RegistrationCode,
    /// Its address.
    #[schema(format = "uri")]
    pub href: String,
    /// The status of the registration. `open`: it was validated before and is being corrected.
    pub status: Status,
    /// Whether it can be billed now: only when `submitted`.
    pub billable: bool,
    /// The decision of the night.
    pub night_decision: NightDecision,
    /// The registration type.
    pub registration_type: RegistrationType,
    /// The hospital's number.
    #[schema(value_type = HospitalNumber)]
    pub hospital_number: String,
    /// The date of the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub event_date: Option<NaiveDate>,
    /// The reimbursed nomenclature pair.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<JoinedPair>)]
    pub nomenclature_pair: Option<String>,
    /// The code of the pair for the setting (ambulatory or hospitalised).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<NomenclatureCode>)]
    pub nomenclature_code: Option<String>,
    /// The insurer at the last validation.
    #[schema(value_type = InsurerNumber)]
    pub insurer_number: String,
    /// When it was last validated.
    pub validated_at: DateTime<Utc>,
}

impl ShownCode {
    /// Shows a code as this caller sees it.
    pub fn of(caller: &Caller, coded: &CodeDetails) -> ShownCode {
        ShownCode {
            code: coded.code,
            href: href(caller, &coded.code),
            status: coded.status,
            billable: status_reason(coded.status).is_none(),
            night_decision: NightDecision::of(
                Counter::fed_by(
                    coded.registration_type,
                    coded.has_sensor.then_some(DeviceKind::Sensor),
                    coded.pair.as_deref(),
                    coded.event_date,
                ),
                coded.status,
                coded.holds_place,
                coded.decided,
            ),
            registration_type: coded.registration_type,
            hospital_number: coded.hospital.clone(),
            event_date: coded.event_date,
            nomenclature_pair: coded.pair.clone(),
            nomenclature_code: coded.nomenclature_code.clone(),
            insurer_number: coded.insurer.clone(),
            validated_at: coded.validated_at,
        }
    }
}

/// The address of a code.
pub fn href(caller: &Caller, code: &RegistrationCode) -> String {
    caller.href(&format!("/registrationCodes/{code}"))
}
