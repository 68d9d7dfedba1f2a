use actix_web::{HttpResponse, get};
use chrono::NaiveDate;
use insula_domain::nomenclature::{Counter, JoinedPair, NomenclatureCode};
use insula_persistence::parties::organisations::{self, Insurer};
use serde::Serialize;
use utoipa::ToSchema;

use super::cacheable;
use crate::http::{caller::Caller, collection::List, parameters::IfNoneMatch, problem::ApiError};

/// The insurers, by number.
pub type InsurerCollection = List<Insurer>;

/// List insurers.
///
/// The unions and their local mutualities. An insurer's people see data about members of their own insurer and, at a
/// union, of its mutualities.
#[utoipa::path(
    tag = "Reference data",
    operation_id = "listInsurers",
    params(IfNoneMatch),
    responses((status = 200, description = "The insurers, by number.", body = InsurerCollection))
)]
#[get("/refData/insurers")]
pub async fn list_insurers(caller: Caller) -> Result<HttpResponse, ApiError> {
    let items = caller.run(organisations::insurers).await?;
    Ok(cacheable(&caller, &List::of(items)))
}

/// A nomenclature pair.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NomenclaturePair {
    /// Both codes, joined by a hyphen.
    #[schema(value_type = JoinedPair)]
    pub pair: String,
    /// The code in ambulatory care.
    #[schema(value_type = NomenclatureCode)]
    pub ambulatory: String,
    /// The code for hospitalised beneficiaries.
    #[schema(value_type = NomenclatureCode)]
    pub hospitalised: String,
    /// First day in force.
    pub valid_from: NaiveDate,
    /// Last day in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub valid_to: Option<NaiveDate>,
    /// The national counter it feeds (CNT-01).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub counter: Option<Counter>,
}

/// The pairs, with their dates.
pub type NomenclaturePairCollection = List<NomenclaturePair>;

/// List nomenclature pairs.
///
/// The pairs that can be registered, with their dates and the counter each feeds (CGM-01, CNT-01).
#[utoipa::path(
    tag = "Reference data",
    operation_id = "listNomenclaturePairs",
    params(IfNoneMatch),
    responses((status = 200, description = "The pairs, with their dates.", body = NomenclaturePairCollection))
)]
#[get("/refData/nomenclaturePairs")]
pub async fn list_nomenclature_pairs(caller: Caller) -> Result<HttpResponse, ApiError> {
    let pairs = caller.run(organisations::nomenclature_pairs).await?;
    let items = pairs.into_iter().map(|pair| NomenclaturePair {
        pair: pair.pair,
        ambulatory: pair.ambulatory,
        hospitalised: pair.hospitalised,
        valid_from: pair.span.from,
        valid_to: pair.span.to,
        counter: pair.counter,
    });
    let items: Vec<_> = items.collect();
    Ok(cacheable(&caller, &List::of(items)))
}
