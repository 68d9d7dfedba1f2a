//! What travels.

use chrono::{DateTime, NaiveDate, Utc};
use insula_domain::{convention::prescriber::Prescriber, identifier::HospitalNumber};
use insula_persistence::convention::sheets::Sheet;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::caller::Caller;

/// A physician who may prescribe the programme, from a day to a day.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Prescriber, example = json!({"nihdiNumber": "11234578580", "name": "Dr Invented", "qualification": "endocrinologist", "from": "2021-01-01"}))]
pub struct ShownPrescriber {
    /// Their NIHDI number, 11 digits.
    pub nihdi_number: String,
    /// Their name.
    pub name: String,
    /// `endocrinologist` or `assimilatedPhysician` (STF-19).
    pub qualification: String,
    /// The first day on which they may prescribe here.
    pub from: NaiveDate,
    /// The last one, if one is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub to: Option<NaiveDate>,
}

impl From<&Prescriber> for ShownPrescriber {
    fn from(one: &Prescriber) -> ShownPrescriber {
        ShownPrescriber {
            nihdi_number: one.number.to_string(),
            name: one.name.clone(),
            qualification: one.qualification.name().to_owned(),
            from: one.span.from,
            to: one.span.to,
        }
    }
}

/// The physicians who may prescribe at an establishment.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"hospitalNumber": "71000436", "href": "https://insula.example/insula/v1/establishments/71000436/prescribers",
    "items": [{"nihdiNumber": "11234578580", "name": "Dr Invented", "qualification": "endocrinologist", "from": "2021-01-01"}],
    "version": 1, "recordedAt": "2026-01-12T09:12:00Z", "recordedBy": "dr.maes"}))]
pub struct PrescriberSheet {
    /// The establishment.
    pub hospital_number: String,
    /// Its address.
    #[schema(format = "uri")]
    pub href: String,
    /// The physicians; only those of a day when one is asked for.
    pub items: Vec<ShownPrescriber>,
    /// Counts every change, from 1; also the ETag.
    pub version: i32,
    /// When this was stated.
    pub recorded_at: DateTime<Utc>,
    /// By whom.
    pub recorded_by: String,
}

impl PrescriberSheet {
    pub(super) fn of(
        caller: &Caller,
        hospital: HospitalNumber,
        sheet: &Sheet<Prescriber>,
        on: Option<NaiveDate>,
    ) -> PrescriberSheet {
        let holds = |one: &&Prescriber| on.is_none_or(|on| one.span.holds(on));
        PrescriberSheet {
            href: caller.href(&format!("/establishments/{hospital}/prescribers")),
            hospital_number: hospital.to_string(),
            items: sheet.content.iter().filter(holds).map(ShownPrescriber::from).collect(),
            version: sheet.version,
            recorded_at: sheet.recorded_at,
            recorded_by: sheet.recorded_by.clone(),
        }
    }
}
