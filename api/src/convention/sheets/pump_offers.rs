//! `listPumpOffers`.

use actix_web::{HttpResponse, get};
use chrono::NaiveDate;
use insula_domain::{convention::pump::offering, identifier::HospitalNumber};
use insula_persistence::convention::{conventions, sheets};
use serde::Serialize;
use utoipa::ToSchema;

use super::pumps::ShownPump;
use crate::http::{caller::Caller, input::Query, problem::ApiError};

/// An establishment that offers a pump.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PumpOffer {
    /// The establishment.
    pub hospital_number: HospitalNumber,
    /// Its name.
    pub hospital_name: String,
    /// The pump.
    pub pump: ShownPump,
}

/// Who offers a pump.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PumpOfferCollection {
    /// The day asked for.
    pub on: NaiveDate,
    /// By number of the establishment.
    pub items: Vec<PumpOffer>,
}

/// Find who offers a pump.
///
/// A prescriber informs patients about every type of pump, and refers those who want one that is not offered here to an
/// establishment with a pump convention in force that offers it (PMP-05).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listPumpOffers",
    params(
        ("pump" = Option<String>, Query, nullable = false, max_length = 100, description = "Words in the name of manufacturer or model; every pump by default."),
        ("on" = Option<NaiveDate>, Query, nullable = false, description = "The day; today by default.")
    ),
    responses((status = 200, description = "Who offers it.", body = PumpOfferCollection))
)]
#[get("/pumps")]
pub async fn list_pump_offers(caller: Caller, mut query: Query) -> Result<HttpResponse, ApiError> {
    let wanted = query.text("pump", 100);
    let on = query.date("on");
    let (wanted, on) = query.finish()?.take(wanted.and(on));
    // In Insula's scope: of other establishments, callers see only these offers.
    let (offers, names, terms) = caller
        .run_as_insula(|tx| {
            let (offers, names) = sheets::offers(tx)?;
            Ok((offers, names, conventions::of_all(tx)?))
        })
        .await?;
    let on = on.unwrap_or_else(|| caller.today());
    let found = offering(&offers, &terms, on, wanted.as_deref().unwrap_or_default());
    let items = found.into_iter().map(|(hospital, pump)| PumpOffer {
        hospital_number: hospital,
        hospital_name: names.get(&hospital).cloned().unwrap_or_default(),
        pump: ShownPump::from(pump),
    });
    Ok(HttpResponse::Ok().json(PumpOfferCollection { on, items: items.collect() }))
}
