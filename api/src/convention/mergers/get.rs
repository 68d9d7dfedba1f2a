//! `getMerger`.

use actix_web::{HttpResponse, get, web};
use insula_persistence::convention::mergers;

use super::dto::MergerRecord;
use crate::http::{
    caller::{Caller, tagged},
    input::path_uuid,
    problem::ApiError,
};

/// Get a merger or demerger.
///
/// With what it did to the conventions: which number is kept, which ends and when, what went to which hospital (CON-03, CON-04).
#[utoipa::path(
    tag = "Establishments",
    operation_id = "getMerger",
    params(("mergerId" = uuid::Uuid, Path, description = "Its identifier.")),
    responses(
        (status = 200, description = "The merger or demerger.", body = MergerRecord, headers(("ETag" = String, description = "Its version."))),
    )
)]
#[get("/mergers/{mergerId}")]
pub async fn get_merger(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let id = path_uuid(&path)?;
    let found = caller.run(move |tx| mergers::merger(tx, id)).await?;
    Ok(tagged(found.version, MergerRecord::of(&caller, &found)))
}
