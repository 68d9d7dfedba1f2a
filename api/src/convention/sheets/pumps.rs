//! Which pumps an establishment offers (PMP-05): `getPumps` and `putPumps`.

use actix_web::{HttpResponse, get, put, web};
use chrono::NaiveDate;
use insula_domain::{
    convention::pump::{OfferedPump, faults},
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

use super::span;
use crate::{
    convention::record::Stated,
    http::{
        caller::{Caller, tagged},
        input::{Body, Field, Query, Reader, path_hospital},
        parameters::{IfMatchUnlessNew, KnownAt, OfHospital},
        problem::ApiError,
    },
};

/// A type of pump that is offered.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OfferedPump)]
pub struct ShownPump {
    /// Who makes it.
    #[schema(max_length = 100)]
    pub manufacturer: String,
    /// What it is called.
    #[schema(max_length = 100)]
    pub model: String,
    /// Whether it receives the values of a glucose sensor directly.
    #[schema(default = false, required = false)]
    pub reads_sensor: bool,
    /// Whether the transmitter between sensor and pump is provided; required if it reads a sensor.
    #[schema(default = false, required = false)]
    pub transmitter: bool,
    /// Whether all consumables are provided: batteries, cannulas, catheters, reservoirs, fixings.
    pub consumables: bool,
    /// The platform on which patient and team read its data and through which the patient is accompanied remotely.
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
pub struct PumpSheet {
    /// The version.
    #[serde(flatten)]
    #[schema(inline)]
    pub stated: Stated,
    /// The pumps.
    pub items: Vec<ShownPump>,
}

impl PumpSheet {
    fn of(caller: &Caller, hospital: HospitalNumber, sheet: &Version<Vec<OfferedPump>>) -> PumpSheet {
        PumpSheet {
            stated: Stated::of(caller, hospital, "pumps", sheet),
            items: sheet.content.iter().map(ShownPump::from).collect(),
        }
    }
}

/// Get the pumps that an establishment offers.
///
/// The types of pump, each with transmitter, consumables and platform (PMP-05).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getPumps",
    params(OfHospital, KnownAt),
    responses((status = 200, description = "The pumps.", body = PumpSheet))
)]
#[get("/establishments/{hospitalNumber}/pumps")]
pub async fn get_pumps(caller: Caller, path: web::Path<String>, mut query: Query) -> Result<HttpResponse, ApiError> {
    let hospital = path_hospital(&path)?;
    let known_at = query.instant("knownAt");
    let known_at = query.finish()?.take(known_at);
    let sheet = caller.run(move |tx| records::read(tx, &sheets::of(hospital), known_at)).await?;
    let shown = PumpSheet::of(&caller, hospital, &sheet);
    Ok(tagged(sheet.version, shown))
}

/// The pumps as stated.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"pumps": [{"manufacturer": "Invented Devices", "model": "Mini 7", "readsSensor": true,
    "transmitter": true, "consumables": true, "platform": "Invented Cloud", "from": "2021-01-01"}]}))]
pub struct PumpSheetEntry {
    /// The types on offer.
    #[schema(max_items = 100)]
    pub pumps: Vec<ShownPump>,
}

fn entry(reader: &mut Reader) -> Field<OfferedPump> {
    let manufacturer = reader.required_text("manufacturer", 100);
    let model = reader.required_text("model", 100);
    let reads_sensor = reader.flag("readsSensor");
    let transmitter = reader.flag("transmitter");
    let consumables = reader.flag("consumables");
    let platform = reader.text("platform", 100);
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
/// Replaces the whole sheet; every version is kept. A pump without transmitter, consumables or platform is refused
/// (PMP-05). The first sheet is sent without `If-Match`, a later one with it.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "putPumps",
    params(OfHospital, IfMatchUnlessNew),
    request_body = PumpSheetEntry,
    responses((status = 200, description = "The pumps.", body = PumpSheet))
)]
#[put("/establishments/{hospitalNumber}/pumps")]
pub async fn put_pumps(caller: Caller, path: web::Path<String>, body: Body) -> Result<HttpResponse, ApiError> {
    let hospital = path_hospital(&path)?;
    let if_match = caller.optional_if_match()?;
    let mut reader = Reader::new(&body.members);
    reader.require("pumps", RuleId::Sys04);
    let stated = reader.objects("pumps", 100, entry);
    reader.judge(&stated, |pumps| faults(pumps));
    let stated = reader.finish()?.take(stated);
    let sheet = caller
        .run(move |tx| {
            organisations::hospital(tx, hospital)?;
            records::state(tx, &sheets::of(hospital), stated.clone(), if_match)
        })
        .await?;
    let shown = PumpSheet::of(&caller, hospital, &sheet);
    Ok(tagged(sheet.version, shown))
}
