//! `listMergers` and `getMerger`.

use actix_web::{HttpResponse, get, web};
use insula_domain::{identifier::HospitalNumber, refusal::Reason};
use insula_persistence::convention::mergers;
use serde::Serialize;
use utoipa::ToSchema;

use super::dto::MergerRecord;
use crate::http::{
    caller::{Caller, tagged},
    input::{Query, path_uuid},
    problem::ApiError,
};

/// Mergers and demergers.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MergerCollection {
    /// The latest first.
    pub items: Vec<MergerRecord>,
}

/// List mergers and demergers.
///
/// All that INAMI entered, which insurers can read too (CON-03). A hospital sees only those it is involved in.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "listMergers",
    params(("hospital" = Option<HospitalNumber>, Query, nullable = false, description = "Only those that involve this hospital.")),
    responses((status = 200, description = "The mergers and demergers.", body = MergerCollection))
)]
#[get("/mergers")]
pub async fn list_mergers(caller: Caller, mut query: Query) -> Result<HttpResponse, ApiError> {
    let hospital = query.one("hospital", Reason::NotAnIdentifier, |text| text.parse().ok());
    let hospital = query.finish()?.take(hospital);
    let found = caller.run(move |tx| mergers::mergers(tx, hospital)).await?;
    let items = found.iter().map(|one| MergerRecord::of(&caller, one)).collect();
    Ok(HttpResponse::Ok().json(MergerCollection { items }))
}

/// Get a merger or demerger.
///
/// With its effect on the conventions: which number is kept, which ends and when, which convention moved to which
/// hospital (CON-03, CON-04).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getMerger",
    params(("mergerId" = uuid::Uuid, Path, description = "Its identifier.")),
    responses((status = 200, description = "The merger or demerger.", body = MergerRecord))
)]
#[get("/mergers/{mergerId}")]
pub async fn get_merger(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let id = path_uuid(&path)?;
    let found = caller.run(move |tx| mergers::merger(tx, id)).await?;
    Ok(tagged(found.version, MergerRecord::of(&caller, &found)))
}
