//! `createMerger`.

use actix_web::{HttpResponse, http::StatusCode, post};
use insula_persistence::{Stop, convention::mergers};

use super::{
    dto::{MergerOutcome, MergerRecord},
    read::{MergerEntry, stated},
};
use crate::http::{caller::Caller, input::Body, parameters::IdempotencyKey, problem::ApiError};

/// Carry out a merger or demerger.
///
/// INAMI enters it, past or planned, after `checkMerger`: `If-Match` names the outcome that was shown. One transaction
/// moves the conventions of both kinds to their new hospital and gives those that end their last day (CON-03, CON-04).
/// The new hospital enters its own team, sites and prescribers.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "createMerger",
    params(
        ("If-Match" = String, Header, description = "The ETag that `checkMerger` gave the outcome."),
        IdempotencyKey
    ),
    request_body = MergerEntry,
    responses((status = 201, description = "The merger or demerger.", body = MergerRecord))
)]
#[post("/mergers")]
pub async fn create_merger(caller: Caller, body: Body) -> Result<HttpResponse, ApiError> {
    let seen = caller.if_match()?;
    let caller = caller.keyed(&body.bytes)?;
    let stated = stated(&body)?;
    let id = caller.state.db.ids.uuid();
    caller
        .run_keyed(move |caller, tx| {
            let planned = mergers::plan(tx, &stated)?;
            if MergerOutcome::of(&planned.plan, Some(&planned.cuts)).tag() != seen {
                return Err(Stop::Stale);
            }
            let recorded = mergers::carry_out(tx, id, stated.clone(), planned)?;
            let shown = MergerRecord::of(caller, &recorded);
            Ok((
                format!("merger:{id}"),
                caller.answer(StatusCode::CREATED, Some(shown.version), Some(shown.href.clone()), &shown),
            ))
        })
        .await
}
