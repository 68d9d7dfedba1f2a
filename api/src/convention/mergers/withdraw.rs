//! `withdrawMerger`.

use actix_web::{HttpResponse, http::StatusCode, post, web};
use insula_persistence::convention::mergers;

use super::dto::MergerRecord;
use crate::http::{
    caller::Caller,
    input::path_uuid,
    parameters::{IdempotencyKey, IfMatch},
    problem::ApiError,
};

/// Withdraw a merger or demerger that was entered in error.
///
/// Restores the conventions. Only possible while nothing depends on it: none of them has changed since, and no other
/// convention was concluded in its place.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "withdrawMerger",
    params(
        ("mergerId" = uuid::Uuid, Path, description = "Its identifier."),
        IfMatch,
        IdempotencyKey
    ),
    responses((status = 200, description = "The merger, withdrawn.", body = MergerRecord))
)]
#[post("/mergers/{mergerId}/withdraw")]
pub async fn withdraw_merger(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let id = path_uuid(&path)?;
    let if_match = caller.if_match()?;
    let caller = caller.keyed(&[])?;
    caller
        .run_keyed(move |caller, tx| {
            let withdrawn = mergers::withdraw(tx, id, if_match)?;
            let shown = MergerRecord::of(caller, &withdrawn);
            Ok((format!("merger:{id}"), caller.answer(StatusCode::OK, Some(shown.version), None, &shown)))
        })
        .await
}
