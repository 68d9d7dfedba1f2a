//! `checkMerger`.

use actix_web::{HttpResponse, post};
use insula_persistence::convention::mergers;

use super::{
    dto::MergerOutcome,
    read::{MergerEntry, stated},
};
use crate::http::{
    caller::{Caller, tagged},
    input::Body,
    problem::ApiError,
};

/// Check a merger or demerger.
///
/// Shows what it would do: dates, numbers that are kept or end, the granted periods that it cuts and their days, which
/// conventions move to which hospital; or every fault. Nothing is stored. `createMerger` takes the ETag of this outcome and does exactly
/// this or nothing.
#[utoipa::path(
    tag = "Establishments",
    operation_id = "checkMerger",
    request_body = MergerEntry,
    responses(
        (status = 200, description = "What it would do.", body = MergerOutcome, headers(("ETag" = String, description = "The tag of this outcome."))),
    )
)]
#[post("/mergers/check")]
pub async fn check_merger(caller: Caller, body: Body) -> Result<HttpResponse, ApiError> {
    let stated = stated(&body)?;
    let planned = caller.run(move |tx| mergers::plan(tx, &stated)).await?;
    let outcome = MergerOutcome::of(&planned.plan, Some(&planned.cuts));
    Ok(tagged(outcome.tag(), outcome))
}
