//! `putPumps`.

use actix_web::{HttpResponse, put, web};
use insula_domain::convention::pump::{OfferedPump, faults};
use insula_persistence::{
    convention::{records::Kind, sheets},
    parties::organisations,
};
use utoipa::ToSchema;

use super::dto::{PumpSheet, ShownPump};
use crate::{
    convention::sheets::{required_text, span, text},
    http::{
        caller::{Caller, tagged},
        input::{Body, Field, Reader},
        parameters::{IfMatchUnlessNew, OfHospital},
        problem::ApiError,
    },
    parties::organisations::hospitals::hospital_number_of_path,
};

/// What is stated of the pumps.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"pumps": [{"manufacturer": "Invented Devices", "model": "Mini 7", "readsSensor": true,
    "transmitter": true, "consumables": true, "platform": "Invented Cloud", "from": "2021-01-01"}]}))]
pub struct PumpSheetEntry {
    /// The types on offer.
    #[schema(max_items = 100)]
    pub pumps: Vec<ShownPump>,
}

fn entry(reader: &mut Reader) -> Field<OfferedPump> {
    let manufacturer = required_text(reader, "manufacturer", 100);
    let model = required_text(reader, "model", 100);
    let reads_sensor = reader.flag("readsSensor");
    let transmitter = reader.flag("transmitter");
    let consumables = reader.flag("consumables");
    let platform = text(reader, "platform", 100);
    let span = span(reader);
    reader.build(|done| OfferedPump {
        manufacturer: done.take(manufacturer),
        model: done.take(model),
        reads_sensor: done.take(reads_sensor),
        transmitter: done.take(transmitter),
        consumables: done.take(consumables),
        platform: done.take(platform),
        span: done.take(span),
    })
}

/// State the pumps that an establishment offers.
///
/// As a whole; every version is kept. A pump without what belongs to its programme is not on offer, and refused (PMP-05).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "putPumps",
    params(OfHospital, IfMatchUnlessNew),
    request_body = PumpSheetEntry,
    responses(
        (status = 200, description = "The pumps.", body = PumpSheet, headers(("ETag" = String, description = "Its version."))),
    )
)]
#[put("/establishments/{hospitalNumber}/pumps")]
pub async fn put_pumps(caller: Caller, path: web::Path<String>, body: Body) -> Result<HttpResponse, ApiError> {
    let hospital = hospital_number_of_path(&path)?;
    let if_match = caller.optional_if_match()?;
    let mut reader = Reader::new(&body.members);
    let stated = reader.objects("pumps", 100, entry);
    reader.judge(&stated, |pumps| faults(pumps));
    let stated = reader.finish()?.take(stated);
    let sheet = caller
        .run(move |tx| {
            organisations::hospital(tx, hospital)?;
            sheets::state(tx, hospital, Kind::Pumps, stated.clone(), if_match)
        })
        .await?;
    let shown = PumpSheet::of(&caller, hospital, &sheet);
    Ok(tagged(shown.version, shown))
}
