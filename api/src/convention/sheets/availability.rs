//! How an establishment can be reached (REG-05): `getAvailability` and `putAvailability`.

use actix_web::{HttpResponse, get, put, web};
use chrono::NaiveDate;
use insula_domain::{
    convention::availability::{Availability, findings},
    identifier::HospitalNumber,
    rule::RuleId,
};
use insula_persistence::{
    convention::{
        records::{self, Version},
        sheets,
    },
    parties::organisations,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    convention::{record::Stated, shift, team::dto::ShownShift},
    http::{
        caller::{Caller, tagged},
        input::{Body, Field, Query, Reader, path_hospital},
        issue::{InputValidationIssue, shown_faults},
        parameters::{IfMatchUnlessNew, KnownAt, OfHospital},
        problem::ApiError,
    },
};

/// How an establishment can be reached, from a day until the next entry.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Availability)]
pub struct ShownAvailability {
    /// The first day.
    pub from: NaiveDate,
    /// The direct phone lines.
    #[schema(max_items = 50, required = false)]
    pub phone_lines: Vec<String>,
    /// The weekly hours in which they are answered.
    #[schema(max_items = 50, required = false)]
    pub permanence: Vec<ShownShift>,
    /// Who ensures that a physician familiar with pumps can be consulted at any time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 200)]
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

/// How an establishment can be reached, over time.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AvailabilitySheet {
    /// The version.
    #[serde(flatten)]
    #[schema(inline)]
    pub stated: Stated,
    /// The entries; each holds from its first day until the next.
    pub items: Vec<ShownAvailability>,
    /// What is missing on the day asked for (REG-05).
    pub warnings: Vec<InputValidationIssue>,
}

impl AvailabilitySheet {
    fn of(
        caller: &Caller,
        hospital: HospitalNumber,
        sheet: &Version<Vec<Availability>>,
        on: NaiveDate,
    ) -> AvailabilitySheet {
        AvailabilitySheet {
            stated: Stated::of(caller, hospital, "availability", sheet),
            items: sheet.content.iter().map(ShownAvailability::from).collect(),
            warnings: shown_faults(&findings(&sheet.content, on), caller.language),
        }
    }
}

/// Get how an establishment can be reached.
///
/// Its phone permanence, the physician who can be consulted at any time, and what is missing on a day (REG-05).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getAvailability",
    params(
        OfHospital,
        ("on" = Option<NaiveDate>, Query, nullable = false, description = "The day for `warnings`; today by default."),
        KnownAt
    ),
    responses((status = 200, description = "How it can be reached.", body = AvailabilitySheet))
)]
#[get("/establishments/{hospitalNumber}/availability")]
pub async fn get_availability(
    caller: Caller,
    path: web::Path<String>,
    mut query: Query,
) -> Result<HttpResponse, ApiError> {
    let hospital = path_hospital(&path)?;
    let on = query.date("on");
    let known_at = query.instant("knownAt");
    let (on, known_at) = query.finish()?.take(on.and(known_at));
    let sheet = caller.run(move |tx| records::read(tx, &sheets::of(hospital), known_at)).await?;
    let shown = AvailabilitySheet::of(&caller, hospital, &sheet, on.unwrap_or_else(|| caller.today()));
    Ok(tagged(sheet.version, shown))
}

/// The availability as stated.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"availability": [{"from": "2021-01-01", "phoneLines": ["02 477 00 00"],
    "permanence": [{"weekday": "monday", "from": "08:00", "to": "18:00"}], "physicianCover": "emergency department"}]}))]
pub struct AvailabilitySheetEntry {
    /// The entries; each holds from its first day until the next.
    #[schema(max_items = 100)]
    pub availability: Vec<ShownAvailability>,
}

fn entry(reader: &mut Reader) -> Field<Availability> {
    let from = reader.required_date("from");
    let phone_lines = reader.texts("phoneLines", 50, 50);
    let permanence = reader.objects("permanence", 50, shift);
    let physician_cover = reader.text("physicianCover", 200);
    let read = reader.build(|done| Availability {
        from: done.take(from),
        phone_lines: done.take(phone_lines),
        permanence: done.take(permanence),
        physician_cover: done.take(physician_cover),
    });
    reader.judge(&read, Availability::faults);
    read
}

/// State how an establishment can be reached.
///
/// Replaces the whole sheet; every version is kept. The first sheet is sent without `If-Match`, a later one with it.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "putAvailability",
    params(OfHospital, IfMatchUnlessNew),
    request_body = AvailabilitySheetEntry,
    responses((status = 200, description = "How it can be reached.", body = AvailabilitySheet))
)]
#[put("/establishments/{hospitalNumber}/availability")]
pub async fn put_availability(caller: Caller, path: web::Path<String>, body: Body) -> Result<HttpResponse, ApiError> {
    let hospital = path_hospital(&path)?;
    let if_match = caller.optional_if_match()?;
    let mut reader = Reader::new(&body.members);
    reader.require("availability", RuleId::Sys04);
    let stated = reader.objects("availability", 100, entry);
    let stated = reader.finish()?.take(stated);
    let sheet = caller
        .run(move |tx| {
            organisations::hospital(tx, hospital)?;
            records::state(tx, &sheets::of(hospital), stated.clone(), if_match)
        })
        .await?;
    let shown = AvailabilitySheet::of(&caller, hospital, &sheet, caller.today());
    Ok(tagged(sheet.version, shown))
}
