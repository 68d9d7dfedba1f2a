//! What travels.

use chrono::{DateTime, NaiveDate, Utc};
use insula_domain::{
    convention::availability::{Availability, findings},
    identifier::HospitalNumber,
};
use insula_persistence::convention::sheets::Sheet;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    convention::team::dto::ShownShift,
    http::{
        caller::Caller,
        issue::{InputValidationIssue, shown_faults},
    },
};

/// How an establishment can be reached, from a day until it says something else.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Availability, example = json!({"from": "2021-01-01", "phoneLines": ["02 477 00 00"],
    "permanence": [{"weekday": "monday", "from": "08:00", "to": "18:00"}], "physicianCover": "emergency department"}))]
pub struct ShownAvailability {
    /// From when.
    pub from: NaiveDate,
    /// The direct phone lines.
    pub phone_lines: Vec<String>,
    /// When they are answered, each week.
    pub permanence: Vec<ShownShift>,
    /// Who organises that a physician acquainted with pumps can be consulted at any time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub physician_cover: Option<String>,
}

impl From<&Availability> for ShownAvailability {
    fn from(one: &Availability) -> ShownAvailability {
        ShownAvailability {
            from: one.from,
            phone_lines: one.phone_lines.clone(),
            permanence: one.permanence.iter().map(|shift| ShownShift::of(*shift)).collect(),
            physician_cover: one.physician_cover.clone(),
        }
    }
}

/// How an establishment can be reached, since when.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"hospitalNumber": "71000436", "href": "https://insula.example/insula/v1/establishments/71000436/availability",
    "items": [], "warnings": [], "version": 1, "recordedAt": "2026-01-12T09:12:00Z", "recordedBy": "dr.maes"}))]
pub struct AvailabilitySheet {
    /// The establishment.
    pub hospital_number: String,
    /// Its address.
    #[schema(format = "uri")]
    pub href: String,
    /// What holds from which day; each until the next.
    pub items: Vec<ShownAvailability>,
    /// What is missing on the day asked for (REG-05).
    pub warnings: Vec<InputValidationIssue>,
    /// Counts every change, from 1; also the ETag.
    pub version: i32,
    /// When this was stated.
    pub recorded_at: DateTime<Utc>,
    /// By whom.
    pub recorded_by: String,
}

impl AvailabilitySheet {
    pub(super) fn of(
        caller: &Caller,
        hospital: HospitalNumber,
        sheet: &Sheet<Availability>,
        on: NaiveDate,
    ) -> AvailabilitySheet {
        AvailabilitySheet {
            href: caller.href(&format!("/establishments/{hospital}/availability")),
            hospital_number: hospital.to_string(),
            items: sheet.content.iter().map(ShownAvailability::from).collect(),
            warnings: shown_faults(&findings(&sheet.content, on), caller.language),
            version: sheet.version,
            recorded_at: sheet.recorded_at,
            recorded_by: sheet.recorded_by.clone(),
        }
    }
}
