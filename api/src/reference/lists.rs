use actix_web::{HttpResponse, get};
use chrono::NaiveDate;
use insula_persistence::parties::organisations;
use serde::Serialize;
use utoipa::ToSchema;

use super::cacheable;
use crate::http::{caller::Caller, parameters::IfNoneMatch, problem::ApiError};

/// An insurer.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"number": "319", "unionNumber": "300", "name": "Socialist mutuality 319"}))]
pub struct Insurer {
    /// Its number, 3 digits.
    pub number: String,
    /// The number of its union; for a union its own.
    pub union_number: String,
    /// Its name.
    pub name: String,
}

/// Every insurer.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"items": [], "total": 0}))]
pub struct InsurerCollection {
    /// The insurers, by number.
    pub items: Vec<Insurer>,
    /// How many there are.
    pub total: i64,
}

/// List insurers.
///
/// The unions and their local mutualities. An insurer's people see data about members of their own insurer and, at a
/// union, of its mutualities.
#[utoipa::path(
    tag = "Reference data",
    operation_id = "listInsurers",
    params(IfNoneMatch),
    responses((status = 200, description = "Every insurer.", body = InsurerCollection))
)]
#[get("/refData/insurers")]
pub async fn list_insurers(caller: Caller) -> Result<HttpResponse, ApiError> {
    let insurers = caller.run(organisations::insurers).await?;
    let items = insurers.into_iter().map(|insurer| Insurer {
        number: insurer.number,
        union_number: insurer.union_number,
        name: insurer.name,
    });
    let items: Vec<_> = items.collect();
    Ok(cacheable(&caller, &InsurerCollection { total: i64::try_from(items.len()).unwrap_or(i64::MAX), items }))
}

/// A nomenclature pair.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"pair": "174370-174381", "ambulatory": "174370", "hospitalised": "174381", "validFrom": "2020-01-01", "counter": "A"}))]
pub struct NomenclaturePair {
    /// Both codes, joined by a hyphen.
    pub pair: String,
    /// The code in ambulatory care.
    pub ambulatory: String,
    /// The code for hospitalised beneficiaries.
    pub hospitalised: String,
    /// First day in force.
    pub valid_from: NaiveDate,
    /// Last day in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub valid_to: Option<NaiveDate>,
    /// The national counter it feeds, `A` or `B` (CNT-01).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub counter: Option<String>,
}

/// Every nomenclature pair.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"items": [], "total": 0}))]
pub struct NomenclaturePairCollection {
    /// The pairs, with their dates.
    pub items: Vec<NomenclaturePair>,
    /// How many there are.
    pub total: i64,
}

/// List nomenclature pairs.
///
/// The pairs that can be registered, with their dates and the counter each feeds (CGM-01, CNT-01).
#[utoipa::path(
    tag = "Reference data",
    operation_id = "listNomenclaturePairs",
    params(IfNoneMatch),
    responses((status = 200, description = "Every pair.", body = NomenclaturePairCollection))
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
        counter: pair.counter.map(|counter| counter.name().to_owned()),
    });
    let items: Vec<_> = items.collect();
    Ok(cacheable(&caller, &NomenclaturePairCollection { total: i64::try_from(items.len()).unwrap_or(i64::MAX), items }))
}
