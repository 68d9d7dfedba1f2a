//! `putAvailability`.

use actix_web::{HttpResponse, put, web};
use insula_domain::{clock::brussels_day, convention::availability::Availability};
use insula_persistence::{
    convention::{records::Kind, sheets},
    parties::organisations,
};
use utoipa::ToSchema;

use super::dto::{AvailabilitySheet, ShownAvailability};
use crate::{
    convention::{sheets::text, shift},
    http::{
        caller::{Caller, tagged},
        input::{Body, Field, Reader},
        parameters::{IfMatchUnlessNew, OfHospital},
        problem::ApiError,
    },
    parties::organisations::hospitals::hospital_number_of_path,
};

/// What is stated of the availability.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"availability": [{"from": "2021-01-01", "phoneLines": ["02 477 00 00"],
    "permanence": [{"weekday": "monday", "from": "08:00", "to": "18:00"}], "physicianCover": "emergency department"}]}))]
pub struct AvailabilitySheetEntry {
    /// What holds from which day.
    #[schema(max_items = 100)]
    pub availability: Vec<ShownAvailability>,
}

fn entry(reader: &mut Reader) -> Field<Availability> {
    let from = reader.required_date("from");
    let phone_lines = reader.texts("phoneLines", 50, 50);
    let permanence = reader.objects("permanence", 50, shift);
    let physician_cover = text(reader, "physicianCover", 200);
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
/// As a whole; every version is kept. What is not stated yet is stated without `If-Match`, and anew with it.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "putAvailability",
    params(OfHospital, IfMatchUnlessNew),
    request_body = AvailabilitySheetEntry,
    responses(
        (status = 200, description = "How it can be reached.", body = AvailabilitySheet, headers(("ETag" = String, description = "Its version."))),
    )
)]
#[put("/establishments/{hospitalNumber}/availability")]
pub async fn put_availability(caller: Caller, path: web::Path<String>, body: Body) -> Result<HttpResponse, ApiError> {
    let hospital = hospital_number_of_path(&path)?;
    let if_match = caller.optional_if_match()?;
    let mut reader = Reader::new(&body.members);
    let stated = reader.objects("availability", 100, entry);
    let stated = reader.finish()?.take(stated);
    let (sheet, today) = caller
        .run(move |tx| {
            organisations::hospital(tx, hospital)?;
            Ok((sheets::state(tx, hospital, Kind::Availability, stated.clone(), if_match)?, brussels_day(tx.now)))
        })
        .await?;
    let shown = AvailabilitySheet::of(&caller, hospital, &sheet, today);
    Ok(tagged(shown.version, shown))
}
