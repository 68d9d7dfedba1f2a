//! What travels.

use chrono::{DateTime, NaiveDate, Utc};
use insula_domain::{
    convention::site::{HalfDay, Site},
    identifier::HospitalNumber,
    refusal::Fault,
};
use insula_persistence::convention::sheets::Sheet;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    convention::weekday,
    http::{
        caller::Caller,
        issue::{InputValidationIssue, shown_faults},
    },
};

/// A site under its identifier.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Identified {
    pub(super) id: Uuid,
    pub(super) site: Site,
}

/// Days from one to another.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Days, example = json!({"from": "2021-01-01"}))]
pub struct ShownSpan {
    /// The first day.
    pub from: NaiveDate,
    /// The last one, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub to: Option<NaiveDate>,
}

/// A multidisciplinary consultation that is held every week.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = HalfDay, example = json!({"weekday": "tuesday", "part": "morning", "from": "2021-01-01",
    "present": ["0198c1de-9a10-7bb1-9d2e-0a4f7c1b2d3e"], "consultants": ["dietician", "podologist"]}))]
pub struct ShownHalfDay {
    /// `monday` to `sunday`.
    pub weekday: String,
    /// `morning` or `afternoon`.
    pub part: String,
    /// The first day on which it is held.
    pub from: NaiveDate,
    /// The last one, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub to: Option<NaiveDate>,
    /// The members of the team who are present, by their identifiers in the register.
    #[schema(max_items = 100)]
    pub present: Vec<Uuid>,
    /// The consultants who can be called: `dietician`, `socialWorker`, `socialNurse`, `psychologist`, `podologist` (STF-18).
    #[schema(max_items = 10)]
    pub consultants: Vec<String>,
}

/// A site of the hospital on which the programme is offered.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Site, example = json!({"id": "0198c1de-9a10-7bb1-9d2e-0a4f7c1b2d40", "name": "Campus Nord", "address": "Rue Inventée 1, 1000 Bruxelles",
    "from": "2021-01-01", "selfManagement": [{"from": "2015-01-01"}], "halfDays": []}))]
pub struct ShownSite {
    /// Its identifier, by which the team register names it.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its address.
    pub address: String,
    /// The first day on which the programme is offered there.
    pub from: NaiveDate,
    /// The last one, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub to: Option<NaiveDate>,
    /// The days on which the self-management convention applies there: the programme is offered on no other (CON-02).
    pub self_management: Vec<ShownSpan>,
    /// Its multidisciplinary consultations.
    pub half_days: Vec<ShownHalfDay>,
}

impl From<&Identified> for ShownSite {
    fn from(one: &Identified) -> ShownSite {
        let site = &one.site;
        let half_day = |half_day: &HalfDay| ShownHalfDay {
            weekday: weekday(half_day.weekday).to_owned(),
            part: half_day.part.name().to_owned(),
            from: half_day.span.from,
            to: half_day.span.to,
            present: half_day.present.iter().map(|present| present.member).collect(),
            consultants: half_day.consultants.iter().map(|one| one.name().to_owned()).collect(),
        };
        ShownSite {
            id: one.id,
            name: site.name.clone(),
            address: site.address.clone(),
            from: site.span.from,
            to: site.span.to,
            self_management: site
                .self_management
                .iter()
                .map(|span| ShownSpan { from: span.from, to: span.to })
                .collect(),
            half_days: site.half_days.iter().map(half_day).collect(),
        }
    }
}

/// The sites of an establishment.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"hospitalNumber": "71000436", "href": "https://insula.example/insula/v1/establishments/71000436/sites",
    "items": [], "warnings": [], "version": 1, "recordedAt": "2026-01-12T09:12:00Z", "recordedBy": "dr.maes"}))]
pub struct SiteSheet {
    /// The establishment.
    pub hospital_number: String,
    /// Its address.
    #[schema(format = "uri")]
    pub href: String,
    /// The sites; only those of a day when one is asked for.
    pub items: Vec<ShownSite>,
    /// What is missing on that day, today when none is asked for (CON-02, STF-18).
    pub warnings: Vec<InputValidationIssue>,
    /// Counts every change, from 1; also the ETag.
    pub version: i32,
    /// When this was stated.
    pub recorded_at: DateTime<Utc>,
    /// By whom.
    pub recorded_by: String,
}

impl SiteSheet {
    pub(super) fn of(
        caller: &Caller,
        hospital: HospitalNumber,
        sheet: &Sheet<Identified>,
        on: Option<NaiveDate>,
        today: NaiveDate,
    ) -> SiteSheet {
        let day = on.unwrap_or(today);
        let findings = sheet.content.iter().enumerate().flat_map(|(index, one)| {
            one.site.findings(day).into_iter().map(move |fault| fault.under(&format!("sites[{index}]")))
        });
        let findings: Vec<Fault> = findings.collect();
        let holds = |one: &&Identified| on.is_none_or(|on| one.site.span.holds(on));
        SiteSheet {
            href: caller.href(&format!("/establishments/{hospital}/sites")),
            hospital_number: hospital.to_string(),
            items: sheet.content.iter().filter(holds).map(ShownSite::from).collect(),
            warnings: shown_faults(&findings, caller.language),
            version: sheet.version,
            recorded_at: sheet.recorded_at,
            recorded_by: sheet.recorded_by.clone(),
        }
    }
}
